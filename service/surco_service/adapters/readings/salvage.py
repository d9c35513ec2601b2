"""Reads of a broken file of readings what is whole: every page by itself, without the tree above them.

The rows of a table WITHOUT ROWID lie in pages of the kind of an index; the format is SQLite's own
(https://sqlite.org/fileformat2.html, 1.6 and 2.1). A page is believed only as far as each of its rows
makes sense. Without the first page nobody knows which column is which, and nothing is taken.
"""

import sqlite3
import struct
from collections.abc import Container, Generator, Sequence
from contextlib import closing
from pathlib import Path

from surco_contract.messages import FIRST_TIME, LAST_TIME

AT_ONCE = 500  # rows
LEAF, INTERIOR = 0x0A, 0x02
_HEADS = {LEAF: (8, 0), INTERIOR: (12, 4)}  # bytes before the cell pointers, and before each cell
_WHOLE_NUMBERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial type: bytes

Row = tuple[object, ...]


def readable(file: Path, columns: Sequence[str], nodes: Container[str]) -> Generator[list[Row]]:
    """Return rows of these nodes, some at a time.

    `columns` begins with node, t, b, q, tq, plausible, as the table does; the others are numbers.
    """
    there, size = _table(file)
    if there[:6] != list(columns[:6]):
        return
    places = [there.index(name) if name in there else len(there) for name in columns]
    found: list[Row] = []
    with file.open("rb") as pages:
        while page := pages.read(size):
            for values in _records(page):
                padded = [*values, *[None] * (len(there) + 1 - len(values))]
                row = _sound([padded[place] for place in places], nodes)
                if row is not None and len(values) > 6:
                    found.append(row)
            if len(found) >= AT_ONCE:
                yield found
                found = []
    if found:
        yield found


def _table(file: Path) -> tuple[list[str], int]:
    """Return the columns of the table in their order, none when they cannot be read; the page size."""
    uri = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(reading)")]
            (size,) = connection.execute("PRAGMA page_size").fetchone()
    except sqlite3.Error:
        return [], 4096
    return columns, size


def _records(page: bytes) -> Generator[list[object]]:
    """Return the values of each row in a page; none of a page of another kind."""
    head = _HEADS.get(page[0]) if page else None
    if head is None or len(page) < 512:
        return
    (count,) = struct.unpack_from(">H", page, 3)
    for number in range(min(count, len(page) // 4)):
        try:
            (start,) = struct.unpack_from(">H", page, head[0] + 2 * number)
            length, at = _varint(page, start + head[1])
            if at + length <= len(page):  # a longer one goes on in another page; ours never do
                yield _values(page[at : at + length])
        except (IndexError, ValueError, struct.error):
            continue


def _values(record: bytes) -> list[object]:
    end, at = _varint(record, 0)
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[object] = []
    for kind in kinds:
        value, at = _value(record, kind, at)
        values.append(value)
    return values


def _value(record: bytes, kind: int, at: int) -> tuple[object, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    size = _WHOLE_NUMBERS.get(kind, 8 if kind == 7 else (kind - 12) // 2)
    found = record[at : at + size]
    if len(found) != size or kind in (10, 11):
        raise ValueError("not a record")
    if kind == 7:
        return struct.unpack(">d", found)[0], at + size
    if kind in _WHOLE_NUMBERS:
        return int.from_bytes(found, "big", signed=True), at + size
    return (found.decode() if kind % 2 else found), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for number in range(9):
        byte = data[at + number]
        if number == 8:
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + number + 1
    raise ValueError("not a number")


def _sound(row: Sequence[object], nodes: Container[str]) -> Row | None:
    """Return a row that makes sense, its values as floats; else None."""
    node, t, b, q, tq, plausible, *values = row
    key = isinstance(node, str) and node in nodes and isinstance(b, str) and len(b) <= 8
    when = isinstance(t, int) and FIRST_TIME <= t < LAST_TIME
    small = isinstance(q, int) and 0 <= q <= 2**32 and tq in (0, 1, 2) and plausible in (0, 1)
    if not (key and when and small):
        return None
    numbers = [float(one) if isinstance(one, int | float) else None for one in values]
    lost = any(a is not None and b is None for a, b in zip(values, numbers, strict=True))
    return None if lost else (node, t, b, q, tq, plausible, *numbers)
