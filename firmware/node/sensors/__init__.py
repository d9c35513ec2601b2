"""One file per sensor, named like `kind` in the configuration; none is known here by name.

`make(pins, given)` returns a sensor: `begin()` starts a measurement and returns the milliseconds
until `read()`, which returns {column code: value or None} and powers down what `begin()` powered
up. Neither raises: a sensor that does not answer measures None.
"""

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def open_sensors(given, pins):
    """Return the sensors of a list such as [{"kind": "ds18b20", "pin": 4}]. Raises ValueError."""
    return [_open(one, pins) for one in given]


def _open(one, pins):
    kind = one.get("kind") if isinstance(one, dict) else None
    if not isinstance(kind, str) or not kind or not all(letter in LETTERS for letter in kind):
        raise ValueError('expected {"kind": "soil_probe", "pin": 2}, got %s' % (one,))
    column = one.get("column", "r1")
    if not isinstance(column, str) or len(column.encode()) != 2:
        raise ValueError('%s: "column" has two letters, such as "r2"' % kind)
    try:
        make = __import__("node.sensors." + kind, None, None, ("make",)).make
    except (ImportError, AttributeError):
        raise ValueError("there is no sensor in node/sensors/%s.py" % kind)
    try:
        return make(pins, one)
    except KeyError as missing:
        raise ValueError('%s: say its "%s"' % (kind, missing.args[0]))
    except (ValueError, TypeError) as error:
        raise ValueError("%s: %s" % (kind, error))
