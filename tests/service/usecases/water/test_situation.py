"""What happened since this morning, as the verdict of now reckons it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from surco_service.usecases.water.diary import Known
from surco_service.usecases.water.situation import drunk_share
from tests.builders import a_bed, a_garden

MORNING = datetime(2026, 11, 23, 6, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.mark.parametrize(
    ("hours", "share"),
    [(0, 0), (1, 0), (4, 0.25), (7, 0.5), (10, 0.75), (13, 1), (18, 1), (23.9, 1)],
)
def test_plants_drink_evenly_from_seven_to_seven_and_not_at_night(
    hours: float, share: float
) -> None:
    now = MORNING + timedelta(hours=hours)
    assert drunk_share(Known(a_bed(), a_garden()), now) == pytest.approx(share)
