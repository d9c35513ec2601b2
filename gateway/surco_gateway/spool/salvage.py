"""What can still be read from a damaged spool: every message whose CRC is right.

It reads the pages of the file (and of its write-ahead log) one by one, as the SQLite file format
describes them (sqlite.org/fileformat2.html, sections 1.6, 2.1 and 4.1), and asks nothing of SQLite. So it
does not matter which part is damaged; only messages on a damaged page are lost, and the service
sees the gap and asks the node for them again. A message that was already delivered may come back:
the service knows it.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

PAGE = 4096
_LEAF = 0x0D
_WAL_HEADER, _FRAME_HEADER = 32, 24

Cell = int | float | str | bytes | None
Carved = tuple[int, str, bytes, float, int, str | None, str | None, int]
"""id, topic, payload, received_at, clock_ok, code, detail, crc: a row of the table `message`."""


def message_crc(topic: str, payload: bytes) -> int:
    """Return the CRC that a row of the spool carries."""
    return zlib.crc32(payload, zlib.crc32(topic.encode()))


def carve(path: Path) -> Iterator[Carved]:
    """Yield every intact message of a spool file. A message may come twice."""
    yield from _pages(path, 0, 0)
    yield from _pages(path.with_name(path.name + "-wal"), _WAL_HEADER, _FRAME_HEADER)


def _pages(path: Path, skip: int, frame: int) -> Iterator[Carved]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        file.seek(skip)
        while block := file.read(frame + PAGE):
            page = block[frame:]
            if len(page) == PAGE and page[0] == _LEAF:
                yield from _rows(page)


def _rows(page: bytes) -> Iterator[Carved]:
    count = min(int.from_bytes(page[3:5], "big"), (PAGE - 8) // 2)
    for index in range(count):
        start = int.from_bytes(page[8 + 2 * index : 10 + 2 * index], "big")
        try:
            found = _row(page, start)
        except (IndexError, ValueError, struct.error):
            continue  # a damaged cell
        if found is not None:
            yield found


def _row(page: bytes, at: int) -> Carved | None:
    _, at = _varint(page, at)
    id, at = _varint(page, at)
    length, body = _varint(page, at)
    end = at + length
    kinds: list[int] = []
    while body < end:
        kind, body = _varint(page, body)
        kinds.append(kind)
    if len(kinds) != 8:
        return None
    cells: list[Cell] = []
    for kind in kinds:
        cell, body = _cell(page, kind, body)
        cells.append(cell)
    match cells:
        case [
            None,
            str(topic),
            bytes(payload),
            float() | int() as at_s,
            int(ok),
            code,
            detail,
            int(crc),
        ]:
            if crc != message_crc(topic, payload):
                return None
            return (id, topic, payload, float(at_s), ok, _text(code), _text(detail), crc)
        case _:
            return None


def _text(cell: Cell) -> str | None:
    return cell if isinstance(cell, str) else None


_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial type → bytes


def _cell(page: bytes, kind: int, at: int) -> tuple[Cell, int]:
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        return int.from_bytes(page[at:end], "big", signed=True), end
    if kind == 7:
        return struct.unpack_from(">d", page, at)[0], at + 8
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    end = at + (kind - 12) // 2
    if kind < 12 or end > PAGE:  # a long payload continues on other pages; it is not carved
        raise ValueError
    return (page[at:end].decode() if kind % 2 else page[at:end]), end


def _varint(page: bytes, at: int) -> tuple[int, int]:
    value = 0
    for _ in range(8):
        byte = page[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return value << 8 | page[at], at + 1
