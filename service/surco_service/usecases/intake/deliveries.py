"""A gateway's delivery: every message ends in the store, on the shelf or in quarantine.

`accept` returns only when that is on disk, so a 2xx is a promise (P2). Everything may come again,
in any order and any number of times: (node, b, q) names a row for ever (P3), and a message that
cannot be read blocks nobody (P4).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from surco_contract import messages as contract
from surco_contract import topics
from surco_contract.reasons import REASONS, Malformed
from surco_contract.senml import read_senml
from surco_service.ports.intake import Reading, Waiting
from surco_service.ports.stores import Stores
from surco_service.usecases.intake import dating
from surco_service.usecases.intake.sorting import Message, Sorting, Undated, Verdict
from surco_service.usecases.nodes.status import keep_statuses, read_status
from surco_service.usecases.sensors import Span
from surco_service.usecases.water.diary import forget_late

log = logging.getLogger(__name__)

MOST_WAITING = 100_000  # rows on the shelf


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery: numbers of rows, and what went to quarantine."""

    stored: int = 0
    duplicate: int = 0
    waiting: int = 0
    quarantined: list[Verdict] = field(default_factory=list[Verdict])
    nodes: frozenset[str] = frozenset()  # those of which something was kept
    spans: dict[str, Span] = field(default_factory=dict[str, Span])  # by node


def accept(
    stores: Stores,
    gateway: str,
    messages: Sequence[Message],
    now: datetime,
) -> Receipt:
    """Take a delivery. Raises `StoreUnavailable`; then nothing of it counts as delivered."""
    sorting = sort(gateway, messages, now)
    dating.date(stores, sorting.undated, sorting)
    receipt = store(stores, sorting)
    keep_statuses(stores, sorting.statuses)
    return receipt


def sweep(stores: Stores, now: datetime) -> Receipt:
    """Store the rows on the shelf whose time has come, or whose clock is known by now."""
    sorting = Sorting("", now)
    dating.due(stores, sorting)
    if not sorting.readings and not sorting.refused:
        return Receipt()
    return store(stores, sorting)


def sort(gateway: str, messages: Sequence[Message], now: datetime) -> Sorting:
    """Judge every message by its kind; nothing is stored yet."""
    sorting = Sorting(gateway, now)
    for message in messages:
        if message.refused is not None:
            code, detail = message.refused
            sorting.refuse(message, code if code in REASONS else "refused-by-gateway", detail)
            continue
        try:
            topic = topics.parse(message.topic)
            _KINDS[topic.kind](sorting, topic.node, message)
        except Malformed as fault:
            sorting.refuse(message, fault.code, fault.detail)
    return sorting


def store(stores: Stores, sorting: Sorting) -> Receipt:
    """Put every pile where it belongs: first the readings, then the ledger that counts them.

    In between, what the beds' diary said without them is forgotten: what is not in the ledger yet
    comes again, so a crash leaves no old page.
    """
    _bound_shelf(stores, sorting)
    unwanted = _add(stores, sorting)
    for reading, words in unwanted:
        sorting.refuse_row(_as_row(reading), "refused-by-store", words)
    spans = _spans(sorting.readings)
    forget_late(stores, spans, sorting.now)
    settled = stores.ledger.settle(
        [(reading.node, reading.b, reading.q) for reading in sorting.readings],
        sorting.waiting, sorting.refused, sorting.aside,
    )  # fmt: skip
    return Receipt(
        stored=max(0, len(sorting.readings) - settled.duplicate - len(unwanted)),
        duplicate=settled.duplicate,
        waiting=len(sorting.waiting),
        quarantined=sorting.verdicts,
        nodes=frozenset(spans) | sorting.statuses.keys(),
        spans=spans,
    )


def _add(stores: Stores, sorting: Sorting) -> list[tuple[Reading, str]]:
    """Store the readings, each row once, whatever time a repeat of it claims."""
    first: dict[tuple[str, str, int], Reading] = {}
    for reading in sorting.readings:
        first.setdefault((reading.node, reading.b, reading.q), reading)
    if stores.readings.names_by_time:
        again = [first[row] for row in stores.ledger.known_among(first)]
        if again:
            absent = {(r.node, r.b, r.q) for r in stores.readings.absent(again)}
            for reading in again:
                row = (reading.node, reading.b, reading.q)
                if row not in absent:
                    del first[row]
    return stores.readings.add(list(first.values()), sorting.clocks) if first else []


def _bound_shelf(stores: Stores, sorting: Sorting) -> None:
    """Rows for which the shelf has no room go to quarantine, from where they can be retried."""
    if not sorting.waiting:
        return
    room = max(0, MOST_WAITING - stores.ledger.shelf_count())
    for row in sorting.waiting[room:]:
        sorting.refuse_row(row, "shelf-full", REASONS["shelf-full"])
    del sorting.waiting[room:]


def _spans(readings: Sequence[Reading]) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for reading in readings:
        first, last = spans.get(reading.node, (reading.t, reading.t))
        spans[reading.node] = (min(first, reading.t), max(last, reading.t))
    return spans


def _data(sorting: Sorting, node: str, message: Message) -> None:
    try:
        data = contract.read_data(message.payload)
    except Malformed:
        _rows_aside(sorting, node, message.payload)
        raise
    for fault in data.faults:
        sorting.refuse(message, fault.code, fault.detail, fault.q)
        if fault.q is not None:
            sorting.aside.append((node, data.b, fault.q))
    if data.tq != contract.UNDATED:
        sorting.keep(node, data.b, data.tq, data.rows)
    elif data.p is not None and data.u is not None:
        sorting.undated.append(Undated(node, data.b, data.p, data.u, data.rows, message))


def _rows_aside(sorting: Sorting, node: str, payload: bytes) -> None:
    """Rows that lie in quarantine with their whole message are no gap."""
    try:
        head = contract.read_head(payload)
    except Malformed:
        return
    sorting.aside.extend((node, head.b, q) for q in range(head.q, head.q + head.n))


def _status(sorting: Sorting, node: str, message: Message) -> None:
    sorting.statuses.setdefault(node, []).append(read_status(message.payload, message.when))


def _log(sorting: Sorting, node: str, message: Message) -> None:
    log.info("node log node=%s text=%r", node, message.payload[:500])


def _senml(sorting: Sorting, node: str, message: Message) -> None:
    """A foreign node: each message is a ring of its own, so there are never gaps in one."""
    data = read_senml(message.payload, message.received_at)
    for code, detail in {fault.code: fault.detail for fault in data.faults}.items():
        sorting.refuse(message, code, detail)
    sorting.keep(node, data.b, data.tq, data.rows)


def _nothing(sorting: Sorting, node: str, message: Message) -> None:
    """A hello is the gateway's own business; one that is delivered all the same is no fault."""


_KINDS: dict[str, Callable[[Sorting, str, Message], None]] = {
    "data": _data,
    "status": _status,
    "senml": _senml,
    "log": _log,
    "hello": _nothing,
}


def _as_row(reading: Reading) -> Waiting:
    return Waiting(reading.node, reading.b, reading.q, None, reading.t, reading.tq, reading.values)
