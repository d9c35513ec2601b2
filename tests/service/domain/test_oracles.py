"""The science against other people's programs: ETo, refet and pyfao56 (docs/decisions/0005)."""

import math
from random import Random

import pytest

from surco_service.domain import atmosphere, crop_growth, evapotranspiration, quality, radiation
from surco_service.domain.water_balance import step

random = Random(56)
DAYS = [
    {
        "low": (low := random.uniform(-2, 22)), "high": low + random.uniform(4, 20),
        "rs": random.uniform(8, 30), "wind": random.uniform(0.6, 6), "doy": random.randint(1, 365),
        "latitude": random.uniform(-50, 50), "elevation": random.uniform(0, 2500),
    }
    for _ in range(60)
]  # fmt: skip


def ours(low, high, rs, wind, doy, latitude, elevation) -> tuple[float, float]:
    """Return (ET0 mm, vapour pressure kPa)."""
    ra = radiation.extraterrestrial(latitude, doy)
    vapour = atmosphere.vapour_from_dewpoint_kpa(low - 1)
    rso = radiation.clear_sky(ra, elevation)
    rs = min(max(rs, 0.35 * rso), rso)  # ASCE takes no sky to be darker than 0.3 of a clear one
    et0 = evapotranspiration.of_day(
        temp_min_c=low, temp_max_c=high, vapour_kpa=vapour, wind_m_s=wind, rs=rs, ra=ra,
        elevation_m=elevation,
    )  # fmt: skip
    return et0, vapour


@pytest.mark.parametrize("day", DAYS)
def test_a_day_of_et0_agrees_with_refet(day: dict[str, float]) -> None:
    refet = pytest.importorskip("refet", reason="pip install 'surco[oracles]'")
    found, vapour = ours(**day)
    ra = radiation.extraterrestrial(day["latitude"], int(day["doy"]))
    rso = radiation.clear_sky(ra, day["elevation"])
    rs = min(max(day["rs"], 0.35 * rso), rso)
    theirs = refet.Daily(
        tmin=day["low"], tmax=day["high"], ea=vapour, rs=rs, uz=day["wind"], zw=2,
        elev=day["elevation"], lat=day["latitude"], doy=day["doy"], method="asce",
        rso_type="simple", input_units={},
    ).eto()  # fmt: skip
    # 1 %: ASCE writes the psychrometric constant and the solar constant with other digits
    assert found == pytest.approx(float(theirs[0]), rel=0.01, abs=0.03)


def test_a_day_of_et0_in_queretaro_agrees_with_eto() -> None:
    eto = pytest.importorskip("eto", reason="pip install 'surco[oracles]'")
    import numpy as np

    day = {"low": 11.0, "high": 27.0, "rs": 22.0, "wind": 2.4, "doy": 121, "latitude": 20.6,
           "elevation": 1820.0}  # fmt: skip
    found, vapour = ours(**day)
    known = {"T_min": day["low"], "T_max": day["high"], "R_s": day["rs"], "U_z": day["wind"],
             "e_a": vapour}  # fmt: skip
    one = eto.ETo()
    one.param_est(
        {name: np.array([value]) for name, value in known.items()}, "D", z_msl=day["elevation"],
        lat=day["latitude"], lon=-100.4, TZ_lon=-90, day_of_year=np.array([day["doy"]]),
    )  # fmt: skip
    assert found == pytest.approx(float(one.eto_fao(decimals=4)[0]), abs=0.03)


def test_a_season_of_kcb_agrees_with_pyfao56() -> None:
    pytest.importorskip("pyfao56", reason="pip install 'surco[oracles]'")
    import pandas as pd
    from pyfao56 import Model, Parameters, Weather

    p = Parameters(Kcbini=0.15, Kcbmid=1.1, Kcbend=0.6, Lini=25, Ldev=35, Lmid=40, Lend=20,
                   hini=0.05, hmax=0.6, thetaFC=0.25, thetaWP=0.1, theta0=0.25, Zrini=0.4,
                   Zrmax=0.4, pbase=0.4, Ze=0.1, REW=8)  # fmt: skip
    weather = Weather()
    weather.z, weather.lat, weather.wndht, weather.rfcrp = 1820.0, 20.6, 2.0, "S"
    index = pd.date_range("2026-02-01", "2026-05-31").strftime("%Y-%j")
    columns = weather.wdata.columns
    rows = {name: [math.nan] * len(index) for name in columns}
    rows |= {
        "ETref": [5.0] * len(index),
        "Rain": [0.0] * len(index),
        "Wndsp": [2.0] * len(index),
        "RHmin": [45.0] * len(index),
        "Tmax": [27.0] * len(index),
        "Tmin": [11.0] * len(index),
    }
    weather.wdata = pd.DataFrame(rows, index=index)[list(columns)]
    model = Model("2026-032", "2026-150", p, weather)
    model.run()
    theirs = [float(kcb) for kcb in model.odata["Kcb"]]
    ours_ = [
        crop_growth.curve((0.15, 1.1, 0.6), (25, 35, 40, 20), day) for day in range(len(theirs))
    ]
    # a day's step apart at the corners: they count the first day as day 0 or 1 by stage
    assert max(abs(a - b) for a, b in zip(ours_, theirs, strict=True)) < 0.04


def test_ten_days_of_drying_agree_with_example_37() -> None:
    depletion = 55.0
    for _ in range(10):
        depletion = step(depletion, taw_mm=160, raw_mm=64, etc_mm=6).depletion_mm
    assert depletion == pytest.approx(104.5, abs=0.06)


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
    assert quality.gross_range(values, (10, 50), (20, 40)) == list(theirs)
    theirs = qartod.rate_of_change_test(array, times, threshold=5 / 900).filled(9)
    assert quality.rate_of_change(values, seconds, 5 / 900) == list(theirs)
    full = [draw.uniform(0, 60) for _ in range(30)]
    theirs = qartod.spike_test(np.array(full), suspect_threshold=10, fail_threshold=25).filled(9)
    assert quality.spike(full, 10, 25) == list(theirs)
