"""18.2: (node, b, q) names one reading for ever: any order, any repeats, any restored notebook."""

import shutil
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql.engine import open_engine
from surco_service.ports.intake import ReadingStore
from surco_service.usecases.intake.deliveries import accept
from surco_service.usecases.intake.sorting import Message
from surco_service.usecases.intake.step import keep_in_step
from tests.databases import new_notebook
from tests.servers import Influxd
from tests.service.deliveries import NOON, T, a_message, a_payload
from tests.service.stores import stores_on

Row = tuple[str, int, int]  # b, q, t


class Service:
    """A service whose notebook may be put back while its readings stay."""

    def __init__(self, folder: Path, readings: ReadingStore) -> None:
        self._folder, self._readings = folder, readings
        self._engine = new_notebook(folder)
        self._start()

    def _start(self) -> None:
        self.stores = stores_on(self._engine, self._readings, self._folder / "q.jsonl")
        keep_in_step(self.stores)

    def deliver(self, *messages: Message) -> None:
        accept(self.stores, "gateway-1", messages, NOON)
        keep_in_step(self.stores)

    def back_up(self) -> None:
        self._engine.dispose()  # the log is in the file
        shutil.copy(self._folder / "notebook.db", self._folder / "backup.db")

    def restore(self) -> None:
        if (self._folder / "backup.db").exists():
            self._engine.dispose()
            for log in self._folder.glob("notebook.db-*"):
                log.unlink()
            shutil.copy(self._folder / "backup.db", self._folder / "notebook.db")
            self._engine = open_engine(f"sqlite:///{self._folder}/notebook.db")
            self._start()

    def put_in_place(self, readings: ReadingStore) -> None:
        """Lose the readings, and begin with an empty store."""
        self._readings.close()
        self._readings = readings
        self._start()

    def rows(self) -> list[Row]:
        found = self._readings.series("n-1", 0, 2**33)
        return sorted((r.b, r.q, r.t) for r in found)

    def close(self) -> None:
        self._readings.close()
        self._engine.dispose()


Made = Callable[[Path], ReadingStore]


@pytest.fixture
def in_influx(request: pytest.FixtureRequest) -> Made:
    from surco_service.adapters.readings.influx import Influx, InfluxReadings

    influxd: Influxd = request.getfixturevalue("influxd")
    number = count()

    def made(_: Path) -> ReadingStore:
        bucket = influxd.new_bucket(f"identity-{next(number)}")
        return InfluxReadings(Influx(influxd.url, influxd.token, influxd.org, bucket))

    return made


@pytest.fixture
def in_sqlite() -> Made:
    return lambda folder: SqliteReadings(folder / "readings.db")


@pytest.fixture(params=["sqlite", pytest.param("influx", marks=pytest.mark.influxdb)])
def made(request: pytest.FixtureRequest) -> Made:
    return request.getfixturevalue(f"in_{request.param}")


def undated(q: int, n: int, p: int, u: int, at: float) -> Message:
    """Rows of a node without the time, on a clock of life `p` that counts `u` at sending."""
    rows: list[list[object]] = [[place, 1805, 3912] for place in range(n)]
    return a_message(a_payload(*rows, q=q, t0=q, tq=0, p=p, u=u), at=at)


def test_a_restored_notebook_and_a_replay_double_nothing(tmp_path: Path, made: Made) -> None:
    """Between the restore and the replay, a message comes three seconds late."""
    with closing(Service(tmp_path, made(tmp_path))) as service:
        first = [undated(q, 24, 3, 1000 + q, T + q) for q in (0, 24, 48)]
        service.back_up()
        service.deliver(*first)
        before = service.rows()
        service.restore()
        service.deliver(undated(72, 1, 3, 1072, T + 72 + 3))
        service.deliver(*first)
        assert len(before) == 72
        assert service.rows()[:72] == before
        assert len(service.rows()) == 73


def test_a_row_that_comes_again_with_another_time_stays_as_it_was(
    tmp_path: Path, made: Made
) -> None:
    """A node that breaks the contract; also in one delivery, and after a restore."""
    with closing(Service(tmp_path, made(tmp_path))) as service:
        service.back_up()
        for t in (T - 900, T - 5000, T - 10):
            service.deliver(a_message(a_payload(t0=t)))
        service.restore()
        service.deliver(a_message(a_payload(t0=T - 7)))
        both = [a_message(a_payload(q=2, t0=t)) for t in (T - 20, T - 30)]
        service.deliver(*both)
        assert service.rows() == [("9f3a01c7", 1, T - 900), ("9f3a01c7", 2, T - 20)]


def test_a_store_that_lost_its_rows_is_filled_again(tmp_path: Path, made: Made) -> None:
    """What the notebook calls a repeat is written all the same when the store has it not."""
    message = a_message(a_payload())
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with closing(Service(tmp_path / "a", made(tmp_path / "a"))) as service:
        service.deliver(message)
        service.put_in_place(made(tmp_path / "b"))
        for _ in range(2):
            service.deliver(message)
            assert service.rows() == [("9f3a01c7", 1, T)]


def test_after_a_restore_nobody_is_asked_for_what_is_stored(tmp_path: Path, made: Made) -> None:
    with closing(Service(tmp_path, made(tmp_path))) as service:
        service.deliver(*(a_message(a_payload(q=q)) for q in (0, 1)))
        service.back_up()
        service.deliver(*(a_message(a_payload(q=q)) for q in (2, 3)))
        service.restore()
        service.deliver(a_message(a_payload(q=5)))
        holes = [(hole.first, hole.end) for hole in service.stores.ledger.holes()]
        assert holes == [(4, 5)]


# ---------------------------------------------------------------- the law


class Step(NamedTuple):
    what: str
    q: int
    n: int
    p: int | None  # None: the node knew the time
    late_s: int


steps = st.builds(
    Step,
    st.sampled_from(["deliver"] * 6 + ["back up", "restore"]),
    st.integers(0, 30), st.integers(1, 4), st.sampled_from([None, 0, 1]), st.integers(0, 5),
)  # fmt: skip


def a_step(step: Step, number: int) -> Message:
    if step.p is not None:
        return undated(step.q, step.n, step.p, 1000 + number, T - 5000 + number + step.late_s)
    rows: list[list[object]] = [[place, 1805, 3912] for place in range(step.n)]
    return a_message(a_payload(*rows, q=step.q, t0=T - 90_000 + 10 * step.q + step.late_s))


@pytest.mark.influxdb
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made_of=st.lists(steps, min_size=2, max_size=14))
def test_every_store_holds_the_same_rows_each_once(
    in_sqlite: Made, in_influx: Made, made_of: list[Step]
) -> None:
    with TemporaryDirectory() as name:
        found: list[list[Row]] = []
        for make, part in ((in_sqlite, "sqlite"), (in_influx, "influx")):
            folder = Path(name) / part
            folder.mkdir()
            with closing(Service(folder, make(folder))) as service:
                for number, step in enumerate(made_of):
                    if step.what == "deliver":
                        service.deliver(a_step(step, number))
                    elif step.what == "back up":
                        service.back_up()
                    else:
                        service.restore()
                found.append(service.rows())
        in_each = [{(b, q) for b, q, _ in rows} for rows in found]
        sent = {
            ("9f3a01c7", step.q + place) for step in made_of if step.what == "deliver"
            for place in range(step.n)
        }  # fmt: skip
        assert found[0] == found[1]
        assert in_each == [sent, sent]
        assert len(found[0]) == len(sent)
