"""What a wake does besides its usual round: weak batteries, odd clocks, new networks, workshops."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hal.sim import Board
from node.keep import rtc_rows
from node.keep.rtc_memory import MOST_BYTES, pack, unpack
from node.wake import fast_sampling, power
from node.wake.clock import Clock
from node.wake.node import MOST_NOTES, Node
from slots import Slots
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.wakes import SOIL

HOME = {"ssid": "Casa", "password": "una clave"}
NEIGHBOUR = {"ssid": "Vecina", "password": "otra clave"}
AIR = {"Casa": {"password": "una clave"}, "Vecina": {"password": "otra clave"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    soil(tmp_path)
    return tmp_path


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as one:
        one.tells_time = True
        yield one


def soil(folder: Path, **changes: Any) -> None:
    told = {"t": int(time.time()), **SOIL, **changes}
    (folder / "soil.json").write_text(json.dumps(told))


def configure(folder: Path, port: int, **config: Any) -> None:
    usual = {"node": "n-001", "host": "127.0.0.1", "port": port, "interval_s": 60, "trace": True}
    (folder / "config.json").write_text(json.dumps({**usual, "upload_every": 1, **config}))


def wake(folder: Path) -> Node:
    node = Node(Board(str(folder)), Slots(str(folder)))
    node.board.sleep(node.wake())
    return node


# ---------------------------------------------------------------- battery and RTC memory


def test_a_weak_battery_keeps_rows_in_memory_and_a_full_one_brings_them_home(
    folder: Path, gateway: FakeGateway
) -> None:
    configure(folder, gateway.port)
    soil(folder, battery_mv=3450)
    for _ in range(5):
        wake(folder)
    assert not list((folder / "flash").iterdir()), "no flash is written on a weak battery"
    assert not gateway.said
    soil(folder, battery_mv=3700)
    wake(folder)
    assert sum(len(message["d"]) for message in gateway.data) == 6


def test_an_empty_battery_sleeps_long_and_touches_nothing(
    folder: Path, gateway: FakeGateway
) -> None:
    configure(folder, gateway.port)
    soil(folder, battery_mv=3250)
    node = Node(Board(str(folder)), Slots(str(folder)))
    assert node.wake() == power.LONG_SLEEP_S
    assert not gateway.said


def test_rows_wait_in_memory_as_long_as_it_is_asked_for(folder: Path, gateway: FakeGateway) -> None:
    configure(folder, gateway.port, spill_rows=4, upload_every=96)
    held = [wake(folder).outbox.held() for _ in range(9)]
    assert held == [0, 0, 0, 0, 4, 4, 4, 4, 8]


def test_the_first_wake_with_power_speaks_at_once(folder: Path, gateway: FakeGateway) -> None:
    configure(folder, gateway.port, upload_every=96)
    for _ in range(3):
        wake(folder)
    assert len(gateway.data) == 1, "somebody who changed a battery waits to see it speak"
    (folder / "rtc").unlink()
    wake(folder)
    rows = sum(len(message["d"]) for message in gateway.data)
    assert rows == 4, "a node that loses its power every day still brings its rows home"


def test_a_memory_that_is_full_drops_the_oldest_rows_and_counts_them(
    folder: Path, gateway: FakeGateway
) -> None:
    configure(folder, gateway.port)
    soil(folder, battery_mv=3450)
    for _ in range(80):
        wake(folder)
    assert len((folder / "rtc").read_bytes()) <= MOST_BYTES
    soil(folder, battery_mv=3700)
    wake(folder)
    arrived = sum(len(message["d"]) for message in gateway.data)
    assert arrived + gateway.status()["lost"] == 81
    assert arrived > 40


def test_rows_that_flash_refuses_stay_in_memory(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(folder, gateway.port)
    wake(folder)

    def refuse(flash: Any, name: str, data: bytes) -> None:
        raise OSError(5, "input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("hal.sim.FaultyFlash.append", refuse)
        node = wake(folder)
        assert any("flash takes no rows" in words for words in node.errors)
    wake(folder)
    assert sum(len(message["d"]) for message in gateway.data) == 3


def test_what_outlives_sleep_fits_and_the_oldest_rows_make_room() -> None:
    packed = b""
    for count in range(200):
        packed = rtc_rows.add(packed, count, [("r1", 180500), ("bv", 390000)])
    raw = pack({"born": 1}, packed)
    assert len(raw) <= MOST_BYTES
    values, found = unpack(raw)
    assert values == {"born": 1}
    counts = [count for count, _ in rtc_rows.each(found)]
    assert counts == list(range(200 - len(counts), 200))


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize("jump_s", [-26 * 365 * 86400, 79 * 365 * 86400])
def test_a_clock_that_jumps_loses_no_row_and_dates_none_wrong(
    folder: Path, gateway: FakeGateway, jump_s: int
) -> None:
    configure(folder, gateway.port)
    wake(folder)
    soil(folder, clock_s=jump_s)
    configure(folder, 1)
    wake(folder)  # without a gateway: it cannot know the time
    configure(folder, gateway.port)
    soil(folder)
    wake(folder)
    dated = [m["t0"] + row[0] for m in gateway.data if m["tq"] for row in m["d"]]
    assert all(abs(t - time.time()) < 120 for t in dated)
    assert sum(len(message["d"]) for message in gateway.data) == 3


def test_a_clock_learns_how_wrong_it_runs() -> None:
    true, memory = [1_795_000_000], {}
    count = lambda: (true[0] - 1_795_000_000) * 101 // 100  # noqa: E731  one percent too fast
    clock = Clock(count, memory, 1)
    for _ in range(6):
        clock.set(true[0])
        true[0] += 3600
    assert abs(clock.stamp()[0] - true[0]) <= 2, "it would be 36 s without"
    assert abs(clock.own_seconds(3600) - 3636) <= 2
    clock.set(true[0] + 5 * 86400)  # somebody set the gateway's clock: that is no drift
    assert abs(memory["ppm"] + 9900) < 300


# ---------------------------------------------------------------- networks


def order(gateway: FakeGateway, **body: Any) -> None:
    gateway.first = (("cfg", json.dumps(body).encode()),)


def order_a_network_that_is_away(folder: Path, gateway: FakeGateway) -> None:
    soil(folder, networks={"Casa": AIR["Casa"]})
    configure(folder, gateway.port, networks=[HOME])
    order(gateway, rev=2, networks=[NEIGHBOUR])


def test_a_new_network_is_kept_once_the_gateway_was_reached_through_it(
    folder: Path, gateway: FakeGateway
) -> None:
    soil(folder, networks=AIR)
    configure(folder, gateway.port, networks=[HOME])
    order(gateway, rev=2, networks=[NEIGHBOUR])
    for _ in range(2):
        node = wake(folder)
    assert node.config["networks"] == [NEIGHBOUR]
    soil(folder, networks={"Vecina": AIR["Vecina"]})
    assert not wake(folder).errors


def test_a_new_network_that_is_away_at_first_gets_another_try(
    folder: Path, gateway: FakeGateway
) -> None:
    order_a_network_that_is_away(folder, gateway)
    for _ in range(2):
        wake(folder)
    soil(folder, networks=AIR)
    assert wake(folder).config["networks"] == [NEIGHBOUR]


def test_another_order_does_not_end_the_trial_of_a_network(
    folder: Path, gateway: FakeGateway
) -> None:
    order_a_network_that_is_away(folder, gateway)
    wake(folder)
    order(gateway, rev=3, interval_s=60)
    wake(folder)
    soil(folder, networks=AIR)
    for _ in range(2):
        node = wake(folder)
    assert node.config["networks"] == [NEIGHBOUR]
    assert (node.config["interval_s"], node.config["rev"]) == (60, 3)


def test_a_new_network_that_does_not_work_is_given_up(folder: Path, gateway: FakeGateway) -> None:
    order_a_network_that_is_away(folder, gateway)
    for _ in range(5):
        wake(folder)
    gateway.said.clear()
    node = wake(folder)
    assert node.config["networks"] == [HOME]
    assert not node.config["cfg"].get("trials")
    assert not [words for words in node.errors if "no Wi-Fi" in words]
    assert gateway.status()["cfg"] == 2
    assert "the new networks of rev 2 did not work" in gateway.status()["err"]


def test_the_second_network_gets_its_turn_and_then_goes_first(
    folder: Path, gateway: FakeGateway
) -> None:
    soil(folder, networks={"Vecina": AIR["Vecina"]})
    configure(folder, gateway.port, networks=[HOME, NEIGHBOUR])
    assert any("network not found" in words for words in wake(folder).errors)
    assert not wake(folder).errors
    assert len(gateway.data) == 2


# ---------------------------------------------------------------- workshops


def test_a_workshop_samples_fast_for_its_time_and_then_no_more(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.wake.node.FAST_S", 1)
    monkeypatch.setattr(fast_sampling, "SHORTEST_S", 1)
    configure(folder, gateway.port)
    order(gateway, rev=2, fast_until=int(time.time()) + 8)
    node = wake(folder)
    states = [said["s"] for kind, said in gateway.said if kind == "status"]
    assert states == ["awake", "asleep"], node.errors
    rows = sum(len(message["d"]) for message in gateway.data)
    assert 4 <= rows <= 10, "about one a second; a busy machine misses some"
    assert node.fast_left() == 0
    assert node.interval_s() == 60


def test_a_workshop_ends_by_itself_when_the_gateway_vanishes(
    folder: Path, gateway: FakeGateway
) -> None:
    configure(folder, gateway.port)
    node = Node(Board(str(folder)), Slots(str(folder)))
    node.memory["fast_end"] = node.count() + 600
    node.board.remember()
    configure(folder, 1)
    node = wake(folder)
    assert json.loads((folder / "sleep.json").read_text())["wake_at"] - time.time() <= 6
    assert node.memory["retry_at"] - node.count() <= 60, "the radio rests between two tries"
    node.memory["fast_end"] = node.count()
    assert node.interval_s() == 60


@pytest.mark.parametrize("until_s", [-100, 5 * 3600, None, "soon"])
def test_a_workshop_that_is_over_or_too_long_is_none(
    folder: Path, gateway: FakeGateway, until_s: Any
) -> None:
    configure(folder, gateway.port)
    until = int(time.time()) + until_s if type(until_s) is int else until_s
    order(gateway, rev=2, fast_until=until)
    assert wake(folder).fast_left() == 0


def test_every_state_is_announced_with_its_time_and_all_fit_in_an_awake_node(
    folder: Path, gateway: FakeGateway
) -> None:
    configure(folder, gateway.port)
    wake(folder)
    lines = (folder / "trace.jsonl").read_text().splitlines()
    states = [said for said in map(json.loads, lines) if "state" in said]
    assert [said["state"] for said in states] == [
        "gate", "sample", "keep", "wifi", "connect", "sync", "upload", "status", "sleep",
    ]  # fmt: skip
    from node.gateway.session import CONNECT_S, SYNC_S, WIFI_S
    from node.wake.visit import STATUS_S, UPLOAD_S

    assert 1 + 3 + 2 + WIFI_S + CONNECT_S + SYNC_S + SYNC_S + UPLOAD_S + STATUS_S + 2 <= 45


# ---------------------------------------------------------------- sensors that fail


class Fake:
    """A sensor; what it is given is returned or raised."""

    def __init__(self, reads: Any, begins: Any = 0) -> None:
        self._reads, self._begins = reads, begins

    def begin(self) -> int:
        return _returned(self._begins)

    def read(self) -> dict[str, float]:
        return _returned(self._reads)


def _returned(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def with_sensors(monkeypatch: pytest.MonkeyPatch, *sensors: Fake) -> dict[str, Any]:
    """Let every board have these; return what to configure."""
    monkeypatch.setattr(Board, "sensors", lambda board, given: [sensors[given[0]["pin"]]])
    return {"sensors": [{"kind": "fake", "pin": place} for place in range(len(sensors))]}


def test_a_sensor_that_nobody_knows_silences_neither_the_others_nor_the_node(
    folder: Path, gateway: FakeGateway
) -> None:
    probe = {"kind": "soil_probe", "pin": 1, "column": "r1"}
    configure(folder, gateway.port, sensors=[{"kind": "geiger"}, probe, {}])
    wake(folder)
    assert gateway.data[0]["f"] == ["dt", "r1", "bv", "rs"]
    told = gateway.status()["err"]
    assert told.startswith(
        "sensors: there is no sensor in node/sensors/geiger.py; sensors: expected"
    )


@pytest.mark.parametrize("broken", [Fake(ZeroDivisionError()), Fake({}, begins=TypeError("bus"))])
def test_a_driver_that_fails_costs_its_own_values_only(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, broken: Fake
) -> None:
    configure(
        folder, gateway.port,
        **with_sensors(monkeypatch, Fake({"at": 20}), broken, Fake({"rh": 40})),
    )  # fmt: skip
    wake(folder)
    assert gateway.data[0]["f"][:3] == ["dt", "at", "rh"]
    assert gateway.data[0]["d"][0][1:3] == [20, 40]
    assert gateway.status()["err"] in ("sensors: ZeroDivisionError", "sensors: bus")


def test_a_driver_of_the_boards_own_list_costs_no_other_its_values(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [Fake({"at": 20}), Fake({}, begins=OSError("bus")), Fake({"rh": 40})]
    monkeypatch.setattr(Board, "sensors", lambda board, given: own)
    configure(folder, gateway.port)
    wake(folder)
    assert gateway.data[0]["f"][:3] == ["dt", "at", "rh"]
    assert gateway.status()["err"] == "sensors: bus"


def test_a_version_on_trial_does_not_hide_that_a_sensor_fails(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(folder, gateway.port, **with_sensors(monkeypatch, Fake(ZeroDivisionError())))
    slots = Slots(str(folder))
    slots.on_trial = True
    with pytest.raises(ZeroDivisionError):
        Node(Board(str(folder)), slots).wake()


def test_more_values_than_a_row_takes_are_told(
    folder: Path, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Fake({f"x{place}": place}) for place in range(9)]
    configure(folder, gateway.port, **with_sensors(monkeypatch, *many))
    wake(folder)
    assert gateway.data[0]["f"] == ["dt", *(f"x{place}" for place in range(9)), "bv"]
    assert gateway.status()["err"] == "sensors: more than 10 values"


def test_a_fault_that_comes_back_in_every_wake_of_a_workshop_is_noted_once(folder: Path) -> None:
    configure(folder, 1)
    node = Node(Board(str(folder)), Slots(str(folder)))
    for wakes in range(1000):
        node.note("no answer")
        node.note(f"rows from {wakes}: EIO")
    assert node.errors[:2] == ["no answer", "rows from 0: EIO"]
    assert len(node.errors) == MOST_NOTES
