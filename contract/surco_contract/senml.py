"""SenML (RFC 8428) in, for nodes that are not ours, and out, for whoever wants readings elsewhere.

A record becomes a value of the row with its time. Only its name says its quantity (the last part of
it: a code, a name of the quantities table, or one of `ALIASES`): a unit alone would make the
temperature of the soil one of the air. What has no known name is a fault that names both.

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
from surco_contract.numbers import NotANumber, json_number
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

ALIASES: dict[str, tuple[str, ...]] = {
    "r1": ("soil_moisture_mv", "moisture_mv"),
    "st": ("soil_temp", "temp_soil", "temperature_soil", "ground_temperature", "ground_temp",
           "temperatura_suelo", "temperatura_tierra"),
    "at": ("air_temp", "temp_air", "temperature_air", "ambient_temperature", "ambient_temp",
           "temperatura_aire"),
    "rh": ("air_humidity", "rel_humidity", "relhum", "humedad_relativa"),
    "pr": ("pressure", "barometric_pressure", "atmospheric_pressure"),
    "lx": ("lux", "ambient_light"),
    "rg": ("lluvia",),
    "vw": ("vwc", "soil_vwc", "volumetric_water_content", "soil_water_content",
           "soil_moisture_vwc", "theta"),
    "bv": ("battery_voltage", "bat_voltage", "batt_voltage", "battery_mv", "vbat", "vbatt"),
    "rs": ("rssi", "wifi_rssi", "wifi_signal", "signal_strength"),
}  # fmt: skip
"""TABLE: code → what others call it (ESPHome, Tasmota, Meshtastic), in small letters with `_`.

`soilTemp`, `soil-temp` and `Soil_Temp` are `soil_temp`. Not here, because they say not of what:
`temperature`, `humidity`, `moisture`, `soil_moisture` (of which scale?), `voltage`, `rainfall`.
"""

_BY_NAME = {q.name: q.code for q in QUANTITIES.values()} | {
    name: code for code, names in ALIASES.items() for name in (code, *names)
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEVICE = re.compile(r".*[/:.]|[0-9a-f]{8,}_")  # before the name: a path, or the number of a device


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
        if values.setdefault(t, {}).setdefault(code, value) != value:
            words = f"record {place}: n: a second {QUANTITIES[code].name} of one time"
            faults.append(Fault(None, "bad-field", words))
    if not values:
        unknown = any(fault.code == "unknown-column" for fault in faults)
        words = "; ".join(fault.detail for fault in faults[:3])
        raise Malformed("unknown-column" if unknown else "no-rows", "", words)
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
    known = _units_of(code)
    if not known:
        return {}
    return {"u": "%RH" if "%RH" in known else next(iter(known))}


def _units_of(code: str) -> dict[str, tuple[float, float]]:
    known = UNITS.get(QUANTITIES[code].unit, {})
    return {unit: change for unit, change in known.items() if unit != "%RH" or code == "rh"}


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
    try:
        value = json_number(record.get(key, 0))
    except NotANumber:
        raise Malformed("bad-value", key, "a number") from None
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
    name = f"{base.get('bn', '')}{record.get('n', '')}"
    code = code_of(name)
    if code is None:
        raise Malformed("unknown-column", "n", _unknown(name, unit))
    known = _units_of(code)
    factor, offset = known.get(unit, (1, 0)) if unit else (1, 0)
    if unit and unit not in known:
        raise Malformed("bad-field", "u", " or ".join(known) or "no unit for this quantity")
    value = (_number(base, "bv") + _number(record, "v")) * factor + offset
    if not -MAX_NUMBER < value < MAX_NUMBER:
        raise Malformed("number-out-of-range", "v")
    return code, float(value)


def code_of(name: str) -> str | None:
    """Return the code of the quantity that a name says; None when it says none."""
    plain = _HUMP.sub("_", _DEVICE.sub("", name)).lower().replace("-", "_")
    return _BY_NAME.get(plain) or (plain if plain in QUANTITIES else None)


def _unknown(name: str, unit: str) -> str:
    """Say a name that is not known, its unit, and which names are known for that unit."""
    fits = [q.name for q in QUANTITIES.values() if unit in _units_of(q.code)]
    said = f" in {unit[:16]!r}" if unit else " without a unit"
    return f"{name[-40:]!r}{said} says no quantity; known: {', '.join(fits or _BY_NAME)}"
