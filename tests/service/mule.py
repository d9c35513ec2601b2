"""Files as a node writes them for a phone, made without the code that reads them."""

import hmac
import json

from tests.service.deliveries import B, T, a_payload

KEY = "5a" * 32


def signed(content: bytes, key: str = KEY) -> bytes:
    mac = hmac.new(bytes.fromhex(key), content, "sha256").hexdigest()
    return content + b'{"mac":"%s"}\n' % mac.encode()


def a_queue(
    *messages: bytes, node: str = "n-1", q0: int = 10, q1: int = 13, key: str = KEY, **head: object
) -> bytes:
    """Return a queue file; by default two messages with two rows each, 10 to 13."""
    said = {"surco": 1, "kind": "queue", "node": node, "b": B, "q0": q0, "q1": q1, "taken": T,
            "u": 81234} | head  # fmt: skip
    lines = [json.dumps(said, separators=(",", ":")).encode(), *(messages or two_messages())]
    return signed(b"".join(line + b"\n" for line in lines), key)


def two_messages() -> tuple[bytes, bytes]:
    return rows(10), rows(12)


def rows(q: int, n: int = 2, **more: object) -> bytes:
    return a_payload(*([900 * i, 1805 + i, 3912] for i in range(n)), q=q, t0=T - 36_000, **more)


def receipt_of(raw: bytes, key: str = KEY) -> dict:
    """Read a receipt as a node does; fails when its mac is wrong."""
    content = raw[: raw.index(b'{"mac"')]
    assert signed(content, key) == raw
    return json.loads(content)
