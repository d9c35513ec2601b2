"""The week of a bed in numbers, for those who do not see a curve."""

from datetime import timedelta
from typing import Any

from surco_service.usecases.water.views import Curve
from surco_service.web.stewardship import beds
from tests.builders import DAWN, a_watering

HOUR = timedelta(hours=1)


def a_week(points: list[tuple[float, float]], *poured: tuple[float, float]) -> Any:
    """Return the rows of a curve: (hours ago, wetness), and waterings of (hours ago, litres)."""
    end = int(DAWN.timestamp())
    waterings = [a_watering(litres, at=DAWN - hours * HOUR) for hours, litres in poured]
    drawn = [(int(end - hours * 3600), wet) for hours, wet in points]
    return beds._days(Curve(sorted(drawn), end - 7 * 86_400, end, 3600, waterings))


def test_each_day_has_its_last_value_and_the_litres_of_that_day() -> None:
    rows = a_week([(1, 0.5), (10, 0.7), (30, 0.4)], (2, 12.5), (20, 5), (40, 3), (100, 9))
    assert [(wet, litres) for _, wet, litres in rows] == [(0.4, 3), (0.5, 17.5)]
    assert [DAWN - at for at, _, _ in rows] == [30 * HOUR, HOUR]
