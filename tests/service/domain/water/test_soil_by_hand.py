import math

import pytest

from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.soil_by_hand import (
    FEELS,
    HANDFULS,
    LOAMY_SAND,
    RIBBONS,
    SAND,
    by_hand,
)
from tests.service.domain.water.science.reference.saxton_rawls import from_texture


@pytest.mark.parametrize(
    ("ribbon", "feel", "texture"),
    [
        ("short", "gritty", "sandy_loam"),
        ("short", "even", "loam"),
        ("short", "smooth", "silt_loam"),
        ("medium", "gritty", "sandy_clay_loam"),
        ("medium", "even", "clay_loam"),
        ("medium", "smooth", "silty_clay_loam"),
        ("long", "gritty", "sandy_clay"),
        ("long", "even", "clay"),
        ("long", "smooth", "silty_clay"),
    ],
)
def test_a_ribbon_and_its_grit_name_the_texture(ribbon: str, feel: str, texture: str) -> None:
    found = by_hand(True, ribbon, feel)
    assert found is not None
    assert found.texture == texture


@pytest.mark.parametrize("feel", FEELS)
def test_a_soil_that_makes_no_ball_is_sand_and_one_without_a_ribbon_nearly(feel: str) -> None:
    assert {by_hand(False, ribbon, feel) for ribbon in RIBBONS} == {SAND}
    assert by_hand(True, "none", feel) == LOAMY_SAND


def test_every_handful_stands_for_a_soil_of_the_table() -> None:
    assert {handful.soil for handful in HANDFULS} <= SOILS.keys()
    assert len({handful.texture for handful in HANDFULS}) == len(HANDFULS) == 11
    for handful in HANDFULS:
        assert handful.exact or handful.texture not in SOILS, "the table has that very soil"


# the middle of each class on the texture triangle (sand, clay), and its neighbours in the table
@pytest.mark.parametrize(
    ("texture", "sand", "clay", "neighbours"),
    [
        ("sandy_clay_loam", 0.60, 0.27, ("sandy_loam", "loam")),
        ("clay_loam", 0.32, 0.34, ("loam", "clay")),
        ("silty_clay_loam", 0.10, 0.34, ("silt_loam", "silty_clay")),
        ("sandy_clay", 0.52, 0.42, ("sandy_loam", "clay")),
    ],
)
def test_what_is_only_alike_is_the_neighbour_that_holds_water_most_alike(
    texture: str, sand: float, clay: float, neighbours: tuple[str, ...]
) -> None:
    real = from_texture(sand, clay, 2.5)

    def off(soil: str) -> float:
        found = SOILS[soil]
        return math.dist(
            (found.wilting_point, found.field_capacity), (real.wilting_point, real.field_capacity)
        )

    handful = next(h for h in HANDFULS if h.texture == texture)
    assert not handful.exact
    assert handful.soil == min(neighbours, key=off)


@pytest.mark.parametrize(
    "answers", [("", ""), ("short", ""), ("endless", "even"), ("long", "salty")]
)
def test_an_answer_that_is_missing_names_no_soil(answers: tuple[str, str]) -> None:
    assert by_hand(True, *answers) is None
