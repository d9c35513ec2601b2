"""What a bed needs, decided from the water content of its root zone, and why.

The root zone is a bucket (FAO-56 chapter 8): full at field capacity, empty at wilting point. Its
*depletion* is the water that is missing. A crop does well until the depletion reaches the readily
available water; that is when to water, and the depletion is the dose.

Whatever is doubtful makes the verdict `unknown`, with the reason; a single doubtful probe never
makes it anything else. Forecasts, rain and fusion of several witnesses come later, behind `advise`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.domain.crops import CROPS, UNKNOWN_CROP, Crop
from surco_service.domain.garden import Bed, Reason, StoredAdvice
from surco_service.domain.soils import SOILS, Soil

CODES = {"unknown": 0, "wet": 1, "ok": 2, "soon": 3, "water": 4}
"""Status → number in InfluxDB and on dashboards."""

SOON_DAYS = 2.0  # within so many days the readily available water will be gone
SOON_SHARE = 0.75  # without a drying rate: from this share of the readily available water on
WET_MARGIN = 0.04  # m3/m3 above field capacity: it has not drained
EFFICIENCY = 0.85  # share of poured water that stays in the root zone of a hand-watered bed
DOSE_STEP_L = 5.0
MOST_AREA_M2 = 10_000.0  # of one bed
LEAST_DEPTH_M = 0.02  # a bed that claims to be shallower is taken for open ground
PUDDLE = 0.05  # m3/m3 above saturation: no soil holds that much
AGREEMENT = 0.08  # m3/m3; probes of one bed that differ more contradict each other
GRACE_MIN = timedelta(minutes=15)
LONGEST = timedelta(hours=36)  # no reading is believed for longer


@dataclass(frozen=True, slots=True)
class Probe:
    """What one probe says now. `theta` None: it says nothing that can be believed, see `doubt`."""

    theta: float | None  # m3/m3
    at: datetime | None  # time of the reading
    expires: datetime | None  # from then on the reading is stale
    doubt: str = ""  # code of the reason when theta is None


@dataclass(frozen=True, slots=True)
class RootZone:
    """The bucket of one bed, in millimetres of water (1 mm on 1 m2 is 1 litre)."""

    taw_mm: float  # total available water, FAO-56 Eq. 82
    raw_mm: float  # readily available water, Eq. 83
    field_capacity: float
    depth_m: float

    def depletion_mm(self, theta: float) -> float:
        """Return the missing water, Eq. 87, between 0 (full) and TAW (empty)."""
        missing = 1000 * (self.field_capacity - theta) * self.depth_m
        return min(max(missing, 0.0), self.taw_mm)


def stale_from(at: datetime, next_at: datetime | None, interval_s: float) -> datetime:
    """Return when a reading becomes stale: two cycles after the promised next one, or 36 h."""
    promised = (
        next_at if next_at is not None and next_at > at else at + timedelta(seconds=interval_s)
    )
    grace = max(timedelta(seconds=2 * interval_s), GRACE_MIN)
    return min(promised + grace, at + LONGEST)


def crop_of(bed: Bed) -> Crop:
    return CROPS.get(bed.crop or "", UNKNOWN_CROP)


def soil_of(bed: Bed) -> Soil:
    return SOILS.get(bed.soil, SOILS["mix"])


def root_zone(bed: Bed) -> RootZone:
    """Return the bucket of a bed: its crop's roots in its soil, no deeper than the bed."""
    crop, soil = crop_of(bed), soil_of(bed)
    depth_m = crop.root_depth_m
    if bed.depth_m is not None and bed.depth_m >= LEAST_DEPTH_M:
        depth_m = min(depth_m, bed.depth_m)
    taw_mm = 1000 * (soil.field_capacity - soil.wilting_point) * depth_m
    return RootZone(taw_mm, crop.p * taw_mm, soil.field_capacity, depth_m)


def wetness(bed: Bed, theta: float) -> float:
    """Return 0 at wilting point and 1 at field capacity; more when it has not drained."""
    soil = soil_of(bed)
    return (theta - soil.wilting_point) / (soil.field_capacity - soil.wilting_point)


def in_soil(bed: Bed, theta: float) -> bool:
    """Tell whether soil can hold so much water: a probe in the air says less, one in a puddle more.

    Roots leave the water below wilting point; half of it goes only where the sun bakes the ground.
    """
    soil = soil_of(bed)
    return soil.wilting_point / 2 <= theta <= soil.saturation + PUDDLE


def advise(
    bed: Bed, probes: Sequence[Probe], *, now: datetime, drying_per_day: float | None = None
) -> StoredAdvice:
    """Decide what a bed needs now.

    `drying_per_day` is the recent loss of water content (m3/m3 a day), when it is known. Never
    raises; whatever it cannot judge is `unknown`.
    """
    doubt = _doubt(bed, probes, now)
    if doubt is not None:
        return _unknown(bed, doubt, probes, now)
    believed = [
        p for p in probes if p.theta is not None and p.expires is not None and p.at is not None
    ]
    theta = sum(p.theta or 0.0 for p in believed) / len(believed)
    zone = root_zone(bed)
    depletion = zone.depletion_mm(theta)
    days = _days_left(zone, theta, drying_per_day)
    status = _status(zone, theta, depletion, days)
    litres = _dose_litres(bed, zone, depletion) if status == "water" else 0.0
    return StoredAdvice(
        bed=bed.id,
        status=status,
        litres=litres,
        reasons=_reasons(bed, status, theta, days, litres),
        at=now,
        data_at=max(p.at for p in believed if p.at),
        expires=min(p.expires for p in believed if p.expires),
        theta=theta,
        wetness=wetness(bed, theta),
        depletion_mm=depletion,
        days_left=days,
    )


def expired(advice: StoredAdvice, now: datetime) -> StoredAdvice:
    """Return the advice as it reads now: past its time it is *unknown*, because it is stale."""
    if advice.status == "unknown" or now < advice.expires:
        return advice
    reason = Reason("stale", {"hours": _hours(advice.data_at, now)})
    return StoredAdvice(
        advice.bed, "unknown", 0.0, (reason,), advice.at, advice.data_at, advice.expires
    )


# ---------------------------------------------------------------- what is doubtful


def _doubt(bed: Bed, probes: Sequence[Probe], now: datetime) -> Reason | None:
    """Return why nothing can be said of this bed, or None."""
    if not 0 < bed.area_m2 <= MOST_AREA_M2:
        return Reason("no-area")
    if not probes:
        return Reason("unplaced")
    believed = [p.theta for p in probes if p.theta is not None and math.isfinite(p.theta)]
    if len(believed) < len(probes):
        return Reason(next((p.doubt for p in probes if p.theta is None), "") or "implausible")
    if any(p.expires is None or now >= p.expires for p in probes):
        return Reason("stale", {"hours": _hours(_newest(probes), now)})
    if not all(in_soil(bed, theta) for theta in believed):
        return Reason("off-scale")
    if max(believed) - min(believed) > AGREEMENT:
        return Reason("contradiction")
    return None


def _unknown(bed: Bed, reason: Reason, probes: Sequence[Probe], now: datetime) -> StoredAdvice:
    return StoredAdvice(
        bed=bed.id, status="unknown", litres=0.0, reasons=(reason,), at=now,
        data_at=_newest(probes), expires=now + LONGEST,
    )  # fmt: skip


def _newest(probes: Sequence[Probe]) -> datetime | None:
    return max((p.at for p in probes if p.at is not None), default=None)


def _hours(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds() / 3600)


# ---------------------------------------------------------------- the decision


def _status(zone: RootZone, theta: float, depletion_mm: float, days: float | None) -> str:
    if theta > zone.field_capacity + WET_MARGIN:
        return "wet"
    if depletion_mm >= zone.raw_mm:
        return "water"
    if depletion_mm >= SOON_SHARE * zone.raw_mm or (days is not None and days <= SOON_DAYS):
        return "soon"
    return "ok"


def _days_left(zone: RootZone, theta: float, drying_per_day: float | None) -> float | None:
    """Return in how many days the readily available water is gone; None when nobody can tell."""
    if drying_per_day is None or not math.isfinite(drying_per_day) or drying_per_day <= 1e-4:
        return None
    trigger = zone.field_capacity - zone.raw_mm / (1000 * zone.depth_m)
    return max(0.0, (theta - trigger) / drying_per_day)


def _dose_litres(bed: Bed, zone: RootZone, depletion_mm: float) -> float:
    """Return the dose in whole steps, at least one, never more than the root zone can hold."""
    wanted = depletion_mm * bed.area_m2 / EFFICIENCY
    most = zone.taw_mm * bed.area_m2 / EFFICIENCY
    if most < DOSE_STEP_L:
        return math.floor(10 * wanted) / 10
    steps = max(1, math.floor(wanted / DOSE_STEP_L + 0.5))
    return min(steps, math.floor(most / DOSE_STEP_L)) * DOSE_STEP_L


def _reasons(
    bed: Bed, status: str, theta: float, days: float | None, litres: float
) -> tuple[Reason, ...]:
    numbers = {"wetness": round(100 * wetness(bed, theta), 1)}
    if days is not None and status in ("soon", "ok"):
        numbers["days"] = round(min(days, 30.0), 1)
    if litres:
        numbers["litres"] = litres
    reasons = [
        Reason({"water": "dry", "soon": "drying", "ok": "enough", "wet": "soaked"}[status], numbers)
    ]
    if bed.crop not in CROPS:
        reasons.append(Reason("crop-unknown"))
    return tuple(reasons)
