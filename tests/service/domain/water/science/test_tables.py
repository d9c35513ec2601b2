"""What must hold for every line of the tables of crops and soils."""

from collections.abc import Callable
from math import hypot
from statistics import fmean, linear_regression

import pytest

from surco_service.domain.water.science.crops import CROPS, UNKNOWN_CROP, Crop
from surco_service.domain.water.science.soils import SOILS, Soil
from tests.service.domain.water.science.reference.saxton_rawls import from_texture


@pytest.mark.parametrize("crop", [*CROPS.values(), UNKNOWN_CROP], ids=lambda crop: crop.id)
def test_a_crop_drinks_as_plants_do(crop: Crop) -> None:
    assert 0.1 <= crop.p <= 0.8, "FAO-56 Table 22, and the limits of p"
    assert 0.15 <= crop.root_depth_m <= 0.7, "roots that a garden waters, not the longest ones"
    assert all(0.1 <= kc <= 1.3 for kc in crop.kc)
    assert crop.quality in "ABCD"


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
def test_a_crop_that_is_sown_drinks_most_when_it_is_grown(crop: Crop) -> None:
    initial, mid, end = crop.kc
    if crop.stages_d and crop.id != "citricos":  # evergreen: the shade of the trees saves water
        assert mid >= max(initial, end)


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
def test_roots_that_a_verdict_counts_on_are_never_longer_than_those_of_a_field(crop: Crop) -> None:
    assert crop.roots_m is not None
    shallow, deep = crop.roots_m
    assert 0.2 <= shallow < deep <= 2.0, "FAO-56 Table 22"
    assert crop.root_depth_m <= deep
    assert crop.root_depth_m <= shallow + 0.1, "a garden is dug by hand"


@pytest.mark.parametrize("crop", CROPS.values(), ids=lambda crop: crop.id)
def test_a_crop_cures_in_its_last_stage_and_what_does_not_end_never_does(crop: Crop) -> None:
    late = crop.stages_d[3] if crop.stages_d and crop.kind == "annual" else 0
    assert 0 <= crop.cures_d <= late


def test_garlic_onions_dry_beans_and_grain_cure_and_what_is_picked_green_does_not() -> None:
    curing = {crop.id: crop.cures_d for crop in CROPS.values() if crop.cures_d}
    assert {"ajo", "cebolla", "frijol", "maiz", "amaranto", "milpa"} <= curing.keys()
    assert curing.keys().isdisjoint(
        {"cebollin", "frijol_ejote", "maiz_elote", "jitomate", "lechuga"}
    )
    assert all(10 <= days <= 20 for days in curing.values())


def test_trees_and_only_trees_have_a_spring_and_only_they_shed_their_leaves() -> None:
    trees = {crop.id for crop in CROPS.values() if crop.kind == "tree"}
    assert trees == {"citricos", "aguacate", "durazno", "higo", "granada"}
    assert {crop.id for crop in CROPS.values() if crop.sheds} == {"durazno", "higo", "granada"}
    assert all(CROPS[tree].transplanted and CROPS[tree].stages_d for tree in trees)
    assert {CROPS[id].kind for id in ("fresa", "nopal", "romero")} == {"perennial"}
    assert {CROPS[id].kind for id in ("maiz", "milpa", "apio")} == {"annual"}


def test_what_gardens_set_out_is_no_seedbed() -> None:
    set_out = ("jitomate", "chile", "brocoli", "coliflor", "col", "lechuga", "cebolla", "fresa")
    assert all(CROPS[id].transplanted for id in set_out)
    sown = ("maiz", "frijol", "rabano", "zanahoria", "cilantro", "espinaca", "milpa")
    assert not any(CROPS[id].transplanted for id in sown)


# FAO-56 Table 19: field capacity from, to, wilting point from, to
TABLE_19 = {
    "sand": (0.07, 0.17, 0.02, 0.07),
    "loamy_sand": (0.11, 0.19, 0.03, 0.10),
    "sandy_loam": (0.18, 0.28, 0.06, 0.16),
    "loam": (0.20, 0.30, 0.07, 0.17),
    "silt_loam": (0.22, 0.36, 0.09, 0.21),
    "silt": (0.28, 0.36, 0.12, 0.22),
    "silty_clay_loam": (0.30, 0.37, 0.17, 0.24),
    "silty_clay": (0.30, 0.42, 0.17, 0.29),
    "clay": (0.32, 0.40, 0.20, 0.24),
}


# Saxton & Rawls (2006), Table 3: shares of sand and clay
SAMPLES = {
    "sand": (0.88, 0.05),
    "loamy_sand": (0.80, 0.05),
    "sandy_loam": (0.65, 0.10),
    "loam": (0.40, 0.20),
    "silt_loam": (0.20, 0.15),
    "silt": (0.10, 0.05),
    "sandy_clay_loam": (0.60, 0.25),
    "clay_loam": (0.30, 0.35),
    "silty_clay_loam": (0.10, 0.35),
    "sandy_clay": (0.50, 0.40),
    "silty_clay": (0.10, 0.45),
    "clay": (0.25, 0.50),
}
BROUGHT_OVER = ("sandy_clay_loam", "clay_loam", "sandy_clay")


def test_every_soil_but_the_compost_mix_is_published() -> None:
    assert SOILS.keys() - TABLE_19.keys() - set(BROUGHT_OVER) == {"mix"}
    assert SOILS.keys() - SAMPLES.keys() == {"mix"}


@pytest.mark.parametrize("soil", TABLE_19)
def test_a_soil_is_the_middle_of_its_published_range(soil: str) -> None:
    full, fullest, dry, dryest = TABLE_19[soil]
    assert SOILS[soil].field_capacity == pytest.approx((full + fullest) / 2)
    assert SOILS[soil].wilting_point == pytest.approx((dry + dryest) / 2)
    assert SOILS[soil].field_capacity_sd == pytest.approx((fullest - full) / 12**0.5, abs=5e-4)


def line(constant: str) -> tuple[Callable[[str], float], float]:
    """Return what Table 19 would say of a soil, by what Saxton & Rawls say, and how far it is off."""

    def theirs(soil: str) -> float:
        return getattr(from_texture(*SAMPLES[soil], 2.5), constant)

    ours = {soil: getattr(SOILS[soil], constant) for soil in TABLE_19}
    fit = linear_regression([theirs(soil) for soil in ours], list(ours.values()))
    off = [fit.intercept + fit.slope * theirs(soil) - value for soil, value in ours.items()]
    return lambda soil: fit.intercept + fit.slope * theirs(soil), fmean(x * x for x in off) ** 0.5


@pytest.mark.parametrize("soil", BROUGHT_OVER)
def test_a_soil_that_table_19_lacks_stands_on_its_footing(soil: str) -> None:
    capacity, off = line("field_capacity")
    wilting, _ = line("wilting_point")
    assert SOILS[soil].field_capacity == pytest.approx(capacity(soil), abs=0.005)
    assert SOILS[soil].wilting_point == pytest.approx(wilting(soil), abs=0.005)
    assert off == pytest.approx(0.02, abs=0.002)
    within = fmean(SOILS[known].field_capacity_sd for known in TABLE_19)
    assert SOILS[soil].field_capacity_sd == pytest.approx(hypot(off, within), abs=0.002)


@pytest.mark.parametrize("soil", SAMPLES)
def test_the_saturation_of_a_soil_is_that_of_saxton_and_rawls(soil: str) -> None:
    found = from_texture(*SAMPLES[soil], 2.5).saturation
    assert SOILS[soil].saturation == pytest.approx(found, abs=0.006)


def test_a_compost_mix_is_the_soil_of_which_least_is_known() -> None:
    assert max(SOILS.values(), key=lambda soil: soil.field_capacity_sd).id == "mix"


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
    assert len(CROPS) == 61
    assert {"jitomate", "chile", "calabacita", "frijol", "nopal", "milpa"} <= CROPS.keys()
    assert {
        "manzanilla",
        "berenjena",
        "amaranto",
        "huauzontle",
        "apio",
        "arugula",
        "kale",
    } <= CROPS.keys()
    assert {"ruda", "te_limon", "durazno", "higo", "granada", "sandia", "melon"} <= CROPS.keys()
    herbs = {"romero", "oregano", "lavanda", "tomillo", "mediterraneas"}
    assert {CROPS[herb].kc for herb in herbs} == {(0.4, 0.5, 0.5)}, "apart, and still as one"
