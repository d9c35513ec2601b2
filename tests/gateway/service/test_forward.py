"""The forwarder never drops anything, waits for a service that is away, and lets nobody block the rest."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_gateway.clock import Clock
from surco_gateway.errors import Failing, Refused, TooLarge, Unreachable
from surco_gateway.health import Alarms
from surco_gateway.service import forward
from surco_gateway.service.forward import LONGEST_WAIT_S, Backoff, Forwarder
from surco_gateway.spool.spool import Spool, open_spool
from tests.gateway.parts import FakeDoor
from tests.servers import wait_until


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        yield spool


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "PAUSE_S", 0)


class Hand:
    """A clock that is moved by hand."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


def a_forwarder(spool: Spool, door: FakeDoor, hand: Hand | None = None) -> Forwarder:
    clock = Clock("trusted", now=hand or Hand())
    return Forwarder(spool, door, clock, Alarms(), random.Random(0))


def fill(spool: Spool, count: int) -> list[bytes]:
    payloads = [b"%d" % n for n in range(count)]
    spool.put([("surco/v1/n01/data", payload, 1000.0, True, None) for payload in payloads])
    return payloads


def test_everything_is_delivered_in_order_and_once(spool: Spool) -> None:
    payloads, door = fill(spool, 5000), FakeDoor()
    assert a_forwarder(spool, door).step() == 0
    assert [message.payload for message in door.taken] == payloads
    assert door.sizes == [2000, 2000, 1000]
    assert spool.state().undelivered == 0


def test_one_unreadable_message_blocks_nobody_and_arrives_as_refused(spool: Spool) -> None:
    payloads, door = fill(spool, 100), FakeDoor(bad=[b"13", b"77"])
    forwarder = a_forwarder(spool, door)
    forwarder.step()
    arrived = {message.payload: message.refusal for message in door.taken}
    assert set(arrived) == set(payloads)
    refused = {payload for payload, refusal in arrived.items() if refusal is not None}
    assert refused == {b"13", b"77"}
    assert arrived[b"13"] is not None
    assert arrived[b"13"].code == "refused-by-service"
    assert len(door.taken) == 100
    assert spool.state().undelivered == 0


def test_a_service_that_refuses_everything_loses_nothing(spool: Spool) -> None:
    class Wall(FakeDoor):
        def take(self, messages):
            raise Refused("422")

    fill(spool, 20)
    hand = Hand()
    forwarder = a_forwarder(spool, Wall(), hand)
    forwarder.step()
    assert spool.state().undelivered == 20
    assert "not even as refused" in forwarder._alarms.words()[0]
    hand.at += 3601
    door = FakeDoor()
    a_forwarder(spool, door, hand).step()
    assert len(door.taken) == 20


@pytest.mark.parametrize("error", [Unreachable("away"), Unreachable("wait", 5.0), Failing("500")])
def test_what_a_service_that_is_away_does_not_take_is_kept(spool: Spool, error: Exception) -> None:
    payloads, door = fill(spool, 10), FakeDoor(errors=[error])
    forwarder = a_forwarder(spool, door)
    assert forwarder.step() > 0
    assert forwarder._alarms.words()
    assert spool.state().undelivered == 10
    assert forwarder.step() == 0
    assert [message.payload for message in door.taken] == payloads
    assert forwarder._alarms.words() == []


def test_a_batch_that_is_too_large_is_halved_and_the_next_ones_are_smaller(spool: Spool) -> None:
    class Narrow(FakeDoor):
        refusals = 0

        def take(self, messages):
            if len(messages) > 300:
                self.refusals += 1
                raise TooLarge("413")
            return super().take(messages)

    payloads, door = fill(spool, 6000), Narrow()
    a_forwarder(spool, door).step()
    assert sorted(message.payload for message in door.taken) == sorted(payloads)
    assert door.refusals < 20


def test_a_message_on_which_the_service_fails_is_put_off_and_the_rest_goes(spool: Spool) -> None:
    class Stumbling(FakeDoor):
        mended = False

        def take(self, messages):
            if not self.mended and any(message.payload == b"13" for message in messages):
                raise Failing("500")
            return super().take(messages)

    payloads, door, hand = fill(spool, 100), Stumbling(), Hand()
    forwarder = a_forwarder(spool, door, hand)
    for _ in range(20):
        forwarder.step()
    assert {message.payload for message in door.taken} == {*payloads} - {b"13"}
    assert spool.state().undelivered == 1
    door.mended = True
    hand.at += 61
    forwarder.step()
    assert door.taken[-1].payload == b"13"
    assert door.taken[-1].refusal is None, "it was never refused"


def test_a_bug_of_ours_does_not_end_the_delivering(spool: Spool) -> None:
    payloads, door = fill(spool, 10), FakeDoor(errors=[ZeroDivisionError("planted")])
    forwarder = a_forwarder(spool, door)
    forwarder._backoff = Backoff(random.Random(0))
    thread = threading.Thread(target=forwarder.run)
    thread.start()
    try:
        wait_until(lambda: len(door.taken) == 10, "everything is delivered after all")
    finally:
        forwarder.stop()
        thread.join(10)
    assert [message.payload for message in door.taken] == payloads


def test_asked_to_stop_it_tries_once_more(spool: Spool) -> None:
    door = FakeDoor()
    forwarder = a_forwarder(spool, door)
    fill(spool, 3)
    forwarder.stop()
    forwarder.run()
    assert len(door.taken) == 3
    assert spool.state().undelivered == 0


def test_a_replay_and_live_messages_take_turns(spool: Spool) -> None:
    fill(spool, 6000)
    a_forwarder(spool, FakeDoor()).step()
    spool.replay(0, 1e12)
    fill(spool, 6000)
    door = FakeDoor()
    a_forwarder(spool, door).step()
    assert len(door.taken) == 12_000
    lanes = [message.lane for message in door.taken[::2000]]
    for first, second in zip(
        lanes[::2], lanes[1::2], strict=True
    ):  # the two of a pair travel at the same time
        assert {first, second} == {"live", "replay"}


@given(st.lists(st.none() | st.floats(0, 600), min_size=1, max_size=20), st.integers())
def test_the_wait_grows_is_capped_and_is_never_shorter_than_asked(
    asked: list[float | None], seed: int
) -> None:
    backoff = Backoff(random.Random(seed))
    for wanted in asked:
        wait = backoff.failed(wanted)
        assert (wanted or 0) <= wait <= max(LONGEST_WAIT_S, wanted or 0)
        assert wait > 0


def test_two_full_batches_travel_at_once_and_everything_goes_once(spool: Spool) -> None:
    class Patient(FakeDoor):
        meeting = threading.Barrier(2, timeout=10)

        def take(self, messages):
            if len(messages) == forward.LARGEST:
                self.meeting.wait()
            return super().take(messages)

    payloads, door = fill(spool, 2 * forward.LARGEST + 10), Patient()
    assert a_forwarder(spool, door).step() == 0
    assert sorted(message.payload for message in door.taken) == sorted(payloads)


def test_what_travels_beside_a_failure_is_sent_again(spool: Spool) -> None:
    class Halting(FakeDoor):
        failures = 1

        def take(self, messages):
            if messages[0].id == 1 and self.failures:
                self.failures -= 1
                raise Unreachable("away")
            return super().take(messages)

    payloads, door = fill(spool, 2 * forward.LARGEST), Halting()
    forwarder = a_forwarder(spool, door)
    assert forwarder.step() > 0
    assert spool.state().undelivered == len(payloads)
    assert forwarder.step() == 0
    assert {message.payload for message in door.taken} == {*payloads}
    assert spool.state().undelivered == 0
