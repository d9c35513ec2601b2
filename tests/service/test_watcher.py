import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from surco_service.adapters.broadcast import Broadcast
from surco_service.config import Settings
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.domain.stewardship.garden import Garden
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.parts import Parts
from surco_service.usecases.mirror.rebuild import rebuild
from surco_service.usecases.nodes import firmware
from surco_service.watcher import Watcher
from tests.servers import wait_until
from tests.service.deliveries import Inlet


class Sky:
    """A weather service that waits until it is let go."""

    def __init__(self) -> None:
        self.asked, self.free = threading.Event(), threading.Event()
        self.free.set()

    def days(self, garden: Garden, now: datetime) -> list[WeatherDay]:
        self.asked.set()
        self.free.wait(10)
        return [WeatherDay(now.date(), 9.0, 25.0, forecast=True)]


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    inlet = Inlet(tmp_path)
    yield inlet
    inlet.close()


def parts_of(inlet: Inlet, folder: Path, *, weather: bool = True) -> Parts:
    settings = Settings(data=folder, weather=weather)
    return Parts(inlet.stores, Broadcast(), lambda: inlet.now, settings)


def test_a_garden_with_coordinates_gets_weather(inlet: Inlet, tmp_path: Path) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín", 20.6, -100.4))
    Watcher(parts_of(inlet, tmp_path), lambda _: Sky()).look(inlet.now)
    today = inlet.now.date()
    assert [day.temp_max_c for day in inlet.stores.diary.weather("jardin", today, today)] == [25.0]


@pytest.mark.parametrize(("latitude", "weather"), [(None, True), (20.6, False)])
def test_nobody_is_asked_without_coordinates_or_when_it_is_off(
    inlet: Inlet, tmp_path: Path, latitude: float | None, weather: bool
) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín", latitude, -100.4))
    sky = Sky()
    Watcher(parts_of(inlet, tmp_path, weather=weather), lambda _: sky).look(inlet.now)
    assert not sky.asked.is_set()


class Wall:
    """A mirror that is never written to: only the outbox is looked at."""

    def write(self, lines: list[str]) -> None:
        raise AssertionError("the worker writes, not the watcher")


class Kept:
    """A mirror that remembers its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, lines: list[str]) -> None:
        self.lines += lines


def test_a_day_that_is_over_is_drawn_once_and_again_when_it_is_corrected(
    inlet: Inlet, tmp_path: Path
) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín"))
    parts = parts_of(inlet, tmp_path)
    parts = replace(parts, stores=replace(parts.stores, mirror=Wall()))
    watcher = Watcher(parts, lambda _: Sky())
    drawn = lambda: [line for line in inlet.lines() if line.startswith("weather,")]  # noqa: E731
    yesterday = inlet.now.date() - timedelta(days=1)
    inlet.stores.diary.save_weather(
        "jardin", [WeatherDay(yesterday, 8.0, 24.0, rain_mm=2.0)], "api"
    )
    for hour in range(3):
        watcher.look(inlet.now + timedelta(hours=hour))
    assert len(drawn()) == 1
    inlet.stores.diary.save_weather("jardin", [WeatherDay(yesterday, rain_mm=7.0)], "person")
    watcher.look(inlet.now + timedelta(hours=4))
    first, second = drawn()
    assert "rain_mm=2.0" in first
    assert "rain_mm=7.0" in second
    assert first.split()[-1] == second.split()[-1], (
        "the same point, so that the new one replaces it"
    )
    again = Kept()
    rebuild(inlet.stores, again, inlet.now)
    assert [line for line in again.lines if line.startswith("weather,")] == [second]


def test_stopping_does_not_wait_for_the_weather(inlet: Inlet, tmp_path: Path) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín", 20.6, -100.4))
    sky = Sky()
    sky.free.clear()
    watcher = Watcher(parts_of(inlet, tmp_path), lambda _: sky)
    watcher.start()
    assert sky.asked.wait(5)
    started = time.monotonic()
    watcher.stop()
    assert time.monotonic() - started < 1
    sky.free.set()
    ended(watcher)


def test_the_watcher_goes_on_with_a_rollout_and_one_job_that_fails_stops_no_other(
    inlet: Inlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_rollout_waits_for_its_canary(inlet)
    parts = parts_of(inlet, tmp_path)
    watcher = Watcher(parts, lambda _: Sky(), round_s=0.02)
    monkeypatch.setattr(watcher, "look", lambda now: 1 / 0)
    watcher.start()
    wait_until(lambda: state_of_the_rollout(inlet) == "stopped", "the rollout was looked at")
    watcher.stop()
    ended(watcher)


def ended(watcher: Watcher) -> None:
    """Wait for the thread: after the test it would open its database once more."""
    watcher._thread.join(10)
    assert not watcher._thread.is_alive()


def a_rollout_waits_for_its_canary(inlet: Inlet) -> None:
    inlet.stores.registry.save_node(Node("n-001", added=inlet.now))
    inlet.stores.keys.give("n-001", "$7$hash", "5a" * 32, inlet.now)
    status = NodeStatus(inlet.now, "asleep", interval_s=900, firmware="1")
    inlet.stores.registry.set_status("n-001", status)
    firmware.publish(inlet.stores, "2", 6, {"node/version.mpy": b"2"}, inlet.now)
    firmware.start(inlet.stores, firmware.Plan("2"), inlet.now)
    gone_back = replace(status, at=inlet.now + timedelta(minutes=5), bad="2")
    inlet.stores.registry.set_status("n-001", gone_back)


def state_of_the_rollout(inlet: Inlet) -> str | None:
    found = inlet.stores.firmware.rollout()
    return found.state if found else None
