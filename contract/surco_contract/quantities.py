"""TABLE of everything a node can measure. One line here is one column everywhere.

Validation, stores, exports and `docs/reference/quantities.md` read these lines. `low` and
`high` bound what is *plausible*, not what is possible: a value outside them is stored, flagged and
never used for advice.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    code: str  # column code in messages and field name in stores
    name: str
    unit: str
    low: float
    high: float
    es: str
    en: str

    def plausible(self, value: float) -> bool:
        return self.low <= value <= self.high


_TABLE = (
    Quantity("r1", "probe_1", "mV", 200, 3200, "Sensor de humedad 1, sin calibrar", "Moisture probe 1, raw"),
    Quantity("r2", "probe_2", "mV", 200, 3200, "Sensor de humedad 2, sin calibrar", "Moisture probe 2, raw"),
    Quantity("st", "soil_temperature", "°C", -10, 60, "Temperatura de la tierra", "Soil temperature"),
    Quantity("at", "air_temperature", "°C", -20, 60, "Temperatura del aire", "Air temperature"),
    Quantity("rh", "relative_humidity", "%", 0, 100, "Humedad del aire", "Relative humidity"),
    Quantity("pr", "air_pressure", "hPa", 600, 1100, "Presión del aire", "Air pressure"),
    Quantity("lx", "illuminance", "lx", 0, 200_000, "Luz", "Light"),
    Quantity("rg", "rain", "mm", 0, 200, "Lluvia desde el dato anterior", "Rain since the row before"),
    Quantity("vw", "volumetric_water", "%", 0, 80, "Agua por volumen de tierra", "Soil water by volume"),
    Quantity("bv", "battery", "mV", 2500, 5500, "Pila", "Battery"),
    Quantity("rs", "signal", "dBm", -120, 0, "Señal", "Signal strength"),
)  # fmt: skip

QUANTITIES: dict[str, Quantity] = {quantity.code: quantity for quantity in _TABLE}
"""Column code → quantity, in the order of the table."""

PROBES: tuple[str, ...] = ("r1", "r2")
"""The channels a capacitive probe can hang on."""


def implausible(values: dict[str, float]) -> list[str]:
    """Return the codes whose value lies outside the plausible range, in their order of arrival."""
    return [code for code, value in values.items() if not QUANTITIES[code].plausible(value)]
