from typing import Any

from node.sensors.soil_probe import SAMPLES

PROBE = {"kind": "soil_probe", "pin": 36, "gate": 25}


def test_spikes_do_not_move_the_reading(measure: Any) -> None:
    found = measure(PROBE, {"adc": [9000, *[1500] * 6, 0, *[1500] * 6, 9000]})
    assert found["values"] == {"r1": 1500}


def test_the_probe_is_powered_only_while_it_measures(measure: Any) -> None:
    found = measure(PROBE, {"adc": [1500] * SAMPLES})
    assert found["log"] == ["25 on", "25 off"]
    assert found["wait_ms"] == 500


def test_a_converter_that_fails_gives_null_and_the_power_goes_off(measure: Any) -> None:
    found = measure(PROBE, {"adc": [1500, "no answer"]})
    assert found["values"] == {"r1": None}
    assert found["log"] == ["25 on", "25 off"]


def test_a_second_probe_at_depth_is_one_more_with_its_own_column(measure: Any) -> None:
    found = measure({**PROBE, "column": "r2"}, {"adc": [2100] * SAMPLES})
    assert found["values"] == {"r2": 2100}


def test_a_probe_off_the_scale_is_reported_as_it_is(measure: Any) -> None:
    assert measure(PROBE, {"adc": [3] * SAMPLES})["values"] == {"r1": 3}
