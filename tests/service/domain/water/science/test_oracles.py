"""The science against other people's programs: ETo, refet, pyfao56 and ioos_qc (docs/decisions/0005)."""

import math
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.domain.nodes import quality
from surco_service.domain.water.science import (
    atmosphere,
    crop_growth,
    evapotranspiration,
    radiation,
    soil_water,
)
from tests.service.domain.water.science.reference import dual_crop_coefficient, flags
from tests.service.domain.water.science.reference.fao56 import end_of_day

random = Random(56)
DAYS = [
    {
        "low": (low := random.uniform(-2, 22)), "high": low + random.uniform(4, 20),
        "rs": random.uniform(8, 30), "wind": random.uniform(0.6, 6), "doy": random.randint(1, 365),
        "latitude": random.uniform(-50, 50), "elevation": random.uniform(0, 2500),
    }
    for _ in range(60)
]  # fmt: skip


def sunshine(day: dict[str, float]) -> float:
    """Return R_s between a clear sky and 0.35 of it: ASCE takes no sky to be darker than 0.3."""
    ra = radiation.extraterrestrial(day["latitude"], int(day["doy"]))
    rso = radiation.clear_sky(ra, day["elevation"])
    return min(max(day["rs"], 0.35 * rso), rso)


def ours(low, high, rs, wind, doy, latitude, elevation) -> tuple[float, float]:
    """Return (ET0 mm, vapour pressure kPa)."""
    ra = radiation.extraterrestrial(latitude, doy)
    vapour = atmosphere.vapour_from_dewpoint_kpa(low - 1)
    rs = sunshine({"rs": rs, "doy": doy, "latitude": latitude, "elevation": elevation})
    et0 = evapotranspiration.of_day(
        temp_min_c=low, temp_max_c=high, vapour_kpa=vapour, wind_m_s=wind, rs=rs, ra=ra,
        elevation_m=elevation,
    )  # fmt: skip
    return et0, vapour


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_et0_agrees_with_refet(day: dict[str, float]) -> None:
    refet = pytest.importorskip("refet", reason="pip install 'surco[oracles]'")
    found, vapour = ours(**day)
    theirs = refet.Daily(
        tmin=day["low"], tmax=day["high"], ea=vapour, rs=sunshine(day), uz=day["wind"], zw=2,
        elev=day["elevation"], lat=day["latitude"], doy=day["doy"], method="asce",
        rso_type="simple", input_units={},
    ).eto()  # fmt: skip
    # 1 %: ASCE writes the psychrometric constant and the solar constant with other digits
    assert found == pytest.approx(float(theirs[0]), rel=0.01, abs=0.03)


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_et0_agrees_with_eto(day: dict[str, float]) -> None:
    eto = pytest.importorskip("eto", reason="pip install 'surco[oracles]'")
    import numpy as np

    found, vapour = ours(**day)
    known = {"T_min": day["low"], "T_max": day["high"], "R_s": sunshine(day), "U_z": day["wind"],
             "e_a": vapour}  # fmt: skip
    one = eto.ETo()
    one.param_est(
        {name: np.array([value]) for name, value in known.items()}, "D", z_msl=day["elevation"],
        lat=day["latitude"], lon=-100.4, TZ_lon=-90, day_of_year=np.array([day["doy"]]),
    )  # fmt: skip
    theirs = float(one.eto_fao(decimals=4)[0])
    # the same equations; they round to four digits
    assert found == pytest.approx(max(theirs, 0.0), abs=0.005)


def test_a_season_of_a_root_zone_agrees_with_pyfao56() -> None:
    pytest.importorskip("pyfao56", reason="pip install 'surco[oracles]'")
    import pandas as pd
    from pyfao56 import Irrigation, Model, Parameters, Weather

    kcb, stages, p = (0.15, 1.1, 0.6), (25, 35, 40, 20), 0.4
    parameters = Parameters(
        Kcbini=kcb[0], Kcbmid=kcb[1], Kcbend=kcb[2], Lini=stages[0], Ldev=stages[1],
        Lmid=stages[2], Lend=stages[3], hini=0.05, hmax=0.6, thetaFC=0.25, thetaWP=0.1, theta0=0.2,
        Zrini=0.4, Zrmax=0.4, pbase=p, Ze=0.1, REW=8,
    )  # fmt: skip
    draw = Random(56)
    index = pd.date_range("2026-02-01", "2026-05-31").strftime("%Y-%j")
    days = len(index)
    rows = {
        "ETref": [draw.uniform(2, 8) for _ in range(days)],
        "Rain": [draw.choice([0.0] * 9 + [25.0]) for _ in range(days)],
        "Wndsp": [draw.uniform(1, 5) for _ in range(days)],
        "RHmin": [draw.uniform(20, 70) for _ in range(days)],
        "Tmax": [27.0] * days, "Tmin": [11.0] * days,
    }  # fmt: skip
    weather = Weather()
    weather.z, weather.lat, weather.wndht, weather.rfcrp = 1820.0, 20.6, 2.0, "S"
    columns = list(weather.wdata.columns)
    blank = {name: [math.nan] * days for name in columns}
    weather.wdata = pd.DataFrame(blank | rows, index=index)[columns]
    irrigation = Irrigation()
    for year_day in range(40, 150, 17):
        irrigation.addevent(2026, year_day, 18.0, 0.7)
    model = Model("2026-032", "2026-150", parameters, weather, irr=irrigation)
    model.run()
    taw_mm = soil_water.total_available_mm(0.25, 0.1, 0.4)
    surface = dual_crop_coefficient.Surface(
        dual_crop_coefficient.evaporable_mm(0.25, 0.1), rew_mm=8
    )
    depletion = soil_water.depletion_mm(0.25, 0.2, 0.4)
    stressed, drained, dried_mm = 0, 0, None
    for day, theirs in enumerate(model.odata.itertuples()):
        basal = crop_growth.curve(kcb, stages, day)
        assert basal == pytest.approx(theirs.Kcb, abs=1e-9)
        ceiling = dual_crop_coefficient.ceiling(
            basal, theirs.h, rows["Wndsp"][day], rows["RHmin"][day]
        )
        assert ceiling == pytest.approx(theirs.Kcmax, abs=2e-3)  # they put 2 m through Eq. 47 too
        if dried_mm is not None:  # they dry the surface from where yesterday left it
            kr = dual_crop_coefficient.reduction(dried_mm, surface)
            assert kr == pytest.approx(theirs.Kr, abs=1e-6)
        dried_mm = theirs.De
        share = soil_water.readily_available_share(p, theirs.ETc)
        ks = soil_water.stress(depletion, taw_mm, share * taw_mm)
        assert ks == pytest.approx(theirs.Ks, abs=1e-6)
        evaporated = theirs.Ke * theirs.ETref
        depletion, percolation = end_of_day(
            depletion, taw_mm=taw_mm, etc_mm=ks * basal * theirs.ETref + evaporated,
            rain_mm=theirs.Rain, irrigation_mm=theirs.Irrig,
        )  # fmt: skip
        assert (depletion, percolation) == pytest.approx((theirs.Dr, theirs.DP), abs=1e-6)
        stressed, drained = stressed + (ks < 1), drained + (percolation > 0)
    assert stressed > 5, "a season without stress compares nothing"
    assert drained > 0, "nor does one that never drains"


@pytest.mark.parametrize("seed", range(20))
def test_quality_flags_agree_with_ioos_qc(seed: int) -> None:
    pytest.importorskip("ioos_qc", reason="pip install 'surco[oracles]'")
    import numpy as np
    from ioos_qc import qartod

    draw = Random(seed)
    values = [draw.choice([None, *[draw.uniform(0, 60)] * 8]) for _ in range(40)]
    values[0], values[-1] = 10.0, 12.0
    array = np.array([math.nan if v is None else v for v in values])
    times = np.array([np.datetime64("2026-01-01") + np.timedelta64(15 * i, "m") for i in range(40)])
    seconds = [900.0 * i for i in range(40)]
    theirs = qartod.gross_range_test(array, [10, 50], [20, 40]).filled(9)
    assert flags.gross_range(values, (10, 50), (20, 40)) == list(theirs)
    theirs = qartod.rate_of_change_test(array, times, threshold=5 / 900).filled(9)
    assert flags.rate_of_change(values, seconds, 5 / 900) == list(theirs)
    theirs = qartod.spike_test(array, suspect_threshold=10, fail_threshold=25).filled(9)
    assert quality.spike(values, 10, 25) == list(theirs)
    still = [draw.choice([0.2, 0.2, 0.2001, 0.2002, 0.207]) for _ in range(40)]
    theirs = qartod.flat_line_test(
        np.array(still), times, suspect_threshold=1800, fail_threshold=3600, tolerance=0.005
    )
    assert quality.flat_line(still, seconds, 1800, 3600, 0.005) == list(theirs)


FLAT = {
    "steps_s": st.lists(st.sampled_from([600, 900, 901, 1800, 3600, 10_800]), min_size=0, max_size=40),
    "usual_s": st.integers(1, 4000),
    "odd": st.lists(st.booleans(), min_size=40, max_size=40),
    "suspect_s": st.floats(0, 20_000),
    "fail_s": st.floats(0, 60_000),
    "values": st.lists(
        st.sampled_from([0.2, 0.2, 0.2, 0.2, 0.2001, 0.2002, 0.207, None]), min_size=41, max_size=41
    ),
}  # fmt: skip


@given(**FLAT)
def test_flat_lines_of_any_step_and_span_agree_with_ioos_qc(
    steps_s: list[int], usual_s: int, odd: list[bool], suspect_s: float, fail_s: float,
    values: list[float | None],
) -> None:  # fmt: skip
    pytest.importorskip("ioos_qc", reason="pip install 'surco[oracles]'")
    import numpy as np
    from ioos_qc import qartod

    steps = [step if odd[i] else usual_s for i, step in enumerate(steps_s)]
    seconds = [float(at) for at in accumulate(steps, initial=0)]
    values = values[: len(seconds)]
    times = np.array([np.datetime64("2026-01-01") + np.timedelta64(int(at), "s") for at in seconds])
    array = np.array([math.nan if v is None else v for v in values], dtype=float)
    theirs = [
        int(flag)
        for flag in qartod.flat_line_test(
            array, times, suspect_threshold=suspect_s, fail_threshold=fail_s, tolerance=0.005
        )
    ]
    if len(values) < 3:  # there it calls good what is missing
        theirs = [9 if value is None else 1 for value in values]
    assert quality.flat_line(values, seconds, suspect_s, fail_s, 0.005) == theirs
