"""The diary of a bed: for each day what was seen, what the balance said, and what was believed.

A day ends at 06:00 local time. Its `Evidence` is all that went in; the belief that came out is a
function of the day before and the evidence, so that any decision can be made again from what is
stored, bit by bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from surco_service.domain.stewardship.garden import SUN, Bed
from surco_service.domain.water.belief import (
    BELIEVED,
    THIRST_SD,
    UNLOGGED,
    Belief,
    Day,
    Prior,
    unknown_bed,
    with_probes,
)
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.day_shape import Rise, Shape, shape_of
from surco_service.domain.water.fusion import correct, predict
from surco_service.domain.water.moisture import theta_of
from surco_service.domain.water.root_zone import RootZone, crop_of, root_zone, soil_of
from surco_service.domain.water.scale import Morning, Scale, learn
from surco_service.domain.water.science.crop_growth import crop_coefficient
from surco_service.domain.water.science.evapotranspiration import Et0, reference_et
from surco_service.domain.water.science.weather import Site, WeatherDay

VERSION = 3  # of the method; a diary of another version is written anew
THIRST_SDS = {"full": 0.25, "half": 0.25, "shade": 0.3}  # sd of thirst, by how sure its sun is
PROBE_SD = 0.035  # m3/m3, of a calibrated probe
CONTAINER = 1.1  # a pot is warmed from all sides
MEMORY_DAYS = 60  # of mornings from which a probe's scale is learnt
RAIN_MONTHS = range(6, 10)  # convective: a grid says 0 and a garden gets a shower
RAIN_SIGMA = {"person": 0.1, "gauge": 0.1, "api": 0.4}
UNSEEN_RAIN_MM = 2.0  # sd of rain that nobody reported, in those months
DRY_SEASON_RAIN_MM = 0.3
ARRIVAL_MM = 5.0  # a smaller watering need not reach the probe
ARRIVED = 0.3  # share of the expected rise that counts as "it arrived"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one probe said in the morning (median of 03:00 to 06:00), and the scale that holds."""

    probe: str
    mv: float | None
    calibration: Calibration | None = None
    doubt: str = ""  # code, when the value is not to be used
    rise: Rise | None = None  # what its hours showed; None: too few are known


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was known of the 24 hours before 06:00 of a day."""

    day: date
    weather: WeatherDay | None = None  # of the calendar day before
    litres: float = 0.0  # logged
    heard: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class BedDay:
    """One page of the diary."""

    bed: str
    evidence: Evidence
    zone: RootZone
    et0: Et0
    etc_mm: float  # without stress
    transpired_mm: float
    rain_mm: float  # that reached the roots
    irrigation_mm: float  # noted, net
    percolation_mm: float
    predicted_mm: float  # depletion by the balance alone
    thetas: tuple[float | None, ...]  # m3/m3, one a probe
    belief: Belief
    scales: tuple[Scale | None, ...] = ()  # learnt, of probes without a calibration
    seen_mm: float = 0.0  # water that nobody noted and that the probes saw, net
    arrived: float | None = None  # share of a logged watering that a probe saw
    version: int = VERSION

    def probe_mm(self, index: int) -> float | None:
        """Return what a probe alone says is missing, less its bias; None when it was silent."""
        theta = self.thetas[index]
        if theta is None:
            return None
        missing = self.zone.field_capacity - theta + self.belief.biases[index]
        return 1000 * missing * self.zone.depth_m

    @property
    def day(self) -> date:
        return self.evidence.day

    def scale(self, probe: str) -> Scale | None:
        """Return the scale that a probe had learnt by that morning."""
        heard = zip(self.evidence.heard, self.scales, strict=False)
        return next((scale for one, scale in heard if one.probe == probe), None)


def next_day(bed: Bed, site: Site, evidence: Evidence, before: Sequence[BedDay] = ()) -> BedDay:
    """Return the page of a day. `before`: the pages of the days before it, oldest first."""
    probes = [heard.probe for heard in evidence.heard]
    inputs, et0 = day_inputs(bed, site, evidence)
    last = before[-1].belief if before else unknown_bed(inputs.zone, prior=prior_of(bed))
    belief, balance = predict(with_probes(last, probes, prior_of(bed).bias_sd), inputs)
    scales = _scales(bed, inputs, evidence, before)
    thetas = tuple(_morning_theta(h, s) for h, s in zip(evidence.heard, scales, strict=True))
    shapes = [_shape(h, s) for h, s in zip(evidence.heard, scales, strict=True)]
    after = correct(belief, thetas, inputs, shapes)
    return BedDay(
        bed.id, evidence, inputs.zone, et0, inputs.etc_mm, balance.transpired_mm, balance.rain_mm,
        last.efficiency * inputs.poured_mm, balance.percolation_mm, belief.depletion_mm, thetas,
        after, scales, _seen_mm(belief, after), _arrived(inputs, last, thetas, after),
    )  # fmt: skip


def day_inputs(bed: Bed, site: Site, evidence: Evidence) -> tuple[Day, Et0]:
    """Return what reached and left a bed in the day before a morning, and its ET0.

    Forecast rain is never counted: when nobody said what happened, nobody knows whether it rained.
    """
    yesterday = evidence.day - timedelta(days=1)
    weather = evidence.weather or WeatherDay(yesterday)
    if weather.forecast:
        weather = replace(weather, rain_mm=None, rain_source="")
    et0 = reference_et(weather, site)
    etc_mm = bed_etc_mm(bed, weather, et0, yesterday)
    rain_mm = weather.rain_mm if weather.rain_mm is not None and weather.rain_mm >= 0 else 0.0
    return Day(
        zone=root_zone(bed, yesterday, etc_mm), etc_mm=etc_mm, etc_sigma=et0.sigma,
        et0_mm=et0.mm, rain_mm=rain_mm, rain_sd_mm=_rain_sd_mm(weather, yesterday),
        poured_mm=poured_mm(bed, evidence.litres),
    ), et0  # fmt: skip


def prior_of(bed: Bed) -> Prior:
    """Return what is thought of a bed before anything was seen: how sure its sun and its soil are."""
    return Prior(
        thirst_sd=THIRST_SDS.get(bed.sun, THIRST_SD),
        bias_sd=math.hypot(PROBE_SD, soil_of(bed).field_capacity_sd),
    )


def _seen_mm(before: Belief, after: Belief) -> float:
    if not any(track.finding == UNLOGGED for track in after.tracks):
        return 0.0
    return max(before.depletion_mm - after.depletion_mm, 0.0)


def bed_etc_mm(bed: Bed, weather: WeatherDay, et0: Et0, day: date) -> float:
    """Return what the crop of a bed drinks on a day without stress, mm (FAO-56 Eq. 58)."""
    days = None if bed.planted is None else (day - bed.planted).days
    kc = crop_coefficient(crop_of(bed), days, mulch=bed.mulch, on=day)
    return kc * et0.mm * SUN.get(bed.sun, 1.0) * (CONTAINER if bed.container else 1.0)


def poured_mm(bed: Bed, litres: float) -> float:
    """Return the depth of water that litres from the can are on a bed."""
    if not (bed.area_m2 > 0 and math.isfinite(bed.area_m2) and litres > 0):
        return 0.0
    return litres / bed.area_m2


def _rain_sd_mm(weather: WeatherDay, day: date) -> float:
    if weather.rain_mm is None or (weather.rain_mm <= 0 and weather.rain_source == "api"):
        return UNSEEN_RAIN_MM if day.month in RAIN_MONTHS else DRY_SEASON_RAIN_MM
    return RAIN_SIGMA.get(weather.rain_source, 0.4) * max(weather.rain_mm, 0.0)


def _scales(
    bed: Bed, inputs: Day, evidence: Evidence, before: Sequence[BedDay]
) -> tuple[Scale | None, ...]:
    """Return the scale that each probe without a calibration has learnt by now."""
    return tuple(
        learn(mornings(heard.probe, evidence, before, inputs.etc_mm), inputs.zone)
        if heard.calibration is None
        else None
        for heard in evidence.heard
    )


def mornings(
    probe: str, evidence: Evidence, before: Sequence[BedDay], etc_mm: float
) -> list[Morning]:
    """Return what a probe said each morning, and what the crop drank until then."""
    days = [(page.evidence, page.etc_mm) for page in before[-MEMORY_DAYS:]]
    found: list[Morning] = []
    for seen, drunk_mm in [*days, (evidence, etc_mm)]:
        mv = next((h.mv for h in seen.heard if h.probe == probe and not h.doubt), None)
        rained = seen.weather is not None and (seen.weather.rain_mm or 0.0) > drunk_mm
        found.append(Morning(mv, drunk_mm, seen.litres > 0 or rained))
    return found


def _morning_theta(heard: Heard, scale: Scale | None) -> float | None:
    """Return what a probe said of its soil; one that left it is found by its track (`fusion`)."""
    if heard.mv is None or heard.doubt:
        return None
    return theta_of(heard.mv, heard.calibration, scale)[0]


def _shape(heard: Heard, scale: Scale | None) -> Shape | None:
    """Return the shape of a probe's day; None when it is not known, or off its scale."""
    rise = heard.rise
    if rise is None or heard.doubt:
        return None
    ends = [
        theta_of(mv, heard.calibration, scale)[0]
        for mv in (rise.before_mv, rise.after_mv, rise.morning_mv)
    ]
    before, after, morning = ends
    if before is None or after is None or morning is None:
        return None
    return shape_of(before, after, morning)


def _arrived(
    inputs: Day, before: Belief, thetas: Sequence[float | None], after: Belief
) -> float | None:
    """Return the share of a logged watering that the probes saw; None when nothing can be said."""
    expected = min(before.efficiency * inputs.poured_mm, before.depletion_mm)
    if expected < ARRIVAL_MM:
        return None
    known = {t.probe: t.theta for t in before.tracks if t.finding in BELIEVED}
    rises = [
        theta - old
        for theta, track in zip(thetas, after.tracks, strict=True)
        if theta is not None and (old := known.get(track.probe)) is not None
    ]
    if not rises:
        return None
    rise_mm = 1000 * max(rises) * inputs.zone.depth_m + inputs.etc_mm
    return min(max(rise_mm / expected, 0.0), 2.0)
