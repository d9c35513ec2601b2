"""What a bed needs, decided from what it most likely lacks, and why, and how sure that is.

A bed is watered when its depletion is about to pass the readily available water; the dose fills the
root zone again. Uncertainty never waters earlier: it shows as a range, as a word, and as a finger
pushed into the soil. A forecast never counts as water, it only postpones. Never raises.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.bed_days import EFFICIENCY
from surco_service.domain.water.fusion import Belief
from surco_service.domain.water.root_zone import RootZone
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.soil_water import theta
from surco_service.domain.water.science.weather import WeatherDay

CODES = {"unknown": 0, "wet": 1, "ok": 2, "soon": 3, "water": 4}
"""Status → number in InfluxDB and on dashboards."""

SOON_DAYS = 2.0  # within so many days the readily available water will be gone
AHEAD = 0.25  # of a day's need: what is lost until the next visit
REFILL = 0.95  # of what is missing: a little room is left for rain
LEAST_MM = 4.0  # a smaller dose only wets the leaves
WET_MARGIN = 0.04  # m3/m3 above field capacity: it has not drained
WET_MM = 10.0  # percolation in two days: it was far too much

DOSE_STEP_L = 5.0
MOST_AREA_M2 = 10_000.0  # of one bed
CAP_MM = {"silty_clay": 12.0, "clay": 12.0}  # in one go; clay drinks slowly
USUAL_CAP_MM = 20.0
EIGHTY = 1.2816  # standard deviations on either side that hold 80 % of a normal
SURE, FAIRLY = 0.12, 0.25  # sd as a share of TAW
MODEL_DAYS = 10  # so long the balance alone is believed after an anchor or a watering
RAIN_CHANCE, RAIN_SHARE = 0.7, 0.5  # forecast rain that is worth a day's wait
HEAT_C, FROST_C = 33.0, 2.0
MOST_REASONS = 3
AGREEMENT = 0.08  # m3/m3; probes of one bed that differ more contradict each other
GRACE_MIN = timedelta(minutes=15)
LONGEST = timedelta(hours=36)  # no reading is believed for longer
LOOK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a verdict rests on. `belief` None: nothing at all is known of the water."""

    bed: Bed
    zone: RootZone
    belief: Belief | None
    etc_mm: float  # what the crop drinks in the coming day
    doubts: tuple[str, ...] = ()  # why probes are not used; empty: all that are there are used
    probed: bool = False  # at least one probe is used
    theta: float | None = None  # of the probe that is used, less its bias, m3/m3
    data_at: datetime | None = None  # time of the newest reading it rests on
    expires: datetime | None = None  # from then on that reading is stale
    climate: str = ""  # method of ET0; "monthly": no weather at all
    seen: tuple[Reason, ...] = ()  # waterings and rain of the last days, most telling first
    coming: WeatherDay | None = None  # what is forecast within a day
    water_in_days: int | None = None  # until the network brings water; 0: today; None: always there
    next_water_days: int | None = None  # from today until the day of water after that


def stale_from(at: datetime, next_at: datetime | None, interval_s: float) -> datetime:
    """Return when a reading becomes stale: two cycles after the promised next one, or 36 h."""
    promised = (
        next_at if next_at is not None and next_at > at else at + timedelta(seconds=interval_s)
    )
    grace = max(timedelta(seconds=2 * interval_s), GRACE_MIN)
    return min(promised + grace, at + LONGEST)


def advise(s: Situation, now: datetime) -> StoredAdvice:
    """Decide what a bed needs now."""
    doubt = _hopeless(s)
    if doubt is not None or s.belief is None:
        return _unknown(s, doubt or Reason("no-reading"), now)
    depletion = min(max(s.belief.depletion_mm, 0.0), s.zone.taw_mm)
    days = max(0.0, s.zone.raw_mm - depletion) / s.etc_mm if s.etc_mm > 1e-3 else None
    status, why = _status(s, s.belief, depletion, days)
    dose = _dose(s.bed, s.zone, depletion) if status == "water" else 0.0
    spread = EIGHTY * s.belief.sd_mm
    low = _dose(s.bed, s.zone, depletion - spread) if dose else 0.0
    high = _dose(s.bed, s.zone, depletion + spread) if dose else 0.0
    sure = confidence(s)
    return StoredAdvice(
        bed=s.bed.id, status=status, litres=dose, at=now, data_at=s.data_at,
        reasons=_reasons(s, status, why, depletion, days, dose, sure),
        expires=s.expires if s.probed and s.expires else now + LONGEST,
        theta=s.theta if s.probed else theta(s.zone.field_capacity, depletion, s.zone.depth_m),
        wetness=1 - depletion / s.zone.taw_mm if s.zone.taw_mm else None,
        depletion_mm=depletion, days_left=days,
        litres_low=min(low, dose), litres_high=max(high, dose), confidence=sure,
        basis="fused" if s.probed else "model",
        look_at=_look_at(status, days, now), notes=_notes(s, status, depletion),
        change=_change(s, status, depletion),
    )  # fmt: skip


def expired(advice: StoredAdvice, now: datetime) -> StoredAdvice:
    """Return the advice as it reads now: past its time it is *unknown*, because it is stale."""
    if advice.status == "unknown" or now < advice.expires:
        return advice
    reason = Reason("stale", {"hours": _hours(advice.data_at, now)})
    return StoredAdvice(
        advice.bed, "unknown", 0.0, (reason,), advice.at, advice.data_at, advice.expires
    )


def nothing_known(bed: Bed, now: datetime) -> StoredAdvice:
    """Return the verdict of a bed that was never looked at."""
    return StoredAdvice(bed.id, "unknown", 0.0, (Reason("unplaced"),), now, None, now + LONGEST)


def confidence(s: Situation) -> str:
    """Return how sure the depletion is: "high", "medium" or "low".

    Low in a bed that was neither full nor watered for long: it would rest on its probe alone.
    """
    if s.belief is None or s.zone.taw_mm <= 0 or s.belief.anchored_days > MODEL_DAYS:
        return "low"
    share = s.belief.sd_mm / s.zone.taw_mm
    if share < SURE and s.probed:
        return "high"
    return "medium" if share < FAIRLY else "low"


# ---------------------------------------------------------------- what is doubtful


def _hopeless(s: Situation) -> Reason | None:
    """Return why nothing can be said of this bed, or None."""
    if not 0 < s.bed.area_m2 <= MOST_AREA_M2:
        return Reason("no-area")
    if s.belief is not None and not math.isfinite(s.belief.depletion_mm + s.belief.sd_mm):
        return Reason("implausible")
    if s.probed and s.belief is not None:
        return None
    if s.belief is not None and s.belief.anchored_days <= MODEL_DAYS:
        return None
    return Reason(s.doubts[0] if s.doubts else "unplaced")


def _unknown(s: Situation, reason: Reason, now: datetime) -> StoredAdvice:
    if reason.code == "stale":
        reason = replace(reason, values={"hours": _hours(s.data_at, now)})
    finger = _dose(s.bed, s.zone, s.zone.raw_mm) if 0 < s.bed.area_m2 <= MOST_AREA_M2 else 0.0
    return StoredAdvice(
        bed=s.bed.id, status="unknown", litres=0.0, reasons=(reason,), at=now, data_at=s.data_at,
        expires=now + LONGEST, litres_high=finger, confidence="low", basis="none", look_at=now,
        notes=_notes(s, "unknown", None), change=Reason("if-finger-dry", {"litres": finger}),
    )  # fmt: skip


def _hours(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds() / 3600)


# ---------------------------------------------------------------- the decision


def _status(
    s: Situation, belief: Belief, depletion_mm: float, days: float | None
) -> tuple[str, Reason | None]:
    """Return the verdict, and what else than the depletion decided it."""
    zone = s.zone
    trigger = zone.raw_mm - AHEAD * s.etc_mm
    enough = depletion_mm >= min(LEAST_MM, zone.raw_mm)
    if depletion_mm >= trigger and enough:
        if _rain_is_worth_waiting(s, depletion_mm):
            return "soon", Reason("hold-rain", {"chance": _percent(s.coming)})
        return "water", None
    if s.water_in_days == 0 and s.next_water_days is not None and enough:
        then = depletion_mm + s.etc_mm * (s.next_water_days - AHEAD)
        if then >= zone.raw_mm:
            return "water", Reason("water-day", {"days": s.next_water_days})
    soaked = s.theta is not None and s.probed and s.theta > zone.field_capacity + WET_MARGIN
    if depletion_mm < LEAST_MM and (soaked or belief.drained_mm > WET_MM):
        return "wet", None
    return ("soon" if days is not None and days <= SOON_DAYS else "ok"), None


def _rain_is_worth_waiting(s: Situation, depletion_mm: float) -> bool:
    """Tell whether rain is likely and the plant can wait a day for it: a wait, never a credit."""
    if s.coming is None:
        return False
    enough = (s.coming.rain_mm or 0.0) >= RAIN_SHARE * depletion_mm
    likely = (s.coming.rain_chance or 0.0) >= RAIN_CHANCE and enough
    return likely and depletion_mm + s.etc_mm <= s.zone.raw_mm + 0.1 * s.zone.taw_mm


def _percent(coming: WeatherDay | None) -> float:
    return round(100 * (coming.rain_chance or 0.0)) if coming else 0.0


def _dose(bed: Bed, zone: RootZone, depletion_mm: float) -> float:
    """Return litres from the can in whole steps, never more than the root zone can hold."""
    wanted = REFILL * max(depletion_mm, 0.0) * bed.area_m2 / EFFICIENCY
    most = zone.taw_mm * bed.area_m2 / EFFICIENCY
    if most < DOSE_STEP_L:
        return math.floor(10 * min(wanted, most)) / 10
    steps = max(1, math.floor(wanted / DOSE_STEP_L + 0.5))
    return min(steps, math.floor(most / DOSE_STEP_L)) * DOSE_STEP_L


def _look_at(status: str, days: float | None, now: datetime) -> datetime:
    """Return when to look again: the morning before the water runs short."""
    if status in ("water", "soon") or days is None:
        return now + timedelta(days=1)
    return now + timedelta(days=min(max(math.floor(days), 1), LOOK_DAYS))


# ---------------------------------------------------------------- why


def _reasons(
    s: Situation, status: str, why: Reason | None, depletion_mm: float, days: float | None,
    litres: float, sure: str,
) -> tuple[Reason, ...]:  # fmt: skip
    numbers = {"depletion": round(depletion_mm, 1), "raw": round(s.zone.raw_mm, 1)}
    numbers["lacks"] = _soil_litres(s.bed, depletion_mm)
    numbers["may"] = _soil_litres(s.bed, s.zone.raw_mm)
    numbers["wetness"] = round(100 * (1 - depletion_mm / s.zone.taw_mm), 1)
    if days is not None and status in ("soon", "ok"):
        numbers["days"] = round(min(days, 30.0), 1)
    if litres:
        numbers["litres"] = litres
    first = Reason(
        {"water": "dry", "soon": "drying", "ok": "enough", "wet": "soaked"}[status], numbers
    )
    others = [why] if why else []
    others += [Reason(code) for code in s.doubts[:1]]
    others += s.seen[:1]
    if sure == "low" and status != "wet":
        others.append(Reason("low-confidence"))
    if s.bed.crop not in CROPS:
        others.append(Reason("crop-unknown"))
    if s.climate == "monthly":
        others.append(Reason("no-weather", {"etc": round(s.etc_mm, 1)}))
    return (first, *others)[:MOST_REASONS]


def _notes(s: Situation, status: str, depletion_mm: float | None) -> tuple[Reason, ...]:
    """Return what else is good to know, besides the verdict."""
    notes: list[Reason] = []
    high, low = (s.coming.temp_max_c, s.coming.temp_min_c) if s.coming else (None, None)
    if high is not None and high >= HEAT_C:
        notes.append(Reason("heat", {"temp": round(high)}))
    if low is not None and low <= FROST_C:
        notes.append(Reason("frost", {"temp": round(low)}))
    if status == "water" and depletion_mm is not None:
        cap = CAP_MM.get(s.bed.soil, USUAL_CAP_MM)
        if depletion_mm > cap:
            notes.append(Reason("split", {"times": math.ceil(depletion_mm / cap)}))
        if s.water_in_days:
            notes.append(Reason("no-water-today", {"days": s.water_in_days}))
    return tuple(notes)


def _change(s: Situation, status: str, depletion_mm: float) -> Reason:
    """Return what would change the verdict."""
    if status == "water":
        return Reason("if-rain", {"mm": float(math.ceil(max(depletion_mm, 1.0)))})
    if status == "wet":
        return Reason("if-drained")
    left = max(s.zone.raw_mm - depletion_mm, 0.0)
    return Reason("if-lost", {"mm": round(left, 1), "litres": _soil_litres(s.bed, left)})


def _soil_litres(bed: Bed, mm: float) -> float:
    """Return how many litres in the soil of a bed a depth of water is."""
    litres = mm * bed.area_m2
    return float(round(litres)) if litres >= 10 else round(litres, 1)
