"""SenML (RFC 8428) in, for nodes that are not ours, and out, for whoever wants readings elsewhere.

A record becomes a value of the row with its time. Its quantity is found by its name (the last part
of it: a column code or a name of the quantities table), else by its unit.

Foreign rows have no (b, q), so both are made from the message itself: the same message always gives
the same rows, however often it comes, and the rows of two messages never share a name.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from surco_contract.messages import (
    EXTRAPOLATED,
    FIRST_TIME,
    LAST_TIME,
    MAX_COUNT,
    MAX_NUMBER,
    MAX_ROWS,
    SYNCED,
    Data,
    Fault,
    Row,
)
from surco_contract.quantities import QUANTITIES
from surco_contract.reasons import Malformed

MAX_BYTES: Final = 16_384
ABSOLUTE: Final = 2**28  # smaller times count from now (RFC 8428, 4.5.3)
VERSION: Final = 10

UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "mV": {"mV": (1, 0), "V": (1000, 0)},
    "°C": {"Cel": (1, 0), "K": (1, -273.15)},
    "%": {"%": (1, 0), "%RH": (1, 0), "/": (100, 0)},
    "hPa": {"hPa": (1, 0), "Pa": (0.01, 0)},
    "lx": {"lx": (1, 0)},
    "mm": {"mm": (1, 0), "m": (1000, 0)},
    "dBm": {"dBm": (1, 0), "dBW": (1, 30)},
}
"""TABLE: our unit → SenML's units, each with (factor, offset) to ours. The first one is written.

They are registered (RFC 8428, 12.1; RFC 8798). A quantity in a unit that is not here is written
without `u`, which SenML allows: a new quantity needs no line of this table, only others' programs
may want one.
"""

_BY_UNIT = {"%RH": "rh", "Cel": "at", "K": "at", "hPa": "pr", "Pa": "pr", "lx": "lx", "V": "bv"}
_BY_NAME = {q.name: q.code for q in QUANTITIES.values()} | {code: code for code in QUANTITIES}
_LAST_PART = re.compile(r"[A-Za-z0-9_]+\Z")


def read_senml(payload: bytes, received_at: float) -> Data:
    """Read a SenML pack. Raises `Malformed`; records that are no value of ours become faults."""
    records = _records(payload)
    b, first = _identity(payload)
    faults: list[Fault] = []
    values: dict[int, dict[str, float]] = {}
    absolute = True
    base: dict[str, Any] = {}
    for place, record in enumerate(records):
        base |= {key: record[key] for key in ("bn", "bt", "bu", "bv") if key in record}
        try:
            t, is_absolute = _time(base, record, received_at)
            code, value = _value(base, record)
        except Malformed as fault:
            faults.append(Fault(None, fault.code, f"record {place}: {fault.detail}"))
            continue
        absolute &= is_absolute
        values.setdefault(t, {})[code] = value
    if not values:
        raise Malformed("no-rows", "", "at least one record with a quantity that we know")
    if len(values) > MAX_ROWS:
        raise Malformed("too-many-rows", "", f"at most {MAX_ROWS} different times")
    rows = [Row(first + place, t, values[t]) for place, t in enumerate(sorted(values))]
    return Data(b, first, SYNCED if absolute else EXTRAPOLATED, None, None, rows, faults)


def write_senml(node: str, rows: Iterable[tuple[int, Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Return (t, values by column code) as SenML records; never raises for a column of ours."""
    records: list[dict[str, Any]] = []
    for t, values in rows:
        for code, value in values.items():
            base = {} if records else {"bn": f"urn:dev:ops:surco-{node}:"}
            name, unit = QUANTITIES[code].name, _written_unit(code)
            records.append({**base, "n": name, **unit, "t": t, "v": value})
    return records


def _written_unit(code: str) -> dict[str, str]:
    known = UNITS.get(QUANTITIES[code].unit)
    if known is None:
        return {}
    return {"u": "%RH" if code == "rh" else next(iter(known))}


def _records(payload: bytes) -> list[dict[str, Any]]:
    if len(payload) > MAX_BYTES:
        raise Malformed("too-large", "", f"at most {MAX_BYTES} bytes, got {len(payload)}")
    try:
        found: object = json.loads(payload.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("not-utf8") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("not-json") from error
    if not isinstance(found, list) or not all(
        isinstance(record, dict) for record in cast(list[object], found)
    ):
        raise Malformed("bad-field", "", "an array of SenML records")
    records = cast(list[dict[str, Any]], found)
    for record in records:
        if record.get("bver", VERSION) != VERSION:
            raise Malformed("version-newer", "bver", str(VERSION))
        if any(key.endswith("_") for key in record):  # "must be understood" (RFC 8428, 4.4)
            raise Malformed("bad-field", "", "no key that ends in _")
    return records


def _identity(payload: bytes) -> tuple[str, int]:
    digest = hashlib.sha256(payload).digest()
    return digest[:4].hex(), int.from_bytes(digest[4:8], "big") % (MAX_COUNT - MAX_ROWS)


def _number(record: Mapping[str, Any], key: str) -> float:
    value: object = record.get(key, 0)
    if type(value) is not int and type(value) is not float:
        raise Malformed("bad-value", key, "a number")
    if not -MAX_NUMBER * 10 < value < MAX_NUMBER * 10:
        raise Malformed("number-out-of-range", key)
    return value


def _time(base: Mapping[str, Any], record: Mapping[str, Any], now: float) -> tuple[int, bool]:
    t = _number(base, "bt") + _number(record, "t")
    absolute = t >= ABSOLUTE
    t = int(t if absolute else now + t)
    if t < FIRST_TIME:
        raise Malformed("time-too-old", "t")
    if t >= LAST_TIME:
        raise Malformed("time-too-far", "t")
    return t, absolute


def _value(base: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, float]:
    if "v" not in record:
        raise Malformed("bad-value", "v", "a number; texts and truths are no readings of ours")
    unit = str(record.get("u", base.get("bu", "")))
    name = _LAST_PART.search(f"{base.get('bn', '')}{record.get('n', '')}")
    code = _BY_NAME.get(name[0] if name else "") or _BY_UNIT.get(unit)
    if code is None:
        raise Malformed("unknown-column", "n", "a quantity of ours, or a unit that tells which")
    known = UNITS.get(QUANTITIES[code].unit, {})
    factor, offset = known.get(unit, (1, 0)) if unit else (1, 0)
    if unit and unit not in known:
        raise Malformed("bad-field", "u", " or ".join(known) or "no unit for this quantity")
    value = (_number(base, "bv") + _number(record, "v")) * factor + offset
    if not -MAX_NUMBER < value < MAX_NUMBER:
        raise Malformed("number-out-of-range", "v")
    return code, float(value)
