"""Wi-Fi of `world`, with the manners of a chip."""

import world as _world

STA_IF, AP_IF = 0, 1
STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_CONNECTING = 201, 202, 1001
_ROUTER = ("192.168.1.23", "255.255.255.0", "192.168.1.1", "192.168.1.1")


class _WLAN:
    def __init__(self, address):
        self._address, self._on, self._asked, self._tried = address, False, None, False
        self._fixed, self._settings = False, {}

    def active(self, on=None):
        if on is None:
            return self._on
        if not on:
            self._tried, self._asked = False, None
        self._on = on

    def connect(self, ssid, password):
        if not self._on or self._tried:  # micropython#17661
            raise OSError("Wifi Internal Error")
        self._tried, self._asked = True, (ssid, password)
        _world.network_log.append("fixed" if self._fixed else "dhcp")

    def disconnect(self):
        if not self._on:
            raise OSError("Wifi Not Started")
        self._asked = None

    def isconnected(self):
        known = self._asked and _world.networks.get(self._asked[0], (None, 0))[0] == self._asked[1]
        return bool(known) and (_world.fixed_address_works or not self._fixed)

    def status(self, name=None):
        if name == "rssi":
            return _world.networks[self._asked[0]][1]
        if self._asked and self._asked[0] == "mute":  # it is in the air, and never answers
            return STAT_CONNECTING
        if self._asked and self._asked[0] not in _world.networks:
            return STAT_NO_AP_FOUND
        return STAT_CONNECTING if self.isconnected() else STAT_WRONG_PASSWORD

    def scan(self):
        assert self._on
        found = [
            (name.encode(), b"", 1, dbm, 3, False) for name, (_, dbm) in _world.networks.items()
        ]
        return (
            found
            + [(b"", b"", 1, -30, 3, True), (b"\xff\xfe", b"", 1, -31, 3, False)]
            + [(entry[0], b"", 6, entry[3] - 20, 3, False) for entry in found]
        )

    def ifconfig(self, address=None):
        if address is None:
            return self._address
        assert len(address) == 4
        self._fixed = True

    def ipconfig(self, dhcp4):
        self._fixed = not dhcp4

    def config(self, **settings):
        self._settings = settings


_INTERFACES = {STA_IF: _WLAN(_ROUTER), AP_IF: _WLAN(("192.168.4.1", "255.255.255.0", "", ""))}


def WLAN(number):
    return _INTERFACES[number]
