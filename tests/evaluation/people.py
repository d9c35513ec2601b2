"""Who pours: a gardener who obeys in her own way, neighbours whom nobody asked, and a finger."""

import math
from dataclasses import dataclass
from random import Random

from tests.evaluation.gardens import Garden
from tests.evaluation.policies import Dose
from tests.evaluation.truth import Truth

MOST_MM = 60.0  # nobody carries more in one day
DOSE_SIGMA = 0.15
HALF, TWICE = 0.5, 2.0
NEIGHBOUR_MM, NEIGHBOUR_HOURS = (5.0, 20.0), (8, 19)
FINGER_SD = 0.15  # of the available water
SHARES = {"half": HALF, "twice": TWICE}


@dataclass(frozen=True)
class Pour:
    """Water of a day: millimetres that left cans and hoses, and at which hour."""

    gardener_mm: float
    noted_mm: float
    neighbours_mm: float
    hour: int

    @property
    def mm(self) -> float:
        return self.gardener_mm + self.neighbours_mm


class People:
    """All who pour on one bed in a season. `noted`: the share of the waterings that is noted."""

    def __init__(
        self, garden: Garden, kind: str, noted: float, neighbours: float, key: str
    ) -> None:
        self._garden, self._kind, self._noted = garden, kind, noted
        self._neighbours = neighbours
        self._random, self._passing = Random(f"{key} people"), Random(f"{key} neighbours")
        self._late: float | None = None

    def pour(self, dose: Dose, truth: Truth, *, exactly: bool = False) -> Pour:
        """Return what is poured on a day for this advice; `exactly`: by an oracle's own hand."""
        luck, notes = math.exp(self._random.gauss(0, DOSE_SIGMA)), self._random.random()
        feels = self._random.gauss(0, FINGER_SD)
        told = dose.mm
        if dose.if_finger_dry_mm and _is_dry(truth, feels):
            told = dose.if_finger_dry_mm
        told = min(told, MOST_MM)
        neighbours, hour = self._unasked()
        if exactly:
            return Pour(told, told, neighbours, self._garden.pour_hour)
        told = self._in_her_time(told)
        poured = min(told * SHARES.get(self._kind, 1.0) * luck, MOST_MM)
        noted = told if notes < self._noted else 0.0
        return Pour(poured, noted, neighbours, self._garden.pour_hour if poured else hour)

    def _in_her_time(self, told: float) -> float:
        """Return today's dose: who comes late pours yesterday's, and does not look again."""
        if self._kind != "late":
            return told
        if self._late is not None:
            told, self._late = self._late, None
            return told
        self._late = told if told > 0 else None
        return 0.0

    def _unasked(self) -> tuple[float, int]:
        comes = self._passing.random() < self._neighbours / 7
        mm, hour = self._passing.uniform(*NEIGHBOUR_MM), self._passing.randint(*NEIGHBOUR_HOURS)
        return (mm if comes else 0.0), hour


def _is_dry(truth: Truth, feels: float) -> bool:
    """Tell what a finger feels at 10 to 20 cm: dry below half of the available water, more or less."""
    available = truth.field_capacity - truth.wilting_point
    return (truth.now().theta - truth.wilting_point) / available + feels < 0.5
