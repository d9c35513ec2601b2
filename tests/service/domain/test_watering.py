import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surco_service.domain.crops import CROPS
from surco_service.domain.garden import StoredAdvice
from surco_service.domain.soils import SOILS
from surco_service.domain.watering import (
    CODES,
    EFFICIENCY,
    Probe,
    advise,
    expired,
    root_zone,
    stale_from,
)
from tests.builders import DAWN, a_bed

HOUR, LATER = timedelta(hours=1), DAWN + timedelta(hours=2)
ANYTHING = st.floats(allow_nan=True, allow_infinity=True) | st.none()


def a_probe(theta: float | None, **changes: Any) -> Probe:
    return Probe(**{"theta": theta, "at": DAWN - HOUR, "expires": LATER, **changes})


def decide(theta: float | None, **changes: Any) -> StoredAdvice:
    return advise(a_bed(), [a_probe(theta, **changes)], now=DAWN)


def reason(advice: StoredAdvice) -> str:
    return advice.reasons[0].code


# a tomato bed of compost mix: field capacity 0.35, wilting point 0.15, roots 0.4 m, p 0.4


def test_the_root_zone_holds_what_fao_56_says() -> None:
    zone = root_zone(a_bed())
    assert zone.taw_mm == pytest.approx(80)  # Eq. 82: 1000 (0.35 - 0.15) 0.4
    assert zone.raw_mm == pytest.approx(32)  # Eq. 83: 0.4 TAW
    assert zone.depletion_mm(0.30) == pytest.approx(20)  # Eq. 87: 1000 (0.35 - 0.30) 0.4


def test_a_shallow_bed_holds_less_than_the_roots_could_use() -> None:
    assert root_zone(a_bed(depth_m=0.2)).taw_mm == pytest.approx(40)


@pytest.mark.parametrize(
    ("theta", "status"),
    [(0.45, "wet"), (0.36, "ok"), (0.33, "ok"), (0.285, "soon"), (0.26, "water"), (0.10, "water")],
)
def test_the_verdict_follows_the_water_in_the_soil(theta: float, status: str) -> None:
    assert decide(theta).status == status


def test_the_dose_fills_the_root_zone_and_counts_in_five_litres() -> None:
    # depletion 40 mm on 2 m2 is 80 litres in the soil, 94 from the can
    assert decide(0.25).litres == 95


def test_the_dose_is_whole_steps_even_when_the_bed_cannot_hold_the_next_one() -> None:
    # all it can hold is 80 mm on 2 m2, 188 litres from the can
    assert decide(0.10).litres == 185


def test_a_pot_gets_no_more_than_a_pot_holds() -> None:
    pot = a_bed(area_m2=0.05, depth_m=0.2)  # 40 mm on 0.05 m2 is 2 litres, 2.35 from the can
    assert advise(pot, [a_probe(0.15)], now=DAWN).litres == 2.3


def test_a_bed_that_dries_fast_says_soon_before_the_threshold() -> None:
    bed, probe = a_bed(), a_probe(0.30)
    assert advise(bed, [probe], now=DAWN).status == "ok"
    advice = advise(bed, [probe], now=DAWN, drying_per_day=0.02)
    assert advice.status == "soon"
    assert advice.days_left == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("doubt", "probe"),
    [
        ("stale", a_probe(0.3, expires=DAWN)),
        ("no-reading", Probe(None, None, None, "no-reading")),
        ("sensor-silent", a_probe(None, doubt="sensor-silent")),
        ("implausible", a_probe(None, doubt="implausible")),
        ("implausible", a_probe(math.nan)),
        ("uncalibrated", a_probe(None, doubt="uncalibrated")),
        ("off-scale", a_probe(None, doubt="off-scale")),
        ("stuck", a_probe(None, doubt="stuck")),
    ],
)
def test_a_doubtful_probe_never_gives_advice(doubt: str, probe: Probe) -> None:
    advice = advise(a_bed(), [probe], now=DAWN)
    assert (advice.status, advice.litres, reason(advice)) == ("unknown", 0, doubt)


def test_a_bed_without_a_probe_is_not_taken_for_a_dry_one() -> None:
    assert reason(advise(a_bed(), [], now=DAWN)) == "unplaced"


@pytest.mark.parametrize("theta", [0.0, 0.05, 0.62, 7.0])
def test_a_probe_in_the_air_or_in_a_puddle_is_no_reason_to_water_or_to_wait(theta: float) -> None:
    advice = decide(theta)
    assert (advice.status, advice.litres, reason(advice)) == ("unknown", 0, "off-scale")


def test_one_probe_pulled_out_of_two_makes_the_bed_unknown() -> None:
    assert reason(advise(a_bed(), [a_probe(0.10), a_probe(0.06)], now=DAWN)) == "off-scale"


@pytest.mark.parametrize("depth_m", [0, -1, 1e-300, math.nan, math.inf])
def test_a_depth_that_cannot_be_is_open_ground(depth_m: float) -> None:
    assert root_zone(a_bed(depth_m=depth_m)) == root_zone(a_bed())


@pytest.mark.parametrize("area_m2", [0, -1, math.nan, math.inf, 1e300])
def test_a_bed_without_an_area_gets_no_dose(area_m2: float) -> None:
    advice = advise(a_bed(area_m2=area_m2), [a_probe(0.1)], now=DAWN)
    assert (advice.status, reason(advice)) == ("unknown", "no-area")


def test_one_broken_probe_of_two_is_enough_for_doubt() -> None:
    probes = [a_probe(0.3), a_probe(None, doubt="sensor-silent")]
    assert reason(advise(a_bed(), probes, now=DAWN)) == "sensor-silent"


def test_probes_that_contradict_each_other_are_not_averaged() -> None:
    probes = [a_probe(0.2), a_probe(0.35)]
    assert reason(advise(a_bed(), probes, now=DAWN)) == "contradiction"


def test_an_unknown_crop_is_a_thirsty_small_vegetable_and_the_advice_says_so() -> None:
    advice = advise(a_bed(crop="mandrágora"), [a_probe(0.3)], now=DAWN)
    assert advice.status != "unknown"
    assert "crop-unknown" in [r.code for r in advice.reasons]


def test_advice_becomes_unknown_by_itself_when_its_data_is_stale() -> None:
    advice = decide(0.2)
    assert expired(advice, LATER - HOUR / 60) is advice
    stale = expired(advice, LATER)
    assert (stale.status, stale.litres, reason(stale)) == ("unknown", 0, "stale")


@pytest.mark.parametrize(
    ("next_in", "interval_s", "stale_in"),
    [
        (timedelta(minutes=60), 3600, timedelta(hours=3)),  # the promised one, and two cycles
        (timedelta(seconds=30), 30, timedelta(seconds=30 + 900)),  # a fast node gets 15 minutes
        (None, 900, timedelta(minutes=45)),  # nothing was promised: one cycle, and two
        (timedelta(days=9), 86_400, timedelta(hours=36)),  # nothing is believed for longer
    ],
)
def test_a_reading_is_stale_two_cycles_after_the_promised_one(
    next_in: timedelta | None, interval_s: float, stale_in: timedelta
) -> None:
    promised = None if next_in is None else DAWN + next_in
    assert stale_from(DAWN, promised, interval_s) == DAWN + stale_in


@given(st.floats(0.075, 0.6), st.floats(0.075, 0.6))  # all that its soil can hold
def test_a_wetter_bed_never_gets_more_water(one: float, other: float) -> None:
    drier, wetter = decide(min(one, other)), decide(max(one, other))
    assert wetter.litres <= drier.litres
    assert CODES[wetter.status] <= CODES[drier.status]


@given(
    theta=ANYTHING,
    area_m2=st.floats(allow_nan=True),
    depth_m=ANYTHING,
    crop=st.none() | st.text(max_size=9) | st.sampled_from(sorted(CROPS)),
    soil=st.text(max_size=9) | st.sampled_from(sorted(SOILS)),
    drying=ANYTHING,
)
@example(theta=0.2, area_m2=1e308, depth_m=None, crop=None, soil="", drying=None)
@example(theta=0.2, area_m2=2.0, depth_m=5e-324, crop=None, soil="", drying=5e-324)
def test_whatever_it_is_told_it_answers_and_never_more_than_the_bed_can_hold(
    theta: float | None, area_m2: float, depth_m: float | None, crop: str, soil: str, drying: Any
) -> None:
    bed = a_bed(area_m2=area_m2, depth_m=depth_m, crop=crop, soil=soil)
    advice = advise(bed, [a_probe(theta)], now=DAWN, drying_per_day=drying)
    assert advice.status in CODES
    assert math.isfinite(advice.litres)
    assert advice.litres >= 0
    assert advice.reasons
    if advice.litres:
        assert advice.litres <= root_zone(bed).taw_mm * area_m2 / EFFICIENCY
