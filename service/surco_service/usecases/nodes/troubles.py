"""What is wrong at present, from everywhere: the Notebook's troubles, gateways' alarms, nodes, queues.

`look` finds it, the worst first. What is found without knowing since when is written down among the
troubles once a minute (`keep`), so that a restart does not forget its beginning.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from surco_contract.troubles import TROUBLES, URGENCIES, kind_of
from surco_service.domain.nodes import signs
from surco_service.domain.nodes.node import Node
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water.watering import LONGEST
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import GatewayReport
from surco_service.ports.stores import Stores
from surco_service.ports.troubles import Trouble
from surco_service.usecases.water.views import is_live

GATEWAY_LATE = timedelta(minutes=5)  # it asks for orders every half minute
LEAST_FREE_BYTES = 1_000_000_000
OLD_BACKUP = timedelta(days=2)

KEPT = frozenset({
    "mirror-away", "disk-low", "deliveries-refused", "quarantine", "undated",
    "gateway-unheard", "node-battery",
})  # fmt: skip
"""What is found by looking, and does not tell itself since when."""
NAMED = frozenset({"gateway-unheard", "node-battery"})
"""Those of them that are about somebody; the others are about this machine."""

AWAY = frozenset({
    "readings-away", "influx-token", "influx-bucket", "influx-refuses",
    "notebook-away", "notebook-refuses", "notebook-newer", "notebook-damaged", "notebook-gone",
})  # fmt: skip
"""Why deliveries are refused."""
CONSEQUENCES = {"deliveries-refused": AWAY, "service": AWAY | {"deliveries-refused"}}
"""What is not told beside one of its causes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is wrong."""

    code: str  # a key of TROUBLES, or one that is newer than us
    about: str = ""  # a node, a gateway, a file
    since: datetime | None = None  # None: since a moment ago
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    words: str = ""  # the machine's own, for whoever keeps it


@dataclass(frozen=True, slots=True)
class Machine:
    """What only the process that asks knows."""

    started: datetime | None = None
    free_bytes: int | None = None
    mirror_away: bool = False
    refused_since: datetime | None = None  # deliveries


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node hangs now."""

    beds: tuple[Bed, ...]
    garden: Garden


@dataclass(frozen=True)
class State:
    """How everything is: what is wrong, and what the words about it need."""

    at: datetime  # when the Notebook was read
    known: bool = False  # it was read just now
    readings: bool = False  # they answer
    notices: tuple[Notice, ...] = ()
    nodes: tuple[Node, ...] = ()
    late: frozenset[str] = frozenset()  # nodes that do not keep their promise
    heard: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """When each node last spoke; one of others' making says nothing of itself, only its readings."""
    places: Mapping[str, Place] = field(default_factory=dict[str, Place])
    gardens: tuple[Garden, ...] = ()
    gateways: Mapping[str, datetime | None] = field(default_factory=dict[str, datetime | None])
    reports: Mapping[str, GatewayReport] = field(default_factory=dict[str, GatewayReport])
    quarantined: int = 0
    moved: int = 0  # of the quarantine, to the file
    undated: int = 0


class Lookout:
    """Looks, and remembers what it saw last for when the Notebook does not answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: State | None = None
        self._away_since: datetime | None = None
        self.started: datetime | None = None

    def look(self, stores: Stores, now: datetime, machine: Machine = Machine()) -> State:
        """Return how everything is; when the Notebook is away, how it was, and that it is away."""
        with self._lock:
            self.started = self.started or now
            machine = replace(machine, started=self.started)
        try:
            state = look(stores, now, machine)
        except StoreUnavailable as error:
            return self._without_notebook(now, machine, error)
        with self._lock:
            self._last, self._away_since = state, None
        return state

    def _without_notebook(self, now: datetime, machine: Machine, error: StoreUnavailable) -> State:
        with self._lock:
            self._away_since = self._away_since or now
            last = self._last or State(now)
        away = Notice("notebook-away", since=self._away_since, words=str(error))
        if error.code in TROUBLES:
            away = replace(away, code=error.code, facts=error.values)
        notices = [away, *of_machine(machine), *last.notices]
        return replace(last, known=False, readings=False, notices=worst_first(notices, now))


def look(stores: Stores, now: datetime, machine: Machine) -> State:
    """Find everything that is wrong. Raises `StoreUnavailable` when the Notebook is away."""
    raised = {(one.code, one.about): one for one in stores.troubles.all()}
    gateways, reports = stores.gateways.all(), stores.gateways.reports()
    nodes = stores.registry.nodes()
    readings = _readings_answer(stores)
    heard = _heard(stores, nodes)
    state = State(
        now, True, not readings, (), tuple(nodes), _late(nodes, heard, gateways.values(), now),
        heard, _places(stores, now), tuple(stores.records.gardens()), gateways, reports,
        stores.ledger.quarantine_count(), stores.ledger.quarantine_moved(),
        stores.ledger.shelf_count(),
    )  # fmt: skip
    found = [
        *of_machine(machine), *readings, *_of_queues(state), *_of_nodes(state),
        *_of_backups(stores, now),
        *_of_gateways(state, machine.started, now),
    ]  # fmt: skip
    return replace(state, notices=worst_first(_with_raised(found, raised), now))


def keep(stores: Stores, state: State, now: datetime) -> None:
    """Write down since when what was found is so, and forget what is over."""
    if not state.known:
        return
    found = {(one.code, one.about): one for one in state.notices if _is_ours(one)}
    known = {(one.code, one.about) for one in stores.troubles.all() if _is_ours(one)}
    for key in found.keys() - known:
        stores.troubles.raised(*key, found[key].since or now, found[key].facts)
    for key in known - found.keys():
        stores.troubles.ended(*key)


def rows_of(notice: Notice) -> int | float | None:
    """Return how many readings a notice is about; None when it does not say."""
    told = [notice.facts.get(name) for name in ("rows", "count", "missing")]
    return next((rows for rows in told if isinstance(rows, int | float)), None)


def of_machine(machine: Machine) -> Iterator[Notice]:
    """Return what is wrong with this machine, also when nothing else can be known."""
    if machine.refused_since is not None:
        yield Notice("deliveries-refused", since=machine.refused_since)
    if machine.mirror_away:
        yield Notice("mirror-away")
    if machine.free_bytes is not None and machine.free_bytes < LEAST_FREE_BYTES:
        yield Notice("disk-low", facts={"free_mb": machine.free_bytes // 1_000_000})


def node_of(notice: Notice) -> str:
    """Return the node a notice is about; what is about one ring of it names it `node/b`."""
    return str(notice.facts.get("node") or notice.about.partition("/")[0])


def worst_first(notices: Sequence[Notice], now: datetime) -> tuple[Notice, ...]:
    """Return the worst first, each once, and no consequence beside its cause."""
    codes = {one.code for one in notices}
    places = {code: place for place, code in enumerate(TROUBLES)}
    told = {
        (one.code, one.about): one
        for one in reversed(notices)
        if not codes & CONSEQUENCES.get(one.code, frozenset())
    }
    return tuple(sorted(
        told.values(),
        key=lambda one: (
            URGENCIES.index(kind_of(one.code).urgency), places.get(one.code, len(places)),
            one.since or now, one.about,
        ),
    ))  # fmt: skip


def _is_ours(one: Notice | Trouble) -> bool:
    return one.code in KEPT and (not one.about or one.code in NAMED)


# ---------------------------------------------------------------- what is found by looking


def _readings_answer(stores: Stores) -> list[Notice]:
    try:
        stores.readings.latest(["health"])
    except StoreUnavailable as error:
        if error.code in TROUBLES:
            return [Notice(error.code, facts=error.values, words=str(error))]
        return [Notice("readings-away", words=str(error))]
    return []


def _of_queues(state: State) -> Iterator[Notice]:
    if state.quarantined:
        yield Notice("quarantine", facts={"n": state.quarantined, "moved": state.moved})
    if state.undated:
        yield Notice("undated", facts={"n": state.undated})


def _of_backups(stores: Stores, now: datetime) -> Iterator[Notice]:
    newest = stores.backups.newest() if stores.backups else None
    if newest is not None and now - newest > OLD_BACKUP:
        yield Notice("backup-old", since=newest)


def _of_nodes(state: State) -> Iterator[Notice]:
    for node in state.nodes:
        if node.id in state.late:
            yield Notice("node-late", node.id, state.heard[node.id])
        elif node.id not in state.heard and state.readings:
            yield Notice("node-unheard", node.id, node.added)
        if node.status and signs.battery(node.status) == "empty":
            yield Notice("node-battery", node.id, facts={"mv": node.status.battery_mv})


def _of_gateways(state: State, started: datetime | None, now: datetime) -> Iterator[Notice]:
    for gateway, seen in state.gateways.items():
        if seen is None:
            yield Notice("gateway-unheard", gateway)
        elif now - max(seen, started or seen) > GATEWAY_LATE:
            yield Notice("gateway-silent", gateway, seen)
        elif (report := state.reports.get(gateway)) and now - report.at <= GATEWAY_LATE:
            for alarm in report.alarms:
                yield Notice(alarm.code, gateway, alarm.since, alarm.facts, alarm.words)


def _heard(stores: Stores, nodes: Sequence[Node]) -> dict[str, datetime]:
    heard = {node.id: node.status.at for node in nodes if node.status}
    try:
        rows = stores.readings.latest([node.id for node in nodes if node.status is None])
    except StoreUnavailable:
        return heard
    return heard | {node: datetime.fromtimestamp(row.t, UTC) for node, row in rows.items()}


def _late(
    nodes: Iterable[Node], heard: Mapping[str, datetime], gateways: Iterable[datetime | None],
    now: datetime,
) -> frozenset[str]:  # fmt: skip
    """Return the nodes that do not keep their promise.

    While no gateway is heard nobody can: then it is asked how it was when the last one was heard.
    """
    last = max((at for at in gateways if at is not None), default=now)
    at = now if now - last <= GATEWAY_LATE else last
    return frozenset(
        node.id for node in nodes
        if node.id in heard
        and (not is_live(node, at) if node.status else at - heard[node.id] > LONGEST)
    )  # fmt: skip


def _places(stores: Stores, now: datetime) -> dict[str, Place]:
    gardens = {garden.id: garden for garden in stores.records.gardens()}
    beds = {bed.id: bed for bed in stores.records.beds()}
    places: dict[str, Place] = {}
    for placement in stores.registry.placements():
        bed = beds.get(placement.bed)
        if bed is not None and bed.garden in gardens and placement.holds(now):
            known = places[placement.node].beds if placement.node in places else ()
            if bed not in known:
                places[placement.node] = Place((*known, bed), gardens[bed.garden])
    return places


def _with_raised(
    found: Iterable[Notice], raised: Mapping[tuple[str, str], Trouble]
) -> list[Notice]:
    """Join what was found with what was raised: the first who noticed says since when."""
    told: dict[tuple[str, str], Notice] = {
        key: Notice(one.code, one.about, one.since, one.facts)
        for key, one in raised.items()
        if not _is_ours(one)
    }
    by_others = {code for code, _ in told}
    for notice in found:
        if _is_ours(notice) and notice.code in by_others:
            continue
        known = raised.get((notice.code, notice.about))
        since = known.since if known else notice.since
        told.setdefault((notice.code, notice.about), replace(notice, since=since))
    return list(told.values())
