"""What a delivery consists of, and the piles into which its messages are sorted."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from surco_contract import topics
from surco_contract.messages import EXTRAPOLATED, FIRST_TIME, LAST_TIME, VERSION, Row
from surco_contract.quantities import implausible
from surco_contract.reasons import REASONS
from surco_service.domain.nodes.node import NodeStatus
from surco_service.ports.intake import Life, Reading, Refused, Waiting

FUTURE_S = 600  # a row dated later than this after now waits on the shelf


class Message(NamedTuple):
    """One message as a gateway received it."""

    id: int  # the gateway's own number, for the answer
    topic: str
    payload: bytes
    received_at: float  # seconds since 1970 on the gateway's clock
    clock_ok: bool  # whether that clock was known to be right
    refused: tuple[str, str] | None = None  # (code, detail): from the gateway's own quarantine

    @property
    def when(self) -> datetime:
        return datetime.fromtimestamp(self.received_at, UTC)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A message, or one row of it, that went to quarantine. 0: no message of this delivery."""

    message: int
    row: int | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Undated:
    """The rows of one message whose node did not know the time."""

    node: str
    b: str
    p: int  # life of the node's clock
    u: int  # that clock at sending
    rows: list[Row]
    message: Message

    @property
    def life(self) -> Life:
        return (self.node, self.b, self.p)


@dataclass(slots=True)
class Sorting:
    """The messages of one delivery, sorted by what has to happen to them."""

    gateway: str
    now: datetime
    readings: list[Reading] = field(default_factory=list[Reading])
    undated: list[Undated] = field(default_factory=list[Undated])
    waiting: list[Waiting] = field(default_factory=list[Waiting])
    refused: list[Refused] = field(default_factory=list[Refused])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])
    aside: list[tuple[str, str, int]] = field(
        default_factory=list[tuple[str, str, int]]
    )  # rows that went to quarantine
    clocks: dict[Life, int] = field(default_factory=dict[Life, int])  # that dated some of them
    statuses: dict[str, list[NodeStatus]] = field(default_factory=dict[str, list[NodeStatus]])

    def refuse(self, message: Message, code: str, detail: str, q: int | None = None) -> None:
        """Put a message, or its row `q`, in quarantine."""
        self.refused.append(
            Refused(message.topic, message.payload, message.when, self.gateway, code, detail, q)
        )
        self.verdicts.append(Verdict(message.id, q, code, detail))

    def refuse_row(self, row: Waiting, code: str, detail: str) -> None:
        """Put a row in quarantine whose message is gone; it gets one that says the same."""
        self.refuse(_message(row, self.now), code, detail, row.q)
        self.aside.append((row.node, row.b, row.q))

    def keep(self, node: str, b: str, tq: int, rows: Iterable[Row]) -> None:
        """Keep dated rows; those in the future wait until their time has come."""
        end = self.now.timestamp() + FUTURE_S
        for row in rows:
            if row.t > end:
                self.waiting.append(Waiting(node, b, row.q, None, row.t, tq, row.values))
            else:
                plausible = not implausible(row.values)
                self.readings.append(Reading(node, b, row.q, row.t, tq, row.values, plausible))

    def keep_waiting(self, row: Waiting, offset: int) -> None:
        """Keep a row from the shelf, `offset` seconds after what its clock said."""
        t = row.t + offset
        if row.p is not None:
            self.clocks[(row.node, row.b, row.p)] = offset
        code = outside(t)
        if code:
            self.refuse_row(row, code, REASONS[code])
        else:
            self.keep(row.node, row.b, row.tq or EXTRAPOLATED, [Row(row.q, t, dict(row.values))])


def outside(t: int) -> str | None:
    """Return the reason why no row of ours can have this time, or None."""
    if t < FIRST_TIME:
        return "time-too-old"
    return "time-too-far" if t >= LAST_TIME else None


def _message(row: Waiting, now: datetime) -> Message:
    content: Mapping[str, object] = {
        "v": VERSION, "b": row.b, "q": row.q, "t0": row.t, "tq": row.tq,
        **({} if row.p is None else {"p": row.p, "u": 0}),
        "f": ["dt", *row.values], "d": [[0, *row.values.values()]],
    }  # fmt: skip
    payload = json.dumps(content, separators=(",", ":")).encode()
    return Message(0, topics.topic(row.node, "data"), payload, now.timestamp(), clock_ok=False)
