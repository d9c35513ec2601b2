"""What Grafana draws of readings: the water content of beds, made from millivolts.

Derived data may be thrown away: it is made again from the readings and the notebook. So a
placement or a calibration that is corrected backwards corrects what is drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.root_zone import in_soil, root_zone, wetness
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import batches, line
from surco_service.usecases.names import NO_NAMES, Names, named, names_of
from surco_service.usecases.sensors import Sensors, Span, read_sensors
from surco_service.usecases.water.moisture import Scales, read_scales, theta

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
    names = names_of(stores.records.gardens(), beds.values())
    for node, span in spans.items():
        placements = [p for p in sensors.placements if p.node == node and p.bed in beds]
        here = {beds[placement.bed] for placement in placements}
        for start, end in _months(placements, span):
            scales = read_scales(stores, sensors, here, start, end)
            for reading in stores.readings.series(node, start, end):
                at = datetime.fromtimestamp(reading.t, UTC)
                for placement in placements:
                    if placement.holds(at) and placement.channel in reading.values:
                        bed = beds[placement.bed]
                        yield moisture_line(bed, placement, sensors, scales, reading, names)


def _months(placements: Sequence[Placement], span: Span) -> Iterator[Span]:
    """Yield the time of a node since it was first placed, a month at a time: from and until."""
    if placements:
        first = max(span[0], min(int(placement.since.timestamp()) for placement in placements))
        end = span[1] + 1
        for start in range(first, end, MONTH_S):
            yield start, min(start + MONTH_S, end)


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


def moisture_line(
    bed: Bed, placement: Placement, sensors: Sensors, scales: Scales, reading: Reading,
    names: Names = NO_NAMES,
) -> str:  # fmt: skip
    """Write what Grafana draws of one reading: water content, not millivolts."""
    tags = {"garden": bed.garden, "bed": bed.id, "depth": f"{placement.depth_m * 100:.0f}"}
    raw_mv = reading.values.get(placement.channel)
    held = theta(placement, raw_mv, reading.t, sensors, scales)
    if held is None or not in_soil(bed, held):
        return line("bed_moisture", tags, {"qc": 4}, reading.t * 10**9)
    calibration = sensors.calibration(placement.probe, datetime.fromtimestamp(reading.t, UTC))
    fields: dict[str, float | int | str | None] = {
        "theta": held,
        "wetness": 100 * wetness(bed, held),
        "depletion_mm": root_zone(bed).depletion_mm(held),
        "qc": 1,
        "calibration": calibration.id if calibration else None,  # a scale that was learnt has none
        "probe_name": f"{named(names, bed.garden, bed.id).bed} · {tags['depth']} cm",
    }
    return line("bed_moisture", tags, fields, reading.t * 10**9)
