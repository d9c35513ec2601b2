"""TABLE of soils: how much water they hold. FAO-56 Table 19, middle of each range.

`mix` is a raised bed of soil and compost, which Table 19 does not know; its values are assumed
(Surco, docs/why/watering.md) and are the reason to calibrate a probe in its own bed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Soil:
    id: str
    es: str
    en: str
    field_capacity: float  # m3/m3
    wilting_point: float  # m3/m3
    saturation: float  # m3/m3, Saxton & Rawls (2006)


_TABLE = (
    Soil("mix", "Mezcla con composta", "Compost mix", 0.35, 0.15, 0.55),
    Soil("sand", "Arenosa", "Sand", 0.12, 0.045, 0.46),
    Soil("loamy_sand", "Arenosa franca", "Loamy sand", 0.15, 0.065, 0.46),
    Soil("sandy_loam", "Franca arenosa", "Sandy loam", 0.23, 0.11, 0.45),
    Soil("loam", "Franca", "Loam", 0.25, 0.12, 0.46),
    Soil("silt_loam", "Franca limosa", "Silt loam", 0.29, 0.15, 0.48),
    Soil("silt", "Limosa", "Silt", 0.32, 0.17, 0.48),
    Soil("silty_clay", "Arcillosa limosa", "Silty clay", 0.36, 0.23, 0.52),
    Soil("clay", "Arcillosa", "Clay", 0.36, 0.22, 0.50),
)

SOILS: dict[str, Soil] = {soil.id: soil for soil in _TABLE}
