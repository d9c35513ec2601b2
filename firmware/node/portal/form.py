"""What a person writes on the page of the portal, and what a node makes of it. Pure."""

from micropython import const
from node.keep import config as configuration
from node.keep.config import ConfigError

_LEAST_PASSWORD = const(8)  # of WPA2
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HOST_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"


class Failed(Exception):
    """What did not work; its argument is a word that the page explains."""


def read(form, label, config):
    """Return the configuration that is wanted, without secrets yet, and the code.

    `config` is what holds until now, or None. Raises Failed with the name of the wrong field.
    """
    told = dict(config or label)
    told["networks"] = [_network(one) for one in _networks(form.get("networks"))]
    told["host"], told["port"] = _place(form.get("host") or place(told), told.get("tls"))
    told["node"] = label["node"]
    told["user"] = told.get("user") or label["node"]
    try:
        return configuration.check(told), _code(form.get("code"))
    except ConfigError as error:
        raise Failed("networks" if str(error).startswith("networks") else "host")


def place(told):
    """Return where the broker is, as a person may write it."""
    port = told.get("port", 1883)
    return told.get("host", "") + ("" if port == _usual(told.get("tls")) else ":%d" % port)


def _usual(tls):
    return 8883 if tls else 1883


def _networks(given):
    if not isinstance(given, list) or not 1 <= len(given) <= 2:
        raise Failed("networks")
    return given


def _network(given):
    try:
        found = {"ssid": given["ssid"], "password": given.get("password") or ""}
        short = 0 < len(found["password"].encode()) < _LEAST_PASSWORD
    except (TypeError, KeyError, AttributeError):
        raise Failed("networks")
    if short:
        raise Failed("password")
    return found


def _code(given):
    """Return a code as the label means it: people write O for 0, I for 1, and dashes or not."""
    if not given:
        return ""
    if not isinstance(given, str) or len(given) > 40:
        raise Failed("code")
    code = given.upper().replace("-", "").replace(" ", "")
    code = code.replace("O", "0").replace("I", "1").replace("L", "1")
    if not 6 <= len(code) <= 32 or not all(letter in CODE_LETTERS for letter in code):
        raise Failed("code")
    return code


def _place(given, tls):
    """Return (host, port) of "192.168.1.20" or "huerto.local:8883"."""
    if not isinstance(given, str):
        raise Failed("host")
    host, colon, port = given.strip().partition(":")
    if not host or not all(letter in HOST_LETTERS for letter in host):
        raise Failed("host")
    if not colon:
        return host, _usual(tls)
    if not 0 < len(port) < 6 or not all(digit in "0123456789" for digit in port):
        raise Failed("host")
    return host, int(port)
