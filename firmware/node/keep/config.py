"""What a node is told: its own file, and what the gateway sends later (topic cfg), checked alike.

    config.json   what it needs to speak at all; sealed with a checksum when the node wrote it
    config.copy   the same once more
    cfg.json      what the gateway configured last, with its `rev`, sealed

A person may write `config.json` as plain JSON. A value that makes no sense is refused whole, and
the old one stays. What comes from the gateway is taken by `node.gateway.orders`.
"""

import json

from node.keep.seal import seal, unseal

TABLE = {  # name: (kind, least, most, default); a default of None means: must be given
    "node": (str, 3, 32, None),
    "host": (str, 1, 200, None),
    "port": (int, 1, 65535, 1883),
    "tls": (bool, 0, 1, False),
    "user": (str, 0, 64, ""),
    "password": (str, 0, 128, ""),
    "key": (str, 0, 64, ""),
    "networks": (list, 0, 2, []),
    "sensors": (list, 0, 10, []),
    "interval_s": (int, 5, 86400, 900),
    "upload_every": (int, 1, 96, 4),
    "spill_rows": (int, 1, 16, 1),
    "segments": (int, 2, 512, 192),
    "trace": (bool, 0, 1, False),
}
FROM_GATEWAY = ("interval_s", "upload_every", "spill_rows", "networks")
FILE, COPY, CFG = "config.json", "config.copy", "cfg.json"


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
        _check_one(name, value, kind, least, most)
        found[name] = value
    for network in found.get("networks", []):
        _check_network(network)
    return found


def _check_one(name, value, kind, least, most):
    size = len(value) if kind in (str, list) and type(value) is kind else value
    if type(value) is kind and least <= size <= most:
        return
    what = {
        str: "a text of %d to %d characters",
        list: "a list of %d to %d",
        bool: "true or false",
        int: "a number from %d to %d",
    }[kind]
    raise ConfigError("%s: expected %s" % (name, what % (least, most) if "%" in what else what))


def _check_network(network):
    try:
        name, password = network["ssid"], network.get("password", "")
        right = 1 <= len(name.encode()) <= 32 and len(password.encode()) <= 63
    except (TypeError, KeyError, AttributeError):
        right = False
    if not right:
        raise ConfigError('networks: expected {"ssid": 1 to 32 bytes, "password": at most 63}')


# ---------------------------------------------------------------- the files


def load(files, flash):
    """Return the configuration; `note` in it says what is wrong with it. Raises ConfigError."""
    found, notes = _own(files)
    found["rev"], found["cfg"] = 0, {}
    raw = flash.read(CFG)
    sent = _sent(raw)
    if sent is None:
        notes.append(CFG + " was damaged")
    use(found, sent or {})
    if found["cfg"].get("failed"):
        notes.append("the new networks of rev %d did not work" % found["rev"])
    found["note"] = "; ".join(notes)
    return found


def _own(files):
    raw, damaged = files.read(FILE), []
    if raw and unseal(raw) is None and (_is_json(raw) or files.size(COPY) < 0):  # a person wrote it
        found = _read(raw)
        save(files, found)
        return found, []
    for name in (FILE, COPY):
        text = unseal(files.read(name))
        if text is not None:
            found = _read(text)
            if damaged or files.size(COPY) < 0:
                save(files, found)
            return found, damaged
        damaged.append(name + " was damaged, its copy is used")
    if not raw and files.size(FILE) < 0:
        raise ConfigError("config.json is missing")
    raise ConfigError("config.json is not JSON, and there is no copy; set the node up again")


def _is_json(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _read(text):
    try:
        return check(json.loads(text))
    except ValueError:
        raise ConfigError("config.json is not JSON")


def save(files, config):
    """Keep the node's own configuration, twice."""
    sealed = seal(json.dumps({name: config[name] for name in TABLE if name in config}).encode())
    files.replace(COPY, sealed)
    files.replace(FILE, sealed)


def _sent(raw):
    """Return what the gateway sent before, {} when nothing, None when it is damaged."""
    if not raw:
        return {}
    try:
        given = json.loads(unseal(raw) or "")
        found = dict(check(given, FROM_GATEWAY), rev=int(given["rev"]))
        for name in ("trials", "failed"):
            found[name] = int(given.get(name, 0))
        return found
    except (ValueError, KeyError, TypeError, ConfigError):
        return None


def use(config, sent):
    """Let what the gateway sent hold."""
    config["cfg"], config["rev"] = sent, sent.get("rev", 0)
    for name in FROM_GATEWAY:
        if name in sent and name != "networks":
            config[name] = sent[name]
