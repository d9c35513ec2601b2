"""What a node is told: its own file, and what the gateway sends later (topic cfg), checked alike.

    config.json   what it needs to speak at all; sealed with a checksum when the node wrote it
    config.copy   the same once more
    cfg.json      what the gateway configured last, with its `rev`, sealed

A person may write `config.json` as plain JSON. A value that makes no sense is refused whole, and
the old one stays. New networks from the gateway are on trial until the gateway was reached
through one of them; after three visits without it, the old ones are all there is again.
"""

import json

from node.seal import seal, unseal

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
FAST_MOST_S = 4 * 3600  # fast sampling ends by itself after so long at most
TRIALS = 3
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
    """Return the configuration; `note` in it says what was damaged. Raises ConfigError."""
    found, damaged = _own(files)
    found["rev"], found["cfg"] = 0, {}
    raw = flash.read(CFG)
    sent = _sent(raw)
    found["note"] = "; ".join(damaged + ([CFG + " was damaged"] if raw and sent is None else []))
    _use(found, sent or {})
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
        json.loads(text)
        return True
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
        found["trials"] = int(given.get("trials", 0))
        return found
    except (ValueError, KeyError, TypeError, ConfigError):
        return None


def _use(config, sent):
    config["cfg"], config["rev"] = sent, sent.get("rev", 0)
    for name in FROM_GATEWAY:
        if name in sent and name != "networks":
            config[name] = sent[name]


# ---------------------------------------------------------------- from the gateway


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
    if sent.get("networks"):
        sent["trials"] = TRIALS
    _keep(sent, config, flash)
    return True


def _keep(sent, config, flash):
    flash.replace(CFG, seal(json.dumps(sent).encode()))
    _use(config, sent)


def networks(config):
    """Return the networks to try, those on trial first."""
    on_trial = config["cfg"].get("networks", []) if config["cfg"].get("trials") else []
    return on_trial + config["networks"] or [{"ssid": ""}]


def judge(config, reached, flash, files):
    """Count a visit while networks are on trial: keep them, or go back. `reached`: the network."""
    sent = config["cfg"]
    if not sent.get("trials"):
        return
    if reached in sent["networks"]:
        config["networks"] = sent["networks"]
        save(files, config)
        _keep(dict(sent, trials=0), config, flash)
        return
    left = sent["trials"] - 1
    _keep(dict(sent, trials=left), config, flash)
    if not left:
        config["note"] = "the new networks of rev %d did not work" % sent["rev"]


def fast_until(payload):
    """Return until when the gateway wants fast sampling, epoch seconds; None when it does not."""
    until = json.loads(payload).get("fast_until")
    return until if type(until) is int else None


def fast_s(until, now):
    """Return for how many seconds to sample fast; 0 when that is over, too long, or now unknown."""
    if until is None or now is None or until - now > FAST_MOST_S:
        return 0
    return max(0, until - now)
