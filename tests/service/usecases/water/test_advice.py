from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from surco_service.domain.nodes.node import NodeStatus, Probe
from surco_service.domain.water.advice import StoredAdvice
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.watering import MODEL_DAYS
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Reading
from surco_service.usecases.sensors import read_sensors
from surco_service.usecases.water.advice import known_of, refresh
from surco_service.usecases.water.diary import forget_late
from surco_service.usecases.water.explain import explain
from surco_service.usecases.water.situation import situation
from surco_service.usecases.water.views import (
    bed_detail,
    garden_today,
    gardens_today,
    node_live,
    totals,
)
from tests.builders import (
    DAWN,
    a_bed,
    a_calibration,
    a_garden,
    a_harvest,
    a_placement,
    a_reading,
    a_watering,
    raw_mv,
)
from tests.service.garden import Garden

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def codes(advice: StoredAdvice) -> list[str]:
    return [reason.code for reason in advice.reasons]


def test_a_dry_reading_becomes_a_dose_that_everybody_is_told(garden: Garden) -> None:
    garden.soak()
    garden.measure(0.25)
    advice = garden.decide()
    assert advice.status == "water"
    # 8 x 4 mm were drunk since, and 75 mm from the can left a bed of which nothing was known some
    # 7 mm short of full: 40 mm, as the probe says. Less 0.7 of an sd of some 17 mm, since the bed
    # was full not long ago: 28 mm x 2 m2 / 0.85, less a twentieth
    assert advice.litres == pytest.approx(65, abs=5)
    assert garden.stores.diary.advice() == {"cama-3": advice}
    assert garden.told == ["cama-3"]
    (command,) = garden.stores.gateways.commands("gateway-1", 0)
    assert (command.kind, command.body["status"]) == ("advice", "water")


def test_gateways_are_told_only_what_changed(garden: Garden) -> None:
    garden.measure(0.25)
    garden.decide()
    (first,) = garden.stores.gateways.commands("gateway-1", 0)
    garden.decide(DAWN + timedelta(minutes=1))
    assert garden.stores.gateways.commands("gateway-1", first.id) == []


def test_a_verdict_is_written_for_grafana_when_it_changes_and_every_hour(garden: Garden) -> None:
    def moments(now: datetime) -> list[datetime]:
        before = len(garden.stores.outbox.waiting())
        garden.decide(now)
        lines = [line for _, line in garden.stores.outbox.waiting()[before:]]
        return [datetime.fromtimestamp(int(line.rpartition(" ")[2]) / 1e9, UTC) for line in lines]

    garden.soak()
    garden.measure(0.33)
    at = DAWN + timedelta(minutes=1)
    assert moments(at) == [at]
    assert moments(at + timedelta(minutes=5)) == []
    garden.measure(0.25, ago=timedelta(minutes=-6))
    assert moments(at + timedelta(minutes=6)) == [at + timedelta(minutes=6)]
    garden.measure(0.25, ago=timedelta(minutes=-20))
    assert moments(at + HOUR) == [DAWN + HOUR], "the same verdict, at the beginning of its hour"


@pytest.mark.parametrize("pace", [0.0, 0.004])
def test_the_drying_in_another_bed_says_nothing_of_this_one(garden: Garden, pace: float) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    for hours in range(48, -1, -1):
        garden.measure(0.31 + pace * max(hours - 12, 0), ago=timedelta(hours=hours))
    garden.stores.registry.place(a_placement(bed="cama-4", since=DAWN - timedelta(hours=12)))
    (advice,) = refresh(garden.stores, garden, ["cama-4"], DAWN)
    # of a bed and a probe of which nothing was known: between the guess, 40 mm, and what it says, 16
    assert (advice.status, advice.depletion_mm) == ("ok", pytest.approx(26.8, abs=2))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"bv": 3900.0}, "sensor-silent"),
        ({"r1": 50.0}, "implausible"),
        ({"r1": 3100.0}, "off-scale"),
    ],
)
def test_a_probe_that_cannot_be_believed_makes_the_bed_unknown(
    garden: Garden, values: dict[str, float], code: str
) -> None:
    garden.stores.readings.add([a_reading(values=values)])
    assert codes(garden.decide()) == [code]


def test_a_probe_without_a_calibration_makes_the_bed_unknown(garden: Garden) -> None:
    garden.soak()
    garden.measure(0.25)
    garden.stores.registry.calibrate(a_calibration(since=DAWN - timedelta(minutes=5)))
    assert garden.decide().status == "water", "an older calibration was valid at that time"
    garden.stores.records.save_bed(a_bed(id="cama-4"))
    unplaced = refresh(garden.stores, garden, ["cama-4"], DAWN)
    assert codes(unplaced[0]) == ["unplaced"]


def test_a_reading_from_before_the_probe_was_placed_does_not_count(garden: Garden) -> None:
    garden.measure(0.25, ago=timedelta(days=90))
    assert codes(garden.decide()) == ["no-reading"]


def test_stale_says_stale_even_when_the_last_value_was_broken(garden: Garden) -> None:
    garden.measure(0.25, ago=timedelta(hours=40))
    assert codes(garden.decide()) == ["stale"]


def test_a_node_that_promised_to_sleep_longer_is_believed_longer(garden: Garden) -> None:
    garden.soak()
    garden.measure(0.25, ago=timedelta(hours=5))
    assert garden.decide().basis == "model"
    sleeping = NodeStatus(DAWN, "asleep", next_at=DAWN + HOUR, interval_s=6 * 3600)
    garden.stores.registry.set_status("n-001", sleeping)
    assert garden.decide().basis == "fused"


def test_a_probe_that_says_the_very_same_for_days_is_stuck(garden: Garden) -> None:
    for hours in range(60):
        garden.measure(0.25, ago=timedelta(hours=hours, minutes=10))
    assert codes(garden.decide()) == ["stuck"]


def test_a_bed_that_dries_says_how_many_days_are_left(garden: Garden) -> None:
    garden.soak(days=3)
    for hours in range(48):
        garden.measure(0.32 + 0.01 * hours / 24, ago=timedelta(hours=hours, minutes=10))
    advice = garden.decide()
    assert advice.depletion_mm == pytest.approx(16, abs=5)
    # November: ET0 3.5 mm, tomato of unknown age 1.15: 4 mm a day of the 35 that come easily
    assert advice.days_left == pytest.approx((35 - advice.depletion_mm) / 4, abs=0.5)


def night(garden: Garden, theta: float, ago_days: int) -> None:
    """Let the probe speak from three to six in the morning, local time."""
    for hour in (9.2, 10.2, 11.2):  # UTC
        ago = DAWN - (DAWN.replace(hour=0, minute=0) + timedelta(hours=hour)) + DAY * ago_days
        garden.measure(theta, ago=ago)


def test_a_tap_on_i_watered_changes_the_verdict_at_once(garden: Garden) -> None:
    garden.soak()
    night(garden, 0.25, 0)
    garden.measure(0.25)
    assert garden.decide().status == "water"
    garden.stores.records.record_watering(a_watering(95, at=DAWN))
    after = garden.decide(DAWN + timedelta(minutes=1))
    assert (after.status, after.litres) == ("ok", 0)
    assert "water-logged" in codes(after)


def test_a_bed_whose_sensor_died_is_advised_from_its_waterings_for_ten_days(garden: Garden) -> None:
    night(garden, 0.27, 3)
    garden.stores.records.record_watering(a_watering(150, at=DAWN - 3 * DAY))
    dead = garden.decide()
    assert (dead.status, dead.basis) == ("ok", "model")
    assert codes(dead)[1] == "stale"
    assert dead.depletion_mm == pytest.approx(3 * 4, abs=3), (
        "three days of November since it was full"
    )
    later = garden.decide(DAWN + 9 * DAY)
    assert (later.status, codes(later)) == ("unknown", ["stale"])


def test_a_watering_that_nobody_noted_is_seen_the_same_day(garden: Garden) -> None:
    garden.soak()
    for day in (3, 2, 1, 0):
        night(garden, 0.25 + 0.01 * day, day)
    garden.measure(0.25)
    assert garden.decide().status == "water"
    garden.measure(0.34, ago=-HOUR)
    after = garden.decide(DAWN + HOUR)
    assert after.status != "water"
    assert "water-inferred" in codes(after)


def test_a_watering_noted_late_is_counted_from_its_own_day(garden: Garden) -> None:
    for day in (5, 4, 3):
        night(garden, 0.32 - 0.01 * (5 - day), day)
    garden.stores.records.record_watering(a_watering(5, at=DAWN - 2 * DAY))
    before = garden.decide()
    garden.stores.records.record_watering(a_watering(60, at=DAWN - 2 * DAY))
    after = garden.decide(DAWN + timedelta(minutes=1))
    assert before.depletion_mm is not None
    assert after.depletion_mm is not None
    assert after.depletion_mm < before.depletion_mm - 5


def test_rain_that_fell_is_credited_and_rain_that_is_forecast_is_not(garden: Garden) -> None:
    garden.soak(days=6)  # 6 x 4 mm were drunk: not due yet
    for day in (3, 2):
        night(garden, 0.28 + 0.01 * day, day)
    dry = garden.decide()
    today, yesterday = DAWN.date(), (DAWN - DAY).date()
    garden.stores.diary.save_weather(
        "el-mezquite", [WeatherDay(today, rain_mm=30.0, rain_chance=0.3, forecast=True)], "api"
    )
    assert garden.decide(DAWN + timedelta(seconds=1)).depletion_mm == pytest.approx(
        dry.depletion_mm, abs=0.1
    )
    garden.stores.diary.save_weather("el-mezquite", [WeatherDay(yesterday, rain_mm=15.0)], "person")
    wet = garden.decide(DAWN + timedelta(seconds=2))
    assert dry.depletion_mm is not None
    assert wet.depletion_mm is not None
    assert wet.depletion_mm < dry.depletion_mm - 10
    assert "rain-credit" in codes(wet)


def test_a_replay_of_what_is_stored_gives_the_same_verdict_bit_by_bit(garden: Garden) -> None:
    for day in range(9, -1, -1):
        night(garden, 0.33 - 0.008 * (9 - day), day)
    garden.stores.records.record_watering(a_watering(20, at=DAWN - 4 * DAY))
    garden.measure(0.26)
    first = garden.decide()
    pages = garden.stores.diary.pages(["cama-3"], date.min)
    garden.stores.diary.forget_pages("cama-3", date.min)
    assert garden.stores.diary.pages(["cama-3"], date.min) == {}
    assert garden.decide() == first
    assert garden.stores.diary.pages(["cama-3"], date.min) == pages
    told = explain(garden.stores, "cama-3", DAWN, DAWN + timedelta(hours=3))
    assert told.advice == first
    assert told.pages[-1] == pages["cama-3"][-1]


def test_the_last_advice_stays_while_the_readings_cannot_be_had_and_then_expires(
    garden: Garden,
) -> None:
    garden.measure(0.25)
    advice = garden.decide()

    class Away:
        def latest(self, nodes: object) -> dict[str, Reading]:
            raise StoreUnavailable("InfluxDB does not answer")

    with pytest.raises(StoreUnavailable):
        refresh(replace(garden.stores, readings=Away()), garden, None, DAWN)
    (view,) = garden_today(garden.stores, "el-mezquite", DAWN).beds
    assert view.advice == advice
    (view,) = garden_today(garden.stores, "el-mezquite", advice.expires).beds
    assert view.advice.status == "unknown"


# ---------------------------------------------------------------- views


def test_a_garden_shows_its_beds_by_urgency_and_sums_the_doses(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    garden.soak()
    garden.measure(0.25)
    garden.decide()
    (view,) = gardens_today(garden.stores, DAWN)
    assert [(bed.bed.id, bed.advice.status) for bed in view.beds] == [
        ("cama-3", "water"), ("cama-4", "unknown"),
    ]  # fmt: skip
    assert view.litres == view.beds[0].advice.litres > 0
    assert view.beds[0].age_s == 600


def test_a_bed_shows_its_curve_its_waterings_and_its_harvests(garden: Garden) -> None:
    for hours in range(24):
        garden.measure(0.35 - 0.004 * hours, ago=timedelta(hours=24 - hours))
    watering, harvest = a_watering(at=DAWN - HOUR), a_harvest()
    garden.stores.records.record_watering(watering)
    garden.stores.records.record_harvest(harvest)
    detail = bed_detail(garden.stores, "cama-3", DAWN)
    wetness = [wet for _, wet in detail.curve.points]
    assert len(wetness) == 24
    assert wetness[0] == pytest.approx(1.0, abs=0.01)
    assert wetness == sorted(wetness, reverse=True)
    assert detail.curve.waterings == detail.waterings == [watering]
    assert detail.harvests == [harvest]


def test_a_sensor_is_seen_live_and_counted_while_it_keeps_its_promises(garden: Garden) -> None:
    garden.measure(0.30, ago=timedelta(seconds=30), at=21.5)
    live = node_live(garden.stores, "n-001", DAWN)
    assert live.wetness == pytest.approx(0.75, abs=0.01)
    assert live.values["at"] == 21.5
    assert totals(garden.stores, DAWN).nodes_live == 0
    status = NodeStatus(DAWN, "asleep", next_at=DAWN + HOUR, interval_s=3600)
    garden.stores.registry.set_status("n-001", status)
    assert totals(garden.stores, DAWN).nodes_live == 1
    garden.stores.registry.set_status("n-001", replace(status, state="lost"))
    assert totals(garden.stores, DAWN).nodes_live == 0


def test_readings_that_come_late_are_written_into_the_days_they_belong_to(garden: Garden) -> None:
    def known_mornings() -> list[int]:
        pages = garden.stores.diary.pages(["cama-3"], date.min)["cama-3"]
        return [i for i, page in enumerate(reversed(pages)) if page.thetas[0] is not None]

    garden.measure(0.30)
    garden.decide()
    assert known_mornings() == []
    for day in (2, 1):
        night(garden, 0.30, day)
    late = {"n-001": (int((DAWN - 2 * DAY - 4 * HOUR).timestamp()), int(DAWN.timestamp()))}
    forget_late(garden.stores, late, DAWN)
    garden.decide()
    assert known_mornings() == [1, 2]
    today = {"n-001": (int((DAWN - HOUR / 2).timestamp()), int(DAWN.timestamp()))}
    before = garden.stores.diary.pages(["cama-3"], date.min)
    forget_late(garden.stores, today, DAWN)
    assert garden.stores.diary.pages(["cama-3"], date.min) == before, "six o'clock is past"


def test_rain_that_was_only_forecast_is_not_counted_when_its_day_is_over(garden: Garden) -> None:
    garden.soak(days=6)
    dry = garden.decide().depletion_mm
    promised = WeatherDay((DAWN - 2 * DAY).date(), rain_mm=40.0, rain_chance=0.9, forecast=True)
    garden.stores.diary.save_weather("el-mezquite", [promised], "api")
    garden.stores.diary.forget_pages("cama-3", date.min)
    assert garden.decide().depletion_mm == dry
    fell = replace(promised, forecast=False)
    garden.stores.diary.save_weather("el-mezquite", [fell], "api")
    after = garden.decide().depletion_mm
    assert dry is not None
    assert after is not None
    assert after < dry - 20


def test_two_probes_that_contradict_one_another_decide_nothing(garden: Garden) -> None:
    garden.stores.registry.save_probe(Probe("p-0002"))
    garden.stores.registry.place(a_placement(channel="r2", probe="p-0002"))
    garden.stores.registry.calibrate(a_calibration(probe="p-0002"))
    t = int(DAWN.timestamp()) - 600
    garden.stores.readings.add([a_reading(t, t=t, values={"r1": raw_mv(0.22), "r2": raw_mv(0.34)})])
    advice = garden.decide()
    assert (advice.status, codes(advice)) == ("unknown", ["contradiction"])


def test_a_drizzle_since_this_morning_does_not_make_a_bed_known(garden: Garden) -> None:
    garden.measure(0.25)
    evening = DAWN + timedelta(hours=4)
    t = int(evening.timestamp()) - 600
    garden.stores.readings.add([a_reading(t, t=t, values={"r1": raw_mv(0.25)})])
    drizzle = WeatherDay(DAWN.date(), rain_mm=3.0)
    garden.stores.diary.save_weather("el-mezquite", [drizzle], "person")
    garden.decide(evening)
    stores, garden_of = garden.stores, {one.id: one for one in garden.stores.records.gardens()}
    bed = stores.records.bed("cama-3")
    (known,) = known_of(stores, [bed], garden_of, evening)
    pages = stores.diary.pages([bed.id], DAWN.date() - timedelta(days=3))[bed.id]
    latest = stores.readings.latest(["n-001"])
    now = situation(known, read_sensors(stores), latest, stores.readings, pages, evening)
    assert now.belief is not None
    assert now.belief.wet_days == 0, "it rained"
    assert now.belief.anchored_days > MODEL_DAYS, "and nobody knows how full the bed is"


def test_a_bed_that_was_never_full_is_touched_before_it_gets_litres(garden: Garden) -> None:
    garden.measure(0.25)
    advice = garden.decide()
    assert (advice.status, advice.litres, codes(advice)[0]) == ("unknown", 0, "touch-first")
    assert advice.change is not None
    # a dry finger is no doubt: 95 % of the 40 mm that are missing on 2 m2, from the can
    assert advice.change.values["litres"] == advice.litres_high == 90
    (command,) = garden.stores.gateways.commands("gateway-1", 0)
    assert command.body["status"] == "unknown"


# ---------------------------------------------------------------- what grows, and what there is


def test_a_bed_of_which_nobody_said_what_grows_there_gets_no_water(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(crop=None))
    garden.soak()
    garden.measure(0.20)
    advice = garden.decide()
    assert (advice.status, advice.litres, codes(advice)) == ("ok", 0, ["no-crop"])


def test_a_seed_gets_a_little_every_day_but_not_twice(garden: Garden) -> None:
    sown = DAWN.date() - 3 * DAY
    garden.stores.records.save_bed(a_bed(crop="rabano", planted=sown))
    advice = garden.decide()
    assert (advice.status, codes(advice)) == ("water", ["seed-bed"])
    assert 4 <= advice.litres <= 10  # 2 to 4 mm on 2 m2
    garden.stores.records.record_watering(a_watering(advice.litres, at=DAWN))
    assert codes(garden.decide(DAWN + HOUR))[0] == "seed-wet"
    assert codes(garden.decide(DAWN + DAY))[0] == "seed-bed"


def test_rain_of_yesterday_is_enough_for_a_seed(garden: Garden) -> None:
    sown = DAWN.date() - 3 * DAY
    garden.stores.records.save_bed(a_bed(crop="rabano", planted=sown))
    fell = WeatherDay(DAWN.date() - DAY, rain_mm=6.0)
    garden.stores.diary.save_weather("el-mezquite", [fell], "person")
    assert codes(garden.decide())[0] == "seed-wet"


def a_tandeo(garden: Garden, cistern: float) -> None:
    """Two dry beds, the first the drier one, and water from the network in four days."""
    monday_week = {"water_days": "fri", "cistern_litres": cistern}  # DAWN is a Monday
    garden.stores.records.save_garden(a_garden(**monday_week))
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    garden.soak("cama-3", 8)
    garden.soak("cama-4", 7)


def test_a_cistern_is_shared_and_the_thirstiest_bed_comes_first(garden: Garden) -> None:
    a_tandeo(garden, 150.0)
    first, second = garden.decide_all()
    assert (first.status, second.status) == ("water", "water")
    assert first.litres + second.litres <= 150
    assert first.litres > second.litres > 0
    assert [n.code for n in first.notes] == ["split", "water-first", "no-water-today"]
    assert "cistern-short" in [n.code for n in second.notes]
    (again,) = refresh(garden.stores, garden, ["cama-4"], DAWN)
    assert again == second, "one bed asked alone remembers the other"
    (again,) = refresh(garden.stores, garden, ["cama-3"], DAWN)
    assert again == first


def test_a_cistern_that_holds_enough_is_not_spoken_of(garden: Garden) -> None:
    a_tandeo(garden, 5000.0)
    assert {n.code for one in garden.decide_all() for n in one.notes} == {"split", "no-water-today"}


def test_what_the_cistern_cannot_give_is_not_asked_for(garden: Garden) -> None:
    a_tandeo(garden, 85.0)
    last = garden.decide_all()[-1]
    assert (last.status, last.litres) == ("soon", 0)
    assert [n.code for n in last.notes] == ["cistern-empty", "no-water-today"]


def test_a_bed_that_nobody_knows_needs_no_zero_litres(garden: Garden) -> None:
    """Issue 18.1: what a bed needs is written only when it is known."""
    garden.decide()
    (line,) = [text for _, text in garden.stores.outbox.waiting() if text.startswith("advice,")]
    assert "code=0i,unknown=1i," in line
    assert "needs=" not in line
    assert "litres=" not in line


def test_a_verdict_tells_grafana_what_it_rests_on(garden: Garden) -> None:
    """Issue 18.3: one that is only reckoned says so, and names are words."""
    garden.soak()
    garden.measure(0.25)
    garden.decide()
    (known,) = [text for _, text in garden.stores.outbox.waiting() if text.startswith("advice,")]
    assert "code=4i,unknown=0i,needs=1i,litres=" in known
    assert 'basis="fused",confidence="' in known
    assert 'place="El Mezquite · Cama 3"' in known


def test_hours_in_which_nobody_decided_are_said_to_be_unknown(garden: Garden) -> None:
    """Issue 18.2: the verdict holds until it expires, and then no hour is left out."""
    garden.soak()
    garden.measure(0.33)
    expires = garden.decide().expires
    before = len(garden.stores.outbox.waiting())
    garden.decide(DAWN + timedelta(hours=30, minutes=5))
    lines = [text for _, text in garden.stores.outbox.waiting()[before:]]
    hours = [int(text.rpartition(" ")[2]) // 10**9 for text in lines if "code=" in text]
    assert {(t - int(DAWN.timestamp())) / 3600 for t in hours} >= set(range(1, 31))
    for text, t in zip(lines, hours, strict=True):
        missed = t < int(DAWN.timestamp()) + 30 * 3600
        assert not missed or ("code=0i" in text) == (t >= expires.timestamp())
