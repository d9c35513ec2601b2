"""A row: one measurement, its name `q`, its time, and up to ten values under their column codes.

A row is its 76 bytes, in flash and in memory, because a list of objects would take four times the
room. Values are whole hundredths: 14.46 °C is 1446, 3912 mV is 391200. No row needs a table of
columns, so a new sensor needs no new format.
"""

import struct
from binascii import crc32

from micropython import const

MOST_VALUES = 10
NOTHING = -(2**31)
_MAGIC = const(0x54)
_HEAD = "<BBHIII"  # magic, tq, checksum, q, t, p
VALUE = "<2si"
HEAD = struct.calcsize(_HEAD)
SIZE = HEAD + MOST_VALUES * struct.calcsize(VALUE)


def make(q, t, tq, p, packed):
    """Return a row; `packed` are its values."""
    body = struct.pack(_HEAD, _MAGIC, tq, 0, q, t, p) + packed
    body += b"\0" * (SIZE - len(body))
    return body[:2] + struct.pack("<H", crc32(body) & 0xFFFF) + body[4:]


def is_whole(row):
    """Tell whether these bytes are a row as it was made."""
    if len(row) != SIZE or row[0] != _MAGIC:
        return False
    return crc32(row[4:], crc32(b"\0\0", crc32(row[:2]))) & 0xFFFF == row[2] | row[3] << 8


def head(row):
    """Return (q, t, tq, p)."""
    _, tq, _, q, t, p = struct.unpack(_HEAD, row[:HEAD])
    return q, t, tq, p


def values(row):
    """Yield (column code, hundredths)."""
    return unpack_values(row[HEAD:])


def unpack_values(packed):
    """Yield (column code, hundredths)."""
    for start in range(0, len(packed), 6):
        code, value = struct.unpack(VALUE, packed[start : start + 6])
        if code == b"\0\0":
            return
        yield code.decode(), value
