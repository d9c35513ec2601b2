"""The background thread: what it does by itself, and that nothing stops it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from surco_service.adapters.broadcast import Broadcast
from surco_service.config import Settings
from surco_service.domain.nodes.node import Node, Placement, Probe
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.water.calibration import Calibration
from surco_service.domain.water.science.crops import CROPS
from surco_service.errors import StoreUnavailable
from surco_service.parts import Parts
from surco_service.ports.stores import Stores
from surco_service.worker import Worker
from tests.service.deliveries import Inlet, T, a_message, a_payload


class Wall:
    """A mirror that first does not answer, and then keeps every line."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.lines = failures, []

    def write(self, lines: Sequence[str]) -> None:
        if self.failures:
            self.failures -= 1
            raise StoreUnavailable("it does not answer")
        self.lines += lines


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        yield inlet


def parts_of(inlet: Inlet, mirror: Wall | None = None) -> Parts:
    stores = replace(inlet.stores, mirror=mirror)
    return Parts(stores, Broadcast(), lambda: inlet.now, Settings(data=Path()))


@contextmanager
def working(parts: Parts) -> Iterator[None]:
    worker = Worker(parts)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def becomes(true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


def test_lines_wait_in_the_outbox_until_the_mirror_has_them(inlet: Inlet) -> None:
    mirror = Wall(failures=2)
    parts = parts_of(inlet, mirror)
    inlet.stores.outbox.enqueue(["watering,bed=c-1 litres=1.0 1", "watering,bed=c-1 litres=2.0 2"])
    with working(parts):
        assert becomes(lambda: parts.follow_up.mirror_state == "unavailable")
        assert len(inlet.lines()) == 2
        parts.follow_up.hurry()
        time.sleep(0.01)
        assert becomes(lambda: parts.follow_up.hurry() or not inlet.lines())
    assert len(mirror.lines) == 2
    assert parts.follow_up.mirror_state == "ok"


def test_every_row_of_a_placed_probe_is_drawn_and_its_bed_is_advised(inlet: Inlet) -> None:
    long_ago = inlet.now - timedelta(days=9)
    stores = inlet.stores
    stores.records.save_garden(Garden("jardin", "El Jardín"))
    stores.records.save_bed(Bed("cama-1", "jardin", "Cama 1", 2.0, next(iter(CROPS))))
    stores.registry.save_node(Node("n-1"))
    stores.registry.save_probe(Probe("p-1"))
    stores.registry.place(Placement("n-1", "r1", "p-1", "cama-1", 0.15, long_ago))
    stores.registry.calibrate(Calibration("p-1", 2300, 0.05, 900, 0.40, long_ago))
    inlet.stores.gateways.add("gateway-1", "hash")
    mirror = Wall()
    parts = parts_of(inlet, mirror)
    with working(parts):
        rows = [[n * 900, 1805, 3912] for n in range(3)]
        receipt = inlet.deliver(a_message(a_payload(*rows, t0=T - 1800)))
        parts.follow_up.after(receipt)
        drawn = lambda: {line for line in mirror.lines if line.startswith("bed_moisture,")}  # noqa: E731
        assert becomes(lambda: len(drawn()) >= 3)
        assert becomes(lambda: stores.diary.advice()["cama-1"].data_at == inlet.now)
    assert {line.split()[-1] for line in drawn()} == {f"{T - s}000000000" for s in (0, 900, 1800)}
    (order,) = inlet.stores.gateways.commands("gateway-1", 0)
    assert (order.kind, order.body["status"]) == ("advice", stores.diary.advice()["cama-1"].status)


def test_without_a_mirror_the_outbox_does_not_grow(inlet: Inlet) -> None:
    inlet.stores.outbox.enqueue(["watering,bed=c-1 litres=1.0 1"])
    with working(parts_of(inlet)):
        assert becomes(lambda: not inlet.lines())


def test_the_shelf_is_swept(inlet: Inlet) -> None:
    inlet.deliver(a_message(a_payload(t0=T + 601)))
    inlet.now = inlet.now.replace(hour=13)
    with working(parts_of(inlet)):
        assert becomes(lambda: inlet.stored())


def test_what_only_newer_software_can_read_is_tried_again_at_the_start(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inlet.deliver(a_message(a_payload(v=2)), a_message(b"{"))
    monkeypatch.setattr("surco_contract.messages.VERSION", 2)
    with working(parts_of(inlet)):
        assert becomes(lambda: inlet.stored())
    assert inlet.reasons() == ["not-json"]


def test_a_job_that_breaks_does_not_stop_the_others(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("surco_service.usecases.water.advice.refresh", lambda *_: 1 / 0)
    inlet.stores.outbox.enqueue(["watering,bed=c-1 litres=1.0 1"])
    with working(parts_of(inlet)):
        assert becomes(lambda: not inlet.lines())
    assert "failed job=" in caplog.text


def test_it_stops_at_once_when_nothing_is_to_do(inlet: Inlet) -> None:
    begun = time.monotonic()
    with working(parts_of(inlet)):
        time.sleep(0.05)
    assert time.monotonic() - begun < 3


def test_what_is_found_wrong_is_written_down_with_its_beginning_every_minute(inlet: Inlet) -> None:
    inlet.deliver(a_message(b"{"))
    with working(parts_of(inlet)):
        assert becomes(lambda: inlet.stores.troubles.all())
    (one,) = inlet.stores.troubles.all()
    assert (one.code, one.since) == ("quarantine", inlet.now)


def test_a_notebook_that_could_not_be_compared_is_compared_again(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """18.2: the readings were away; no new row has to come until the notebook learns what is stored."""
    answers: list[Exception | None] = [StoreUnavailable("it does not answer"), None]
    asked: list[Stores] = []

    def keep_in_step(stores: Stores) -> bool:
        asked.append(stores)
        if error := answers.pop(0):
            raise error
        return True

    monkeypatch.setattr("surco_service.usecases.intake.step.keep_in_step", keep_in_step)
    worker = Worker(parts_of(inlet))
    for _ in range(3):
        worker._do(worker._keep_in_step)
    assert len(asked) == 2, "again after the failure, and then no more until rows come"
