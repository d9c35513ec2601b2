from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from surco_service.domain.garden import NodeStatus, StoredAdvice
from surco_service.errors import StoreUnavailable
from surco_service.ports import Reading
from surco_service.usecases.advice import refresh
from surco_service.usecases.views import bed_detail, garden_today, gardens_today, node_live, totals
from tests.builders import (
    DAWN,
    a_bed,
    a_calibration,
    a_harvest,
    a_placement,
    a_reading,
    a_watering,
)
from tests.service.garden import Garden

HOUR = timedelta(hours=1)


def codes(advice: StoredAdvice) -> list[str]:
    return [reason.code for reason in advice.reasons]


def test_a_dry_reading_becomes_a_dose_that_everybody_is_told(garden: Garden) -> None:
    garden.measure(0.25)
    advice = garden.decide()
    assert (advice.status, advice.litres) == ("water", 95)
    assert garden.notebook.advice() == {"cama-3": advice}
    assert garden.told == ["cama-3"]
    (command,) = garden.ledger.commands("gateway-1", 0)
    assert (command.kind, command.body["status"]) == ("advice", "water")


def test_gateways_are_told_only_what_changed(garden: Garden) -> None:
    garden.measure(0.25)
    garden.decide()
    (first,) = garden.ledger.commands("gateway-1", 0)
    garden.decide(DAWN + timedelta(minutes=1))
    assert garden.ledger.commands("gateway-1", first.id) == []


def test_a_verdict_is_written_for_grafana_when_it_changes_and_every_hour(garden: Garden) -> None:
    def moments(now: datetime) -> list[datetime]:
        before = len(garden.notebook.outbox())
        garden.decide(now)
        lines = [line for _, line in garden.notebook.outbox()[before:]]
        return [datetime.fromtimestamp(int(line.rpartition(" ")[2]) / 1e9, UTC) for line in lines]

    garden.measure(0.33)
    at = DAWN + timedelta(minutes=1)
    assert moments(at) == [at]
    assert moments(at + timedelta(minutes=5)) == []
    garden.measure(0.25, ago=timedelta(minutes=-6))
    assert moments(at + timedelta(minutes=6)) == [at + timedelta(minutes=6)]
    garden.measure(0.25, ago=timedelta(minutes=-20))
    assert moments(at + HOUR) == [DAWN + HOUR], "the same verdict, at the beginning of its hour"


def test_the_drying_in_another_bed_says_nothing_of_this_one(garden: Garden) -> None:
    garden.notebook.save_bed(a_bed(id="cama-4", name="Cama 4"))
    for hours in range(48, -1, -1):
        garden.measure(0.31 + 0.002 * max(hours - 12, 0), ago=timedelta(hours=hours))
    garden.notebook.place(a_placement(bed="cama-4", since=DAWN - timedelta(hours=12)))
    (advice,) = refresh(
        garden.notebook, garden.readings, garden.ledger, garden, ["cama-4"], DAWN
    )  # fmt: skip
    assert (advice.status, advice.days_left) == ("ok", None)


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
    garden.readings.add([a_reading(values=values)])
    assert codes(garden.decide()) == [code]


def test_a_probe_without_a_calibration_makes_the_bed_unknown(garden: Garden) -> None:
    garden.measure(0.25)
    garden.notebook.calibrate(a_calibration(since=DAWN - timedelta(minutes=5)))
    assert garden.decide().status == "water", "an older calibration was valid at that time"
    garden.notebook.save_bed(a_bed(id="cama-4"))
    unplaced = refresh(garden.notebook, garden.readings, garden.ledger, garden, ["cama-4"], DAWN)
    assert codes(unplaced[0]) == ["unplaced"]


def test_a_reading_from_before_the_probe_was_placed_does_not_count(garden: Garden) -> None:
    garden.measure(0.25, ago=timedelta(days=90))
    assert codes(garden.decide()) == ["no-reading"]


def test_stale_says_stale_even_when_the_last_value_was_broken(garden: Garden) -> None:
    garden.measure(0.25, ago=timedelta(hours=40))
    assert codes(garden.decide()) == ["stale"]


def test_a_node_that_promised_to_sleep_longer_is_believed_longer(garden: Garden) -> None:
    garden.measure(0.25, ago=timedelta(hours=5))
    assert garden.decide().status == "unknown"
    sleeping = NodeStatus(DAWN, "asleep", next_at=DAWN + HOUR, interval_s=6 * 3600)
    garden.notebook.set_status("n-001", sleeping)
    assert garden.decide().status == "water"


def test_a_probe_that_says_the_very_same_for_days_is_stuck(garden: Garden) -> None:
    for hours in range(60):
        garden.measure(0.25, ago=timedelta(hours=hours, minutes=10))
    assert codes(garden.decide()) == ["stuck"]


def test_a_bed_that_dries_says_how_many_days_are_left(garden: Garden) -> None:
    for hours in range(48):
        garden.measure(0.32 + 0.02 * hours / 24, ago=timedelta(hours=hours, minutes=10))
    advice = garden.decide()
    assert advice.days_left == pytest.approx(
        (0.32 - 0.27) / 0.02, abs=0.3
    )  # whole buckets of six hours


def test_the_last_advice_stays_while_the_readings_cannot_be_had_and_then_expires(
    garden: Garden,
) -> None:
    garden.measure(0.25)
    advice = garden.decide()

    class Away:
        def latest(self, nodes: object) -> dict[str, Reading]:
            raise StoreUnavailable("InfluxDB does not answer")

    with pytest.raises(StoreUnavailable):
        refresh(garden.notebook, Away(), garden.ledger, garden, None, DAWN)  # type: ignore[arg-type]
    (view,) = garden_today(garden.notebook, "el-mezquite", DAWN).beds
    assert view.advice == advice
    (view,) = garden_today(garden.notebook, "el-mezquite", advice.expires).beds
    assert view.advice.status == "unknown"


# ---------------------------------------------------------------- views


def test_a_garden_shows_its_beds_by_urgency_and_sums_the_doses(garden: Garden) -> None:
    garden.notebook.save_bed(a_bed(id="cama-4", name="Cama 4"))
    garden.measure(0.25)
    garden.decide()
    (view,) = gardens_today(garden.notebook, DAWN)
    assert [(bed.bed.id, bed.advice.status) for bed in view.beds] == [
        ("cama-3", "water"), ("cama-4", "unknown"),
    ]  # fmt: skip
    assert view.litres == 95
    assert view.beds[0].age_s == 600


def test_a_bed_shows_its_curve_its_waterings_and_its_harvests(garden: Garden) -> None:
    for hours in range(24):
        garden.measure(0.35 - 0.004 * hours, ago=timedelta(hours=24 - hours))
    watering, harvest = a_watering(at=DAWN - HOUR), a_harvest()
    garden.notebook.record_watering(watering)
    garden.notebook.record_harvest(harvest)
    detail = bed_detail(garden.notebook, garden.readings, "cama-3", DAWN)
    wetness = [wet for _, wet in detail.curve.points]
    assert len(wetness) == 24
    assert wetness[0] == pytest.approx(1.0, abs=0.01)
    assert wetness == sorted(wetness, reverse=True)
    assert detail.curve.waterings == detail.waterings == [watering]
    assert detail.harvests == [harvest]


def test_a_sensor_is_seen_live_and_counted_while_it_keeps_its_promises(garden: Garden) -> None:
    garden.measure(0.30, ago=timedelta(seconds=30), at=21.5)
    live = node_live(garden.notebook, garden.readings, "n-001", DAWN)
    assert live.wetness == pytest.approx(0.75, abs=0.01)
    assert live.values["at"] == 21.5
    assert totals(garden.notebook, DAWN).nodes_live == 0
    status = NodeStatus(DAWN, "asleep", next_at=DAWN + HOUR, interval_s=3600)
    garden.notebook.set_status("n-001", status)
    assert totals(garden.notebook, DAWN).nodes_live == 1
    garden.notebook.set_status("n-001", replace(status, state="lost"))
    assert totals(garden.notebook, DAWN).nodes_live == 0
