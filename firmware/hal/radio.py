"""Wi-Fi of a chip. An address from DHCP is kept for a day, which saves a second at every visit.

Measured by others on an ESP32: 734 ms and 100 mC with a fixed address, 1626 ms and 204 mC with DHCP
(glenn20/upy-esp32-experiments). Before every attempt the station is disconnected and switched off:
a second `connect` otherwise fails with "Wifi Internal Error" on some chips (micropython#17661).
"""

import asyncio
import time

import network

from micropython import const

_LEASE_S = const(24 * 3600)
POLL_S = 0.05
_MARGIN_MS = const(200)  # whoever waits `seconds` for a join should hear what was wrong
_OPEN_POLLS = const(100)
WHYS = {  # chips number them differently
    network.STAT_WRONG_PASSWORD: "wrong-password",
    network.STAT_NO_AP_FOUND: "not-found",
}


class Radio:
    """`memory` outlives deep sleep; `count` tells seconds. `security`: what an ESP32's AP needs."""

    def __init__(self, memory, count, security=None):
        self._memory, self._count, self._security = memory, count, security
        self._fixed = False  # the station has an address that DHCP did not give just now

    async def join(self, ssid, password, seconds):
        """Join a network; return the signal strength in dBm. Raises NoWifi."""
        ends = time.ticks_add(time.ticks_ms(), seconds * 1000 - _MARGIN_MS)
        lease = self._lease(ssid)
        if lease is not None:
            half = time.ticks_add(time.ticks_ms(), seconds * 500)
            if await self._try(ssid, password, lease["ip"], half):
                self._memory["radio"] = lease
                return self._dbm()
        if not await self._try(ssid, password, None, ends):
            why = _why()
            self._station_off()
            from hal.no_wifi import NoWifi  # so that it takes memory only then

            raise NoWifi(why, ssid)
        address = list(network.WLAN(network.STA_IF).ifconfig())
        self._memory["radio"] = {"ssid": ssid, "ip": address, "at": self._count()}
        return self._dbm()

    def _lease(self, ssid):
        """Return what DHCP gave here, forgotten until it worked again; None when too old."""
        lease = self._memory.pop("radio", None)
        if lease is None or lease["ssid"] != ssid or self._memory.get("failures"):
            return None
        return lease if 0 <= self._count() - lease["at"] < _LEASE_S else None

    async def _try(self, ssid, password, address, ends):
        """Connect; return whether it worked before `ends`."""
        self._station_off()
        station = network.WLAN(network.STA_IF)
        station.active(True)
        if address is not None:
            station.ifconfig(tuple(address))
            self._fixed = True
        elif self._fixed:
            station.ipconfig(dhcp4=True)
            self._fixed = False
        station.connect(ssid, password)
        while not station.isconnected():
            if time.ticks_diff(ends, time.ticks_ms()) <= 0:
                return False
            if station.status() < 0:  # an RP2040's chip gives up by itself
                station.connect(ssid, password)
            await asyncio.sleep(POLL_S)
        return True

    def _dbm(self):
        return network.WLAN(network.STA_IF).status("rssi")

    def scan(self):
        """Return (name, dBm) of the networks in reach, strongest first, each name once."""
        station, found = network.WLAN(network.STA_IF), {}
        station.active(True)
        for entry in station.scan():
            try:
                name, dbm = bytes(entry[0]).decode(), entry[3]
            except UnicodeError:
                continue  # nobody could choose it
            if name.strip("\0") and dbm > found.get(name, -1000):
                found[name] = dbm
        return sorted(found.items(), key=lambda one: -one[1])

    async def open_access_point(self, name, password):
        """Open a network of our own, WPA2; return our address in it. Raises OSError."""
        point = network.WLAN(network.AP_IF)
        if self._security is None:  # an RP2040's chip takes its settings before it starts
            point.config(ssid=name, key=password)
            point.active(True)
        else:
            point.active(True)
            point.config(ssid=name, key=password, security=self._security)
        for _ in range(_OPEN_POLLS):
            if point.active():
                return point.ifconfig()[0]
            await asyncio.sleep(POLL_S)
        raise OSError("the access point does not open")

    def off(self):
        """Switch everything off. Never raises."""
        self._station_off()
        _off(network.WLAN(network.AP_IF))

    def _station_off(self):
        station = network.WLAN(network.STA_IF)
        try:
            station.disconnect()
        except (OSError, RuntimeError):
            pass  # it was not connected
        _off(station)


def _why():
    """Return why the station has no connection, as far as it knows."""
    return WHYS.get(network.WLAN(network.STA_IF).status(), "no-wifi")


def _off(interface):
    try:
        interface.active(False)
    except (OSError, RuntimeError):
        pass  # it never was on
