import pytest

from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.soil_by_hand import (
    BY_HAND,
    FEELS,
    LOAMY_SAND,
    RIBBONS,
    SAND,
    by_hand,
)


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
    assert by_hand(True, ribbon, feel) == texture


@pytest.mark.parametrize("feel", FEELS)
def test_a_soil_that_makes_no_ball_is_sand_and_one_without_a_ribbon_nearly(feel: str) -> None:
    assert {by_hand(False, ribbon, feel) for ribbon in RIBBONS} == {SAND}
    assert by_hand(True, "none", feel) == LOAMY_SAND


def test_a_hand_finds_every_soil_of_the_table_but_silt_and_the_compost_mix() -> None:
    assert len(set(BY_HAND)) == len(BY_HAND) == 11
    assert SOILS.keys() - set(BY_HAND) == {"silt", "mix"}
    assert set(BY_HAND) <= SOILS.keys()


@pytest.mark.parametrize(
    "answers", [("", ""), ("short", ""), ("endless", "even"), ("long", "salty")]
)
def test_an_answer_that_is_missing_names_no_soil(answers: tuple[str, str]) -> None:
    assert by_hand(True, *answers) is None
