import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.water.moisture import theta_in_bed, theta_of
from surco_service.domain.water.scale import LEARNT, Scale
from tests.builders import a_bed, a_calibration, raw_mv

SCALE = Scale(full_mv=1200, full_theta=0.35, dry_mv=1500, dry_theta=0.25, cycles=LEARNT)
YOUNG = Scale(1200, 0.35, 1500, 0.25, cycles=LEARNT - 1)
OFF = (None, "off-scale")


def test_a_calibration_wins_over_what_was_learnt() -> None:
    theta, doubt = theta_of(raw_mv(0.3), a_calibration(), SCALE)
    assert (theta, doubt) == (pytest.approx(0.3), "")
    assert theta_of(100, a_calibration(), SCALE) == OFF


@pytest.mark.parametrize(
    ("mv", "theta"), [(1500, 0.25), (1200, 0.35), (1097, 0.3843), (1600, 0.2167), (2300, 0.0)]
)
def test_a_learnt_scale_goes_on_beyond_its_ends(mv: float, theta: float) -> None:
    assert theta_of(mv, None, SCALE) == (pytest.approx(theta, abs=1e-4), "")


@pytest.mark.parametrize("scale", [None, YOUNG])
@pytest.mark.parametrize("mv", [300, 1350, 3000])
def test_a_probe_without_a_scale_still_learns_whatever_it_says(
    mv: float, scale: Scale | None
) -> None:
    assert theta_of(mv, None, scale) == (None, "learning")
    assert theta_in_bed(a_bed(), mv, None, scale) == (None, "learning")


@pytest.mark.parametrize("mv", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_water(mv: float) -> None:
    assert theta_of(mv, None, SCALE) == theta_of(mv, a_calibration(), None) == OFF


@pytest.mark.parametrize("mv", [300, 2300])
def test_a_probe_off_its_learnt_scale_is_off_scale_and_not_learning(mv: float) -> None:
    assert theta_in_bed(a_bed(), mv, None, SCALE) == OFF


def test_a_bed_holds_no_more_than_its_soil() -> None:
    wide = a_calibration(wet_theta=0.7)
    assert theta_of(900, wide, None) == (pytest.approx(0.7), "")
    assert theta_in_bed(a_bed(), 900, wide, None) == OFF


@given(mv=st.floats(0, 3300), learnt=st.booleans(), calibrated=st.booleans())
def test_there_is_a_water_content_or_a_reason_and_never_both(
    mv: float, learnt: bool, calibrated: bool
) -> None:
    theta, doubt = theta_in_bed(
        a_bed(), mv, a_calibration() if calibrated else None, SCALE if learnt else None
    )
    assert (theta is None) == bool(doubt)
