"""18.3, P7: a notebook that broke or went is never replaced in silence, and the service goes on saying so."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surco.__main__ import main
from surco.machine import folder as folders
from surco_service.adapters.sql.backups import Backups, backups
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.config import Settings
from surco_service.domain.stewardship.garden import Garden
from surco_service.stores import open_stores
from tests.servers import wait_until
from tests.service.adapters.readings.test_damage import spoil
from tests.service.stores import stores_on
from tests.service.test_away import deliver, page
from tests.service.test_start import Program, allow_gateway

CHANCE = 7


def planted(folder: Path) -> None:
    """Fill a notebook, and make its backup."""
    folders.make(folder)
    allow_gateway(folder)
    engine = open_engine(f"sqlite:///{folder}/notebook.db")
    for n in range(60):
        stores_on(engine).records.save_garden(Garden(f"g-{n:03}", f"Huerto {n} " + "x" * 8000))
    engine.dispose()
    Backups(folder / "notebook.db").make(datetime.now(UTC).date())


def pages_spoilt(file: Path) -> None:
    spoil(file, random.Random(CHANCE))


def header_spoilt(file: Path) -> None:
    spoil(file, random.Random(CHANCE), header=True)


def removed(file: Path) -> None:
    file.unlink()


HOW = pytest.mark.parametrize("how", [pages_spoilt, header_spoilt, removed])


@HOW
def test_the_service_stays_up_says_so_and_takes_the_backup_when_it_is_put_back(
    tmp_path: Path, how, capsys: pytest.CaptureFixture[str]
) -> None:
    planted(tmp_path)
    (tmp_path / "readings.db").touch()
    how(tmp_path / "notebook.db")
    broken = (tmp_path / "notebook.db").read_bytes() if how is not removed else None
    program = Program(tmp_path)
    try:
        process = program.start_ready()
        said = page(program)
        assert (said.status_code, "surco restore" in said.text) == (503, True)
        assert "se dañaron" in said.text
        assert (deliver(program), program.get("/health").status_code) == (503, 503)
        assert process.poll() is None
        there = tmp_path / "notebook.db"
        assert (there.read_bytes() if there.exists() else None) == broken, "nobody touched it"
        (newest,) = backups(there)
        assert main(["restore", str(newest), "--data", str(tmp_path)]) == 0
        wait_until(lambda: page(program).status_code == 200, "pages are there again", 10)
        assert "Huerto 7 " in page(program).text
        wait_until(lambda: deliver(program) == 200, "deliveries are taken again", 10)
        assert process.poll() is None
    finally:
        program.kill()


def test_damage_that_is_met_while_it_runs_shuts_the_gate(tmp_path: Path) -> None:
    planted(tmp_path)
    program = Program(tmp_path)
    try:
        program.start_ready()
        assert page(program).status_code == 200
        with closing(sqlite3.connect(tmp_path / "notebook.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        spoil(tmp_path / "notebook.db", random.Random(CHANCE), share=1.0)
        spoil(tmp_path / "notebook.db", random.Random(CHANCE), header=True)
        wait_until(lambda: "se dañaron" in page(program).text, "it says so", 30)
        assert (page(program).status_code, deliver(program)) == (503, 503)
    finally:
        program.kill()


def test_a_notebook_that_goes_while_it_runs_is_not_begun_anew(tmp_path: Path) -> None:
    planted(tmp_path)
    program = Program(tmp_path)
    try:
        program.start_ready()
        for name in ("notebook.db", "notebook.db-wal", "notebook.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        assert page(program).status_code == 503
        assert not (tmp_path / "notebook.db").exists()
    finally:
        program.kill()


def test_troubles_are_told_while_the_notebook_cannot_keep_them(tmp_path: Path) -> None:
    planted(tmp_path)
    pages_spoilt(tmp_path / "notebook.db")
    with open_stores(Settings(data=tmp_path), serving=True) as stores:
        stores.troubles.raised("disk-low", "", datetime.now(UTC), {})
        found = {one.code: one for one in stores.troubles.all()}
        assert set(found) == {"notebook-damaged", "disk-low"}
        assert str(found["notebook-damaged"].facts["backup"]).endswith(".db")
        (newest,) = backups(tmp_path / "notebook.db")
        assert main(["restore", str(newest), "--data", str(tmp_path)]) == 0
        assert {one.code for one in stores.troubles.all()} == {"disk-low", "notebook-restored"}


def test_a_restored_notebook_numbers_on_and_asks_for_what_came_since(tmp_path: Path) -> None:
    """A gateway passes over numbers that it has seen: an order with one of those would be lost."""
    planted(tmp_path)
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    gateways = SqlGateways(engine)
    for n in range(20):
        gateways.order("cfg", f"n-{n}", {})
    last = gateways.commands("gateway-1", 0)[-1].id
    engine.dispose()
    (newest,) = backups(tmp_path / "notebook.db")
    assert main(["restore", str(newest), "--data", str(tmp_path)]) == 0
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    found = SqlGateways(engine).commands("gateway-1", last)
    assert [one.kind for one in found] == ["replay"]
    engine.dispose()


def test_what_is_no_notebook_is_not_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted(tmp_path)
    before = (tmp_path / "notebook.db").read_bytes()
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"no notebook at all" * 1000)
    for file in (bad, tmp_path / "none.db"):
        assert main(["restore", str(file), "--data", str(tmp_path)]) == 2
    assert (tmp_path / "notebook.db").read_bytes() == before
    assert not list(tmp_path.glob("*.restored*"))
    assert main(["restore", "--data", str(tmp_path)]) == 0
    assert "backups/notebook-" in capsys.readouterr().out
