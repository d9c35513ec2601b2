"""What there is: each bed with its name, each node with its last news, hour by hour.

A node that fell silent writes nothing any more, so that what is drawn of its own words forgets it.
Here the service speaks of it: "12 of 13" needs the thirteenth.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from surco_contract.messages import FIRST_TIME
from surco_service.domain.nodes.node import Node, NodeStatus, Placement
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.watering import stale_from
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import line
from surco_service.usecases.mirror.moisture import MONTH_S
from surco_service.usecases.names import Names, named, names_of, told_apart
from surco_service.usecases.water.live import USUAL_INTERVAL_S
from surco_service.usecases.water.remembered import LEAD_S, Remembered

HOUR_S = 3600
DAY = timedelta(hours=24)


def census(stores: Stores, now: datetime) -> list[str]:
    """Return the lines of this hour."""
    gardens, beds = stores.records.gardens(), stores.records.beds()
    names, hour = names_of(gardens, beds), now.replace(minute=0, second=0, microsecond=0)
    nodes = stores.registry.nodes()
    called = _called(nodes, stores.registry.placements(), beds, names, now)
    return [
        *(bed_name_line(bed, names, hour) for bed in beds),
        *(node_line(node.id, called[node.id], node.status, hour, now) for node in nodes),
    ]


def past_censuses(stores: Stores, now: datetime) -> Iterator[str]:
    """Yield the lines of the hours that are over, from the readings that came, and those of now."""
    beds, placements = stores.records.beds(), stores.registry.placements()
    names, nodes = names_of(stores.records.gardens(), beds), stores.registry.nodes()
    called = _called(nodes, placements, beds, names, now)
    for node in nodes:
        for at, reading in _hours(stores, node, placements, now):
            yield node_line(node.id, called[node.id], _as_status(reading), at, at)
    yield from census(stores, now)


def bed_name_line(bed: Bed, names: Names, at: datetime) -> str:
    """Write what people choose a bed by: its name, with the id that queries need."""
    said = named(names, bed.garden, bed.id)
    tags = {
        "garden": bed.garden, "garden_choice": f"{said.garden} [{bed.garden}]",
        "bed": bed.id, "bed_choice": f"{said.bed} [{bed.id}]",
    }  # fmt: skip
    return line("bed_name", tags, {"beds": 1}, int(at.timestamp()) * 10**9)


def node_line(
    node: str, called: str, status: NodeStatus | None, hour: datetime, now: datetime
) -> str:
    """Write how a node stands: its last news and what it said then, whether it speaks."""
    fields: dict[str, float | int | str | None] = {
        "name": called,
        "nodes": 1,
        "spoke": int(status is not None and now - status.at < DAY),
        "silent": int(status is None or now >= _expected(status)),
    }
    if status is not None:
        fields |= {
            "heard_ms": int(status.at.timestamp()) * 1000,
            "battery_mv": None if status.battery_mv is None else float(status.battery_mv),
            "rssi_dbm": None if status.rssi_dbm is None else float(status.rssi_dbm),
            "held": status.held,
            "lost": status.lost,
            "skipped": status.skipped,
        }
    return line("node_seen", {"node": node}, fields, int(hour.timestamp()) * 10**9)


def _expected(status: NodeStatus) -> datetime:
    """Return until when a node's silence is as it promised, by the pages' own rule."""
    return stale_from(status.at, status.next_at, status.interval_s or USUAL_INTERVAL_S)


def _called(
    nodes: Iterable[Node], placements: Iterable[Placement], beds: Iterable[Bed], names: Names,
    now: datetime,
) -> dict[str, str]:  # fmt: skip
    """Return where each node stands, else its own name; with its id where that is another's too."""
    gardens = {bed.id: bed.garden for bed in beds}
    here = {p.node: p.bed for p in placements if p.holds(now) and p.bed in gardens}
    places = {
        node.id: named(names, gardens[here[node.id]], here[node.id]).place
        if node.id in here
        else node.name
        for node in nodes
    }
    return told_apart({node: ("", place) for node, place in places.items()})


def _hours(
    stores: Stores, node: Node, placements: Sequence[Placement], now: datetime
) -> Iterator[tuple[datetime, Reading]]:
    """Yield each past hour of a node since its first reading, with the newest one by then."""
    last = int(now.timestamp()) // HOUR_S * HOUR_S
    since = [int(p.since.timestamp()) for p in placements if p.node == node.id]
    first = max(FIRST_TIME, min(since, default=last))
    newest: Reading | None = None
    for start in range(first + -first % HOUR_S, last, MONTH_S):
        end = min(start + MONTH_S, last)
        past = Remembered({node.id: stores.readings.series(node.id, start - LEAD_S, end)})
        for t in range(start, end, HOUR_S):
            newest = past.latest(t).get(node.id) or newest
            if newest is not None:
                yield datetime.fromtimestamp(t, UTC), newest


def _as_status(reading: Reading) -> NodeStatus:
    """Return what a reading tells of its node; what the node held or lost is not in it."""
    battery, signal = reading.values.get("bv"), reading.values.get("rs")
    return NodeStatus(
        datetime.fromtimestamp(reading.t, UTC), "asleep",
        battery_mv=None if battery is None else round(battery),
        rssi_dbm=None if signal is None else round(signal),
    )  # fmt: skip
