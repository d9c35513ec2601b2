"""A new version over the air: fetched in pieces into the slot that is not used, then tried.

The order (topic ota, retained, so it comes at every visit) names a manifest by its SHA-256 and is
signed with this node's key; the manifest names every file by its own. All are asked for in pieces.
What the slot has already stays, what the running version has too is copied, so a wake goes on
where the last one ended. The manifest gets its name last: a slot is whole or it is nothing.

A wake for an update does nothing else: no sample, no rows.
"""

import asyncio
import gc
import json
import os
import sys
from binascii import hexlify

from micropython import const
from node.gateway.session import FAULTS, PREFIX, connect, join, leave
from node.keep.flash import make_folder
from node.signing import Hmac, same

_FETCH_S = const(20)
_PIECE = const(1024)
_PIECE_S = const(3)
_LEAST_MV = const(3700)
LEAST_DBM = const(-85)
_MOST_FILES = const(64)
_MOST_BYTES = const(120000)
_MOST_MANIFEST = const(8000)


def refusal(order, key):
    """Return why an order is not followed, "" when it may be. Raises KeyError, ValueError, TypeError.

    Its fields may be of any type until the signature says that they are the service's.
    """
    mac = Hmac(key)
    signed = (order["ver"], order["mpy"], order["size"], order["sha"])
    mac.update(("surco-ota-1\n%s\n%s\n%s\n%s\n" % signed).encode())
    if not same(mac.hex(), str(order["mac"])):
        return "not signed with this node's key"
    if order["mpy"] != _mpy():
        return "made for another MicroPython"
    return "" if 0 < order["size"] <= _MOST_MANIFEST else "too large"


def update(board, slots, config, order):
    """Fetch what is missing; return whether the new version is whole and will be tried next."""
    try:
        why = refusal(order, config["key"]) or _not_now(board)
        if not why:
            return asyncio.run(Update(board, slots, config).run(order))
    except (KeyError, ValueError, TypeError):
        why = "makes no sense"
    board.memory["update"] = why
    return False


def _not_now(board):
    battery_mv, dbm = board.battery().read()["bv"], board.memory.get("rssi")
    if battery_mv is not None and battery_mv < _LEAST_MV:
        return "waits for a fuller battery"
    return "waits for a better signal" if dbm is not None and dbm < LEAST_DBM else ""


class Update:
    """One wake's work on an update."""

    def __init__(self, board, slots, config):
        self._board, self._files, self._slots, self._config = board, board.files, slots, config
        self._part = ("", b"")  # the answer that came last: offset and file, data
        self._arrived = asyncio.Event()

    async def run(self, order):
        client, listening, done = None, None, False
        try:
            if await join(self._board, self._config, self._note) is not None:
                client = await connect(self._board, self._config, ("part",))
                listening = asyncio.create_task(self._listen(client))
                self._client = client
                self._board.checkpoint("update", _FETCH_S + 3)
                done = await asyncio.wait_for(self._fetch(order), _FETCH_S)
        except FAULTS as error:  # it goes on at another wake
            self._note(str(error))
        finally:
            if listening is not None:
                listening.cancel()
            await leave(self._board, client)
        return done

    def _note(self, words):
        if words:
            self._board.memory["update"] = words[:60]

    async def _listen(self, client):
        try:
            while True:
                topic, payload = await client.receive()
                if topic is not None and topic.endswith("/part"):
                    self._part = (hexlify(payload[:12]).decode(), payload[12:])
                    self._arrived.set()
        except FAULTS:
            self._arrived.set()

    async def _fetch(self, order):
        slot = self._slots.spare()
        make_folder(self._files.folder + "/" + slot)
        self._files.remove(slot + "/manifest")
        manifest = slot + "/manifest.new"
        if not await self._complete(manifest, order["size"], order["sha"]):
            return False
        total, done = self._check(manifest), 0
        for name, size, digest in self._slots.lines(manifest):
            self._board.memory["update"] = "%d%%" % (done * 100 // total)
            self._make_folders(slot + "/" + name)
            self._copy(slot + "/" + name, size, digest)
            if not await self._complete(slot + "/" + name, size, digest):
                return False
            done += size
        root = self._files.folder + "/"
        os.rename(root + manifest, root + slot + "/manifest")
        self._board.memory["update"] = "100%"
        return self._slots.try_next(slot)

    def _check(self, manifest):
        """Return the size of all files; remove what the manifest does not name. Raises ValueError."""
        names, total = ["manifest.new"], 1
        for name, size, digest in self._slots.lines(manifest):
            if not _is_name(name) or size < 0 or len(digest) != 64:
                raise ValueError("a file that makes no sense")
            names.append(name)
            total += size
        if len(names) > _MOST_FILES or total > _MOST_BYTES:
            raise ValueError("too large")
        self._remove_others(manifest.split("/")[0], "", names)
        return total

    def _remove_others(self, slot, inside, names):
        folder = self._files.folder + "/" + slot + inside
        for entry in os.listdir(folder):
            path = inside + "/" + entry
            if os.stat(folder + "/" + entry)[0] & 0x4000:
                self._remove_others(slot, path, names)
            elif path[1:] not in names:
                self._files.remove(slot + path)
        try:
            os.rmdir(folder)  # an empty one would hide a module of the same name
        except OSError:
            pass  # something is in it

    def _make_folders(self, path):
        place = path.find("/", 2)
        while place > 0:
            make_folder(self._files.folder + "/" + path[:place])
            place = path.find("/", place + 1)

    def _copy(self, path, size, digest):
        """Take what is missing of a file from the running version, when it has the same."""
        running = self._slots.running
        if self._files.size(path) == size or not running:
            return
        same = ""
        for name, _, known in self._slots.lines(running + "/manifest"):  # to its end: it closes
            if known == digest:
                same = name
        gc.collect()
        if same:  # one file open at a time: littlefs takes a kilobyte for each
            for place in range(max(0, self._files.size(path)), size, _PIECE):
                for piece in self._files.pieces(running + "/" + same, place, _PIECE, 1):
                    self._files.append(path, piece)

    async def _complete(self, path, size, digest):
        """Fetch what is missing of a file; return whether it is here and whole."""
        gc.collect()
        while self._files.size(path) < size:
            there = max(0, self._files.size(path))
            data = await self._ask_for_piece(digest, there, min(_PIECE, size - there))
            if not data:
                return False
            self._files.append(path, data[: size - there])
        if self._files.size(path) < 0:
            self._files.replace(path, b"")
        if self._slots.digest(path) == (size, digest):
            return True
        self._files.remove(path)  # changed on its way, or torn by a power cut
        return False

    async def _ask_for_piece(self, digest, at, n):
        """Ask for a piece of a file; return it, or nothing when it did not come in time."""
        asked, wanted = json.dumps({"sha": digest, "at": at, "n": n}), "%08x%s" % (at, digest[:16])
        self._part = ("", b"")
        self._arrived.clear()
        await self._client.publish(PREFIX + self._config["node"] + "/get", asked.encode())
        await asyncio.wait_for(self._arrived.wait(), _PIECE_S)
        return self._part[1] if self._part[0] == wanted else b""


def _is_name(name):
    """Tell whether a file may have this name in a slot: it stays inside, and is no manifest."""
    return len(name) <= 60 and name[0] != "/" and "./" not in name and name[:8] != "manifest"


def _mpy():
    """Return the version of bytecode that runs here; CPython runs sources and takes any."""
    found = getattr(sys.implementation, "_mpy", None)
    return 6 if found is None else found & 255
