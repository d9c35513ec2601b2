import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.intercropping import intercropped

PARTS = st.lists(
    st.tuples(st.floats(0.05, 1), st.floats(0.1, 3), st.floats(0.2, 1.3)), min_size=1, max_size=4
)


@given(parts=PARTS)
def test_crops_that_share_a_bed_drink_between_the_least_and_the_thirstiest(
    parts: list[tuple[float, float, float]],
) -> None:
    coefficients = [kc for _, _, kc in parts]
    assert min(coefficients) - 1e-9 <= intercropped(parts) <= max(coefficients) + 1e-9


def test_the_taller_crop_counts_for_more() -> None:
    # Eq. 104: (0.5 x 2 x 1.2 + 0.5 x 0.4 x 0.6) / (0.5 x 2 + 0.5 x 0.4)
    assert intercropped([(0.5, 2.0, 1.2), (0.5, 0.4, 0.6)]) == pytest.approx(1.1)


def test_a_bed_where_nothing_grows_has_no_coefficient() -> None:
    with pytest.raises(ValueError, match="at least one crop"):
        intercropped([(0.0, 2.0, 1.2)])


def test_a_milpa_drinks_like_its_maize_and_is_as_delicate_as_its_pumpkin() -> None:
    milpa, maize = CROPS["milpa"], CROPS["maiz"]
    assert milpa.kc == (0.33, 1.18, 0.6)  # 0.325 in the first days, to two places
    assert (milpa.stages_d, milpa.height_m) == (maize.stages_d, maize.height_m)
    assert milpa.p == CROPS["calabaza"].p
    assert milpa.root_depth_m == CROPS["frijol"].root_depth_m


def test_a_milpa_has_its_beans_and_pumpkins_in_before_its_maize_cures() -> None:
    milpa = CROPS["milpa"]
    assert milpa.cures_d == CROPS["maiz"].cures_d
    for part in ("frijol", "calabaza"):
        assert sum(CROPS[part].stages_d or ()) <= sum(milpa.stages_d or ()) - milpa.cures_d


def test_a_milpa_is_a_seedbed_whose_roots_go_as_deep_as_its_beans() -> None:
    milpa = CROPS["milpa"]
    assert (milpa.kind, milpa.transplanted) == ("annual", False)
    assert milpa.roots_m == CROPS["frijol"].roots_m
