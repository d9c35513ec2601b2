"""TABLE of soils: how much water they hold. FAO-56 Table 19, middle of each range.

Table 19 lacks clay loam, sandy clay loam and sandy clay. They come from Saxton & Rawls (2006; 2.5 %
organic matter, at the sand and clay of their own Table 3), but not as they stand: that method and
Table 19 differ where both know a soil (loam 0.28/0.14 and 0.25/0.12, clay 0.42/0.30 and 0.36/0.22),
and a bed must not gain water because its row was found elsewhere. So they are brought over by the
straight line that fits the nine classes which both know, one for field capacity and one for wilting
point (off by 0.02 in the mean). Clay loam is then 0.33/0.19; Rosetta v3 says 0.33/0.18.

`mix` is a raised bed of soil and compost, which Table 19 does not know; its values are assumed
(Surco, docs/why/watering.md) and are the reason to calibrate a probe in its own bed.

`field_capacity_sd` is how far beds of one class differ from the row: that of an even spread over the
range of Table 19 (range / sqrt 12), with the 0.02 of the line where it was used. It does not know
that somebody may have named the wrong class.
"""

from dataclasses import dataclass

MEASURED_SD = 0.02  # m3/m3, of a field capacity that was measured in the bed itself


@dataclass(frozen=True, slots=True)
class Soil:
    id: str
    es: str
    en: str
    field_capacity: float  # m3/m3
    wilting_point: float  # m3/m3
    saturation: float  # m3/m3, Saxton & Rawls (2006)
    field_capacity_sd: float = MEASURED_SD  # m3/m3


_TABLE = (
    Soil("mix", "Mezcla con composta", "Compost mix", 0.35, 0.15, 0.55, 0.06),
    Soil("sand", "Arenosa", "Sand", 0.12, 0.045, 0.46, 0.029),
    Soil("loamy_sand", "Areno francosa", "Loamy sand", 0.15, 0.065, 0.46, 0.023),
    Soil("sandy_loam", "Franco arenosa", "Sandy loam", 0.23, 0.11, 0.45, 0.029),
    Soil("loam", "Franca", "Loam", 0.25, 0.12, 0.46, 0.029),
    Soil("silt_loam", "Franco limosa", "Silt loam", 0.29, 0.15, 0.48, 0.040),
    Soil("silt", "Limosa", "Silt", 0.32, 0.17, 0.48, 0.023),
    Soil("sandy_clay_loam", "Franco arcillo arenosa", "Sandy clay loam", 0.26, 0.16, 0.43, 0.035),
    Soil("clay_loam", "Franco arcillosa", "Clay loam", 0.33, 0.19, 0.48, 0.035),
    Soil("silty_clay_loam", "Franco arcillo limosa", "Silty clay loam", 0.335, 0.205, 0.51, 0.020),
    Soil("sandy_clay", "Arcillo arenosa", "Sandy clay", 0.33, 0.21, 0.44, 0.035),
    Soil("silty_clay", "Arcillo limosa", "Silty clay", 0.36, 0.23, 0.52, 0.035),
    Soil("clay", "Arcillosa", "Clay", 0.36, 0.22, 0.50, 0.023),
)

SOILS: dict[str, Soil] = {soil.id: soil for soil in _TABLE}
