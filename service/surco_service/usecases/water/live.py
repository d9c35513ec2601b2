"""What a probe says at this moment, freed from the heat of the day.

Probes swing with the temperature of the soil, by as much as a watering in sand. Mornings are cool
and compare with mornings; a value of the day is compared with that of the same hour of yesterday.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from surco_contract.quantities import QUANTITIES
from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water import watch
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.moisture import theta_in_bed
from surco_service.domain.water.scale import Scale
from surco_service.domain.water.watering import stale_from
from surco_service.ports.intake import Reading
from surco_service.usecases.sensors import Sensors
from surco_service.usecases.water.diary import Known, Past

RECENT = timedelta(days=2)  # a probe that says the very same for so long is stuck
BUCKET_S = 6 * 3600
USUAL_INTERVAL_S = 900.0
DAY, AROUND, HOUR_S = timedelta(days=1), timedelta(minutes=90), 3600
MOST_SWING = 0.04  # m3/m3 from the night to the afternoon; more is water, not heat
RAIN_MM = 3.0  # of yesterday: then its afternoon shows no heat


@dataclass(frozen=True, slots=True)
class Live:
    """What one probe says now. `theta` None: nothing that can be believed, see `doubt`."""

    probe: str
    theta: float | None = None  # m3/m3, as it would read in the cool of the morning
    at: datetime | None = None
    expires: datetime | None = None
    doubt: str = ""


def live(
    placement: Placement, sensors: Sensors, reading: Reading | None, past: Past,
    pages: Sequence[BedDay], known: Known, now: datetime,
) -> Live:  # fmt: skip
    """Return what a probe says now. `pages`: the last ones of its bed's diary, oldest first."""
    probe = placement.probe
    if reading is None or reading.t < placement.since.timestamp():
        return Live(probe, doubt="no-reading")
    at = datetime.fromtimestamp(reading.t, UTC)
    node = sensors.nodes.get(placement.node)
    status = node.status if node else None
    interval_s = float(status.interval_s) if status and status.interval_s else USUAL_INTERVAL_S
    expires = stale_from(at, status.next_at if status else None, interval_s)
    if now >= expires:
        return Live(probe, None, at, expires, "stale")
    raw = reading.values.get(placement.channel)
    doubt = "" if raw is not None else "sensor-silent"
    if raw is not None and not QUANTITIES[placement.channel].plausible(raw):
        doubt = "implausible"
    if not doubt and _stuck(placement, past, now):
        doubt = "stuck"
    if doubt or raw is None:
        return Live(probe, None, at, expires, doubt)
    calibration = sensors.calibration(probe, at)
    scale = pages[-1].scale(probe) if pages else None
    theta, doubt = theta_in_bed(known.bed, raw, calibration, scale)
    if theta is not None:
        swing = _swing(placement, past, pages, known.bed, calibration, scale, at)
        poured = known.litres_since_morning(now) > 0
        theta = cool(theta, _this_morning(pages, probe, known, now), swing, poured=poured)
    return Live(probe, theta, at, expires, doubt)


def cool(theta: float, morning: float | None, swing: float | None, *, poured: bool) -> float:
    """Return what a probe would say in the cool of the morning, all m3/m3.

    `swing`: what yesterday's heat did to it by this hour; None: nobody knows, and then a change
    that heat can make says nothing, unless somebody noted water since this `morning`.
    """
    if swing is not None:
        return theta - swing
    if morning is None or poured or abs(theta - morning) > watch.NEWS + MOST_SWING:
        return theta
    return morning


def _this_morning(pages: Sequence[BedDay], probe: str, known: Known, now: datetime) -> float | None:
    page = pages[-1] if pages else None
    if page is None or page.day != known.day(now):
        return None
    said = zip(page.evidence.heard, page.thetas, strict=True)
    return next((theta for heard, theta in said if heard.probe == probe), None)


def _swing(
    placement: Placement, past: Past, pages: Sequence[BedDay], bed: Bed,
    calibration: Calibration | None, scale: Scale | None, at: datetime,
) -> float | None:  # fmt: skip
    """Return by how much a probe said more at this hour of yesterday than on that morning, m3/m3.

    None when nobody knows, or when it was not heat alone: water came, or it changed too much.
    """
    if len(pages) < 2 or pages[-1].day - pages[-2].day != DAY or _watered(pages[-1]):
        return None
    heard = next((h for h in pages[-2].evidence.heard if h.probe == placement.probe), None)
    start, end = at - DAY - AROUND, at - DAY + AROUND
    if heard is None or heard.mv is None or heard.doubt or start < placement.since:
        return None
    means = past.means(
        placement.node, placement.channel, int(start.timestamp()), int(end.timestamp()), HOUR_S
    )
    if not means:
        return None
    then_mv = sum(mv for _, mv in means) / len(means)
    then, _ = theta_in_bed(bed, then_mv, calibration, scale)
    cold, _ = theta_in_bed(bed, heard.mv, calibration, scale)
    if then is None or cold is None or abs(then - cold) > MOST_SWING:
        return None
    return then - cold


def _watered(page: BedDay) -> bool:
    """Tell whether water came in the day before a morning, noted or not."""
    weather = page.evidence.weather
    rain_mm = (weather.rain_mm or 0.0) if weather and not weather.forecast else 0.0
    return page.evidence.litres > 0 or page.seen_mm > 0 or rain_mm >= RAIN_MM


def _stuck(placement: Placement, past: Past, now: datetime) -> bool:
    """Tell whether a probe said the very same for days: real soil and real converters never do."""
    if now - placement.since < RECENT:
        return False
    start, end = int((now - RECENT).timestamp()), int(now.timestamp()) + 1
    values = [mv for _, mv in past.means(placement.node, placement.channel, start, end, BUCKET_S)]
    return len(values) >= 8 and max(values) - min(values) < 0.01
