"""Why a verdict is what it is, what is good to know besides, and what would change it: codes."""

import math

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason
from surco_service.domain.water.dose import SEED_CM, parts, seed_mm
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.situation import Situation

FIRST = {"water": "dry", "soon": "drying", "ok": "enough", "wet": "soaked"}
MOST_REASONS = 3
HEAT_C, FROST_C = 33.0, 2.0


def reasons(
    s: Situation, status: str, why: Reason | None, days: float | None, litres: float, sure: str
) -> tuple[Reason, ...]:
    """Return why, most telling first: three at most. `why`: what else than the soil decided it."""
    first = Reason(FIRST[status], _numbers(s, status, days, litres))
    others = [why] if why else []
    others += [Reason(code) for code in s.doubts[:1]]
    others += [_on_this_bed(s.bed, one) for one in s.seen[:1]]
    touch = sure == "low" and status == "water" and litres > 0
    if sure == "low" and status not in ("wet", "water"):
        others.append(Reason("low-confidence"))
    if s.bed.crop not in CROPS:
        others.append(Reason("crop-unknown"))
    if s.climate == "monthly":
        others.append(Reason("no-weather", {"etc": round(s.etc_mm, 1)}))
    if touch:
        return (Reason("touch-first"), first, *others)[:MOST_REASONS]
    return (first, *others)[:MOST_REASONS]


def seed_reasons(s: Situation, status: str) -> tuple[Reason, ...]:
    """Return why a sown bed is watered, or not today."""
    code = {"water": "seed-bed", "soon": "seed-bed", "ok": "seed-wet", "wet": "soaked"}[status]
    seen = [_on_this_bed(s.bed, one) for one in s.seen[:1]]
    return (Reason(code, {"cm": float(SEED_CM)}), *seen)[:MOST_REASONS]


def notes(s: Situation, litres: float = 0.0, wanted: float = 0.0) -> tuple[Reason, ...]:
    """Return what is good to know. `wanted`: the litres it would get if there were enough."""
    found: list[Reason] = []
    high, low = (s.coming.temp_max_c, s.coming.temp_min_c) if s.coming else (None, None)
    hot = high is not None and high >= HEAT_C
    if litres and s.bed.container:
        found.append(Reason("pot-drain"))
        if hot or s.etc_mm > s.zone.raw_mm:
            found.append(Reason("pot-twice"))
    elif litres and parts(s, litres) > 1:
        found.append(Reason("split", {"times": parts(s, litres)}))
    if hot and high is not None:
        found.append(Reason("heat", {"temp": round(high)}))
    if low is not None and low <= FROST_C:
        found.append(Reason("frost", {"temp": round(low)}))
    if wanted and s.water_in_days:
        found += _of_the_cistern(s, litres, wanted)
        found.append(Reason("no-water-today", {"days": s.water_in_days}))
    if s.stage == "past":
        found.append(Reason("past-end"))
    return tuple(found)


def idle_notes(s: Situation) -> tuple[Reason, ...]:
    """Return what is good to know of a bed that gets no water whatever comes."""
    return tuple(note for note in notes(s) if note.code in ("frost", "past-end"))


def change(s: Situation, status: str, why: Reason | None = None) -> Reason:
    """Return what would change the verdict."""
    if why is not None and why.code == "hold-rain":
        return Reason("if-no-rain")
    if status == "water":
        mm = seed_mm(s) if s.stage == "sown" else s.missing_mm
        return _with_litres(s.bed, "if-rain", float(math.ceil(max(mm, 1.0))))
    if status == "wet" or (status == "ok" and s.stage == "sown"):
        return Reason("if-drained" if status == "wet" else "if-tomorrow")
    left = max(s.zone.raw_mm - _lacking_mm(s), 0.0)
    return _with_litres(s.bed, "if-lost", round(left, 1))


def waits_for_rain(s: Situation) -> Reason:
    return Reason("hold-rain", _chance(s.coming))


def half_for_rain(s: Situation) -> Reason:
    return Reason("half-rain", _chance(s.coming))


# ---------------------------------------------------------------- numbers


def _numbers(s: Situation, status: str, days: float | None, litres: float) -> dict[str, float]:
    numbers = {"depletion": round(s.missing_mm, 1), "raw": round(s.zone.raw_mm, 1)}
    numbers["lacks"] = _soil_litres(s.bed, _lacking_mm(s))
    numbers["may"] = _soil_litres(s.bed, s.zone.raw_mm)
    numbers["wetness"] = round(100 * (1 - s.missing_mm / s.zone.taw_mm), 1)
    if days is not None and status in ("soon", "ok"):
        numbers["days"] = round(min(days, 30.0), 1)
    if litres:
        numbers["litres"] = litres
    return numbers


def _lacking_mm(s: Situation) -> float:
    """Return what is said to be missing: never more than its own probe leaves room for."""
    return s.missing_mm if s.room_mm is None else min(s.missing_mm, max(s.room_mm, 0.0))


def _of_the_cistern(s: Situation, litres: float, wanted: float) -> list[Reason]:
    if not s.short:
        return []
    if not litres:
        return [Reason("cistern-empty", {"wanted": wanted})]
    short = Reason("cistern-short", {"litres": litres, "wanted": wanted})
    return [short if litres < wanted else Reason("water-first")]


def _chance(coming: WeatherDay | None) -> dict[str, float]:
    chance = (coming.rain_chance or 0.0) if coming else 0.0
    return {"chance": round(100 * chance)}


def _on_this_bed(bed: Bed, seen: Reason) -> Reason:
    """Return rain that fell as litres on this bed, as people count."""
    mm = seen.values.get("mm")
    return seen if mm is None else _with_litres(bed, seen.code, mm)


def _with_litres(bed: Bed, code: str, mm: float) -> Reason:
    return Reason(code, {"mm": mm, "litres": _soil_litres(bed, mm)})


def _soil_litres(bed: Bed, mm: float) -> float:
    """Return how many litres in the soil of a bed a depth of water is."""
    litres = mm * bed.area_m2
    return float(round(litres)) if litres >= 10 else round(litres, 1)
