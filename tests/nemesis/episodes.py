"""One episode: the fault, how long it is in force, what is told meanwhile, and what is kept in the end."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.nemesis import stores
from tests.nemesis.deeds import DEEDS
from tests.nemesis.faults import TELL_OF_A_LOSS, Episode, codes_in
from tests.nemesis.judge import BACK_S, Kept, Row, Seen, Verdict, judge, judge_end
from tests.nemesis.nodes import value_of
from tests.nemesis.world import World, wait_for

TOLD_S = 12.0  # what left a loss must be told so soon after it
SETTLE_S = 20.0  # and what is on its way must be kept by then
LOSS_TOLD_S = 8.0  # what is told to be missing is not waited for longer
DOCTOR_EVERY_S = 1.0
ASKED_AFTER_S = 700  # a gap is asked for when it is ten minutes old,
AGAIN_S, TIMES = 3_800, 4  # and what does not come at once an hour later
HEALED_S = 75.0  # after the ten minutes: the service looks once a minute


class Teller:
    """Asks the doctor again and again, in a thread of its own, until it is left."""

    def __init__(self, world: World, before: list[str]) -> None:
        self._world, self._before = world, set(before)
        self.lines: dict[str, float] = {}  # what is wrong → when it was first told
        self._asked: dict[str, float] = {}  # and when that question was asked
        self.asking_since = float("inf")
        self.last: list[str] = before
        self.asked_at: list[float] = []  # when each answer came
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="teller", daemon=True)

    def __enter__(self) -> "Teller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._left.is_set():
            self.asking_since = time.monotonic()
            self.last = self._world.doctor()
            now = time.monotonic()
            self.asked_at.append(now)
            for line in self.last:
                self.lines.setdefault(line, now)
                self._asked.setdefault(line, self.asking_since)
            self.asking_since = float("inf")
            self._left.wait(DOCTOR_EVERY_S)

    def told(self, until: float = float("inf")) -> frozenset[str]:
        """Return the codes of what was told to questions asked until then."""
        return codes_in([line for line, asked in list(self._asked.items()) if asked <= until])

    def new(self) -> list[str]:
        return [line for line in list(self.lines) if line not in self._before]


@dataclass
class Story:
    """What is carried from one episode to the next."""

    world: World
    missing: frozenset[Row] = frozenset()
    spoiled: frozenset[Row] = frozenset()
    told: frozenset[str] = frozenset()  # codes of losses, over the whole run
    doctor: list[str] = field(default_factory=list[str])

    def play(self, episode: Episode) -> dict[str, Any]:
        """Let an episode happen; return what came of it."""
        world, kind = self.world, episode.kind
        remembered = _messages(world)
        began, acked_before = time.monotonic(), len(world.acked())
        acks: int | None = None
        deed = DEEDS[kind.deed](world, kind, episode.chance())
        with deed as detail:
            done_at = time.monotonic()
            teller = Teller(world, self.doctor)
            teller.__enter__()
            try:
                self._hold(episode, teller, done_at)
            finally:
                lifted_at = time.monotonic()
                if kind.holds_s[1]:
                    acks = len(world.acked()) - acked_before
        try:
            ended = world.last_words() if world.ended() else ""
            if ended and not world.start():
                ended += ", and does not start again"
            over = time.monotonic()
            back_s, whole_at, kept, acked = self._settle(episode, teller, lifted_at, over)
        finally:
            teller.__exit__()
        asked_at = min(teller.asked_at, default=float("inf"))
        healed = kind.quiet and whole_at is not None and whole_at <= asked_at
        seen = Seen(
            acked, kept, teller.told(), kind.codes,
            teller.told(lifted_at) if kind.holds_s[1] else None, back_s, healed, self.missing,
            self.spoiled, _both(remembered, _messages(world)) if kind.deed == "jump_clock" else None,
            acks if kind.acks else None, ended,
        )  # fmt: skip
        verdict = judge(seen, value_of, world.fleet.measured())
        told_s = [
            at - done_at for line, at in teller.lines.items() if codes_in([line]) & set(kind.codes)
        ]
        self.told |= seen.told & set(TELL_OF_A_LOSS)
        self.doctor = teller.last
        if codes_in(teller.last) & {"damage", "spool-removed"}:
            world.run("gateway", "confirm")  # somebody read it: the next one must be told anew
        record = self._record(episode, detail, seen, verdict)
        record |= {"told_s": _rounded(min(told_s, default=None)), "words": teller.new()}
        record |= {"seconds": round(time.monotonic() - began, 1)}
        self.missing, self.spoiled = verdict.missing, self.spoiled | verdict.spoiled
        world.take_copies()
        return record

    def _hold(self, episode: Episode, teller: Teller, begun: float) -> None:
        """Keep the fault in force: at least for a while, then until it is told or long enough."""
        least, most = episode.kind.holds_s
        if not most:
            return

        def enough() -> bool:
            spent = time.monotonic() - begun
            told = not episode.kind.codes or bool(teller.told() & set(episode.kind.codes))
            return spent >= least and (told or spent >= most)

        wait_for(enough, most + 1, 0.2)

    def _settle(
        self, episode: Episode, teller: Teller, lifted_at: float, over: float
    ) -> tuple[float | None, float | None, Kept | None, frozenset[Row]]:
        """Wait until it is back, all that was acked is kept, and what must be told is told."""
        world, kind, wanted = self.world, episode.kind, set(episode.kind.codes)
        mark = world.fleet.measured()
        back = wait_for(lambda: world.ended() or world.heard(mark), BACK_S + 5)
        back_s = time.monotonic() - over if back and not world.ended() else None
        acked, since = world.acked(), time.monotonic()
        kept: Kept | None = None
        whole_at: float | None = None

        def settled() -> bool:
            nonlocal kept, whole_at
            kept = world.kept() or kept
            spent = time.monotonic() - since
            told = teller.told()
            new = acked - kept.rows() - self.missing if kept else acked
            if not new and whole_at is None:
                whole_at = time.monotonic()
            over_and_well = not new and (bool(kind.holds_s[1]) or kind.quiet)
            quiet = not wanted or bool(told & wanted) or over_and_well
            if teller.asking_since <= lifted_at and spent <= SETTLE_S:
                return False  # what is told to that question still counts
            if new and not (told & set(TELL_OF_A_LOSS) and spent > LOSS_TOLD_S):
                return spent > SETTLE_S
            return quiet or spent > TOLD_S

        wait_for(settled, SETTLE_S + 5)
        if not teller.told() & set(TELL_OF_A_LOSS):
            self._later(ASKED_AFTER_S, acked, self.missing, teller)
            world.clock.set(0)
        return back_s, whole_at, world.kept() or kept, acked

    def _missing(self, acked: frozenset[Row]) -> frozenset[Row]:
        kept = self.world.kept()
        return acked - kept.rows() if kept else acked

    def _later(
        self, seconds: int, acked: frozenset[Row], known: frozenset[Row], teller: Teller | None
    ) -> None:
        """Let the time pass after which a gap is no longer taken for rows that are on their way."""
        clock = self.world.clock
        if not clock.there or not self._missing(acked) - known:
            return
        clock.set(seconds)
        since = time.monotonic()

        def done() -> bool:
            told = teller is not None and bool(teller.told() & set(TELL_OF_A_LOSS))
            spent = time.monotonic() - since
            return not self._missing(acked) - known or (told and spent > LOSS_TOLD_S)

        wait_for(done, HEALED_S, 1.0)

    def end(self, stack: str, seed: int) -> dict[str, Any]:
        """Let hours pass: what nodes still hold must have been asked for and be kept."""
        world = self.world
        began = time.monotonic()
        acked = world.acked()
        for turn in range(TIMES):
            self._later(ASKED_AFTER_S + turn * AGAIN_S, acked, frozenset(), None)
        world.clock.set(0)
        still = self._missing(acked)
        return {
            "stack": stack, "seed": seed, "number": -1, "kind": "end of the run", "detail": "",
            "acked": len(acked), "missing": len(still), "doubled": 0, "strange": 0, "back_s": None,
            "told": sorted(self.told), "red": list(judge_end(still)),
            "resent": sum(node.resent for node in world.fleet.nodes),
            "seconds": round(time.monotonic() - began, 1), "told_s": None, "words": [],
        }  # fmt: skip

    def _record(
        self, episode: Episode, detail: str, seen: Seen, verdict: Verdict
    ) -> dict[str, Any]:
        return {
            "stack": episode.stack, "seed": episode.seed, "number": episode.number,
            "kind": episode.kind.name, "detail": detail, "acked": len(seen.acked),
            "missing": len(verdict.missing - self.missing),
            "doubled": len(verdict.doubled - self.spoiled),
            "strange": len(verdict.strange - self.spoiled), "back_s": _rounded(seen.back_s),
            "told": sorted(seen.told), "red": list(verdict.red), "resent": 0,
        }  # fmt: skip


def _messages(world: World) -> int | None:
    try:
        return stores.messages_in(world.file("spool"))
    except stores.UNREADABLE:
        return None


def _both(before: int | None, after: int | None) -> tuple[int, int] | None:
    return None if before is None or after is None else (before, after)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def line_of(record: Mapping[str, Any]) -> str:
    """Put what came of an episode into one line of the table."""
    back = "-" if record["back_s"] is None else f"{record['back_s']:.1f}"
    told = ",".join(record["told"]) or "-"
    losses = f"{record['missing']}/{record['doubled']}/{record['strange']}"
    verdict = "; ".join(record["red"]) or "holds"
    name = f"{record['stack']} {record['seed']}.{record['number']}"
    return (
        f"{name:<12} {record['kind']:<24} {record['acked']:>6} {losses:>9} {back:>5} "
        f"{record['seconds']:>5} {told[:44]:<44} {verdict}"
    )


HEADING = (
    f"{'stack':<12} {'fault':<24} {'acked':>6} {'m/d/s':>9} {'back':>5} {'took':>5} "
    f"{'told':<44} verdict"
)
