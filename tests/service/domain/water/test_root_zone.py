"""What is known of a bed's soil, and how deep its roots count."""

import pytest

from surco_service.domain.water.root_zone import root_zone, soil_of
from surco_service.domain.water.science.soils import MEASURED_SD, SOILS
from tests.builders import a_bed


def test_a_field_capacity_that_was_measured_is_surer_than_that_of_a_class() -> None:
    loam, measured = a_bed(soil="loam"), a_bed(soil="loam", field_capacity=0.31)
    assert soil_of(loam).field_capacity_sd == SOILS["loam"].field_capacity_sd > MEASURED_SD
    assert soil_of(measured).field_capacity_sd == MEASURED_SD


def test_a_wilting_point_that_was_measured_says_nothing_of_field_capacity() -> None:
    known = soil_of(a_bed(soil="loam", wilting_point=0.10))
    assert known.wilting_point == 0.10
    assert known.field_capacity_sd == SOILS["loam"].field_capacity_sd


@pytest.mark.parametrize(("depth_m", "rooted"), [(0.25, 0.25), (0.8, 0.4), (None, 0.4)])
def test_roots_reach_as_deep_as_the_bed_and_no_deeper_than_a_garden_is_dug(
    depth_m: float | None, rooted: float
) -> None:
    assert root_zone(a_bed(crop="jitomate", depth_m=depth_m)).depth_m == rooted
