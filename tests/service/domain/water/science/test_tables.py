"""What must hold for every line of the tables of crops and soils."""

import pytest

from surco_service.domain.water.science.crops import CROPS, UNKNOWN_CROP, Crop
from surco_service.domain.water.science.soils import SOILS, Soil


@pytest.mark.parametrize("crop", [*CROPS.values(), UNKNOWN_CROP], ids=lambda crop: crop.id)
def test_a_crop_drinks_as_plants_do(crop: Crop) -> None:
    assert 0.1 <= crop.p <= 0.8, "FAO-56 Table 22, and the limits of p"
    assert 0.15 <= crop.root_depth_m <= 0.7, "roots that a garden waters, not the longest ones"
    assert all(0.1 <= kc <= 1.3 for kc in crop.kc)
    assert crop.quality in "ABCD"


@pytest.mark.parametrize("soil", SOILS.values(), ids=lambda soil: soil.id)
def test_a_soil_wilts_before_it_drains_and_drains_before_it_is_full(soil: Soil) -> None:
    assert 0 < soil.wilting_point < soil.field_capacity < soil.saturation < 0.6
    assert 0.05 <= soil.field_capacity - soil.wilting_point <= 0.21, "FAO-56 Table 19"


def test_every_line_has_a_name_of_its_own_in_both_languages() -> None:
    for table in (CROPS, SOILS):
        for language in ("es", "en"):
            names = [getattr(line, language) for line in table.values()]
            assert all(names)
            assert len(set(names)) == len(names)


def test_the_crops_of_the_programme_are_all_there() -> None:
    assert len(CROPS) == 43
    assert {"jitomate", "chile", "calabacita", "frijol", "nopal", "milpa"} <= CROPS.keys()
