"""`surco energy`: the model of the battery as Markdown tables; docs/why/energy.md shows the same."""

from collections.abc import Iterable, Iterator

from surco.nodes import energy
from surco.words import Words


def tables(words: Words) -> Iterator[str]:
    """Yield the tables, each as one text."""
    yield _table(words("energy-states"), _states(words))
    yield _table(words("energy-policies"), _policies(words))
    yield _table(words("energy-boards"), _boards(words))
    yield _table(words("energy-what-ifs"), _what_ifs(words))
    yield _table(words("energy-published"), _published(words))


def _table(heads: str, rows: Iterable[Iterable[str]]) -> str:
    cells = [heads.split(" | "), ["---"] * heads.count(" | ") + ["---"], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _states(words: Words) -> Iterator[list[str]]:
    for state in energy.STATES.values():
        kind = words("energy-measured" if state.measured else "energy-estimate")
        yield [
            words(f"energy-{state.name}"),
            f"{1000 * state.seconds:.0f}",
            f"{state.charge_mc:.1f}",
            kind,
            state.source,
        ]
    wake, visit = energy.charge_mc(energy.EVERY_WAKE), energy.charge_mc(energy.USUAL.visit())
    yield [words("energy-wake"), "", f"**{wake:.0f}**", "", ""]
    yield [words("energy-visit"), "", f"**{visit:.0f}**", "", ""]


def _policies(words: Words) -> Iterator[list[str]]:
    for policy in energy.POLICIES:
        year = energy.year_ua(policy)
        yield [
            f"{policy.sample_min} min",
            words("energy-every", minutes=policy.sample_min * policy.upload_every),
            *(_days(energy.days(ua, policy)) for ua in energy.CURRENTS_UA),
            f"{year:.0f} µA" if year > 0 else words("energy-never"),
        ]


def _boards(words: Words) -> Iterator[list[str]]:
    for board in energy.BOARDS:
        found = energy.days(board.asleep_ua, beside_ma=board.beside_ma)
        held = words("energy-holds" if found >= energy.YEAR_D else "energy-misses")
        yield [board.name, f"{board.asleep_ua:g}", _days(found), held, board.source]


def _what_ifs(words: Words) -> Iterator[list[str]]:
    for key, (policy, beside_ma) in energy.WHAT_IFS.items():
        found = [
            energy.days(board.asleep_ua, policy, beside_ma)
            for board in (energy.RECOMMENDED, energy.CHEAPEST)
        ]
        yield [words(f"energy-if-{key}"), *map(_days, found)]


def _published(words: Words) -> Iterator[list[str]]:
    for one in energy.comparisons():
        made = words("energy-check" if one.independent else "energy-made-from")
        numbers = f"{one.published:g} {one.unit}", f"{one.model:.1f} {one.unit}"
        yield [one.name, *numbers, f"{one.ratio:.2f}", made, one.source]


def _days(found: float) -> str:
    """A year that is held stands out."""
    return f"**{found:.0f}**" if found >= energy.YEAR_D else f"{found:.0f}"
