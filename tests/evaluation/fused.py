"""Surco's own advice, the very code of the product, as a policy of the evaluation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.bed_days import (
    BedDay,
    Evidence,
    Heard,
    bed_etc_mm,
    day_inputs,
    next_day,
)
from surco_service.domain.water.belief import BELIEVED
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.day_shape import rise_of
from surco_service.domain.water.fusion import predict
from surco_service.domain.water.room import room_mm
from surco_service.domain.water.root_zone import root_zone
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import EIGHTY, advise
from tests.evaluation.climate import SITE
from tests.evaluation.policies import Dose, Morning, Told

AREA_M2 = 100.0  # so large that rounding to five litres does not matter
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
DRY_MV, WET_MV, WET_THETA = 2300.0, 900.0, 0.6
SCALE = Calibration("p-1", DRY_MV, 0.0, WET_MV, WET_THETA, LONG_AGO)


class Fused:
    """`probe`: with the probe, as it is calibrated; without: the balance alone."""

    def __init__(self, told: Told, probe: bool = True, calibrated: bool = True) -> None:
        self._told, self._probe, self._calibrated = told, probe, calibrated
        self.pages: list[BedDay] = []

    def morning(self, seen: Morning) -> Dose:
        bed = self._bed(seen)
        page = next_day(bed, SITE, self._evidence(seen), self.pages)
        self.pages.append(page)
        belief = page.belief
        etc_mm = belief.thirst * bed_etc_mm(bed, seen.yesterday, page.et0, seen.day)
        zone = root_zone(bed, seen.day, etc_mm)
        now = datetime.combine(seen.day, time(12), UTC)
        advice = advise(
            Situation(
                bed, zone, belief, etc_mm,
                probed=any(track.finding in BELIEVED for track in belief.tracks),
                theta=_unbiased(page), data_at=now, expires=None,
                room_mm=room_mm(belief, page.thetas, zone), efficiency=belief.efficiency,
            ),
            now,
        )  # fmt: skip
        asks = advice.change is not None and advice.change.code == "if-finger-dry"
        finger = advice.change.values["litres"] if asks and advice.change else 0.0
        litres = advice.litres if advice.status == "water" and not asks else 0.0
        if advice.depletion_mm is None:
            return Dose(0.0, if_finger_dry_mm=finger / AREA_M2)
        spread = EIGHTY * belief.sd_mm
        return Dose(
            litres / AREA_M2, advice.depletion_mm, max(advice.depletion_mm - spread, 0.0),
            advice.depletion_mm + spread, finger / AREA_M2,
        )  # fmt: skip

    def ahead_mm(self, at: int, weather: Sequence[WeatherDay], poured_mm: Sequence[float]) -> float:
        """Return the depletion it foretold on its page `at`, when the coming water is known."""
        page = self.pages[at]
        belief, bed = page.belief, replace(self._plain(), planted=self._told.planted)
        for i, (seen, mm) in enumerate(zip(weather, poured_mm, strict=True)):
            evidence = Evidence(page.day + timedelta(days=i + 1), seen, mm * AREA_M2)
            belief, _ = predict(belief, day_inputs(bed, SITE, evidence)[0])
        return belief.depletion_mm

    def _bed(self, seen: Morning) -> Bed:
        """Return the bed as it is told: nobody notes a planting of tomorrow."""
        yesterday = seen.day - timedelta(days=1)
        return replace(self._plain(), planted=min(self._told.planted, yesterday))

    def _plain(self) -> Bed:
        told = self._told
        return Bed("cama-1", "huerto", "Cama 1", AREA_M2, told.crop.id, soil=told.soil)

    def _evidence(self, seen: Morning) -> Evidence:
        litres = seen.noted_mm * AREA_M2
        if not self._probe:
            return Evidence(seen.day, seen.yesterday, litres)
        before = self.pages[-1].evidence.heard[0].mv if self.pages else None
        now_mv = _mv(seen.heard.morning)
        rise = rise_of(before, [_mv(theta) for theta in seen.heard.hours], now_mv)
        heard = Heard("p-1", now_mv, SCALE if self._calibrated else None, rise=rise)
        return Evidence(seen.day, seen.yesterday, litres, (heard,))


def _mv(theta: float | None) -> float | None:
    return None if theta is None else DRY_MV - theta / WET_THETA * (DRY_MV - WET_MV)


def _unbiased(page: BedDay) -> float | None:
    """Return what the probe said this morning, less its bias."""
    if not page.thetas or page.thetas[0] is None:
        return None
    return page.thetas[0] - page.belief.biases[0]
