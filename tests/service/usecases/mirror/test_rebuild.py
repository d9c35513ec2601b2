from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.watering import CODES
from surco_service.ports.intake import Reading
from surco_service.usecases.mirror.moisture import derive, spans
from surco_service.usecases.mirror.rebuild import rebuild
from surco_service.usecases.stewardship import records
from surco_service.usecases.water.remembered import Remembered
from tests.builders import (
    DAWN,
    LONG_AGO,
    a_bed,
    a_calibration,
    a_harvest,
    a_placement,
    a_reading,
    a_watering,
    raw_mv,
)
from tests.service.garden import Garden

HOUR = timedelta(hours=1)
UNTIL_DAWN = (0, int(DAWN.timestamp()))


class Lines:
    """A mirror that keeps each line once, as InfluxDB does."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def write(self, lines: list[str]) -> None:
        for text in lines:
            rest, _, moment = text.rpartition(" ")
            key, _, fields = rest.partition(" ")
            self.lines[f"{key} {moment}"] = fields

    def sum(self, measurement: str, field: str) -> float:
        fields = [v for k, v in self.lines.items() if k.startswith(measurement)]
        return sum(float(v.split(f"{field}=")[1].split(",")[0]) for v in fields)

    def verdicts(self) -> dict[datetime, str]:
        """Return the status of the one bed at each time."""
        words = {f"code={number}i": status for status, number in CODES.items()}
        return {
            datetime.fromtimestamp(int(k.rpartition(" ")[2]) / 1e9, UTC): words[v.split(",")[0]]
            for k, v in sorted(self.lines.items())
            if k.startswith("advice")
        }


def rebuilt(garden: Garden, mirror: Lines | None = None, now: datetime = DAWN) -> Lines:
    mirror = mirror or Lines()
    rebuild(garden.stores, mirror, now)
    return mirror


def mirrored(garden: Garden) -> Lines:
    """Return what the outbox has brought so far."""
    mirror = Lines()
    mirror.write([line for _, line in garden.stores.outbox.waiting()])
    return mirror


def correct_and_take_back(garden: Garden) -> None:
    """Write down 25 kg that were 2.5 kg, and 12 litres; 40 litres are taken back."""
    wrong, mistake = a_harvest(amount=25), a_watering(40)
    garden.stores.records.record_harvest(wrong)
    garden.stores.records.record_harvest(a_harvest(amount=2.5, replaces=wrong.id))
    garden.stores.records.record_watering(a_watering(12))
    garden.stores.records.record_watering(mistake)
    records.undo_watering(garden.stores, "cama-3", mistake.id, DAWN)


def test_a_rebuild_writes_exactly_the_lines_that_the_outbox_had_written(garden: Garden) -> None:
    correct_and_take_back(garden)
    for minutes in range(0, 60, 10):
        garden.measure(0.25, ago=timedelta(minutes=minutes))
    assert derive(garden.stores, {"n-001": UNTIL_DAWN, "n-2": UNTIL_DAWN}) == 6
    mirror = rebuilt(garden)
    before = mirrored(garden).lines
    made = ("advice", "node_seen", "bed_name")
    assert {k: v for k, v in mirror.lines.items() if not k.startswith(made)} == before
    assert (mirror.sum("harvest", "kg_weighed"), mirror.sum("watering", "litres")) == (2.5, 12)


def test_a_rebuild_over_what_is_there_changes_nothing(garden: Garden) -> None:
    correct_and_take_back(garden)
    garden.measure(0.25)
    first = dict(rebuilt(garden).lines)
    assert rebuilt(garden, rebuilt(garden)).lines == first
    over = rebuilt(garden, mirrored(garden))
    assert (over.sum("harvest", "kg_weighed"), over.sum("watering", "litres")) == (2.5, 12)


def test_a_rebuild_mends_a_mirror_that_never_heard_of_the_correction(garden: Garden) -> None:
    wrong = a_harvest(amount=25)
    garden.stores.records.record_harvest(wrong)
    old_backup = mirrored(garden)
    garden.stores.records.record_harvest(a_harvest(amount=2.5, replaces=wrong.id))
    assert rebuilt(garden, old_backup).sum("harvest", "kg_weighed") == 2.5


def test_verdicts_of_past_hours_are_decided_from_what_was_known_then(garden: Garden) -> None:
    start = DAWN - 6 * HOUR
    garden.measure(0.33, ago=6 * HOUR + timedelta(minutes=10))
    garden.measure(0.29, ago=5 * HOUR + timedelta(minutes=10))  # then it falls silent for long
    garden.measure(0.29, ago=timedelta(minutes=10))
    verdicts = rebuilt(garden).verdicts()
    expected = ["ok", "soon", "unknown", "unknown", "unknown", "unknown", "soon"]
    assert verdicts == {start + i * HOUR: status for i, status in enumerate(expected)}


def test_hours_decided_again_say_what_was_said_at_the_time(garden: Garden) -> None:
    said: dict[datetime, str] = {}
    for i in range(240 * 4):  # ten days: dries, is watered, gets stuck
        at = DAWN + i * timedelta(minutes=15)
        theta = 0.36 - 0.0009 * (i % 200) if i < 640 else 0.30
        garden.stores.readings.add(
            [a_reading(i, t=int(at.timestamp()), values={"r1": raw_mv(theta)})]
        )
        if at.minute == 0:
            said[at] = garden.decide(at).status
    assert Counter(said.values()).keys() >= {"ok", "soon", "unknown"}
    assert rebuilt(garden, now=at).verdicts() == said


def test_an_advice_that_has_expired_is_not_rebuilt_as_if_it_stood(garden: Garden) -> None:
    garden.measure(0.33, ago=10 * HOUR)
    fine = StoredAdvice("cama-3", "ok", 0.0, (Reason("enough"),), DAWN - 10 * HOUR, None, DAWN)
    garden.stores.diary.save_advice([fine])
    assert rebuilt(garden).verdicts()[DAWN] == "unknown"


def test_a_bed_without_a_sensor_is_rebuilt_as_unknown(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4"))
    assert rebuilt(garden).verdicts() == {DAWN: "unknown"}


def test_a_calibration_that_is_corrected_backwards_changes_what_is_drawn(garden: Garden) -> None:
    garden.measure(0.25)
    wet = mirrored_moisture(garden)
    garden.stores.registry.calibrate(a_calibration(wet_mv=1200, since=DAWN - 30 * 24 * HOUR))
    assert mirrored_moisture(garden) != pytest.approx(wet, abs=0.01)


def test_water_that_no_soil_can_hold_is_drawn_as_a_fault(garden: Garden) -> None:
    garden.measure(0.03)
    derive(garden.stores, {"n-001": UNTIL_DAWN})
    ((_, line),) = garden.stores.outbox.waiting()
    assert " qc=4i " in line


def test_sun_baked_soil_is_drawn_empty_with_the_water_it_holds(garden: Garden) -> None:
    garden.measure(0.10)
    assert mirrored_moisture(garden) == pytest.approx(0.10)
    assert ",wetness=0.0," in garden.stores.outbox.waiting()[-1][1]


def test_what_to_draw_again_after_a_correction_is_what_was_measured_there(garden: Garden) -> None:
    placed, now = int(LONG_AGO.timestamp()), int(DAWN.timestamp())
    assert spans(garden.stores, DAWN, probe="p-0001") == {"n-001": (placed, now)}
    assert spans(garden.stores, DAWN, bed="cama-3") == {"n-001": (placed, now)}
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    garden.stores.registry.place(a_placement(bed="cama-4", since=DAWN - HOUR))
    assert spans(garden.stores, DAWN, bed="cama-3") == {"n-001": (placed, now - 3600)}
    assert spans(garden.stores, DAWN, probe="p-0001") == {"n-001": (placed, now)}
    assert spans(garden.stores, DAWN, probe="p-0002") == {}


def mirrored_moisture(garden: Garden) -> float:
    derive(garden.stores, {"n-001": UNTIL_DAWN})
    line = garden.stores.outbox.waiting()[-1][1]
    return float(line.split("theta=")[1].split(",")[0])


def test_means_from_memory_are_those_of_the_store(garden: Garden) -> None:
    t = int(DAWN.timestamp())
    rows = [
        a_reading(i, t=t + 1000 * i, values={"r1": mv} if mv else {"bv": 1.0})
        for i, mv in enumerate([900, 1000, None, 5000, 1600, 1601, 1602, 1700, None, 1800])
    ]
    garden.stores.readings.add(rows)
    past = Remembered({"n-001": rows})
    for window in [(t, t + 9001, 3600), (t + 1500, t + 7000, 2000), (t, t, 60)]:
        expected = dict(garden.stores.readings.means("n-001", "r1", *window))
        assert dict(past.means("n-001", "r1", *window)) == pytest.approx(expected)
    latest: Reading = past.latest(t + 2999)["n-001"]
    assert latest.q == 2
