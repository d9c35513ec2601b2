"""18.3: a copy of the notebook every night, few of them, each read through before it counts."""

import random
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.adapters.sql.backups import DAYS, WEEKS, Backups, backups, kept
from surco_service.adapters.sqlite_files import whats_wrong
from surco_service.config import Settings
from surco_service.domain.stewardship.garden import Garden
from surco_service.errors import StoreUnavailable
from surco_service.stores import open_stores
from surco_service.usecases.upkeep import back_up
from tests.databases import new_notebook
from tests.service.adapters.readings.test_damage import spoil
from tests.service.stores import stores_on

TODAY = date(2026, 12, 1)


@given(st.sets(st.dates(date(2024, 1, 1), date(2027, 1, 1)), min_size=1))
def test_the_newest_days_and_weeks_stay_and_no_more(days: set[date]) -> None:
    stay = kept(days)
    assert stay <= days
    assert len(stay) <= DAYS + WEEKS
    assert set(sorted(days)[-DAYS:]) <= stay
    assert kept(stay) == stay


def test_a_year_of_nights_leaves_a_week_and_four_weeks(tmp_path: Path) -> None:
    engine = new_notebook(tmp_path)
    engine.dispose()
    notebook = tmp_path / "notebook.db"
    (tmp_path / "backups").mkdir()
    for n in range(1, 366):
        (tmp_path / f"backups/notebook-{TODAY - timedelta(days=n)}.db").touch()
    Backups(notebook).make(TODAY)
    there = [one.name for one in backups(notebook)]
    assert len(there) == DAYS + WEEKS
    assert there[-1] == f"notebook-{TODAY}.db"


def test_a_copy_is_whole_private_and_one_file_while_others_write(tmp_path: Path) -> None:
    engine = new_notebook(tmp_path)
    stores, done = stores_on(engine), threading.Event()

    def write() -> None:
        n = 0
        while not done.is_set():
            stores.records.save_garden(Garden(f"g-{n:04}", "x" * 2000))
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    copies = [Path(Backups(tmp_path / "notebook.db").make(TODAY)) for _ in range(3)]
    done.set()
    writer.join()
    engine.dispose()
    assert list((tmp_path / "backups").iterdir()) == [copies[-1]]
    assert whats_wrong(copies[-1], 60) == ""
    assert copies[-1].stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copies[-1])) as copy:
        assert copy.execute("SELECT count(*) FROM gardens").fetchone()[0] > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_notebook_makes_no_copy_and_the_good_one_stays(tmp_path: Path, seed: int) -> None:
    engine = new_notebook(tmp_path)
    stores = stores_on(engine)
    for n in range(300):
        stores.records.save_garden(Garden(f"g-{n:03}", "x" * 2000))
    engine.dispose()
    copies = Backups(tmp_path / "notebook.db")
    good = Path(copies.make(TODAY)).read_bytes()
    spoil(tmp_path / "notebook.db", random.Random(seed))
    with pytest.raises(StoreUnavailable) as refused:
        copies.make(TODAY)
    assert refused.value.code in ("backup-damaged", "backup-failed")
    assert [one.read_bytes() for one in backups(tmp_path / "notebook.db")] == [good]


def test_one_is_made_every_night_and_a_failure_is_told_until_one_is(tmp_path: Path) -> None:
    with open_stores(Settings(data=tmp_path), serving=True) as stores:
        now = datetime.now(UTC)
        back_up(stores, now)
        (first,) = backups(tmp_path / "notebook.db")
        made = first.stat().st_mtime_ns
        back_up(stores, now + timedelta(minutes=1))
        assert first.stat().st_mtime_ns == made or len(backups(tmp_path / "notebook.db")) == 2
        folder = tmp_path / "backups"
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("in the way")
        back_up(stores, now + timedelta(days=1))
        assert [one.code for one in stores.troubles.all()] == ["backup-failed"]
        folder.unlink()
        back_up(stores, now + timedelta(days=1))
        assert stores.troubles.all() == []
