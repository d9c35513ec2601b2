"""TABLE of the demonstration's five gardens. Invented; their names are plants and places.

Each bed has the wetness story that its node will tell: how moist it is now, how fast it dries.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoBed:
    id: str
    name: str
    area_m2: float
    crop: str
    theta: float | None  # water content now, m3/m3; None: no sensor
    peak: float = 0.345  # after each watering
    low: float = 0.27  # before each watering
    dries: float = 0.014  # m3/m3 a day
    silent_days: float = 0.0  # its node stopped so long ago
    mulch: bool = False
    untold: bool = False  # nobody noted its newest watering


@dataclass(frozen=True)
class DemoGarden:
    id: str
    name: str
    latitude: float
    longitude: float
    can_litres: float
    beds: tuple[DemoBed, ...]


GARDENS = (
    DemoGarden("mezquite", "Huerto El Mezquite", 20.588, -100.389, 10, (
        DemoBed("mezquite-1", "Cama 1, jitomates", 3.0, "jitomate", 0.212, low=0.225),
        DemoBed("mezquite-2", "Cama 2, lechugas", 2.4, "lechuga", 0.336, dries=0.009),
        DemoBed("mezquite-3", "Cama 3, acelgas", 2.4, "acelga", 0.314, low=0.305, dries=0.012),
    )),
    DemoGarden("jacaranda", "Huerto La Jacaranda", 20.612, -100.405, 8, (
        DemoBed("jacaranda-1", "Cama del sol", 4.0, "calabacita", 0.322, dries=0.012),
        DemoBed("jacaranda-2", "Cama de la barda", 2.0, "cilantro", 0.424, peak=0.425, low=0.30, dries=0.050),
        DemoBed("jacaranda-3", "Hierbas", 1.5, "mediterraneas", None),
    )),
    DemoGarden("colibri", "Huerto El Colibrí", 20.571, -100.362, 10, (
        DemoBed("colibri-1", "Cama 1, chiles", 3.2, "chile", 0.288, low=0.28),
        DemoBed("colibri-2", "Cama 2, frijol", 3.2, "frijol", 0.326, low=0.265, dries=0.011),
        DemoBed("colibri-3", "Cama 3, rábanos", 1.8, "rabano", 0.31, silent_days=3.2),
    )),
    DemoGarden("agua-clara", "Huerto Agua Clara", 20.634, -100.431, 12, (
        DemoBed("agua-clara-1", "Milpa", 6.0, "milpa", 0.331, low=0.262, dries=0.012),
        DemoBed("agua-clara-2", "Fresas", 1.6, "fresa", 0.288, low=0.295, mulch=True),
        DemoBed("agua-clara-3", "Nopales", 5.0, "nopal", 0.300, low=0.232, dries=0.006),
    )),
    DemoGarden("nopalera", "Huerto La Nopalera", 20.555, -100.418, 10, (
        DemoBed("nopalera-1", "Cama de la escuela", 2.8, "zanahoria", 0.326, low=0.24, dries=0.009,
                untold=True),
        DemoBed("nopalera-2", "Cama de los abuelos", 2.2, "espinaca", 0.315, low=0.31, dries=0.013),
        DemoBed("nopalera-3", "Cama nueva", 2.2, "betabel", None),
    )),
)  # fmt: skip
