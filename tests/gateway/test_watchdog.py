"""18.8: a thread that dies or hangs ends the process, so that it is started again."""

import threading
from collections.abc import Iterator

import pytest

from surco_contract.process import EXIT_CONFIGURATION
from surco_gateway.watchdog import SILENT_S, Watchdog


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ends() -> list[int]:
    return []


@pytest.fixture
def watchdog(clock: Clock, ends: list[int]) -> Watchdog:
    return Watchdog(monotonic=clock, end=ends.append)


@pytest.fixture
def still() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_thread_that_ended_ends_the_process_and_not_as_a_wrong_setting(
    watchdog: Watchdog, ends: list[int]
) -> None:
    watchdog.start("intake", lambda: None).join()
    watchdog.look()
    assert len(ends) == 1
    assert ends[0] not in (0, EXIT_CONFIGURATION)


def test_a_thread_that_hangs_ends_the_process(
    watchdog: Watchdog, clock: Clock, ends: list[int], still: threading.Event
) -> None:
    watchdog.start("intake", still.wait)
    clock.now = SILENT_S - 1
    watchdog.look()
    assert ends == []
    clock.now = SILENT_S
    watchdog.look()
    assert len(ends) == 1


def test_a_thread_that_works_ends_nothing(
    watchdog: Watchdog, clock: Clock, ends: list[int], still: threading.Event
) -> None:
    turned, turn = threading.Event(), threading.Event()

    def work() -> None:
        while not still.is_set():
            turn.wait()
            watchdog.beat()
            turned.set()
            still.wait()

    watchdog.start("intake", work)
    clock.now = SILENT_S - 1
    turn.set()
    assert turned.wait(10)
    clock.now += SILENT_S - 1
    watchdog.look()
    assert ends == []


def test_threads_that_end_because_they_are_asked_to_end_nothing(
    watchdog: Watchdog, ends: list[int]
) -> None:
    watchdog.start("intake", lambda: None).join()
    watchdog.stop()
    watchdog.look()
    assert ends == []
