"""One suite over every ReadingStore: what the port promises, each of them holds."""

import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import pytest

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Reading, ReadingStore
from tests.servers import Influxd, OpenGemini, free_port, wait_until

if TYPE_CHECKING:
    from surco_service.adapters.readings.influx import Influx

T = 1_795_364_100


def a_reading(q: int = 1, *, node: str = "n-1", t: int = T, b: str = "9f3a01c7", **more) -> Reading:
    values = more.pop("values", {"r1": 1800.0 + q, "bv": 3911.0})
    return Reading(node, b, q, t, more.pop("tq", 2), values, **more)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[ReadingStore]:
    store = SqliteReadings(tmp_path / "readings.db")
    yield store
    store.close()


@pytest.fixture
def influx_store(request: pytest.FixtureRequest) -> Iterator[ReadingStore]:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    influxd: Influxd = request.getfixturevalue("influxd")
    bucket = influxd.new_bucket("readings-suite")
    store = InfluxReadings(Influx(influxd.url, influxd.token, influxd.org, bucket))
    yield store
    store.close()


@pytest.fixture
def opengemini_store(request: pytest.FixtureRequest) -> Iterator[ReadingStore]:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    class Visible(InfluxReadings):
        """openGemini shows a new series a second after it took it."""

        def add(self, readings, clocks=MappingProxyType({})):
            refused = super().add(readings, clocks)
            for one in readings:
                wait_until(lambda one=one: self._is_there(one), "the row can be read")
            missing = {one.node for one in readings}
            wait_until(lambda: missing <= set(self.nodes()), "the nodes are named")
            for life in clocks:
                wait_until(lambda life=life: self.clock(*life) is not None, "and its clock")
            return refused

        def _is_there(self, one: Reading) -> bool:
            return (one.b, one.q) in {(r.b, r.q) for r in self.series(one.node, one.t, one.t + 1)}

        def set_stamp(self, number: int) -> None:
            super().set_stamp(number)
            wait_until(lambda: self.stamp() == number, "the number can be read")

    server: OpenGemini = request.getfixturevalue("opengemini")
    bucket = server.new_bucket("readings-suite")
    store = Visible(Influx(server.url, server.token, server.org, bucket))
    yield store
    store.close()


STORES = [
    "sqlite",
    pytest.param("influx", marks=pytest.mark.influxdb),
    pytest.param("opengemini", marks=pytest.mark.opengemini),
]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> ReadingStore:
    return request.getfixturevalue(f"{request.param}_store")


def test_a_reading_comes_back_as_it_went_in(store: ReadingStore) -> None:
    reading = a_reading(7, tq=1, plausible=False, values={"r1": 1805.5, "st": -3.25, "rs": -69.0})
    assert store.add([reading]) == []
    assert store.series("n-1", T, T + 1) == [reading]


def test_adding_it_again_changes_nothing(store: ReadingStore) -> None:
    readings = [a_reading(q, t=T + q) for q in range(5)]
    store.add(readings)
    store.add(readings[2:])
    assert store.series("n-1", T, T + 100) == readings


def test_two_rows_of_one_second_both_live(store: ReadingStore) -> None:
    store.add([a_reading(1), a_reading(2), a_reading(1, b="00000001")])
    found = {(r.b, r.q) for r in store.series("n-1", T, T + 1)}
    assert found == {("9f3a01c7", 1), ("9f3a01c7", 2), ("00000001", 1)}


FAR_APART = [
    ("9f3a01c7", 5), ("9f3a01c7", 1_000_005), ("9f3a01c7", 999_000_005),
    ("9f3a01c7", 2_500_000_005),
]  # fmt: skip
SAME_PLACE = ("00000095", "000001a9")  # crc32 of both is the same modulo a million


def test_rows_of_one_second_live_however_far_apart_their_numbers_are(store: ReadingStore) -> None:
    """18.2: a place in the second is as fine as the engine's clock."""
    store.add([a_reading(q, b=b) for b, q in FAR_APART])
    store.add([a_reading(7, b=b) for b in SAME_PLACE])
    found = {(r.b, r.q) for r in store.series("n-1", T, T + 1)}
    assert found == {*FAR_APART, *((b, 7) for b in SAME_PLACE)}


def test_what_is_absent_is_found_under_any_time(store: ReadingStore) -> None:
    store.add([a_reading(q, t=T + 900 * q) for q in range(20)])
    store.add([a_reading(5, node=f"n-{n}") for n in range(2, 40)])
    again = [a_reading(3, t=T + 2700), a_reading(4, t=T + 7), a_reading(5, b="00000001")]
    others = [a_reading(5, node=f"n-{n}") for n in range(2, 40)]
    assert store.absent([]) == []
    missing = [again[2], a_reading(6, node="n-9")]
    assert store.absent([*again, *others, missing[1]]) == missing
    assert store.absent([a_reading(99)]) == [a_reading(99)]
    store.add([a_reading(99)])
    assert store.absent([a_reading(99, t=T + 5)]) == []


def test_the_offset_of_a_clock_is_kept_beside_what_it_dated(store: ReadingStore) -> None:
    """18.2: a notebook from an older backup dates the same rows in the same way."""
    assert store.clock("n-1", "9f3a01c7", 3) is None
    store.add([a_reading(1)], {("n-1", "9f3a01c7", 3): T - 500})
    store.add([a_reading(2)], {("n-1", "9f3a01c7", 3): T - 500, ("n-1", "9f3a01c7", 4): T})
    assert store.clock("n-1", "9f3a01c7", 3) == T - 500
    assert store.clock("n-1", "9f3a01c7", 4) == T
    assert store.clock("n-2", "9f3a01c7", 3) is None
    assert store.clock("n-1", "00000001", 3) is None
    assert store.nodes() == ["n-1"]


def test_its_rows_and_its_number_can_be_asked_for(store: ReadingStore) -> None:
    assert (store.stamp(), list(store.identities("n-1"))) == (0, [])
    store.add([a_reading(q) for q in (3, 1)])
    assert sorted(store.identities("n-1")) == [("9f3a01c7", 1), ("9f3a01c7", 3)]
    for number in (7, 9):
        store.set_stamp(number)
    assert store.stamp() == 9


def test_latest_goes_by_the_reading_not_by_arrival(store: ReadingStore) -> None:
    store.add([a_reading(5, t=T + 50), a_reading(9, node="n-2", t=T + 9)])
    store.add([a_reading(1, t=T)])
    found = store.latest(["n-1", "n-2", "nobody"])
    assert {node: reading.q for node, reading in found.items()} == {"n-1": 5, "n-2": 9}


def test_a_series_begins_at_its_start_and_stops_before_its_end(store: ReadingStore) -> None:
    store.add([a_reading(q, t=T + q) for q in (3, 1, 2, 0)] + [a_reading(1, node="n-2", t=T + 1)])
    assert [r.q for r in store.series("n-1", T + 1, T + 3)] == [1, 2]


def test_means_are_by_bucket_and_leave_out_the_implausible(store: ReadingStore) -> None:
    start = T - T % 900
    store.add([
        a_reading(1, t=start, values={"r1": 1000.0}),
        a_reading(2, t=start + 899, values={"r1": 2000.0}),
        a_reading(3, t=start + 10, values={"r1": 9999.0}, plausible=False),
        a_reading(6, t=start + 20, values={"r1": 1500.0, "rh": 105.0}, plausible=False),
        a_reading(4, t=start + 900, values={"bv": 3900.0}),
        a_reading(5, t=start + 1800, values={"r1": 1500.0}),
    ])  # fmt: skip
    found = store.means("n-1", "r1", start, start + 3600, 900)
    assert found == [(start, 1500.0), (start + 1800, 1500.0)]


def test_it_names_every_node_that_ever_stored_a_reading(store: ReadingStore) -> None:
    assert store.nodes() == []
    store.add([a_reading(1, node=node) for node in ("n-2", "n-10", "n-1")])
    assert store.nodes() == ["n-1", "n-10", "n-2"]


def test_nothing_is_found_where_nothing_is(store: ReadingStore) -> None:
    assert store.latest([]) == {}
    assert store.latest(["n-1"]) == {}
    assert store.series("n-1", 0, T) == []
    assert store.means("n-1", "r1", 0, T, 900) == []


def test_a_broken_file_is_moved_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    file.write_bytes(b"this was a database before the power failed" * 100)
    store = SqliteReadings(file)
    store.add([a_reading()])
    store.close()
    assert len(list(tmp_path.glob("readings.db.broken-*"))) == 1


def test_a_new_column_of_the_table_is_added_to_an_old_file(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    SqliteReadings(file).close()
    connection = sqlite3.connect(file)
    connection.execute("ALTER TABLE reading DROP COLUMN rg")
    connection.close()
    store = SqliteReadings(file)
    reading = a_reading(values={"rg": 2.5})
    store.add([reading])
    assert store.latest(["n-1"]) == {"n-1": reading}
    store.close()


def test_a_full_disk_is_said_and_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    store = SqliteReadings(tmp_path / "readings.db")
    store.add([a_reading(1)])
    store._writer.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreUnavailable, match="full"):
        store.add([a_reading(q) for q in range(2, 5000)])
    assert [r.q for r in store.series("n-1", T, T + 1)] == [1]
    store._writer.execute("PRAGMA max_page_count = 1000000")
    store.add([a_reading(2)])
    assert [r.q for r in store.series("n-1", T, T + 1)] == [1, 2]
    store.close()


@pytest.mark.influxdb
def test_one_line_that_influxdb_refuses_keeps_no_other_back(influxd: Influxd) -> None:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    bucket = influxd.new_bucket("bisect")
    store = InfluxReadings(Influx(influxd.url, influxd.token, influxd.org, bucket))
    bad = a_reading(13, values={"r1": float("nan")})
    refused = store.add([*(a_reading(q) for q in range(13)), bad, a_reading(14)])
    assert [reading.q for reading, _ in refused] == [13]
    assert sorted(r.q for r in store.series("n-1", T, T + 1)) == [*range(13), 14]
    store.close()


@pytest.mark.influxdb
def test_a_bucket_that_is_gone_is_said(influxd: Influxd) -> None:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    store = InfluxReadings(Influx(influxd.url, influxd.token, influxd.org, "no-such-bucket"))
    with pytest.raises(StoreUnavailable):
        store.add([a_reading()])
    store.close()


@pytest.mark.parametrize("ask", [
    lambda store: store.add([a_reading()]),
    lambda store: store.latest(["n-1"]),
    lambda store: store.series("n-1", 0, T),
    lambda store: store.means("n-1", "r1", 0, T, 900),
    lambda store: store.nodes(),
])  # fmt: skip
def test_an_influxdb_that_does_not_answer_is_said(ask) -> None:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    store = InfluxReadings(Influx(f"http://127.0.0.1:{free_port()}", "token", "surco", "surco"))
    with pytest.raises(StoreUnavailable):
        ask(store)
    store.close()


class OldDoor(BaseHTTPRequestHandler):
    """The writing half of an engine that has `/write` only, and refuses lines that say bad."""

    lines: ClassVar[list[str]] = []
    no_such_door: ClassVar[bytes] = b""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        status, said = 404, self.no_such_door
        if self.path.startswith("/write?db=garden"):
            status, said = (400 if "bad" in body else 204), b""
        if status == 204:
            self.lines.extend(body.splitlines())
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def old_door(monkeypatch: pytest.MonkeyPatch) -> Iterator["Influx"]:
    from surco_service.adapters.readings.influx import Influx

    monkeypatch.setattr(OldDoor, "lines", [])
    server = HTTPServer(("127.0.0.1", 0), OldDoor)
    thread = Thread(target=server.serve_forever)
    thread.start()
    influx = Influx(f"http://127.0.0.1:{server.server_port}", "token", "surco", "garden")
    yield influx
    influx.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "words", [b"", b"404 page not found", b'the "code" of this page is lost', b'["code"]', b'{"code": 404}']
)  # fmt: skip
def test_an_engine_that_has_only_the_old_door_is_written_to_through_it(
    old_door: "Influx", monkeypatch: pytest.MonkeyPatch, words: bytes
) -> None:
    monkeypatch.setattr(OldDoor, "no_such_door", words)
    assert old_door.write(["a f=1 1", "bad f=1 2", "c f=1 3"]) == [(1, "")]
    assert OldDoor.lines == ["a f=1 1", "c f=1 3"]


def test_an_influxdb_without_our_bucket_is_not_taken_for_an_old_engine(
    old_door: "Influx", monkeypatch: pytest.MonkeyPatch
) -> None:
    said = b'{"code": "not found", "message": "bucket \\"garden\\" not found"}'
    monkeypatch.setattr(OldDoor, "no_such_door", said)
    with pytest.raises(StoreUnavailable, match="bucket"):
        old_door.write(["a f=1 1"])
    assert OldDoor.lines == []
