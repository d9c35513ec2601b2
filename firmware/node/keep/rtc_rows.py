"""Measured values, packed, and the rows that wait in RTC memory: there a row takes only what it needs.

Unloaded before a visit (`node.unload`).
"""

import struct

from node.keep.rows import MOST_VALUES, NOTHING, VALUE


def hundredths(value):
    """Return a measured value as a row holds it; None, NaN and what is absurd become nothing."""
    try:
        scaled = round(value * 100)
    except (TypeError, ValueError, OverflowError):
        return NOTHING
    return scaled if -(10**9) < scaled < 2 * 10**9 else NOTHING


def pack_values(values):
    """Pack at most ten (column code, hundredths)."""
    return b"".join(
        [struct.pack(VALUE, code.encode(), value) for code, value in values[:MOST_VALUES]]
    )


def add(rows, count, values):
    """Return packed rows with one more: its length, the count of the clock, its values."""
    body = struct.pack("<I", count) + pack_values(values)
    return bytes(rows) + bytes((len(body),)) + body


def each(rows):
    """Yield (count, packed values) of rows, oldest first."""
    place = 0
    while place < len(rows):
        body = rows[place + 1 : place + 1 + rows[place]]
        yield struct.unpack("<I", body[:4])[0], body[4:]
        place += 1 + rows[place]


def forget_times(rows):
    """Return the rows with their counts at the zero of a new life: when they were, nobody knows."""
    made = b""
    for _, packed in each(rows):
        made += bytes((4 + len(packed),)) + b"\0\0\0\0" + packed
    return made
