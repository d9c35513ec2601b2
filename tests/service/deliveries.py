"""What the tests of deliveries are made of: messages, a notebook that is a dict, a service."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sqlite_readings import SqliteReadings
from surco_service.domain.garden import (
    Bed,
    Calibration,
    Node,
    NodeStatus,
    Placement,
    StoredAdvice,
)
from surco_service.ports import Reading
from surco_service.usecases.deliveries import Receipt, accept, sweep
from surco_service.usecases.sorting import Message

T = 1_795_521_600
NOON = datetime.fromtimestamp(T, UTC)
B = "9f3a01c7"


def a_payload(
    *rows: list[object], f: tuple[str, ...] = ("dt", "r1", "bv"), **more: object
) -> bytes:
    """Return a data message; by default one row of now, number 1."""
    message = {"v": 1, "b": B, "q": 1, "t0": T, "tq": 2, "f": f, "d": rows or [[0, 1805, 3912]]}
    return json.dumps(message | more, separators=(",", ":")).encode()


def a_message(
    payload: bytes | None = None,
    *,
    id: int = 1,
    node: str = "n-1",
    kind: str = "data",
    at: float = T,
    clock_ok: bool = True,
    refused: tuple[str, str] | None = None,
) -> Message:
    payload = a_payload() if payload is None else payload
    return Message(id, f"surco/v1/{node}/{kind}", payload, at, clock_ok, refused)


@dataclass
class DictNotebook:
    """The little of a notebook that a delivery needs."""

    statuses: dict[str, NodeStatus] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)

    def nodes(self) -> list[Node]:
        return [Node(node, status=status) for node, status in self.statuses.items()]

    def set_status(self, node: str, status: NodeStatus) -> None:
        self.statuses[node] = status

    def enqueue(self, lines: list[str]) -> None:
        self.lines += lines

    def placements(self) -> list[Placement]:
        return []

    def beds(self) -> list[Bed]:
        return []

    def calibrations(self) -> list[Calibration]:
        return []

    def advice(self) -> dict[str, StoredAdvice]:
        return {}

    def outbox(self, limit: int) -> list[tuple[int, str]]:
        return list(enumerate(self.lines[:limit], 1))

    def mirrored(self, through: int) -> None:
        del self.lines[:through]

    def session_valid(self, token_hash: str, now: datetime) -> bool:
        return token_hash in self.sessions


class Inlet:
    """The receiving half of a service, without its door."""

    def __init__(self, folder: Path) -> None:
        self._engine = create_engine(f"sqlite:///{folder}/notebook.db")
        schema.metadata.create_all(self._engine)
        self.readings = SqliteReadings(folder / "readings.db")
        self.ledger = SqlLedger(self._engine, folder / "quarantine.jsonl")
        self.notebook = DictNotebook()
        self.now = NOON

    def deliver(self, *messages: Message) -> Receipt:
        return accept(self.readings, self.ledger, self.notebook, "gateway-1", messages, self.now)  # type: ignore[arg-type]

    def later(self, **time: float) -> Receipt:
        """Let time pass, and the shelf be swept."""
        self.now += timedelta(**time)
        return sweep(self.readings, self.ledger, self.now)

    def stored(self) -> list[Reading]:
        return [
            reading for node in self.readings.nodes()
            for reading in self.readings.series(node, 0, 2**40)
        ]  # fmt: skip

    def reasons(self) -> list[str]:
        """Return the codes in quarantine, oldest first."""
        return [refused.code for refused in reversed(self.ledger.quarantine())]

    def close(self) -> None:
        self.readings.close()
        self._engine.dispose()
