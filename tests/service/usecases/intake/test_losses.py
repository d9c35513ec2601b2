"""18.3, P7: readings that were lost with their file are ordered from the gateways, and told until done."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surco_service.config import Settings
from surco_service.ports.stores import Stores
from surco_service.stores import open_stores
from surco_service.usecases.intake import losses
from surco_service.usecases.intake.deliveries import accept
from tests.service.adapters.readings.test_damage import spoil
from tests.service.deliveries import a_message, a_payload

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@contextmanager
def service(folder: Path) -> Iterator[Stores]:
    with open_stores(Settings(data=folder), serving=True) as stores:
        if not stores.gateways.all():
            stores.gateways.add("gateway-1", "hash")
        losses.notice(stores, NOON)
        yield stores


MESSAGES = [
    a_message(a_payload([0, 1800 + q, 3900], q=q, t0=1_795_000_000 + q)) for q in range(300)
]


def deliver(stores: Stores, first: int = 0, end: int = len(MESSAGES)) -> None:
    accept(stores, "gateway-1", MESSAGES[first:end], NOON)
    losses.notice(stores, NOON)


def codes(stores: Stores) -> list[str]:
    return [one.code for one in stores.troubles.all()]


def orders(stores: Stores) -> list[str]:
    return [one.kind for one in stores.gateways.commands("gateway-1", 0)]


def damaged(file: Path, copy: Path) -> None:
    spoil(file, random.Random(1))


def removed(file: Path, copy: Path) -> None:
    file.unlink()


def older(file: Path, copy: Path) -> None:
    shutil.copyfile(copy, file)


@pytest.mark.parametrize(
    ("how", "code", "why"),
    [(damaged, "readings-damaged", "damaged"), (removed, "readings-replaced", "removed"),
     (older, "readings-replaced", "older")],
)  # fmt: skip
def test_a_loss_while_the_service_is_stopped_is_made_good(
    tmp_path: Path, how: Callable[[Path, Path], None], code: str, why: str
) -> None:
    file, copy = tmp_path / "readings.db", tmp_path / "copy.db"
    with service(tmp_path) as stores:
        deliver(stores, 0, 150)
    shutil.copyfile(file, copy)
    with service(tmp_path) as stores:
        deliver(stores, 150)
    how(file, copy)
    with service(tmp_path) as stores:
        (trouble,) = stores.troubles.all()
        assert (trouble.code, trouble.facts["why"], orders(stores)) == (code, why, ["replay"])
        assert trouble.facts["gateways"] == {"gateway-1": None}
        losses.finish(stores, NOON)
        assert codes(stores) == [code], "nobody has sent anything again yet"
        losses.follow(stores, "gateway-1", 300, NOON)
        deliver(stores)
        losses.follow(stores, "gateway-1", 0, NOON)
        assert stores.troubles.all()[0].facts["rows"] == 300
        losses.finish(stores, NOON)
        assert codes(stores) == []
    with service(tmp_path) as stores:
        assert codes(stores) == [], "the mark is kept: it is not noticed twice"


@pytest.mark.parametrize("how", [damaged, removed])
def test_a_loss_under_a_running_service_is_noticed(
    tmp_path: Path, how: Callable[[Path, Path], None]
) -> None:
    with service(tmp_path) as stores:
        deliver(stores)
        with closing(sqlite3.connect(tmp_path / "readings.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        how(tmp_path / "readings.db", tmp_path)
        stores.readings_file.look(10)  # pyright: ignore
        losses.notice(stores, NOON)
        assert orders(stores) == ["replay"]
        assert len(codes(stores)) == 1


def test_what_gateways_no_longer_keep_comes_from_the_broken_file(tmp_path: Path) -> None:
    with service(tmp_path) as stores:
        deliver(stores)
    spoil(tmp_path / "readings.db", random.Random(2), share=0.1)
    with service(tmp_path) as stores:
        deliver(stores, 250)  # the gateway keeps the newest only
        losses.follow(stores, "gateway-1", 0, NOON)
        losses.finish(stores, NOON)
        rows = stores.readings_file.rows()  # pyright: ignore
        assert rows > 150
        told = {one.code: one.facts for one in stores.troubles.all()}
        assert set(told) == ({"readings-incomplete"} if rows < 300 else set())
        if rows < 300:
            assert told["readings-incomplete"]["missing"] == 300 - rows
        losses.finish(stores, NOON + timedelta(days=31))
        assert codes(stores) == [], "nobody can mend it: after a month it is not told any more"


def test_a_notebook_from_before_or_newer_readings_are_no_loss(tmp_path: Path) -> None:
    with service(tmp_path) as stores:
        deliver(stores, 0, 10)
    shutil.copyfile(tmp_path / "notebook.db", tmp_path / "before.db")
    with service(tmp_path) as stores:
        deliver(stores, 10, 20)
    shutil.copyfile(tmp_path / "before.db", tmp_path / "notebook.db")
    with service(tmp_path) as stores:
        assert codes(stores) == []


def test_a_gateway_that_is_long_gone_is_not_waited_for(tmp_path: Path) -> None:
    with service(tmp_path) as stores:
        stores.gateways.add("gateway-2", "another")
        stores.gateways.seen("gateway-2", NOON - timedelta(days=60))
        losses.order_replay(stores, losses.REPLACED, NOON, {})
        losses.follow(stores, "gateway-1", 0, NOON)
        losses.finish(stores, NOON)
        assert codes(stores) == []
