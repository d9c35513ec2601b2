"""A new version over the air: fetched in pieces into the slot that is not used, then tried.

The order (topic ota, retained, so it comes at every visit) names every file with its size and
SHA-256, signed with this node's key. What a slot has already stays, what the running version has
too is copied, so a visit goes on where the last one ended. The manifest is written last: a slot is
whole or it is nothing.
"""

import asyncio
import json
import os
from binascii import hexlify

from node.flash import make_folder
from node.signing import Hmac, same
from node.version import VERSION

PIECE = 2048
PIECE_S = 3
LEAST_MV, LEAST_DBM = 3700, -85
MOST_FILES, MOST_BYTES = 64, 120000
LETTERS = "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "0123456789_./-"


class Refused(Exception):
    """Says why an order is not followed."""


class Update:
    """What is wanted, and how far it is. `ready`: the next start tries it."""

    def __init__(self, node):
        self._node, self._slots, self._files = node, node.slots, node.board.files
        self._wanted = None
        self._part = None  # [digest, offset, data] of the answer that came last
        self._asked = asyncio.Event()
        self._share = None
        self.ready = False

    # ---------------------------------------------------------------- the order

    def wanted(self, payload):
        """Take an order; one that makes no sense or is not signed changes nothing."""
        self._wanted = None
        said = json.loads(payload) if payload else {"ver": None}
        if said["ver"] is None:
            return
        try:
            self._check(said)
        except Refused as error:
            self._node.note("update: %s" % error)
            return
        if said["ver"] not in (VERSION, self._slots.state["bad"]) and not self._slots.on_trial:
            self._wanted = said

    def _check(self, said):
        canonical = "surco-ota-1\n%s\n%d\n" % (said["ver"], said["mpy"])
        mac = Hmac(self._node.config["key"])
        mac.update(canonical.encode())
        total = 0
        for name, size, digest in said["files"]:
            mac.update(b"%s %d %s\n" % (name.encode(), size, digest.encode()))
            if not _is_name(name) or size < 0 or len(digest) != 64:
                raise Refused("a file name or size that makes no sense")
            total += size
        if not same(mac.hex(), said["mac"]):
            raise Refused("not signed with this node's key")
        if len(said["files"]) > MOST_FILES or total > MOST_BYTES:
            raise Refused("too large")
        if said["mpy"] != _mpy():
            raise Refused("made for another MicroPython")

    def progress(self):
        return {} if self._share is None else {"ota": "%d%%" % self._share}

    # ---------------------------------------------------------------- fetching

    async def fetch(self, client, upload, seconds):
        """Fetch for so many seconds at most; afterwards `ready` says whether all is here."""
        order = self._wanted
        if order is None or not self._may():
            return
        try:
            await asyncio.wait_for(self._fetch(client, upload, order), seconds)
        except asyncio.TimeoutError:
            pass  # it goes on at the next visit
        except OSError as error:
            self._node.note("update: %s" % error)

    def _may(self):
        """Rows first; and nothing is written on a weak battery or over a link that hardly is one."""
        battery_mv, dbm = self._node.battery_mv, self._node.memory.get("rssi")
        if self._node.outbox.held():
            return False
        return (battery_mv is None or battery_mv >= LEAST_MV) and (dbm is None or dbm >= LEAST_DBM)

    async def _fetch(self, client, upload, order):
        slot = self._slots.spare()
        self._prepare(slot, order)
        total, done = sum(size for _, size, _ in order["files"]) or 1, 0
        for name, size, digest in order["files"]:
            while not self._has(slot + "/" + name, size, digest):
                await asyncio.sleep(0)
                self._share = (done + max(0, self._files.size(slot + "/" + name))) * 100 // total
                if not await self._piece(client, upload, slot + "/" + name, digest, size):
                    return
            done += size
        self._share = 100
        manifest = {"ver": order["ver"], "files": order["files"]}
        self._files.replace(slot + "/manifest", json.dumps(manifest).encode())
        self.ready = self._slots.try_next(slot)

    def _prepare(self, slot, order):
        """Empty the slot of what the order does not name; from now on it is not whole."""
        make_folder(self._files.folder + "/" + slot)
        self._files.remove(slot + "/manifest")
        named = [name for name, _, _ in order["files"]]
        for name in named:
            self._make_folders(slot + "/" + name)
        self._remove_others(slot, "", named)
        self._copy_what_is_here(slot, order)

    def _make_folders(self, path):
        place = path.find("/", 2)
        while place > 0:
            make_folder(self._files.folder + "/" + path[:place])
            place = path.find("/", place + 1)

    def _remove_others(self, slot, inside, named):
        folder = self._files.folder + "/" + slot + inside
        for entry in os.listdir(folder):
            path = inside + "/" + entry
            if os.stat(folder + "/" + entry)[0] & 0x4000:
                self._remove_others(slot, path, named)
            elif path[1:] not in named:
                self._files.remove(slot + path)

    def _copy_what_is_here(self, slot, order):
        running = self._slots.running
        here = self._slots.manifest(running) if running else None
        known = {digest: name for name, _, digest in here["files"]} if here else {}
        for name, size, digest in order["files"]:
            path = slot + "/" + name
            if digest in known and self._files.size(path) != size:
                raw = self._files.read(running + "/" + known[digest])
                self._files.replace(path, raw)

    def _has(self, path, size, digest):
        """Tell whether a file is here and whole; one that is too long or wrong goes."""
        there = self._files.size(path)
        if there < size and not (size == 0 and there < 0):
            return False
        if there < 0:
            self._files.replace(path, b"")
        if self._slots.digest(path) == (size, digest):
            return True
        self._files.remove(path)
        return False

    async def _piece(self, client, upload, path, digest, size):
        """Ask for the next piece of a file and append it; return whether it came."""
        at = max(0, self._files.size(path))
        asked = {"sha": digest, "at": at, "n": min(PIECE, size - at)}
        self._part = None
        topic = "surco/v1/" + self._node.config["node"] + "/get"
        await client.publish(topic, json.dumps(asked).encode())
        head = bytes((at >> 24, at >> 16 & 255, at >> 8 & 255, at & 255))
        wanted = hexlify(head).decode() + digest[:16]
        if not await upload.until(lambda: self._part and self._part[0] == wanted, PIECE_S):
            return False
        data = self._part[1][: size - at]
        self._files.append(path, data)
        return len(data) > 0

    def take_part(self, payload):
        """Take an answer: four bytes offset, eight of the SHA-256, then the data."""
        self._part = [hexlify(payload[:12]).decode(), payload[12:]]


def _is_name(name):
    if not 0 < len(name) <= 60 or name[0] == "/" or ".." in name or "//" in name:
        return False
    return all(letter in LETTERS for letter in name)


def _mpy():
    """Return the version of bytecode that runs here; CPython takes any, it runs sources."""
    import sys

    found = getattr(sys.implementation, "_mpy", None)
    return 6 if found is None else found & 255
