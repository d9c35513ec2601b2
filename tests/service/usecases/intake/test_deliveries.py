"""Every message ends in the store, on the shelf or in quarantine, however often it comes."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surco_contract.quantities import QUANTITIES
from surco_service.domain.water.bed_days import BedDay, Evidence, next_day
from surco_service.domain.water.science.weather import Site
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Reading
from surco_service.usecases.intake.deliveries import accept
from surco_service.usecases.intake.quarantine import retry
from tests.builders import a_bed, plant
from tests.databases import new_notebook
from tests.service.deliveries import NOON, B, Inlet, T, a_message, a_payload


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        yield inlet


@contextmanager
def an_inlet() -> Iterator[Inlet]:
    with TemporaryDirectory() as folder, closing(Inlet(Path(folder))) as inlet:
        yield inlet


# ---------------------------------------------------------------- stored


def test_rows_are_stored_with_their_own_times(inlet: Inlet) -> None:
    payload = a_payload([0, 1805, 3912], [900, 1806, None], q=1041, t0=T - 900)
    receipt = inlet.deliver(a_message(payload))
    assert (receipt.stored, receipt.duplicate, receipt.quarantined) == (2, 0, [])
    assert inlet.stored() == [
        Reading("n-1", B, 1041, T - 900, 2, {"r1": 1805.0, "bv": 3912.0}),
        Reading("n-1", B, 1042, T, 2, {"r1": 1806.0}),
    ]


def test_a_row_that_comes_again_is_counted_and_changes_nothing(inlet: Inlet) -> None:
    inlet.deliver(a_message())
    receipt = inlet.deliver(a_message(), a_message(id=2))
    assert (receipt.stored, receipt.duplicate) == (0, 2)
    assert len(inlet.stored()) == 1


def test_an_empty_store_is_refilled_by_what_comes_again(inlet: Inlet, tmp_path: Path) -> None:
    inlet.deliver(a_message())
    inlet.stores.readings._writer.execute("DELETE FROM reading")
    assert inlet.deliver(a_message()).duplicate == 1
    assert len(inlet.stored()) == 1


def test_an_implausible_value_is_stored_with_a_flag(inlet: Inlet) -> None:
    receipt = inlet.deliver(a_message(a_payload([0, 3, 3912], [1, 1805, 3912])))
    assert receipt.stored == 2
    assert [reading.plausible for reading in inlet.stored()] == [False, True]


def test_an_unknown_column_is_left_out_and_a_copy_is_quarantined(inlet: Inlet) -> None:
    receipt = inlet.deliver(a_message(a_payload([0, 1805, 7], f=("dt", "r1", "zz"))))
    assert receipt.stored == 1
    assert [(v.row, v.code) for v in receipt.quarantined] == [(None, "unknown-column")]
    assert inlet.stored()[0].values == {"r1": 1805.0}


def test_one_bad_row_does_not_hold_back_the_others(inlet: Inlet) -> None:
    receipt = inlet.deliver(
        a_message(a_payload([0, 1805, 3912], [1, "wet", 3912], [2, 1805, 3912]))
    )
    assert receipt.stored == 2
    assert [(v.message, v.row, v.code) for v in receipt.quarantined] == [(1, 2, "bad-value")]
    assert all(hole.leading for hole in inlet.stores.ledger.holes())


# ---------------------------------------------------------------- quarantined


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "not-json"),
        (b"\xff\xfe", "not-utf8"),
        (b"[1]", "not-an-object"),
        (b"[" * 1300, "not-json"),
        (b'{"v":1e999}', "bad-field"),
        (b" " * 1401, "too-large"),
        (a_payload(v=2), "version-newer"),
        (a_payload(t0=1_000_000), "time-too-old"),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_its_reason(
    inlet: Inlet, payload: bytes, code: str
) -> None:
    receipt = inlet.deliver(a_message(payload, id=1), a_message(id=2))
    assert [(v.message, v.code) for v in receipt.quarantined] == [(1, code)]
    assert receipt.stored == 1
    assert inlet.stores.ledger.quarantine()[0].payload == payload


@pytest.mark.parametrize("node", ["bed", "A", "x" * 33, "n 1", "n/1", "\0\0\0"])
def test_a_topic_of_no_node_is_quarantined(inlet: Inlet, node: str) -> None:
    assert inlet.deliver(a_message(node=node)).stored == 0
    assert inlet.reasons() == ["bad-topic"]


def test_what_the_gateway_refused_is_kept_with_its_reason(inlet: Inlet) -> None:
    inlet.deliver(
        a_message(b"\xff", refused=("not-utf8", "the payload must be UTF-8")),
        a_message(b"{", refused=("something-new", "said by a newer gateway")),
    )
    assert inlet.reasons() == ["not-utf8", "refused-by-gateway"]
    assert inlet.stored() == []


def test_rows_of_a_newer_version_are_no_gap(inlet: Inlet) -> None:
    inlet.deliver(a_message(a_payload(q=1)), a_message(a_payload(q=3)))
    inlet.deliver(a_message(a_payload(q=2, v=2)))
    assert all(hole.leading for hole in inlet.stores.ledger.holes())


class Stubborn:
    """A store that will never take row 13."""

    names_by_time = False

    def add(self, readings: list[Reading], _: object) -> list[tuple[Reading, str]]:
        return [(one, "field type conflict") for one in readings if one.q == 13]


def test_what_the_database_will_never_take_is_quarantined_as_its_own_message(inlet: Inlet) -> None:
    rows = [[n, 1800 + n, 3912] for n in range(3)]
    messages = [a_message(a_payload(*rows, q=12))]
    receipt = accept(replace(inlet.stores, readings=Stubborn()), "g", messages, NOON)
    assert receipt.stored == 2
    (refused,) = inlet.stores.ledger.quarantine()
    assert (refused.code, refused.q, refused.detail) == (
        "refused-by-store",
        13,
        "field type conflict",
    )
    again = inlet.deliver(a_message(refused.payload))
    assert again.duplicate == 1
    assert inlet.stored() == [Reading("n-1", B, 13, T + 1, 2, {"r1": 1801.0, "bv": 3912.0})]


class Away:
    """A store that does not answer."""

    names_by_time = False

    def add(self, readings: list[Reading], _: object) -> list[tuple[Reading, str]]:
        raise StoreUnavailable("it does not answer")


def test_nothing_is_settled_when_the_store_does_not_answer(inlet: Inlet) -> None:
    with pytest.raises(StoreUnavailable):
        accept(
            replace(inlet.stores, readings=Away()),
            "g",
            [a_message(), a_message(b"{")],
            NOON,
        )  # type: ignore[arg-type]
    assert inlet.stores.ledger.known("n-1", B, 0, 10) == set()
    assert inlet.reasons() == []


# ---------------------------------------------------------------- time


def undated(q: int = 1, *, t0: int = 50, p: int = 3, u: int = 100) -> bytes:
    return a_payload(q=q, t0=t0, tq=0, p=p, u=u)


def test_a_row_of_the_future_waits_until_its_time(inlet: Inlet) -> None:
    receipt = inlet.deliver(a_message(a_payload(t0=T + 600)), a_message(a_payload(q=2, t0=T + 601)))
    assert (receipt.stored, receipt.waiting) == (1, 1)
    assert inlet.later(seconds=0).stored == 0
    assert inlet.later(seconds=1).stored == 1
    assert inlet.stores.ledger.shelf() == []
    assert [reading.t for reading in inlet.stored()] == [T + 600, T + 601]


def test_undated_rows_are_dated_by_a_gateway_that_knows_the_time(inlet: Inlet) -> None:
    inlet.deliver(a_message(undated(), at=T + 0.4))
    assert inlet.stored() == [Reading("n-1", B, 1, T - 50, 1, {"r1": 1805.0, "bv": 3912.0})]


def test_undated_rows_wait_while_no_gateway_knows_the_time(inlet: Inlet) -> None:
    receipt = inlet.deliver(a_message(undated(q=1), clock_ok=False))
    assert (receipt.stored, receipt.waiting) == (0, 1)
    assert inlet.later(hours=1).stored == 0
    receipt = inlet.deliver(a_message(undated(q=2, t0=60)))
    assert receipt.stored == 2
    assert [reading.t for reading in inlet.stored()] == [T - 50, T - 40]
    assert inlet.stores.ledger.shelf() == []


def test_a_clock_is_set_once_and_for_ever(inlet: Inlet) -> None:
    inlet.deliver(a_message(undated(q=1), at=T))
    inlet.deliver(a_message(undated(q=2), at=T + 500), a_message(undated(q=1), at=T + 500))
    assert {reading.t for reading in inlet.stored()} == {T - 50}
    assert len(inlet.stored()) == 2


def test_each_life_of_a_clock_is_set_by_itself(inlet: Inlet) -> None:
    inlet.deliver(a_message(undated(q=1, p=3)), a_message(undated(q=2, p=4, u=80)))
    assert [(reading.q, reading.t) for reading in inlet.stored()] == [(1, T - 50), (2, T - 30)]


def test_rows_for_which_the_shelf_has_no_room_can_be_retried_from_quarantine(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surco_service.usecases.intake.deliveries.MOST_WAITING", 2)
    inlet.deliver(*(a_message(undated(q=q), clock_ok=False) for q in range(3)))
    assert (inlet.stores.ledger.shelf_count(), inlet.reasons()) == (2, ["shelf-full"])
    inlet.deliver(a_message(undated(q=9)))
    number = inlet.stores.ledger.quarantine()[0].id
    retry(inlet.stores, number, inlet.now)
    assert [reading.q for reading in inlet.stored()] == [0, 1, 2, 9]
    assert inlet.reasons() == []


@pytest.mark.parametrize(
    ("t0", "u", "code"), [(0, 2**32 - 1, "time-too-old"), (2**32 - 1, 0, "time-too-far")]
)
def test_a_clock_that_cannot_be_is_refused_at_once_and_from_the_shelf(
    inlet: Inlet, t0: int, u: int, code: str
) -> None:
    inlet.deliver(a_message(undated(q=1, t0=t0, u=u), clock_ok=False))
    inlet.deliver(a_message(undated(q=2, t0=t0, u=u)))
    assert inlet.reasons() == [code, code]
    assert (inlet.stored(), inlet.stores.ledger.shelf()) == ([], [])


# ---------------------------------------------------------------- status and log


def test_a_status_is_kept_and_drawn(inlet: Inlet) -> None:
    said = {"s": "asleep", "next": T + 900, "iv": 900, "bv": 3912, "q0": 7, "q1": 9, "rssi": -69}
    inlet.deliver(a_message(json.dumps(said).encode(), kind="status"))
    status = inlet.status("n-1")
    assert (status.state, status.at, status.interval_s, status.held) == ("asleep", NOON, 900, 3)
    assert inlet.lines() == [
        "node_health,node=n-1 battery_mv=3912.0,rssi_dbm=-69.0,held=3i,lost=0i,skipped=0i,late=0i"
        f" {T}000000000"
    ]


def test_a_last_will_does_not_wipe_what_was_known(inlet: Inlet) -> None:
    inlet.deliver(
        a_message(b'{"s":"asleep","bv":3912}', kind="status"),
        a_message(b'{"s":"lost"}', kind="status", at=T + 5),
    )
    status = inlet.status("n-1")
    assert (status.state, status.battery_mv) == ("lost", 3912)


def test_an_old_status_that_comes_again_does_not_replace_a_newer(inlet: Inlet) -> None:
    inlet.deliver(a_message(b'{"s":"awake"}', kind="status", at=T))
    inlet.deliver(a_message(b'{"s":"asleep"}', kind="status", at=T - 60))
    assert inlet.status("n-1").state == "awake"


def test_a_status_that_the_broker_kept_is_as_old_as_the_wake_it_promised(inlet: Inlet) -> None:
    said = json.dumps({"s": "asleep", "next": T - 86_400, "iv": 900}).encode()
    inlet.deliver(a_message(said, kind="status", at=T))
    assert inlet.status("n-1").at == NOON - timedelta(days=1)


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"{}", "missing-field"), (b'{"s":"happy"}', "bad-field"), (b'{"s":"awake","bv":"9"}', "bad-field"),
     (b'{"s":"awake","next":1e9}', "bad-field"), (b'{"s":[]}', "bad-field")],
)  # fmt: skip
def test_a_status_that_cannot_be_read_is_quarantined(
    inlet: Inlet, payload: bytes, code: str
) -> None:
    inlet.deliver(a_message(payload, kind="status"))
    assert inlet.reasons() == [code]


def test_a_log_is_written_to_the_log_on_one_line(
    inlet: Inlet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    inlet.deliver(a_message(b"OSError 5\nnode log node=n-2 text=forged", kind="log"))
    assert [r.getMessage().count("\n") for r in caplog.records] == [0]
    assert inlet.reasons() == []


# ---------------------------------------------------------------- laws

_numbers = st.one_of(st.none(), st.integers(-5000, 5000), st.floats(-5000, 5000, width=32))


@st.composite
def _lives(draw: st.DrawFn) -> list[bytes]:
    """Return the messages of some rings, each row once; some on clocks that nobody had set."""
    found = []
    for b in draw(st.lists(st.sampled_from([B, "00000001"]), min_size=1, unique=True)):
        q = 0
        for _ in range(draw(st.integers(1, 4))):
            codes = draw(st.lists(st.sampled_from(list(QUANTITIES)), max_size=3, unique=True))
            rows = draw(
                st.lists(
                    st.lists(_numbers, min_size=len(codes), max_size=len(codes)),
                    min_size=1,
                    max_size=3,
                )
            )
            time: dict[str, object] = {"t0": T + q}
            if draw(st.booleans()):
                time = {"t0": q, "tq": 0, "p": 1, "u": 100}
            d = [[n, *row] for n, row in enumerate(rows)]
            found.append(a_payload(*d, f=("dt", *codes), b=b, q=q, **time))
            q += len(rows)
    return found


@settings(deadline=None, max_examples=40)
@given(_lives(), st.randoms(use_true_random=False))
def test_any_order_any_repetition_and_any_split_end_in_the_same_store(
    payloads: list[bytes], random: Random
) -> None:
    messages = [a_message(payload, id=n) for n, payload in enumerate(payloads)]
    scrambled = messages + random.choices(messages, k=len(messages))
    random.shuffle(scrambled)
    with an_inlet() as at_once, an_inlet() as in_pieces:
        at_once.deliver(*messages)
        while scrambled:
            size = random.randint(1, len(scrambled))
            in_pieces.deliver(*scrambled[:size])
            del scrambled[:size]
        assert in_pieces.stored() == at_once.stored()
        assert in_pieces.stores.ledger.shelf() == at_once.stores.ledger.shelf()


def test_two_gateways_that_deliver_the_same_at_once_store_it_once(tmp_path: Path) -> None:
    messages = [a_message(a_payload(q=q), id=q) for q in range(300)]
    parts = [messages[n * 30 : n * 30 + 60] for n in range(9)]
    engine = new_notebook(tmp_path)
    with closing(Inlet(tmp_path, engine)) as inlet, ThreadPoolExecutor(4) as gateways:
        receipts = list(gateways.map(lambda part: inlet.deliver(*part), parts + parts))
        assert sum(receipt.stored for receipt in receipts) == 300
        assert sum(receipt.duplicate for receipt in receipts) == 2 * 9 * 60 - 300
        assert [reading.q for reading in inlet.stored()] == list(range(300))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300), st.sampled_from(["data", "status", "log", "hello", "senml"]))
def test_no_payload_stops_a_delivery(payload: bytes, kind: str) -> None:
    with an_inlet() as inlet:
        inlet.deliver(a_message(payload, kind=kind), a_message())
        assert len(inlet.stored()) == 1


def test_rows_that_come_late_make_a_bed_forget_the_days_written_without_them(inlet: Inlet) -> None:
    plant(inlet.stores)
    today = inlet.now.date()
    pages: list[BedDay] = []
    for back in (3, 2, 1, 0):
        pages.append(next_day(a_bed(), Site(), Evidence(today - timedelta(days=back)), pages))
    inlet.stores.diary.save_pages(pages)
    two_days = int((inlet.now - timedelta(days=2)).timestamp())
    inlet.deliver(a_message(a_payload([0, 1805, 3912], t0=two_days), node="n-001"))
    left = inlet.stores.diary.pages(["cama-3"], today - timedelta(days=9))["cama-3"]
    assert [page.day for page in left] == [today - timedelta(days=3), today - timedelta(days=2)]
