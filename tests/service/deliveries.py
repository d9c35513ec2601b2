"""What the tests of deliveries are made of: messages, a notebook that is a dict, a service."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql import schema
from surco_service.adapters.sql.diary import SqlDiary
from surco_service.adapters.sql.firmware import SqlFirmware
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.domain.stewardship.garden import NodeStatus
from surco_service.ports import Reading
from surco_service.usecases.intake.deliveries import Receipt, accept, sweep
from surco_service.usecases.intake.sorting import Message

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


class Inlet:
    """The receiving half of a service, without its door."""

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        self._engine = engine or create_engine(f"sqlite:///{folder}/notebook.db")
        schema.metadata.create_all(self._engine)
        self.readings = SqliteReadings(folder / "readings.db")
        self.ledger = SqlLedger(self._engine, folder / "quarantine.jsonl")
        self.notebook = SqlNotebook(self._engine)
        self.diary = SqlDiary(self._engine)
        self.keys = SqlKeys(self._engine)
        self.firmware = SqlFirmware(self._engine)
        self.now = NOON

    def deliver(self, *messages: Message) -> Receipt:
        return accept(
            self.readings, self.ledger, self.notebook, self.diary, "gateway-1", messages, self.now
        )

    def later(self, **time: float) -> Receipt:
        """Let time pass, and the shelf be swept."""
        self.now += timedelta(**time)
        return sweep(self.readings, self.ledger, self.notebook, self.diary, self.now)

    def stored(self) -> list[Reading]:
        return [
            reading for node in self.readings.nodes()
            for reading in self.readings.series(node, 0, 2**40)
        ]  # fmt: skip

    def status(self, node: str) -> NodeStatus | None:
        return {known.id: known.status for known in self.notebook.nodes()}[node]

    def lines(self) -> list[str]:
        """Return what waits for the mirror."""
        return [line for _, line in self.notebook.outbox()]

    def reasons(self) -> list[str]:
        """Return the codes in quarantine, oldest first."""
        return [refused.code for refused in reversed(self.ledger.quarantine())]

    def close(self) -> None:
        self.readings.close()
        self._engine.dispose()
