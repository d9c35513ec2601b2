"""The data message, version 1: columnar rows with an identity that needs no clock.

    {"v":1,"b":"9f3a01c7","q":1041,"t0":1795364100,"tq":2,"f":["dt","r1","bv"],
     "d":[[0,1805,3912],[900,1806,3911]]}

(node, b, q) names a row for ever: `b` is the life of the node's flash ring, `q` counts rows through
it, and the rows of a message are consecutive. `read_head` reads the little a gateway must know
before it acknowledges; `read_data` reads everything and judges row by row. Both raise `Malformed`,
never anything else, for any bytes.
"""

import json
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from surco_contract.quantities import QUANTITIES
from surco_contract.reasons import Malformed

VERSION: Final = 1
MAX_BYTES: Final = 1400
MAX_ROWS: Final = 24
MAX_COUNT: Final = 2**32  # q and dt stay below it
MAX_NUMBER: Final = 1e9
SYNCED, EXTRAPOLATED, UNDATED = 2, 1, 0
FIRST_TIME: Final = 1_704_067_200  # 2024-01-01; nothing of ours was measured before
LAST_TIME: Final = 4_102_444_800  # 2100-01-01

_LIFE = re.compile(r"[0-9a-f]{8}\Z")


class Head(NamedTuple):
    """What must be readable before a message may be acknowledged."""

    v: int
    b: str
    q: int
    n: int  # number of rows


class Row(NamedTuple):
    """One row. `t` is in seconds: since 1970 when `tq` > 0, else on the node's own clock."""

    q: int
    t: int
    values: dict[str, float]  # by column code, in the unit of the quantities table; no nulls


class Fault(NamedTuple):
    """Why a row (or, with `q` None, a whole column) was not taken as it came."""

    q: int | None
    code: str
    detail: str


class Data(NamedTuple):
    b: str
    q: int
    tq: int
    p: int | None  # life of the node's clock, only when tq is 0
    u: int | None  # that clock at sending, only when tq is 0
    rows: list[Row]
    faults: list[Fault]  # rows that are quarantined; columns that are left out


def read_object(payload: bytes, limit: int = MAX_BYTES) -> dict[str, Any]:
    """Read one JSON object of at most `limit` bytes. Raises `Malformed`."""
    if len(payload) > limit:
        raise Malformed("too-large", expected=f"at most {limit} bytes, got {len(payload)}")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not-utf8") from error
    try:
        found: object = _DECODER.decode(text)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:  # a 400-digit integer may be a ValueError too
        raise Malformed("not-json") from error
    if not isinstance(found, dict):
        raise Malformed("not-an-object")
    return cast(dict[str, Any], found)


def read_head(payload: bytes) -> Head:
    """Read `v`, `b`, `q` and the number of rows, and nothing else. Raises `Malformed`."""
    found = _plain_match(payload)
    return _head(read_object(payload)) if found is None else _plain_head(found)


def read_data(payload: bytes) -> Data:
    """Read a whole data message. Raises `Malformed` when no row of it can be kept."""
    found = _plain_match(payload)
    plain = None if found is None else _plain_data(found)
    return _judged_data(payload) if plain is None else plain


def _judged_data(payload: bytes) -> Data:
    message = read_object(payload)
    head = _head(message)
    if head.v != VERSION:
        raise Malformed("version-newer", "v", f"{VERSION}, got {head.v}")
    tq = _integer(message, "tq", UNDATED, SYNCED + 1)
    t0 = _integer(message, "t0", 0, MAX_COUNT)
    p = u = None
    if tq == UNDATED:
        p, u = _integer(message, "p", 0, MAX_COUNT), _integer(message, "u", 0, MAX_COUNT)
    columns = _columns(message)
    faults = [
        Fault(None, "unknown-column", f"f: {name[:32]!r} is not in the quantities table")
        for name in columns
        if name not in QUANTITIES and name != "dt"
    ]
    rows: list[Row] = []
    for q, raw in enumerate(cast(list[object], message["d"]), head.q):
        try:
            rows.append(_row(q, raw, columns, t0, tq))
        except Malformed as fault:
            faults.append(Fault(q, fault.code, fault.detail))
    return Data(head.b, head.q, tq, p, u, rows, faults)


def write_ack(b: str, q: int, n: int) -> bytes:
    """Say that these rows are on the gateway's disk."""
    return b'{"b":"%s","q":%d,"n":%d}' % (b.encode(), q, n)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate-key")
    return found


def _no_constant(name: str) -> float:
    raise Malformed("not-json", expected=f"a number, got {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def is_life(text: str) -> bool:
    """Tell whether this names the life of a node's flash: 8 lower-case hexadecimal digits."""
    return _LIFE.match(text) is not None


def _head(message: dict[str, Any]) -> Head:
    v = _integer(message, "v", 1, 1000)
    b = _field(message, "b")
    if not isinstance(b, str) or not is_life(b):
        raise Malformed("bad-field", "b", "8 lower-case hexadecimal digits")
    q = _integer(message, "q", 0, MAX_COUNT)
    d = _field(message, "d")
    if not isinstance(d, list):
        raise Malformed("bad-field", "d", "an array of rows")
    n = len(cast(list[object], d))
    if n == 0:
        raise Malformed("no-rows", "d")
    if n > MAX_ROWS:
        raise Malformed("too-many-rows", "d", f"at most {MAX_ROWS} rows, got {n}")
    if q + n > MAX_COUNT:
        raise Malformed("bad-field", "q", "q plus the number of rows at most 2^32")
    return Head(v, b, q, n)


def _field(message: dict[str, Any], name: str) -> object:
    if name not in message:
        raise Malformed("missing-field", name, "this field must be there")
    return message[name]


def _integer(message: dict[str, Any], name: str, low: int, end: int) -> int:
    value = _field(message, name)
    if type(value) is not int or not low <= value < end:
        raise Malformed("bad-field", name, f"a whole number from {low} to {end - 1}")
    return value


def _columns(message: dict[str, Any]) -> tuple[str, ...]:
    found = _field(message, "f")
    if not isinstance(found, list):
        raise Malformed("bad-field", "f", "an array of column codes")
    for name in cast(list[object], found):
        if type(name) is not str:
            raise Malformed("bad-field", "f", "an array of column codes")
    return _checked(tuple(cast(list[str], found)))


@lru_cache(256)  # nodes send the same columns again and again
def _checked(columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(columns)) != len(columns):
        raise Malformed("duplicate-column", "f")
    if "dt" not in columns:
        raise Malformed("missing-field", "f", 'the column "dt"')
    return columns


def _row(q: int, raw: object, columns: tuple[str, ...], t0: int, tq: int) -> Row:
    if not isinstance(raw, list):
        raise Malformed("bad-value", f"row {q}", "an array of numbers")
    cells = cast(list[object], raw)
    if len(cells) != len(columns):
        raise Malformed("row-length", f"row {q}", f"{len(columns)} values, got {len(cells)}")
    values: dict[str, float] = {}
    t: int | None = None
    for name, value in zip(columns, cells, strict=True):
        if name == "dt":
            if type(value) is not int or not 0 <= value < MAX_COUNT:
                raise Malformed("bad-value", f"row {q}, dt", "a whole number of seconds, 0 or more")
            t = t0 + value
        elif value is None:
            continue
        elif type(value) is not int and type(value) is not float:
            raise Malformed("bad-value", f"row {q}, {name[:32]}", "a number or null")
        elif not -MAX_NUMBER < value < MAX_NUMBER:  # also refuses inf, and NaN were there one
            raise Malformed("number-out-of-range", f"row {q}, {name[:32]}")
        elif name in QUANTITIES:
            values[name] = float(value)
    assert t is not None  # "dt" is among the columns
    if tq != UNDATED and t < FIRST_TIME:
        raise Malformed("time-too-old", f"row {q}")
    if tq != UNDATED and t >= LAST_TIME:
        raise Malformed("time-too-far", f"row {q}", "a time before the year 2100")
    return Row(q, t, values)


# ---------------------------------------------------------------- what a healthy node writes
# Almost every message is written in one spelling, which one pattern can check as a whole: then the
# checks field by field above have nothing left to find. Whatever it does not match, they judge.

_NUMBER = rb"(?:null|-?(?:0|[1-9][0-9]{0,6}+)(?:\.[0-9]{1,6}+)?+)"
_COUNT = rb"(0|[1-9][0-9]{0,8}+)"
_COLUMN = rb'"[a-z0-9]{1,8}+"'
_LIST = rb"\[%b(?:,%b)*+\]"
_ONE_ROW = _LIST % (_NUMBER, _NUMBER)
_PLAIN = re.compile(
    rb'\{"v":1,"b":"([0-9a-f]{8})","q":%b,"t0":([1-9][0-9]{9}),"tq":([12]),"f":(%b),'
    rb'"d":(\[%b(?:,%b){0,%d}+\])\}'
    % (_COUNT, _LIST % (_COLUMN, _COLUMN), _ONE_ROW, _ONE_ROW, MAX_ROWS - 1)
).fullmatch
_PLAIN_DECODER = json.JSONDecoder()


def _plain_match(payload: bytes) -> re.Match[bytes] | None:
    """Match a message that is written the way our own nodes write it; others take the long way."""
    return _PLAIN(payload) if len(payload) <= MAX_BYTES else None


def _cells(written: str) -> list[list[float | None]]:
    return _PLAIN_DECODER.raw_decode(written)[
        0
    ]  # as fast as JSON is read; the pattern has checked it


def _plain_head(found: re.Match[bytes]) -> Head:
    return Head(VERSION, found[1].decode(), int(found[2]), found[6].count(b"[") - 1)


def _plain_data(found: re.Match[bytes]) -> Data | None:
    """Return what the match says, or None when a row or column has to be judged."""
    columns = _plain_columns(found[5])
    if columns is None:
        return None
    place, codes = columns
    q, t0 = int(found[2]), int(found[3])
    rows: list[Row] = []
    for number, cells in enumerate(_cells(found[6].decode()), q):
        if len(cells) != len(codes) + 1:
            return None
        dt = cells.pop(place)
        if type(dt) is not int or dt < 0 or not FIRST_TIME <= t0 + dt < LAST_TIME:
            return None
        values = {
            code: float(value)
            for code, value in zip(codes, cells, strict=True)
            if value is not None
        }
        rows.append(Row(number, t0 + dt, values))
    return Data(found[1].decode(), q, int(found[4]), None, None, rows, [])


@lru_cache(256)
def _plain_columns(written: bytes) -> tuple[int, tuple[str, ...]] | None:
    """Return where "dt" stands and the codes of the other columns; None when one is to be judged."""
    columns: list[str] = json.loads(written)
    codes = tuple(column for column in columns if column != "dt")
    if len(codes) != len(columns) - 1 or len(set(codes)) != len(codes):
        return None
    return (columns.index("dt"), codes) if QUANTITIES.keys() >= set(codes) else None
