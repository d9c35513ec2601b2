from datetime import timedelta

import pytest

from surco_service.domain.stewardship.units import UNITS
from surco_service.usecases.water import views
from tests.builders import DAWN, a_harvest
from tests.service.garden import Garden


def test_the_kilos_of_a_season_are_those_that_were_weighed(garden: Garden) -> None:
    for unit in UNITS:
        garden.stores.records.record_harvest(a_harvest(2.5, unit=unit))
    garden.stores.records.record_harvest(a_harvest(4, at=DAWN - timedelta(days=170)))
    garden.stores.records.record_harvest(a_harvest(8, at=DAWN - timedelta(days=190)))
    totals = views.totals(garden.stores, DAWN)
    assert totals.kg_season == pytest.approx(6.5)
    assert totals.harvests == len(UNITS) + 1
