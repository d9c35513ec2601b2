"""The radio of a simulated node: the networks that soil.json names, or one that always works."""

import asyncio
import os

JOIN_S = {"lease": 0.32, "dhcp": 1.21}  # upy-esp32-experiments: 0.73 and 1.63 s, less 0.42 of boot


class Radio:
    """`told["networks"]`: {name: {"password", "dbm"}}; without it any join succeeds."""

    def __init__(self, told, memory):
        self._networks, self._dbm = told.get("networks"), told.get("rssi_dbm", -62)
        self._join_s = JOIN_S.get(told.get("real_time"), 0)

    async def join(self, ssid, password, seconds):
        """Join a network; return the signal strength in dBm. Raises NoWifi."""
        await asyncio.sleep(self._join_s)
        if self._networks is None:
            return self._dbm - os.urandom(1)[0] % 6
        found = self._networks.get(ssid)
        if found is not None and found.get("password", "") == password:
            return found.get("dbm", self._dbm)
        from hal.no_wifi import NoWifi  # so that it takes memory only then

        raise NoWifi("not-found" if found is None else "wrong-password", ssid)

    def scan(self):
        """Return (name, dBm) of what is in reach, the strongest first."""
        found = [(name, one.get("dbm", self._dbm)) for name, one in (self._networks or {}).items()]
        return sorted(found, key=lambda one: -one[1])

    async def open_access_point(self, name, password):
        """Return the own address."""
        return "127.0.0.1"

    def off(self):
        """Nothing is on."""
