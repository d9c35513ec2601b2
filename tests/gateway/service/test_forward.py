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
from tests.gateway.parts import FakeClient
from tests.servers import wait_until


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        yield spool


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "PAUSE_S", 0)


class SetClock:
    """A clock that is moved by clock."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


def a_forwarder(spool: Spool, client: FakeClient, clock: SetClock | None = None) -> Forwarder:
    clock = Clock("trusted", now=clock or SetClock())
    return Forwarder(spool, client, clock, Alarms(), random.Random(0))


def fill(spool: Spool, count: int) -> list[bytes]:
    payloads = [b"%d" % n for n in range(count)]
    spool.put([("surco/v1/n01/data", payload, 1000.0, True, None) for payload in payloads])
    return payloads


def test_everything_is_delivered_in_order_and_once(spool: Spool) -> None:
    payloads, client = fill(spool, 5000), FakeClient()
    assert a_forwarder(spool, client).step() == 0
    assert [message.payload for message in client.taken] == payloads
    assert client.sizes == [2000, 2000, 1000]
    assert spool.state().undelivered == 0


def test_one_unreadable_message_blocks_nobody_and_arrives_as_refused(spool: Spool) -> None:
    payloads, client = fill(spool, 100), FakeClient(bad=[b"13", b"77"])
    forwarder = a_forwarder(spool, client)
    forwarder.step()
    arrived = {message.payload: message.refusal for message in client.taken}
    assert set(arrived) == set(payloads)
    refused = {payload for payload, refusal in arrived.items() if refusal is not None}
    assert refused == {b"13", b"77"}
    assert arrived[b"13"] is not None
    assert arrived[b"13"].code == "refused-by-service"
    assert len(client.taken) == 100
    assert spool.state().undelivered == 0


def test_a_service_that_refuses_everything_loses_nothing(spool: Spool) -> None:
    class Wall(FakeClient):
        def take(self, messages):
            raise Refused("422")

    fill(spool, 20)
    clock = SetClock()
    forwarder = a_forwarder(spool, Wall(), clock)
    forwarder.step()
    assert spool.state().undelivered == 20
    assert "not even as refused" in forwarder._alarms.words()[0]
    clock.at += 3601
    client = FakeClient()
    a_forwarder(spool, client, clock).step()
    assert len(client.taken) == 20


@pytest.mark.parametrize("error", [Unreachable("away"), Unreachable("wait", 5.0), Failing("500")])
def test_what_a_service_that_is_away_does_not_take_is_kept(spool: Spool, error: Exception) -> None:
    payloads, client = fill(spool, 10), FakeClient(errors=[error])
    forwarder = a_forwarder(spool, client)
    assert forwarder.step() > 0
    assert forwarder._alarms.words()
    assert spool.state().undelivered == 10
    assert forwarder.step() == 0
    assert [message.payload for message in client.taken] == payloads
    assert forwarder._alarms.words() == []


def test_a_batch_that_is_too_large_is_halved_and_the_next_ones_are_smaller(spool: Spool) -> None:
    class Narrow(FakeClient):
        refusals = 0

        def take(self, messages):
            if len(messages) > 300:
                self.refusals += 1
                raise TooLarge("413")
            return super().take(messages)

    payloads, client = fill(spool, 6000), Narrow()
    a_forwarder(spool, client).step()
    assert sorted(message.payload for message in client.taken) == sorted(payloads)
    assert client.refusals < 20


def test_a_message_on_which_the_service_fails_is_put_off_and_the_rest_goes(spool: Spool) -> None:
    class Stumbling(FakeClient):
        mended = False

        def take(self, messages):
            if not self.mended and any(message.payload == b"13" for message in messages):
                raise Failing("500")
            return super().take(messages)

    payloads, client, clock = fill(spool, 100), Stumbling(), SetClock()
    forwarder = a_forwarder(spool, client, clock)
    for _ in range(20):
        forwarder.step()
    assert {message.payload for message in client.taken} == {*payloads} - {b"13"}
    assert spool.state().undelivered == 1
    client.mended = True
    clock.at += 61
    forwarder.step()
    assert client.taken[-1].payload == b"13"
    assert client.taken[-1].refusal is None, "it was never refused"


def test_a_bug_of_ours_does_not_end_the_delivering(spool: Spool) -> None:
    payloads, client = fill(spool, 10), FakeClient(errors=[ZeroDivisionError("planted")])
    forwarder = a_forwarder(spool, client)
    forwarder._backoff = Backoff(random.Random(0))
    thread = threading.Thread(target=forwarder.run)
    thread.start()
    try:
        wait_until(lambda: len(client.taken) == 10, "everything is delivered after all")
    finally:
        forwarder.stop()
        thread.join(30)
    assert [message.payload for message in client.taken] == payloads


def test_asked_to_stop_it_tries_once_more(spool: Spool) -> None:
    client = FakeClient()
    forwarder = a_forwarder(spool, client)
    fill(spool, 3)
    forwarder.stop()
    forwarder.run()
    assert len(client.taken) == 3
    assert spool.state().undelivered == 0


def test_a_replay_and_live_messages_take_turns(spool: Spool) -> None:
    fill(spool, 6000)
    a_forwarder(spool, FakeClient()).step()
    spool.replay(0, 1e12)
    fill(spool, 6000)
    client = FakeClient()
    a_forwarder(spool, client).step()
    assert len(client.taken) == 12_000
    lanes = [message.lane for message in client.taken[::2000]]
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
    class Patient(FakeClient):
        meeting = threading.Barrier(2, timeout=30)

        def take(self, messages):
            if len(messages) == forward.LARGEST:
                self.meeting.wait()
            return super().take(messages)

    payloads, client = fill(spool, 2 * forward.LARGEST + 10), Patient()
    assert a_forwarder(spool, client).step() == 0
    assert sorted(message.payload for message in client.taken) == sorted(payloads)


def test_what_travels_beside_a_failure_is_sent_again(spool: Spool) -> None:
    class Halting(FakeClient):
        failures = 1

        def take(self, messages):
            if messages[0].id == 1 and self.failures:
                self.failures -= 1
                raise Unreachable("away")
            return super().take(messages)

    payloads, client = fill(spool, 2 * forward.LARGEST), Halting()
    forwarder = a_forwarder(spool, client)
    assert forwarder.step() > 0
    assert spool.state().undelivered == len(payloads)
    assert forwarder.step() == 0
    assert {message.payload for message in client.taken} == {*payloads}
    assert spool.state().undelivered == 0


def test_a_slow_way_to_the_service_is_said(spool: Spool) -> None:
    """18.8: what arrives in the end is no reason to be silent about how long it took."""
    took_s = iter([9.0, 9.0, 9.0, 0.2])
    times = iter(time for took in took_s for time in (0.0, took))
    alarms = Alarms()
    forwarder = Forwarder(
        spool, FakeClient(), Clock("trusted", now=SetClock()), alarms, random.Random(0),
        monotonic=lambda: next(times),
    )  # fmt: skip
    said: list[bool] = []
    for _ in range(4):
        fill(spool, 1)
        forwarder.step()
        said.append(alarms.has("slow-link"))
    assert said == [False, False, True, False]
