"""A row: one measurement, its name `q`, its time, and up to ten values under their column codes.

Values are whole hundredths: 14.46 °C is 1446, 3912 mV is 391200. No row needs a table of columns,
so a new sensor needs no new format. In flash a row has 76 bytes and a checksum; in RTC memory only
what it needs.
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


class Row:
    """`packed` holds the values; they are read when they are needed, to spare memory."""

    def __init__(self, q, t, tq, p, packed):
        self.q, self.t, self.tq, self.p, self.packed = q, t, tq, p, packed

    @property
    def values(self):
        """Return (column code, hundredths) of each value."""
        return list(unpack_values(self.packed))

    def pack(self):
        body = struct.pack(_HEAD, MAGIC, self.tq, 0, self.q, self.t, self.p)
        body += self.packed + b"\0" * (SIZE - HEAD - len(self.packed))
        return body[:2] + struct.pack("<H", crc32(body) & 0xFFFF) + body[4:]


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


def unpack(raw):
    """Return the row in these bytes, or None when they are not a whole row."""
    if len(raw) != SIZE or raw[0] != MAGIC:
        return None
    if crc32(raw[:2] + b"\0\0" + raw[4:]) & 0xFFFF != raw[2] | raw[3] << 8:
        return None
    _, tq, _, q, t, p = struct.unpack(_HEAD, raw[:HEAD])
    return Row(q, t, tq, p, raw[HEAD:])


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
