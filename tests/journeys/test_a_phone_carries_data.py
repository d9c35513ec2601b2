"""The two halves of the data mule understand one another: in one process, and through two phones."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from node.carry import mule as of_node
from node.keep.rows import make
from node.keep.rtc_rows import hundredths, pack_values
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.usecases.intake import mule
from surco_service.usecases.intake.mule import Taken
from tests.firmware.carry.test_mule import fill
from tests.firmware.chaos import stored
from tests.firmware.portal.portals import KEY as NODE_KEY
from tests.firmware.portal.portals import NODE, SimulatedPortal, configure, make_node
from tests.journeys.browser import another_phone, phone
from tests.journeys.stack import Stack
from tests.service.deliveries import B, Inlet, T
from tests.service.mule import KEY

ROWS = 40


class Outbox:
    """A node's ring, in memory."""

    def __init__(self, rows: dict[int, bytes]) -> None:
        self._rows, self._acked = rows, set[int]()
        self.next_q = max(rows) + 1

    def held(self) -> int:
        return len(self._rows.keys() - self._acked)

    def newest_before(self, q: int, most: int) -> tuple[int, int]:
        waiting = [one for one in sorted(self._rows.keys() - self._acked) if one < q]
        if not waiting:
            return q, 0
        first = last = waiting[-1]
        while first - 1 in waiting and last - first + 1 < most:
            first -= 1
        return first, last - first + 1

    def rows(self, first: int, n: int) -> list[bytes]:
        return [row for q, row in sorted(self._rows.items()) if first <= q < first + n]

    def ack(self, first: int, n: int) -> None:
        self._acked |= set(range(first, first + n))


def a_node(count: int, tq: int = 2) -> Any:
    """Return what node.carry.mule asks of a node: 60 rows, with a hole that was acked by radio."""
    t = T - 86_400 if tq else 1000
    rows = {
        q: make(q, t + 900 * q, tq, 7, pack_values([("r1", hundredths(1805 + q)), ("bv", 391200)]))
        for q in range(60)
    }
    outbox = Outbox(rows)
    outbox.ack(20, 5)
    return SimpleNamespace(
        config={"node": "n-1", "key": KEY}, state={"b": B}, outbox=outbox,
        clock=SimpleNamespace(count=lambda: count), reads_now=lambda life: count,
    )  # fmt: skip


def file_of(carrier: Any, size: int) -> bytes:
    return b"".join(carrier.pieces(0, size))


def measured(carrier: Any) -> int:
    """Run the node's own coroutine, which only pauses."""

    async def pause() -> None:
        pass

    run = carrier.measure(pause)
    try:
        run.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something")


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.keys.label("n-1", "hash", inlet.now)
        inlet.stores.keys.give("n-1", "hash", KEY, inlet.now)
        yield inlet


def bring(inlet: Inlet, file: bytes) -> tuple[Taken, bytes]:
    taken = mule.take(inlet.stores, file, inlet.now)
    return taken, mule.receipt(inlet.stores, taken.carried)


def test_what_a_node_writes_is_stored_and_its_receipt_frees_the_rows(inlet: Inlet) -> None:
    node = a_node(count=90_000)
    carrier = of_node.Mule(node)
    carrier.set_time(T)
    file = file_of(carrier, measured(carrier))
    taken, receipt = bring(inlet, file)
    assert (taken.stored, taken.quarantined) == (55, 0)
    assert (taken.carried.q0, taken.carried.q1, taken.carried.taken) == (0, 59, T)
    assert carrier.take_receipt(receipt) == 55
    assert node.outbox.held() == 0


def test_rows_without_a_date_are_dated_by_the_phone(inlet: Inlet) -> None:
    carrier = of_node.Mule(a_node(count=1000 + 900 * 60, tq=0))
    carrier.set_time(T)
    taken, receipt = bring(inlet, file_of(carrier, measured(carrier)))
    assert (taken.stored, taken.waiting) == (55, 0)
    assert max(reading.t for reading in inlet.stored()) == T - 900
    assert carrier.take_receipt(receipt) == 55


def test_a_receipt_that_was_changed_frees_nothing(inlet: Inlet) -> None:
    node = a_node(count=90_000)
    carrier = of_node.Mule(node)
    _, receipt = bring(inlet, file_of(carrier, measured(carrier)))
    with pytest.raises(of_node.Refused):
        carrier.take_receipt(receipt.replace(b"[25,35]", b"[25,34]"))
    assert node.outbox.held() == 55


# ---------------------------------------------------------------- the pages, and two phones


def take_queue(page: Any, portal: SimulatedPortal) -> Path:
    """Download what the node holds, beside it."""
    page.goto(f"http://127.0.0.1:{portal.port}/")
    page.click("nav [value=data]")
    page.locator("#rows", has_text=str(ROWS)).wait_for()
    with page.expect_download() as download:
        page.click("#queue")
    return named(download.value)


def upload(page: Any, stack: Stack, file: Path) -> tuple[str, Path]:
    """Give a file to the service; return what it says, and its receipt."""
    page.goto(f"{stack.service.url}/cargar")
    page.set_input_files("#files", [file])
    page.get_by_role("button", name="Guarda los datos").click()
    told = page.get_by_role("status").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="recibo").click()
    return told, named(download.value)


def named(download: Any) -> Path:
    """Return a downloaded file under the name that the person sees."""
    path = Path(download.path())
    return path.rename(path.with_name(f"{path.name}-{download.suggested_filename}"))


def bring_back(page: Any, portal: SimulatedPortal, receipt: Path) -> str:
    page.goto(f"http://127.0.0.1:{portal.port}/")
    page.click("nav [value=data]")
    page.set_input_files("#file", [receipt])
    page.locator("#freed:not(:empty)").wait_for()
    return page.locator("#freed").inner_text()


@pytest.mark.journey
@pytest.mark.chromium
@pytest.mark.micropython
@pytest.mark.timeout(400)
def test_two_phones_take_the_same_rows_twice_and_each_is_stored_once(tmp_path: Path) -> None:
    folder = fill(make_node(tmp_path / NODE), ROWS)
    configure(folder, 1)  # it has no Wi-Fi
    stack = Stack(tmp_path, [], mosquitto=False)
    with stack, phone() as first, SimulatedPortal(folder, "micropython", heap="128k") as portal:
        second, now = another_phone(first.context.browser), datetime.now(UTC)
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        SqlKeys(engine).label(NODE, "hash", now)
        SqlKeys(engine).give(NODE, "hash", NODE_KEY, now)
        engine.dispose()
        files = [take_queue(page, portal) for page in (first, first, second)]

        told, receipt = upload(first, stack, files[0])
        assert f"{ROWS} datos guardados, 0 repetidos" in told
        told, _ = upload(first, stack, files[1])
        assert f"0 datos guardados, {ROWS} repetidos" in told
        told, other_receipt = upload(second, stack, files[2])
        assert f"0 datos guardados, {ROWS} repetidos" in told

        assert str(ROWS) in bring_back(second, portal, other_receipt)
        bring_back(first, portal, receipt)
        assert first.locator("#rows").inner_text() == "Mediciones que esperan aquí: 0"

        found = stored(stack.service.data, NODE)
        assert len(found) == len(set(found)) == ROWS
