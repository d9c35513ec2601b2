"""A row: one measurement, its name `q`, its time, and up to ten values under their column codes.

A row is its 76 bytes, in flash and in memory, because a list of objects would take four times the
room. Values are whole hundredths: 14.46 °C is 1446, 3912 mV is 391200. No row needs a table of
columns, so a new sensor needs no new format. In RTC memory a row takes only what it needs.
"""

import struct
from binascii import crc32

MOST_VALUES = 10
NOTHING = -(2**31)
MAGIC = 0x54
_HEAD = "<BBHIII"  # magic, tq, checksum, q, t, p
_VALUE = "<2si"
HEAD = struct.calcsize(_HEAD)
SIZE = HEAD + MOST_VALUES * struct.calcsize(_VALUE)


def hundredths(value):
    """Return a measured value as a row holds it; None, NaN and what is absurd become nothing."""
    try:
        scaled = round(value * 100)
    except (TypeError, ValueError, OverflowError):
        return NOTHING
    return scaled if -(10**9) < scaled < 2 * 10**9 else NOTHING


def make(q, t, tq, p, packed):
    """Return a row; `packed` are its values."""
    body = struct.pack(_HEAD, MAGIC, tq, 0, q, t, p) + packed
    body += b"\0" * (SIZE - len(body))
    return body[:2] + struct.pack("<H", crc32(body) & 0xFFFF) + body[4:]


def is_whole(row):
    """Tell whether these bytes are a row as it was made."""
    if len(row) != SIZE or row[0] != MAGIC:
        return False
    return crc32(row[4:], crc32(b"\0\0", crc32(row[:2]))) & 0xFFFF == row[2] | row[3] << 8


def head(row):
    """Return (q, t, tq, p)."""
    _, tq, _, q, t, p = struct.unpack(_HEAD, row[:HEAD])
    return q, t, tq, p


def values(row):
    """Yield (column code, hundredths)."""
    return unpack_values(row[HEAD:])


def pack_values(values):
    """Pack at most ten (column code, hundredths)."""
    return b"".join(
        [struct.pack(_VALUE, code.encode(), value) for code, value in values[:MOST_VALUES]]
    )


def unpack_values(packed):
    """Yield (column code, hundredths)."""
    for start in range(0, len(packed), 6):
        code, value = struct.unpack(_VALUE, packed[start : start + 6])
        if code == b"\0\0":
            return
        yield code.decode(), value


# ---------------------------------------------------------------- rows that wait in RTC memory


def keep(rows, count, values):
    """Return packed rows with one more: its length, the count of the clock, its values."""
    body = struct.pack("<I", count) + pack_values(values)
    return bytes(rows) + bytes((len(body),)) + body


def kept(rows):
    """Yield (count, packed values) of rows, oldest first."""
    place = 0
    while place < len(rows):
        body = rows[place + 1 : place + 1 + rows[place]]
        yield struct.unpack("<I", body[:4])[0], body[4:]
        place += 1 + rows[place]


def restart(rows):
    """Return the rows with their counts at the zero of a new life: when they were, nobody knows."""
    made = b""
    for _, packed in kept(rows):
        made += bytes((4 + len(packed),)) + b"\0\0\0\0" + packed
    return made
