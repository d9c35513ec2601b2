"""The first contact of a node: its claim goes to the service at once, and is kept nowhere.

A claim carries the node's new password and key. So it is never spooled, never in quarantine and
never in a log, not even a part of it. When the service is away the node is told "later" and claims
again.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from surco_contract import topics
from surco_contract.credentials import broker_hash
from surco_contract.messages import read_object
from surco_contract.reasons import Malformed
from surco_gateway.errors import GatewayError
from surco_gateway.nodes.node_queue import NodeQueue

MOST_BYTES = 400
MOST_WAITING = 16  # nodes
MOST_MV = 5000

_PASSWORD = re.compile(r"[!-~]{8,128}")
_KEY = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger(__name__)


class Claim(NamedTuple):
    """What a node says of itself. Never shown: its `repr` has no secrets."""

    password: str
    key: str
    air_mv: float | None
    water_mv: float | None

    def __repr__(self) -> str:
        return "Claim(…)"


class ClaimService(Protocol):
    """What is asked of the service."""

    def claim(self, body: dict[str, Any]) -> str: ...


class Claims:
    """`run` is a thread's body."""

    def __init__(
        self, service: ClaimService, publish: Callable[[str, bytes, int], None],
        beat: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._service, self._publish = service, publish
        self.queue = NodeQueue(MOST_WAITING, beat)

    def enqueue(self, node: str, payload: bytes) -> None:
        """Take a claim that `read_claim` could read; never waits."""
        if not self.queue.put(node, payload):
            self._answer(node, "later")

    def stop(self) -> None:
        self.queue.stop()

    def run(self) -> None:
        while found := self.queue.take():
            node, payload = found
            self._answer(node, self._settle(node, payload))

    def _settle(self, node: str, payload: bytes) -> str:
        """Return "" when the service has it, or why not. Never raises, never tells the claim."""
        try:
            claim = read_claim(payload)
            return self._service.claim({
                "node": node, "hash": hashed(claim), "key": claim.key,
                "air_mv": claim.air_mv, "water_mv": claim.water_mv,
            })  # fmt: skip
        except GatewayError as error:
            log.warning("claim_later node=%s reason=%s", node, error)
        except Exception as error:  # noqa: BLE001  # its words may hold what must not be told
            log.error("claim_failed node=%s error=%s", node, type(error).__name__)
        return "later"

    def _answer(self, node: str, why: str) -> None:
        log.info("claim node=%s outcome=%s", node, why or "taken")
        words: dict[str, Any] = {"ok": False, "why": why} if why else {"ok": True}
        self._publish(
            topics.topic(node, "claimed"), json.dumps(words).encode(), topics.TO_NODE["claimed"]
        )


def read_claim(payload: bytes) -> Claim:
    """Read a claim. Raises `Malformed`, whose words never repeat what was said."""
    said = read_object(payload, MOST_BYTES)
    return Claim(
        _text(said, "password", _PASSWORD, "8 to 128 letters, digits and signs without spaces"),
        _text(said, "key", _KEY, "64 lower-case hexadecimal digits"),
        _voltage(said, "air"),
        _voltage(said, "water"),
    )


def hashed(claim: Claim) -> str:
    """Hash the password as brokers keep it; the same claim always makes the same hash."""
    salt = hashlib.sha256(b"surco-claim" + claim.key.encode()).digest()[:12]
    return broker_hash(claim.password, salt)


def _text(said: dict[str, Any], name: str, pattern: re.Pattern[str], expected: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed("bad-field" if name in said else "missing-field", name, expected)
    return value


def _voltage(said: dict[str, Any], name: str) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= MOST_MV:
        raise Malformed("bad-field", name, f"millivolts from 0 to {MOST_MV}, or null")
    return float(value)
