"""18.1, 18.3, P1, P7: databases go, break and come back under load; all that was acked is there again."""

import random
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.journeys.stack import Stack
from tests.journeys.test_nothing_is_lost import (
    NODES,
    assert_nothing_is_lost,
    in_influx,
    in_sqlite,
    load_while,
)
from tests.long import LONG
from tests.servers import Influxd, wait_until
from tests.service.adapters.readings.test_damage import spoil

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
BACK_S = 10.0


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def troubles(stack: Stack) -> set[str]:
    with closing(sqlite3.connect(stack.service.data / "notebook.db")) as notebook:
        return {code for (code,) in notebook.execute("SELECT code FROM troubles")}


@pytest.mark.influxdb
def test_a_service_that_starts_without_influxdb_is_whole_ten_seconds_after_it(
    tmp_path: Path,
) -> None:
    with (
        Influxd(tmp_path / "influxd") as influxd,
        Stack(tmp_path, NODES, mosquitto=False, influxd=influxd) as stack,
    ):

        def deed() -> None:
            wait(1.0)
            influxd.kill()
            stack.service.kill()
            stack.service.ready = lambda: True  # type: ignore[method-assign]
            stack.service.start()
            wait_until(lambda: page(stack) == 200, "pages answer from the notebook")
            wait(5.0)  # nodes go on, and are acknowledged

        nodes = load_while(stack, deed)
        assert in_gateway(stack)["undelivered"] > 0, "acknowledged while nothing could be stored"
        influxd.start()
        began = time.monotonic()
        wait_until(lambda: in_gateway(stack)["undelivered"] == 0, "all stored", 60)
        assert time.monotonic() - began < BACK_S
        assert_nothing_is_lost(nodes, lambda: in_influx(stack))


def page(stack: Stack) -> int:
    try:
        return httpx.get(stack.service.url, headers={"Accept": "text/html"}, timeout=10).status_code
    except httpx.TransportError:
        return 0


def in_gateway(stack: Stack) -> dict[str, int]:
    return httpx.get(f"http://127.0.0.1:{stack.gateway.port}/health", timeout=10).json()["spool"]


def checkpoint(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=20)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def damaged(file: Path, chance: random.Random) -> None:
    checkpoint(file)
    spoil(file, chance, share=0.5)


def headless(file: Path, chance: random.Random) -> None:
    checkpoint(file)
    spoil(file, chance, header=True)


def removed(file: Path, chance: random.Random) -> None:
    for name in (file, file.with_name("readings.db-wal"), file.with_name("readings.db-shm")):
        name.unlink(missing_ok=True)


CASES = [(damaged, True), (headless, False), (removed, False)]
MORE = [(damaged, False), (headless, True), (removed, True)]


@pytest.mark.parametrize(("how", "stopped"), CASES + MORE if LONG else CASES)
def test_readings_come_back_by_themselves(tmp_path: Path, how, stopped: bool) -> None:
    chance = random.Random(18)
    with Stack(tmp_path, NODES, mosquitto=False) as stack:
        file = stack.service.data / "readings.db"

        def deed() -> None:
            wait(4.0)
            if stopped:
                stack.service.stop()
            how(file, chance)
            if stopped:
                stack.service.start()
            wait(2.0)

        nodes = load_while(stack, deed)
        if not stopped and how is not removed:  # what nobody reads is found by the daily look
            stack.service.stop()
            stack.service.start()
        assert_nothing_is_lost(nodes, lambda: in_sqlite(stack))
        if LONG and stopped and how is damaged:  # a minute and more
            wait_until(lambda: not troubles(stack), "it is told no more", 150)
