"""The node's small memory in flash: one JSON object with a checksum, replaced whole.

    b      life of the ring, 8 hexadecimal digits, drawn when it is formatted
    p      life of the clock
    acked  intervals of rows that the gateway holds
    lost, skip, tries, next

When it cannot be read, the ring begins a new life: a new `b` never collides with the old rows.
"""

import json
from binascii import crc32, hexlify

FILE = "state"


class State:
    """Values by name, which can be saved."""

    def __init__(self, flash, random_bytes):
        self._flash = flash
        found = _read(flash.read(FILE))
        self._values = found or {"b": hexlify(random_bytes(4)).decode(), "p": 0}
        if found is None:
            for name in flash.names():
                if name.endswith(".seg"):  # rows of a life whose name is lost
                    flash.remove(name)
            self.save()

    def get(self, name, default=None):
        return self._values.get(name, default)

    def __getitem__(self, name):
        return self._values[name]

    def __setitem__(self, name, value):
        self._values[name] = value

    def save(self):
        text = json.dumps(self._values).encode()
        self._flash.replace(FILE, b"%08x" % crc32(text) + text)


def _read(raw):
    try:
        if int(raw[:8], 16) != crc32(raw[8:]):
            return None
        found = json.loads(raw[8:])
        return found if len(found["b"]) == 8 else None
    except (ValueError, KeyError, TypeError):
        return None
