"""What outlives deep sleep, in the 2 048 bytes that an ESP32 keeps powered: a few values and rows.

Damaged or lost (a power cut), it is empty: nothing that must last is only here.
"""

import json

from node.keep.seal import seal, unseal

MOST_BYTES = 2048
MAGIC = b"surco2"


def pack(memory, rows):
    """Return the bytes of the values and the packed rows. The oldest rows go when there is no room."""
    text = json.dumps(memory).encode()
    while True:
        raw = seal(MAGIC + b"%04d" % len(text) + text + rows)
        if len(raw) <= MOST_BYTES or not rows:
            return raw
        rows = rows[1 + rows[0] :]


def unpack(raw):
    """Return (values, packed rows); empty ones when the bytes are not ours."""
    body = unseal(raw)
    try:
        if body is None or body[:6] != MAGIC:
            return {}, b""
        end = 10 + int(body[6:10])
        return dict(json.loads(body[10:end])), body[end:]
    except (ValueError, TypeError):
        return {}, b""
