"""What a bed needs, decided from what it most likely lacks, and why, and how sure that is.

A bed is watered when its depletion is about to pass the readily available water; the dose fills the
root zone again. Uncertainty never waters earlier: it shows as a range, as a word, and as a finger
that is pushed into the soil before any litres. A forecast never counts as water, it only postpones.
A bed whose own probe says full is never watered. Never raises.
"""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.belief import AHEAD
from surco_service.domain.water.dose import (
    dose_litres,
    is_full,
    least_mm,
    refill_litres,
    seed_mm,
)
from surco_service.domain.water.reasons import (
    change,
    half_for_rain,
    idle_notes,
    notes,
    reasons,
    seed_reasons,
    waits_for_rain,
)
from surco_service.domain.water.root_zone import crop_of
from surco_service.domain.water.science.soil_water import theta
from surco_service.domain.water.situation import Situation

CODES = {"unknown": 0, "wet": 1, "ok": 2, "soon": 3, "water": 4}
"""Status → number in InfluxDB and on dashboards."""

SOON_DAYS = 2.0  # within so many days the readily available water will be gone
POT_AHEAD = 1.0  # of a day's need: tomorrow is too late for a pot
WET_MARGIN = 0.04  # m3/m3 above field capacity: it has not drained
WET_MM = 10.0  # percolation in two days: it was far too much
HALF = 0.5  # of a dose, when rain is likely and the bed cannot wait for it

MOST_AREA_M2 = 10_000.0  # of one bed
EIGHTY = 1.2816  # standard deviations on either side that hold 80 % of a normal
SURE, FAIRLY = 0.12, 0.25  # sd as a share of TAW
MOST_DUE_DAYS = 2  # it was due for longer, and neither people nor the probe told of water
DISSENT_DAYS = 2  # mornings in a row
MODEL_DAYS = 10  # so long the balance alone is believed after an anchor or a watering
RAIN_CHANCE, RAIN_SHARE = 0.7, 0.5  # forecast rain that is worth a day's wait
AGREEMENT = 0.08  # m3/m3; probes of one bed that differ more contradict each other
GRACE_MIN = timedelta(minutes=15)
LONGEST = timedelta(hours=36)  # no reading is believed for longer
LOOK_DAYS = 7


def stale_from(at: datetime, next_at: datetime | None, interval_s: float) -> datetime:
    """Return when a reading becomes stale: two cycles after the promised next one, or 36 h."""
    promised = (
        next_at if next_at is not None and next_at > at else at + timedelta(seconds=interval_s)
    )
    grace = max(timedelta(seconds=2 * interval_s), GRACE_MIN)
    return min(promised + grace, at + LONGEST)


def advise(s: Situation, now: datetime) -> StoredAdvice:
    """Decide what a bed needs now."""
    if s.bed.crop is None or s.stage == "unsown":
        return _left_alone(s, Reason("no-crop"), None if s.bed.crop else Reason("if-sown"), now)
    if s.stage == "curing" or (s.stage == "past" and crop_of(s.bed).cures_d):
        return _left_alone(s, Reason("curing"), None, now)
    doubt = _hopeless(s)
    if s.stage == "sown" and _has_area(s.bed):
        return _sown(s, now)
    if doubt is not None or s.belief is None:
        return _unknown(s, doubt or Reason("no-reading"), now)
    return _by_the_soil(s, s.belief.sd_mm, now)


def _by_the_soil(s: Situation, sd_mm: float, now: datetime) -> StoredAdvice:
    """Decide by what the roots lack."""
    missing, sure = s.missing_mm, confidence(s)
    filling_mm = _filling_mm(s)
    days = max(0.0, s.zone.raw_mm - missing) / s.etc_mm if s.etc_mm > 1e-3 else None
    status, why = _status(s, days)
    share = HALF if why is not None and why.code == "half-rain" else 1.0
    doses = [
        refill_litres(s, max(mm, 0.0), share) if status == "water" else 0.0
        for mm in (missing - EIGHTY * sd_mm, filling_mm, missing + EIGHTY * sd_mm)
    ]
    low, dose, high = min(doses[:2]), doses[1], max(doses[1:])
    wanted = _without_limit(s, filling_mm, share) if status == "water" else 0.0
    why_so, other = reasons(s, status, why, days, dose, sure), change(s, status, why)
    also = notes(s, dose, wanted)
    if status == "water" and not dose:
        status = "soon"  # there is nothing to pour
    if status in ("ok", "soon") and s.probed and _disagree(s):
        dry_mm = max(missing, s.zone.raw_mm, s.belief.dissent_mm if s.belief else 0.0)
        litres = refill_litres(replace(s, room_mm=None), dry_mm)
        why_so = tuple(why for why in why_so[1:] if why.code != "low-confidence")
        return _touch_first(s, (Reason("disagree"), *why_so), also, litres, now)
    if status == "water" and sure == "low":
        litres = refill_litres(s, max(missing, s.zone.raw_mm), share)  # a dry finger is no doubt
        return _touch_first(s, why_so, also, litres, now)
    return StoredAdvice(
        bed=s.bed.id, status=status, litres=dose, at=now, data_at=s.data_at, reasons=why_so,
        expires=s.expires if s.probed and s.expires else now + LONGEST,
        theta=s.theta if s.probed else theta(s.zone.field_capacity, missing, s.zone.depth_m),
        wetness=1 - missing / s.zone.taw_mm if s.zone.taw_mm else None,
        depletion_mm=missing, days_left=days, litres_low=low, litres_high=high, confidence=sure,
        basis="fused" if s.probed else "model", look_at=_look_at(status, days, now),
        notes=also, change=other,
    )  # fmt: skip


def _filling_mm(s: Situation) -> float:
    """Return what is poured to fill a bed, net: all that is missing where it is watered far ahead."""
    far_ahead = s.bed.container or s.next_water_days is not None
    if s.belief is None or not s.probed or far_ahead:
        return s.missing_mm
    return s.belief.filling_mm


def _disagree(s: Situation) -> bool:
    """Tell whether balance or probe alone has called a bed dry for days, and both together do not."""
    return s.belief is not None and s.belief.dissent_days >= DISSENT_DAYS


def _without_limit(s: Situation, filling_mm: float, share: float) -> float:
    return refill_litres(replace(s, available_litres=None), filling_mm, share)


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
    if s.belief.due_days > MOST_DUE_DAYS:
        return "low"
    share = s.belief.sd_mm / s.zone.taw_mm
    if share < SURE and s.probed:
        return "high"
    return "medium" if share < FAIRLY else "low"


# ---------------------------------------------------------------- what is doubtful


def _hopeless(s: Situation) -> Reason | None:
    """Return why nothing can be said of this bed, or None."""
    if not _has_area(s.bed):
        return Reason("no-area")
    if s.belief is not None and not math.isfinite(s.belief.depletion_mm + s.belief.sd_mm):
        return Reason("implausible")
    if s.probed and s.belief is not None:
        return None
    if s.belief is not None and s.belief.anchored_days <= MODEL_DAYS:
        return None
    return Reason(s.doubts[0] if s.doubts else "unplaced")


def _has_area(bed: Bed) -> bool:
    return 0 < bed.area_m2 <= MOST_AREA_M2


def _unknown(s: Situation, reason: Reason, now: datetime) -> StoredAdvice:
    if reason.code == "stale":
        reason = replace(reason, values={"hours": _hours(s.data_at, now)})
    finger = refill_litres(s, s.zone.raw_mm) if _has_area(s.bed) else 0.0
    return StoredAdvice(
        bed=s.bed.id, status="unknown", litres=0.0, reasons=(reason,), at=now, data_at=s.data_at,
        expires=now + LONGEST, litres_high=finger, confidence="low", basis="none", look_at=now,
        notes=notes(s), change=Reason("if-finger-dry", {"litres": finger}),
    )  # fmt: skip


def _touch_first(
    s: Situation, why: tuple[Reason, ...], also: tuple[Reason, ...], litres: float, now: datetime
) -> StoredAdvice:
    """Return what is said when the bed most likely needs water and nobody can be sure of it."""
    return StoredAdvice(
        bed=s.bed.id, status="unknown", litres=0.0, reasons=why, at=now, data_at=s.data_at,
        expires=now + LONGEST, litres_high=litres, confidence="low",
        basis="fused" if s.probed else "model", look_at=now, notes=also,
        change=Reason("if-finger-dry", {"litres": litres}),
    )  # fmt: skip


def _hours(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds() / 3600)


# ---------------------------------------------------------------- what grows decides


def _left_alone(s: Situation, reason: Reason, change: Reason | None, now: datetime) -> StoredAdvice:
    """Return that a bed needs nothing, however dry it is: nothing drinks there, or it must dry."""
    return StoredAdvice(
        bed=s.bed.id, status="ok", litres=0.0, reasons=(reason,), at=now, data_at=s.data_at,
        expires=now + LONGEST, theta=s.theta if s.probed else None,
        look_at=now + timedelta(days=LOOK_DAYS), notes=idle_notes(s), change=change,
    )  # fmt: skip


def _sown(s: Situation, now: datetime) -> StoredAdvice:
    """Decide for seeds that have not come up: little and daily, whatever the soil below holds."""
    status = "wet" if _soaked(s) else "ok" if is_full(s) else "water"
    litres = dose_litres(s, seed_mm(s)) if status == "water" else 0.0
    wanted = (
        dose_litres(replace(s, available_litres=None), seed_mm(s)) if status == "water" else 0.0
    )
    if status == "water" and not litres:
        status = "soon" if wanted else "ok"
    return StoredAdvice(
        bed=s.bed.id, status=status, litres=litres, reasons=seed_reasons(s, status), at=now,
        data_at=s.data_at, expires=now + LONGEST, theta=s.theta if s.probed else None,
        litres_low=litres, litres_high=litres, look_at=now + timedelta(days=1),
        notes=notes(s, litres, wanted), change=change(s, status),
    )  # fmt: skip


# ---------------------------------------------------------------- the soil decides


def _status(s: Situation, days: float | None) -> tuple[str, Reason | None]:
    """Return the verdict, and what else than the depletion decided it."""
    zone, missing = s.zone, s.missing_mm
    trigger = zone.raw_mm - (POT_AHEAD if s.bed.container else AHEAD) * s.etc_mm
    enough, soaked = missing >= least_mm(s), _soaked(s)
    if is_full(s):
        if soaked:
            return "wet", None
        return "ok", Reason("probe-full") if missing >= trigger else None
    if missing >= trigger and enough:
        if not _rain_is_likely(s):
            return "water", None
        if missing + s.etc_mm <= zone.raw_mm + 0.1 * zone.taw_mm:
            return "soon", waits_for_rain(s)
        return "water", half_for_rain(s)
    if s.water_in_days == 0 and s.next_water_days is not None and enough:
        then = missing + s.etc_mm * (s.next_water_days - AHEAD)
        if then >= zone.raw_mm:
            return "water", Reason("water-day", {"days": s.next_water_days})
    drained = s.belief is not None and s.belief.drained_mm > WET_MM
    if missing < least_mm(s) and (soaked or drained):
        return "wet", None
    return ("soon" if days is not None and days <= SOON_DAYS else "ok"), None


def _soaked(s: Situation) -> bool:
    return s.probed and s.theta is not None and s.theta > s.zone.field_capacity + WET_MARGIN


def _rain_is_likely(s: Situation) -> bool:
    """Tell whether so much rain is likely that a day's wait may be worth it: never a credit."""
    if s.coming is None:
        return False
    enough = (s.coming.rain_mm or 0.0) >= RAIN_SHARE * s.missing_mm
    return enough and (s.coming.rain_chance or 0.0) >= RAIN_CHANCE


def _look_at(status: str, days: float | None, now: datetime) -> datetime:
    """Return when to look again: the morning before the water runs short."""
    if status in ("water", "soon") or days is None:
        return now + timedelta(days=1)
    return now + timedelta(days=min(max(math.floor(days), 1), LOOK_DAYS))
