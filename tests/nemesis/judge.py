"""The judge: what nodes saw acknowledged against what is kept, what was told, and how soon it was back.

Pure. A row is (node, b, q). Whatever was already wrong before an episode is not blamed on it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tests.nemesis.faults import TELL_OF_A_LOSS

BACK_S = 60.0  # P7

Row = tuple[str, str, int]


@dataclass(frozen=True)
class Kept:
    """What lies in the store, with how often and which value, in quarantine and on the shelf."""

    stored: Counter[tuple[Row, int]] = field(default_factory=Counter[tuple[Row, int]])
    quarantined: frozenset[Row] = frozenset()
    shelved: frozenset[Row] = frozenset()

    def rows(self) -> set[Row]:
        return {row for row, _ in self.stored} | self.quarantined | self.shelved


@dataclass(frozen=True)
class Seen:
    """What came of an episode. Seconds are counted from the end of the fault."""

    acked: frozenset[Row]
    kept: Kept | None  # None: the store cannot be read
    told: frozenset[str]  # codes that the doctor told from the fault on
    expected: tuple[str, ...]  # any one of these
    told_in_force: frozenset[str] | None  # while it was; None: the fault itself was over at once
    back_s: float | None  # until a row measured afterwards was acked and stored; None: never
    healed: bool = (
        False  # and no words are needed: all was well before the doctor could be asked once
    )
    missing_before: frozenset[Row] = frozenset()
    spoiled_before: frozenset[Row] = frozenset()  # doubled, or with another value
    remembered: tuple[int, int] | None = None  # messages for a replay, before and after
    acks: int | None = (
        None  # rows acknowledged while the fault was in force; None: none are asked for
    )
    ended: str = ""  # `surco up` is gone, and with which words


@dataclass(frozen=True)
class Verdict:
    missing: frozenset[Row] = frozenset()  # acked, and kept nowhere
    doubled: frozenset[Row] = frozenset()
    strange: frozenset[Row] = frozenset()  # never measured, or with another value
    red: tuple[str, ...] = ()

    @property
    def spoiled(self) -> frozenset[Row]:
        return self.doubled | self.strange


def judge(seen: Seen, value_of: Callable[[str, int], int], measured: Mapping[str, int]) -> Verdict:
    """Judge an episode. `measured`: how many rows each node has measured."""
    red: list[str] = []
    missing = doubled = strange = frozenset[Row]()
    if seen.ended:
        red.append(f"surco up ended: {seen.ended}")
    if seen.kept is None:
        red.append("the store cannot be read")
    else:
        missing = seen.acked - seen.kept.rows()
        doubled = _doubled(seen.kept.stored)
        strange = _strange(seen.kept.stored, value_of, measured)
        lost = missing - seen.missing_before
        if lost and not seen.told & set(TELL_OF_A_LOSS):
            red.append(f"{len(lost)} acked rows are gone and nobody says so")
        if new := doubled - seen.spoiled_before:
            red.append(f"{len(new)} rows are stored twice")
        if new := strange - seen.spoiled_before - doubled:
            red.append(f"{len(new)} rows were never measured so")
    if seen.back_s is None or seen.back_s > BACK_S:
        red.append(f"not back within {BACK_S:.0f} s")
    in_time = seen.told if seen.told_in_force is None else seen.told_in_force
    if seen.expected and not in_time & set(seen.expected) and not seen.healed:
        red.append(f"no words: expected one of {', '.join(seen.expected)}")
    if seen.acks == 0:
        red.append("no acks while it lasted, though broker and gateway were whole")
    if seen.remembered and seen.remembered[1] < seen.remembered[0]:
        before, after = seen.remembered
        red.append(f"the memory for a replay shrank from {before} to {after} messages")
    return Verdict(missing, doubled, strange, tuple(red))


def judge_end(missing: Collection[Row]) -> tuple[str, ...]:
    """Judge a whole run, after the service had time to ask nodes that still hold everything."""
    return (f"{len(missing)} acked rows never came back",) if missing else ()


def _doubled(stored: Counter[tuple[Row, int]]) -> frozenset[Row]:
    times = Counter[Row]()
    for (row, _), count in stored.items():
        times[row] += count
    return frozenset(row for row, count in times.items() if count > 1)


def _strange(
    stored: Iterable[tuple[Row, int]],
    value_of: Callable[[str, int], int],
    measured: Mapping[str, int],
) -> frozenset[Row]:
    return frozenset(
        row
        for row, value in stored
        if row[2] >= measured.get(row[0], 0) or value != value_of(row[0], row[2])
    )
