"""TABLES: what the nemesis does, and which words it then expects. How each is done is in `deeds.py`.

A fault is drawn from a seed alone: the same seed, stack and number give the same fault.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from random import Random

SMALL, INFLUX = "small", "influx"
STACKS = {
    SMALL: "small broker + SQLite",
    INFLUX: "Mosquitto + InfluxDB 2",
}


@dataclass(frozen=True)
class Kind:
    """One kind of fault. `codes`: any one of them must be told; none when it heals without a loss."""

    name: str
    deed: str  # a function of `deeds.py`
    target: str  # a part, a link or a file
    codes: tuple[str, ...] = ()
    stacks: tuple[str, ...] = (SMALL, INFLUX)
    holds_s: tuple[float, float] = (0.0, 0.0)  # how long it is in force, at least and at most
    needs: str = ""  # what the machine must let us do
    quiet: bool = False  # a person did it rightly: no words needed when no row is missing by then
    acks: bool = False  # broker and gateway are whole: nodes get their acks all the while


SERVICE_SIDE = ("readings-away", "influx-refuses")
REFILLING = ("readings-replaced", "readings-damaged", "replaying", "readings-incomplete")
GAPS = ("rows-missing", "rows-lost")
NOTEBOOK = ("notebook-damaged", "notebook-gone", "notebook-replaced", "notebook-away")
STUCK = ("broker-frozen", "broker")
SLOW = ("slow-link", "service")
ONE_FILE, DATABASE = (SMALL,), (INFLUX,)
PROXY = "toxiproxy"

KINDS: tuple[Kind, ...] = (
    # killed: back at once, nothing lost, no words needed
    Kind("kill-broker", "kill", "broker"),
    Kind("kill-gateway", "kill", "gateway"),
    Kind("kill-service", "kill", "service"),
    Kind("power-cut", "power_cut", "all"),
    Kind("kill-influxd", "take_away", "influxd", SERVICE_SIDE, DATABASE, (4, 8), acks=True),
    Kind("influxd-away-at-start", "away_at_start", "influxd", SERVICE_SIDE, DATABASE, (15, 20), acks=True),
    # frozen: the process is there and does nothing
    Kind("freeze-broker", "freeze", "broker", STUCK, holds_s=(8, 50)),
    Kind("freeze-gateway", "freeze", "gateway", ("gateway-silent",), holds_s=(4, 12)),
    Kind("freeze-service", "freeze", "service", ("service", "service-silent"), holds_s=(4, 12), acks=True),
    Kind("freeze-influxd", "freeze", "influxd", SERVICE_SIDE, DATABASE, (4, 15), acks=True),
    # the machine
    Kind("disk-full", "fill_disk", "disk", ("disk-low", "spool"), holds_s=(5, 10), needs="mount"),
    Kind("clock-forward", "jump_clock", "+31536000", ("clock",), holds_s=(8, 12), needs="cc"),
    Kind("clock-back", "jump_clock", "-86400", ("clock", "undated"), holds_s=(6, 10), needs="cc"),
    # links: cut (refused), stalled (open, nothing comes through), slow
    Kind("cut-broker", "cut", "broker", ("broker",), holds_s=(4, 8), needs=PROXY),
    Kind("cut-service", "cut", "service", ("service",), holds_s=(4, 8), needs=PROXY, acks=True),
    Kind("cut-influx", "cut", "influx", SERVICE_SIDE, DATABASE, (4, 8), PROXY, acks=True),
    Kind("stall-broker", "stall", "broker", STUCK, holds_s=(8, 50), needs=PROXY),
    Kind("stall-service", "stall", "service", SLOW, holds_s=(8, 15), needs=PROXY, acks=True),
    Kind("slow-broker", "slow", "broker", ("slow-link", *STUCK), holds_s=(8, 25), needs=PROXY),
    Kind("slow-service", "slow", "service", SLOW, holds_s=(8, 40), needs=PROXY, acks=True),
    Kind("slow-influx", "slow", "influx", (*SLOW, *SERVICE_SIDE), DATABASE, (8, 40), PROXY, acks=True),
    # files: an older copy put back, removed, pages overwritten; each stopped and running
    Kind("old-spool-stopped", "put_back", "spool", GAPS, quiet=True),
    Kind("old-spool-running", "put_back", "spool", ("spool-removed", "damage", *GAPS)),
    Kind("old-readings-stopped", "put_back", "readings", (*REFILLING, *GAPS), ONE_FILE, quiet=True),
    Kind("old-readings-running", "put_back", "readings", (*REFILLING, *GAPS), ONE_FILE),
    Kind("old-notebook-stopped", "put_back", "notebook", (*NOTEBOOK, *GAPS), quiet=True),
    Kind("old-notebook-running", "put_back", "notebook", (*NOTEBOOK, *GAPS)),
    Kind("remove-spool-stopped", "remove", "spool", ("spool-removed", *GAPS)),
    Kind("remove-spool-running", "remove", "spool", ("spool-removed",)),
    Kind("remove-readings-stopped", "remove", "readings", (*REFILLING, *GAPS), ONE_FILE),
    Kind("remove-readings-running", "remove", "readings", (*REFILLING, *GAPS), ONE_FILE),
    Kind("remove-notebook-running", "remove", "notebook", NOTEBOOK, holds_s=(5, 8), acks=True),
    Kind("damage-spool-stopped", "damage", "spool", ("damage", *GAPS)),
    Kind("damage-spool-running", "damage", "spool", ("damage", *GAPS)),
    Kind("damage-readings-stopped", "damage", "readings", REFILLING, ONE_FILE),
    Kind("damage-readings-running", "damage", "readings", REFILLING, ONE_FILE),
    Kind("damage-notebook-stopped", "damage", "notebook", NOTEBOOK, holds_s=(5, 8), acks=True),
    Kind("damage-notebook-running", "damage", "notebook", NOTEBOOK, holds_s=(5, 8), acks=True),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in KINDS}

SHORT = {
    SMALL: ("kill-gateway", "cut-service", "damage-readings-stopped"),
    INFLUX: ("kill-influxd", "old-notebook-stopped", "disk-full"),
}
"""What `.ci/run` has time for, one after the other on one stack."""

TELL_OF_A_LOSS = (*GAPS, *REFILLING, "damage", "spool-removed")
"""Codes that say that rows are missing, for now or for ever."""

WORDS: dict[str, str] = {
    # code → what a line of `surco doctor` in English says of it; the code itself counts too
    "readings-away": r"readings=unavailable|cannot save readings"
    r"|InfluxDB: .* cannot be read|InfluxDB .*(away|not answer)",
    "influx-refuses": r"InfluxDB .*(refuses|does not accept)|bucket is gone",
    "service-silent": r"service: nobody answers",
    "gateway-silent": r"gateway: nobody answers|No news from .*(gateway|box)",
    "broker": r"connection to the broker was lost|no broker answers|broker: nobody answers"
    r"|broker refuses us|cannot hand anything",
    "broker-frozen": r"broker .*(is frozen|stuck|does not answer|takes nothing)|is stuck and takes nothing",
    "service": r"everything is kept and sent later|cannot hand its readings over",
    "slow-link": r"takes what we send, but slowly"
    r"|(link|Internet|network|way) .*slow|slow .*(link|Internet|network)",
    "disk-low": r"Disk: .* are left|disk is (nearly )?full|No space left",
    "spool": r"nothing more is taken|cannot save what reaches it",
    "spool-removed": r"spool.* (removed|deleted|another|gone)|deleted the readings",
    "damage": r"spool was damaged|memory of .* was damaged",
    "clock": r"clock .*(not known to be right|jumped|wrong)|Clock: nobody confirms"
    r"|does not know what time it is",
    "undated": r"wait for a date|sin fecha",
    "readings-replaced": r"file of the readings is another|readings\.db .*(replaced|older copy)",
    "readings-damaged": r"file of the readings was damaged|readings\.db .*(damaged|malformed|broken)",
    "replaying": r"replaying|(sent|come|coming|fills?) (again|back|by itself)",
    "readings-incomplete": r"readings.* (incomplete|did not come back)",
    "notebook-damaged": r"(notebook|notes).* (damaged|malformed|broken|not a database)",
    "notebook-gone": r"(notebook|notes).* (gone|removed|missing|not there)",
    "notebook-replaced": r"(notebook|notes).* (another|replaced|older copy|copy of)",
    "notebook-away": r"notebook=unavailable|cannot read the gardens' notes",
    "rows-missing": r"readings of .* missing|rows? .*missing",
    "rows-lost": r"readings of .* lost|rows? .*(were|are) lost",
}  # fmt: skip


def codes_in(lines: Iterable[str]) -> frozenset[str]:
    """Return the codes that lines of the doctor tell."""
    found = list(lines)
    return frozenset(
        code for code, words in WORDS.items() if any(_tells(code, words, line) for line in found)
    )


def _tells(code: str, words: str, line: str) -> bool:
    named = rf"(?<![\w-]){re.escape(code)}(?![\w-])"
    return ("-" in code and re.search(named, line) is not None) or (
        re.search(words, line, re.IGNORECASE) is not None
    )


@dataclass(frozen=True)
class Episode:
    stack: str
    seed: int
    number: int
    kind: Kind

    def chance(self) -> Random:
        """Return what its details are drawn from."""
        return Random(f"{self.stack} {self.seed} {self.number} {self.kind.name}")


def drawn(
    stack: str,
    seed: int,
    count: int,
    names: Collection[str] = (),
    can: Collection[str] = ("mount", "cc", "toxiproxy"),
) -> list[Episode]:
    """Draw the episodes of a seed: every kind comes before one comes again, over seeds that follow.

    `names`: from these kinds alone; `can`: what this machine lets us do.
    """
    kinds = possible(stack, names, can)
    episodes: list[Episode] = []
    for number in range(count):
        turn, place = divmod(seed * count + number, len(kinds))
        order = Random(f"{stack} turn {turn}").sample(kinds, len(kinds))
        episodes.append(Episode(stack, seed, number, order[place]))
    return episodes


def possible(stack: str, names: Collection[str], can: Collection[str]) -> list[Kind]:
    return [
        kind
        for kind in KINDS
        if stack in kind.stacks
        and (not names or kind.name in names)
        and (not kind.needs or kind.needs in can)
    ]


def named(stack: str, names: Sequence[str], can: Collection[str]) -> list[Episode]:
    """Return one episode of each kind that is named, in that order."""
    there = {kind.name: kind for kind in possible(stack, names, can)}
    return [
        Episode(stack, 0, number, there[name]) for number, name in enumerate(names) if name in there
    ]
