from collections.abc import Iterator

from node.sensors.soil_probe import SAMPLES, SoilProbe


class FakeAdc:
    def __init__(self, *samples: object) -> None:
        self._samples: Iterator[object] = iter(samples)

    def read_mv(self) -> object:
        sample = next(self._samples)
        if isinstance(sample, Exception):
            raise sample
        return sample


def read(*samples: object) -> tuple[dict[str, int | None], list[bool]]:
    power: list[bool] = []
    probe = SoilProbe("r1", FakeAdc(*samples), power.append, lambda ms: None)
    return probe.read(), power


def test_spikes_do_not_move_the_reading() -> None:
    found, _ = read(9000, 0, *[1500] * (SAMPLES - 2))
    assert found == {"r1": 1500}


def test_the_probe_is_powered_only_while_it_measures() -> None:
    assert read(*[1500] * SAMPLES)[1] == [True, False]


def test_a_converter_that_fails_gives_null_and_the_power_goes_off() -> None:
    assert read(OSError("no answer")) == ({"r1": None}, [True, False])
