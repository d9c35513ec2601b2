"""Surco's own advice, the very code of the product, as a policy of the evaluation."""

from datetime import UTC, datetime, time

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water import room
from surco_service.domain.water.bed_days import BedDay, Evidence, Heard, bed_etc_mm, next_day
from surco_service.domain.water.belief import BELIEVED, EFFICIENCY
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.root_zone import root_zone
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import EIGHTY, advise
from tests.evaluation.before.policies import Dose, Garden, Morning
from tests.evaluation.climate import SITE

AREA_M2 = 100.0  # so large that rounding to five litres does not matter
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SCALE = Calibration("p-1", 2300, 0.0, 900, 0.6, LONG_AGO)


class Fused:
    """`probe`: with the probe, as it is calibrated; without: the balance alone."""

    def __init__(
        self, garden: Garden, probe: bool = True, calibrated: bool = True, climate: bool = True
    ) -> None:
        self._probe, self._calibrated, self._climate = probe, calibrated, climate
        self._days: list[BedDay] = []
        self._bed = Bed(
            "cama-1", "huerto", "Cama 1", AREA_M2, garden.crop.id, garden.sown,
            field_capacity=garden.field_capacity, wilting_point=garden.wilting_point,
        )  # fmt: skip

    def morning(self, seen: Morning) -> Dose:
        day = next_day(self._bed, SITE, self._evidence(seen), self._days)
        self._days.append(day)
        belief = day.belief
        etc_mm = belief.thirst * bed_etc_mm(self._bed, seen.yesterday, day.et0, seen.day)
        zone = root_zone(self._bed, seen.day, etc_mm)
        now = datetime.combine(seen.day, time(12), UTC)
        advice = advise(
            Situation(
                self._bed, zone, belief, etc_mm,
                probed=any(track.finding in BELIEVED for track in belief.tracks),
                data_at=now, expires=None,
                room_mm=room.room_mm(belief, day.thetas, zone), efficiency=belief.efficiency,
            ),
            now,
        )  # fmt: skip
        if advice.depletion_mm is None:
            return Dose(0.0, if_finger_dry_mm=advice.litres_high * EFFICIENCY / AREA_M2)
        spread = EIGHTY * belief.sd_mm
        return Dose(
            advice.litres * EFFICIENCY / AREA_M2, advice.depletion_mm,
            max(advice.depletion_mm - spread, 0.0), advice.depletion_mm + spread,
        )  # fmt: skip

    def _evidence(self, seen: Morning) -> Evidence:
        litres = seen.logged_mm * AREA_M2 / EFFICIENCY
        if not self._probe:
            return Evidence(seen.day, self._weather(seen), litres)
        mv = None if seen.theta is None else 2300 - seen.theta / 0.6 * 1400
        heard = Heard("p-1", mv, SCALE if self._calibrated else None)
        return Evidence(seen.day, self._weather(seen), litres, (heard,))

    def _weather(self, seen: Morning):
        return seen.yesterday if self._climate else None
