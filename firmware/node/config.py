"""What a node is told: its own file, and what the gateway sends later (topic cfg), checked alike.

`config.json` holds what it needs to speak at all; `cfg.json` holds the last configuration from the
gateway with its `rev`. A value that makes no sense is refused whole, and the old one stays.
"""

import json

TABLE = {  # name: (kind, least, most, default); a default of None means: must be given
    "node": (str, 3, 32, None),
    "host": (str, 1, 200, None),
    "port": (int, 1, 65535, 1883),
    "user": (str, 0, 64, ""),
    "password": (str, 0, 128, ""),
    "interval_s": (int, 5, 86400, 900),
    "upload_every": (int, 1, 96, 4),
    "segments": (int, 2, 512, 128),
    "trace": (bool, 0, 1, False),
}
FROM_GATEWAY = ("interval_s", "upload_every")
FILE = "cfg.json"


class ConfigError(Exception):
    """Says which name is wrong and what it should be."""


def check(given, names=None):
    """Return the known values of a dictionary. Raises ConfigError."""
    if not isinstance(given, dict):
        raise ConfigError("the configuration must be one JSON object")
    found = {}
    for name, (kind, least, most, default) in TABLE.items():
        if names is not None and name not in names:
            continue
        value = given.get(name, default if names is None else None)
        if value is None:
            if names is None:
                raise ConfigError("%s is missing" % name)
            continue
        size = len(value) if isinstance(value, str) else value
        if type(value) is not kind or not least <= size <= most:
            what = "a text of %d to %d characters" if kind is str else "a number from %d to %d"
            raise ConfigError("%s: expected %s" % (name, what % (least, most)))
        found[name] = value
    return found


def load(text, flash):
    """Return the configuration from the text of config.json and what the gateway sent before."""
    try:
        found = check(json.loads(text))
    except ValueError:
        raise ConfigError("config.json is not JSON")
    found["rev"] = 0
    sent = _sent(flash.read(FILE))
    found.update(sent)
    return found


def _sent(raw):
    try:
        given = json.loads(raw)
        return dict(check(given, FROM_GATEWAY), rev=int(given["rev"]))
    except (ValueError, KeyError, TypeError, ConfigError):
        return {}


def apply(payload, config, flash):
    """Take a configuration from the gateway: return whether it was newer and made sense."""
    try:
        given = json.loads(payload)
        rev = given["rev"]
        if type(rev) is not int or rev <= config["rev"] or rev >= 2**31:
            return False
        sent = dict(check(given, FROM_GATEWAY), rev=rev)
    except (ValueError, KeyError, TypeError, ConfigError):
        return False
    flash.replace(FILE, json.dumps(sent).encode())
    config.update(sent)
    return True
