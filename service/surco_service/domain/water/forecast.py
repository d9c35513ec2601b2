"""The same model on a plain table: weather, irrigation and one probe of any field, day by day.

For researchers and for checking Surco with data of others: no gardens, no databases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from surco_service.domain.water.belief import Belief, Day, Prior, unknown_bed
from surco_service.domain.water.fusion import correct, predict
from surco_service.domain.water.root_zone import zone_of
from surco_service.domain.water.science.crop_growth import crop_coefficient
from surco_service.domain.water.science.crops import Crop
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.soils import Soil
from surco_service.domain.water.science.weather import Site, WeatherDay

AHEAD_D = 7
FIELD = Prior(efficiency=0.95, efficiency_sd=0.05)  # its table says what reached the soil


@dataclass(frozen=True, slots=True)
class Field:
    """What is known of a field. `planted` None: the crop is grown."""

    crop: Crop
    soil: Soil
    planted: date | None = None
    depth_m: float | None = None  # roots go no deeper
    site: Site = field(default_factory=Site)


@dataclass(frozen=True, slots=True)
class FieldDay:
    """One row of the table: a day, its water, and what the probe said at its end (m3/m3)."""

    weather: WeatherDay
    irrigation_mm: float = 0.0
    theta: float | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is believed at the end of a day, and what is then expected so many days later, mm."""

    day: date
    taw_mm: float
    raw_mm: float
    depletion_mm: float
    sd_mm: float
    finding: str  # what the probe did, see `fusion`
    ahead_mm: float


def follow(where: Field, rows: Sequence[FieldDay], ahead_d: int = AHEAD_D) -> list[Outlook]:
    """Return the outlook of each row, oldest first.

    Rows may leave out days: those count as without water, with the usual weather of the month. The
    days ahead take weather and irrigation of the table as far as it goes, never its probe.
    """
    table = {row.weather.day: row for row in rows}
    if not table:
        return []
    day, last = min(table), max(table)
    belief = unknown_bed(_inputs(where, table, day).zone, ["probe"], FIELD)
    found: list[Outlook] = []
    while day <= last:
        inputs = _inputs(where, table, day)
        belief, _ = predict(belief, inputs)
        row = table.get(day)
        belief = correct(belief, [row.theta if row else None], inputs)
        if row is not None:
            ahead = _ahead(where, table, day, belief, ahead_d)
            found.append(
                Outlook(
                    day,
                    inputs.zone.taw_mm,
                    inputs.zone.raw_mm,
                    belief.depletion_mm,
                    belief.sd_mm,
                    belief.tracks[0].finding,
                    ahead,
                )
            )
        day += timedelta(days=1)
    return found


def _ahead(
    where: Field, table: dict[date, FieldDay], day: date, belief: Belief, ahead_d: int
) -> float:
    for i in range(1, ahead_d + 1):
        belief, _ = predict(belief, _inputs(where, table, day + timedelta(days=i)))
    return belief.depletion_mm


def _inputs(where: Field, table: dict[date, FieldDay], day: date) -> Day:
    row = table.get(day, FieldDay(WeatherDay(day)))
    et0 = reference_et(row.weather, where.site)
    days = None if where.planted is None else (day - where.planted).days
    etc_mm = crop_coefficient(where.crop, days, on=day) * et0.mm
    zone = zone_of(where.crop, where.soil, days, etc_mm, where.depth_m)
    rain_mm = max(row.weather.rain_mm or 0.0, 0.0)
    return Day(zone, etc_mm, et0.sigma, et0.mm, rain_mm, 0.1 * rain_mm, max(row.irrigation_mm, 0.0))


def field_soil(field_capacity: float, wilting_point: float) -> Soil:
    """Return a soil of measured constants, m3/m3. Raises `ValueError` when no soil is so."""
    if not 0 <= wilting_point < field_capacity <= 0.7:
        raise ValueError("field capacity must lie above wilting point, both between 0 and 0.7")
    return replace(
        Soil("measured", "Medida", "Measured", 0.0, 0.0, max(0.45, field_capacity + 0.05)),
        field_capacity=field_capacity, wilting_point=wilting_point,
    )  # fmt: skip
