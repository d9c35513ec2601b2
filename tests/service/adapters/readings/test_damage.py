"""18.3, P7: a file of readings that breaks, goes, or is replaced, stopped and running, and what follows."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sqlite_files import MOST_ASIDE, asides, move_aside, whats_wrong
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Reading

PAGE = 4096
ROWS = 4000


def a_reading(q: int, node: str = "n-1") -> Reading:
    return Reading(
        node, "9f3a01c7", q, 1_795_000_000 + 900 * q, 2, {"r1": 1600.0 + q, "bv": 3900.0}
    )


def filled(file: Path, rows: int = ROWS) -> None:
    with closing(SqliteReadings(file)) as store:
        store.add([a_reading(q) for q in range(rows)])


def spoil(file: Path, chance: random.Random, share: float = 0.3, header: bool = False) -> None:
    """Write random bytes over whole pages, as a worn-out card does; the first page only when asked."""
    pages = range(0 if header else 1, file.stat().st_size // PAGE)
    count = max(1, int(len(pages) * share))
    with file.open("r+b") as out:
        for number in [0] if header else chance.sample(pages, count):
            out.seek(number * PAGE)
            out.write(chance.randbytes(PAGE))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("header", [False, True], ids=["pages", "header"])
def test_damage_is_found_at_the_start(tmp_path: Path, seed: int, header: bool) -> None:
    file = tmp_path / "readings.db"
    filled(file)
    with closing(SqliteReadings(file)) as store:
        before = store.mark()
    spoil(file, random.Random(seed), header=header)
    with closing(SqliteReadings(file)) as store:
        assert store.mark().why == "damaged"
        assert store.mark().life != before.life
        assert [str(one) for one in asides(file)] == [store.mark().aside]
        store.add([a_reading(1)])
        assert store.rows() == 1


@pytest.mark.parametrize("seed", range(8))
def test_damage_under_a_running_service_is_healed_by_trying_again(
    tmp_path: Path, seed: int
) -> None:
    file = tmp_path / "readings.db"
    chance = random.Random(seed)
    with closing(SqliteReadings(file)) as store:
        store.add([a_reading(q) for q in range(ROWS)])
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(file, chance, share=0.6)
        again = 0
        for n in range(40):  # rows of other places in the file, so that a broken page is met
            q = chance.randrange(ROWS)
            while True:
                try:
                    store.add([a_reading(ROWS + n), a_reading(q), a_reading(q, node=f"n-{q}")])
                    break
                except StoreUnavailable:
                    again += 1
                    assert again < 5
        store.look(60)
        assert store.mark().why == "damaged"
        assert len(asides(file)) == 1


def test_damage_that_nobody_reads_is_found_by_the_daily_look(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    with closing(SqliteReadings(file)) as store:
        store.add([a_reading(q) for q in range(ROWS)])
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.look(60)
        assert store.mark().why == ""
        spoil(file, random.Random(1))
        store.look(60)
        assert store.mark().why == "damaged"


def removed(file: Path, copy: Path) -> None:
    for name in (file, file.with_name("readings.db-wal"), file.with_name("readings.db-shm")):
        name.unlink(missing_ok=True)


def older_by_rename(file: Path, copy: Path) -> None:
    removed(file, copy)
    copy.rename(file)


def older_in_place(file: Path, copy: Path) -> None:
    shutil.copyfile(copy, file)
    for companion in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + companion).unlink()


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (removed, {"removed"}),
        (older_by_rename, {"replaced"}),
        (older_in_place, {"", "replaced", "damaged"}),
    ],
)
def test_another_file_under_a_running_service_begins_a_new_life(
    tmp_path: Path, how: Callable[[Path, Path], None], why: set[str]
) -> None:
    file, copy = tmp_path / "readings.db", tmp_path / "copy.db"
    with closing(SqliteReadings(file)) as store:
        store.add([a_reading(q) for q in range(100)])
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(file, copy)
        for q in range(100, 110):
            store.add([a_reading(q)])
        life = store.mark().life
        how(file, copy)
        for _ in range(3):  # the gateway tries again
            with suppress(StoreUnavailable):
                store.add([a_reading(500)])
        whole = store.rows() == 111  # SQLite wrote its log into the older copy: nothing is missing
        assert (store.mark().life != life and store.mark().why in why) or ("" in why and whole)
    with closing(
        SqliteReadings(file)
    ) as store:  # what was answered for is in the file of that name
        assert 500 in {reading.q for reading in store.series("n-1", 0, 2**33)}


def test_a_command_that_looks_on_leaves_a_broken_file_and_makes_the_service_wait_for_nothing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "readings.db"
    filled(file)
    spoil(file, random.Random(3))
    with closing(SqliteReadings(file, heals=False)) as store, pytest.raises(StoreUnavailable):
        store.latest(["n-1"])
    assert asides(file) == []


def test_two_programs_on_one_file_are_no_loss(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    with closing(SqliteReadings(file)) as one, closing(SqliteReadings(file, heals=False)) as other:
        for q in range(10):
            (one, other)[q % 2].add([a_reading(q)])
        assert one.mark().life == other.mark().life
        assert one.rows() == 10


def test_files_put_aside_are_few_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    for n in range(MOST_ASIDE + 2):
        file.write_text(str(n))
        move_aside(file)
    assert [one.read_text() for one in asides(file)] == ["2", "3", "4"]
    assert len(asides(file)) == MOST_ASIDE


def test_reading_through_stops_in_time(tmp_path: Path) -> None:
    file = tmp_path / "readings.db"
    filled(file, 20_000)
    assert whats_wrong(file, 60) == ""
    spoil(file, random.Random(5), share=1.0)
    assert whats_wrong(file, 60) != ""
    filled(tmp_path / "whole.db", 20_000)
    assert whats_wrong(tmp_path / "whole.db", 0.0) == "", "too long is not broken"


@pytest.mark.parametrize("seed", range(4))
def test_what_can_be_read_of_a_broken_file_is_taken_over(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "readings.db"
    nodes = [f"n-{n}" for n in range(5)]
    before = {(node, q) for node in nodes for q in range(1500)}
    with closing(SqliteReadings(file)) as store:
        for node in nodes:
            store.add([a_reading(q, node=node) for q in range(1500)])
    spoil(file, random.Random(seed), share=0.05)
    with closing(SqliteReadings(file)) as store:
        took = store.salvage(store.mark().aside, nodes)
        found = {(node, reading.q) for node in nodes for reading in store.series(node, 0, 2**33)}
        assert store.series("n-0", 0, 2**33)[0] == a_reading(
            store.series("n-0", 0, 2**33)[0].q, "n-0"
        )
    assert took == len(found)
    assert found <= before
    assert len(found) > 0.85 * len(before), "about as many as pages are whole"
