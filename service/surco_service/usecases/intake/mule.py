"""The data mule: rows that a phone carries from a node without a network, and the receipt it carries back.

    queue  {"surco":1,"kind":"queue","node":…,"b":…,"q0":…,"q1":…,"taken":…,"u":…}
           messages of the contract, one a line
           {"mac":"<hex HMAC-SHA256 with the node's key of all bytes before this line>"}
    acks   {"surco":1,"kind":"acks","node":…,"b":…,"acks":[[q,n],…]} and a mac made the same way

The mac is looked at before anything else of the content, and nothing is stored of a file whose mac
is wrong. What was taken goes the way of every delivery, so a file may come twice or from two phones.
"""

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surco_contract import topics
from surco_contract.messages import FIRST_TIME, MAX_COUNT, is_life, read_object
from surco_contract.reasons import Malformed
from surco_service.ports.stores import Stores
from surco_service.usecases.intake.deliveries import Receipt, accept
from surco_service.usecases.intake.sorting import FUTURE_S, Message

MULE = "mule"  # stands for the gateway where one is named
AT_ONCE = 500  # messages in a transaction
MOST_ACKS = 8  # a node keeps no more intervals
MOST_ROWS = 1_000_000  # that a file may speak of: more than any ring holds
FORMAT = 1

_MAC = re.compile(rb'\{"mac": ?"([0-9a-f]{64})"\}\n?\Z')


class NotTaken(Exception):
    """A file of which nothing was stored. `code` says why: see `REASONS`."""

    def __init__(self, code: str) -> None:
        assert code in REASONS, code
        self.code = code
        super().__init__(REASONS[code])


REASONS = {
    "not-ours": "this is not a file of a node",
    "a-receipt": "this is a receipt; it is for the node",
    "stranger": "no node of this name has a key here",
    "cut-short": "the end is missing; download it again",
    "wrong-signature": "the signature is not the node's; download it again",
}


@dataclass(frozen=True, slots=True)
class Carried:
    """The rows q0 to q1 of a node's ring, as a phone took them."""

    node: str
    b: str
    q0: int
    q1: int
    taken: int = 0  # the phone's clock then; 0: unknown
    messages: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file, in numbers of rows, and what was in it."""

    carried: Carried
    stored: int
    duplicate: int
    waiting: int
    quarantined: int
    receipts: tuple[Receipt, ...]


def take(
    stores: Stores, file: bytes, now: datetime,
) -> Taken:  # fmt: skip
    """Take a file that a phone brought. Raises `NotTaken`, `StoreUnavailable`."""
    carried = read_queue(file, stores)
    at, clock_ok = _arrival(carried.taken, now)
    topic = topics.topic(carried.node, "data")
    messages = [
        Message(number, topic, payload, at, clock_ok)
        for number, payload in enumerate(carried.messages)
    ]
    receipts = tuple(
        accept(stores, MULE, messages[start : start + AT_ONCE], now)
        for start in range(0, len(messages), AT_ONCE)
    )
    return Taken(
        carried,
        sum(one.stored for one in receipts),
        sum(one.duplicate for one in receipts),
        sum(one.waiting for one in receipts),
        sum(len(one.quarantined) for one in receipts),
        receipts,
    )


def read_queue(file: bytes, stores: Stores) -> Carried:
    """Read a file and make sure that its node wrote it. Raises `NotTaken`."""
    first, _, rest = file.partition(b"\n")
    head = _head(first)
    if head.get("kind") == "acks":
        raise NotTaken("a-receipt")
    if head.get("kind") != "queue":
        raise NotTaken("not-ours")
    node = head.get("node")
    if not isinstance(node, str) or not topics.is_node_id(node):
        raise NotTaken("not-ours")
    enrolment = stores.keys.enrolment(node)
    if enrolment is None or enrolment.key is None:
        raise NotTaken("stranger")
    end = _MAC.search(rest)
    if end is None or (end.start() and rest[end.start() - 1 : end.start()] != b"\n"):
        raise NotTaken("cut-short")
    signed = file[: len(file) - len(end[0])]
    if not hmac.compare_digest(sign(enrolment.key, signed), end[1].decode()):
        raise NotTaken("wrong-signature")
    lines = tuple(line for line in rest[: end.start()].split(b"\n") if line)
    return _carried(node, head, lines)


def sign(key: str, content: bytes) -> str:
    """Return the HMAC-SHA256 of some bytes with a node's key, in hex."""
    return hmac.digest(bytes.fromhex(key), content, "sha256").hex()


def receipt(stores: Stores, rows: Carried) -> bytes:
    """Write the file that lets a node free what the service holds of these rows.

    Held are rows that were stored, wait for a date, or lie in quarantine. Raises `NotTaken`.
    """
    enrolment = stores.keys.enrolment(rows.node)
    if enrolment is None or enrolment.key is None:
        raise NotTaken("stranger")
    first, end = rows.q0, rows.q1 + 1
    held = stores.ledger.known(rows.node, rows.b, first, end)
    held |= {w.q for w in stores.ledger.shelf(rows.node) if w.b == rows.b and first <= w.q < end}
    acks = intervals(held)
    said = {"surco": FORMAT, "kind": "acks", "node": rows.node, "b": rows.b, "acks": acks}
    content = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    return content + b'{"mac":"%s"}\n' % sign(enrolment.key, content).encode()


def intervals(numbers: Iterable[int], most: int = MOST_ACKS) -> list[list[int]]:
    """Return [first, count] of the runs in some numbers: the longest ones, in order."""
    runs: list[list[int]] = []
    for q in sorted(numbers):
        if runs and q == runs[-1][0] + runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([q, 1])
    return sorted(sorted(runs, key=lambda run: -run[1])[:most])


def asked(node: str, b: str, q0: int, q1: int) -> Carried:
    """Name rows of a node's ring. Raises `NotTaken` when there can be none."""
    right = topics.is_node_id(node) and is_life(b) and 0 <= q0 <= q1 < MAX_COUNT
    if not right or q1 - q0 >= MOST_ROWS:
        raise NotTaken("not-ours")
    return Carried(node, b, q0, q1)


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = read_object(line)
    except Malformed:
        raise NotTaken("not-ours") from None
    if head.get("surco") != FORMAT:
        raise NotTaken("not-ours")
    return head


def _carried(node: str, head: dict[str, Any], messages: tuple[bytes, ...]) -> Carried:
    b, q0, q1, taken = (head.get(name) for name in ("b", "q0", "q1", "taken"))
    if not isinstance(b, str) or type(q0) is not int or type(q1) is not int:
        raise NotTaken("not-ours")
    rows = asked(node, b, q0, q1)
    return Carried(node, b, rows.q0, rows.q1, taken if type(taken) is int else 0, messages)


def _arrival(taken: int, now: datetime) -> tuple[float, bool]:
    """Return when the rows were heard, and whether that may date others: the phone had a clock."""
    seconds = now.timestamp()
    return (float(taken), True) if FIRST_TIME <= taken <= seconds + FUTURE_S else (seconds, False)
