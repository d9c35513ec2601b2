"""What the tests of deliveries are made of: messages, and a service on two files."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.domain.nodes.node import NodeStatus
from surco_service.ports.intake import Reading
from surco_service.usecases.intake.deliveries import Receipt, accept, sweep
from surco_service.usecases.intake.sorting import Message
from tests.databases import new_notebook
from tests.service.stores import stores_on

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
        self._engine = engine or new_notebook(folder)
        readings = SqliteReadings(folder / "readings.db")
        self.stores = stores_on(self._engine, readings, folder / "quarantine.jsonl")
        self.now = NOON

    def deliver(self, *messages: Message) -> Receipt:
        return accept(self.stores, "gateway-1", messages, self.now)

    def later(self, **time: float) -> Receipt:
        """Let time pass, and the shelf be swept."""
        self.now += timedelta(**time)
        return sweep(self.stores, self.now)

    def stored(self) -> list[Reading]:
        return [
            reading for node in self.stores.readings.nodes()
            for reading in self.stores.readings.series(node, 0, 2**40)
        ]  # fmt: skip

    def status(self, node: str) -> NodeStatus | None:
        return {known.id: known.status for known in self.stores.registry.nodes()}[node]

    def lines(self) -> list[str]:
        """Return what waits for the mirror."""
        return [line for _, line in self.stores.outbox.waiting()]

    def reasons(self) -> list[str]:
        """Return the codes in quarantine, oldest first."""
        return [refused.code for refused in reversed(self.stores.ledger.quarantine())]

    def close(self) -> None:
        self.stores.readings.close()
        self._engine.dispose()
