"""What Grafana draws of readings: the water content of beds, made from millivolts.

Derived data may be thrown away: it is made again from the readings and the notebook. So a
placement or a calibration that is corrected backwards corrects what is drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain

from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.root_zone import in_soil, root_zone, wetness
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import batches, line
from surco_service.usecases.sensors import Sensors, Span, moisture, read_sensors

MONTH_S = 30 * 86_400  # so much of a node's past is read at once


def derive(stores: Stores, spans: Mapping[str, Span]) -> int:
    """Put the moisture of the beds of these nodes in the outbox; return how many lines."""
    written = 0
    for batch in batches(moisture_lines(stores, spans)):
        stores.outbox.enqueue(batch)
        written += len(batch)
    return written


def moisture_lines(stores: Stores, spans: Mapping[str, Span]) -> Iterator[str]:
    """Yield a line for each reading of a placed probe."""
    sensors, beds = read_sensors(stores), {bed.id: bed for bed in stores.records.beds()}
    for node, span in spans.items():
        placements = [p for p in sensors.placements if p.node == node and p.bed in beds]
        for reading in _placed(node, placements, stores, span):
            at = datetime.fromtimestamp(reading.t, UTC)
            for placement in placements:
                if placement.holds(at) and placement.channel in reading.values:
                    yield moisture_line(beds[placement.bed], placement, sensors, reading)


def _placed(
    node: str, placements: Sequence[Placement], stores: Stores, span: Span
) -> Iterator[Reading]:
    """Yield the readings of a node since it was first placed, a month at a time."""
    if not placements:
        return iter(())
    first = max(span[0], min(int(placement.since.timestamp()) for placement in placements))
    end = span[1] + 1
    return chain.from_iterable(
        stores.readings.series(node, start, min(start + MONTH_S, end))
        for start in range(first, end, MONTH_S)
    )


def spans(
    stores: Stores, now: datetime, *, probe: str | None = None, bed: str | None = None
) -> dict[str, Span]:
    """Return since when nodes carried a probe, or stood in a bed: what to draw after a correction."""
    found: dict[str, Span] = {}
    for placement in stores.registry.placements(bed=bed):
        if probe in (None, placement.probe):
            since = int(placement.since.timestamp())
            until = int((placement.until or now).timestamp())
            first, last = found.get(placement.node, (since, until))
            found[placement.node] = (min(first, since), max(last, until))
    return found


def moisture_line(bed: Bed, placement: Placement, sensors: Sensors, reading: Reading) -> str:
    """Write what Grafana draws of one reading: water content, not millivolts."""
    tags = {"garden": bed.garden, "bed": bed.id, "depth": f"{placement.depth_m * 100:.0f}"}
    found = moisture(placement, sensors, reading)
    if found is None or not in_soil(bed, found[0]):
        return line("bed_moisture", tags, {"qc": 4}, reading.t * 10**9)
    theta, calibration = found
    fields: dict[str, float | int | str | None] = {
        "theta": theta,
        "wetness": 100 * wetness(bed, theta),
        "depletion_mm": root_zone(bed).depletion_mm(theta),
        "qc": 1,
        "calibration": calibration,
    }
    return line("bed_moisture", tags, fields, reading.t * 10**9)
