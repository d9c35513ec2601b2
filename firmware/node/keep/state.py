"""The node's small memory in flash: one JSON object with a checksum, replaced whole.

    b      life of the ring, 8 hexadecimal digits, drawn when it is formatted
    p      life of the clock
    acked  intervals of rows that the gateway holds
    lost, skip, tries, next

The name of the ring stands in a second file too, written once. A damaged state therefore forgets
only what was acked (those rows are sent again; the service knows them by their names) and its
counters. When both are damaged, the rows that are still there get the name of a new ring: some may
then be stored twice, none is lost.
"""

import json
from binascii import hexlify

from micropython import const
from node.keep.seal import seal, unseal

FILE = "state"
LIFE = "life"
_FIRST_P = const(2**24)  # of a clock whose number was forgotten: far from those that were counted


class State:
    """Values by name, which can be saved."""

    def __init__(self, flash, random_bytes):
        self._flash = flash
        found = _load(flash, FILE)
        self.damaged = found is None and flash.size(FILE) >= 0
        if found is None:
            life = _load(flash, LIFE) or {"b": hexlify(random_bytes(4)).decode()}
            spread = int(hexlify(random_bytes(3)), 16)
            found = {"b": life["b"], "p": _FIRST_P + spread if self.damaged else 0}
            self._values = found
            self.save()
        self._values = found
        if flash.size(LIFE) < 0:
            flash.replace(LIFE, _written({"b": found["b"]}))

    def get(self, name, default=None):
        return self._values.get(name, default)

    def __getitem__(self, name):
        return self._values[name]

    def __setitem__(self, name, value):
        self._values[name] = value

    def save(self):
        self._flash.replace(FILE, _written(self._values))


def _written(values):
    return seal(json.dumps(values).encode())


def _load(flash, name):
    try:
        found = json.loads(unseal(flash.read(name)) or "")
        return found if len(found["b"]) == 8 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
