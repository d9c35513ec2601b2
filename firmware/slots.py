"""Which version of the application runs: two slots, one on trial at most. Never updated over the air.

    boot        {"good", "trial", "tries", "away", "bad", "crashes"} with a checksum, replaced whole
    a/ b/       a slot: the application and `manifest`, which is named so last and removed first
    node/ hal/  what was flashed by cable: runs when neither slot can

A manifest is text: the version, then "name size SHA-256" of each file, then "end" and the CRC-32 of
all lines before, a line each, so that it never has to be in memory as a whole. A slot is whole when
every file is as its manifest says. A version on trial is counted before it runs, so that nothing it
does can keep it running: after three starts without `confirm` the one before runs again, and `bad`
names the version for the next status. A start that did not reach the broker is no try, twenty times
at most: a garden without power says nothing about a version.
"""

import json
import os
from binascii import crc32, hexlify
from hashlib import sha256

SLOTS = ("a", "b")
TRIES = 3
AWAY = 20  # starts without the broker that are no try; at four an hour, a power cut of five hours
CRASHES = 3  # of a version that was good: then it is not trusted either
FIRST = {"good": "", "trial": "", "tries": 0, "away": 0, "bad": "", "crashes": 0}


class Slots:
    """The slots of the board whose root folder this is."""

    def __init__(self, root):
        self._root = root
        self.state = self._load()  # type: dict
        self.running, self.on_trial = "", False

    def _path(self, name):
        return self._root + "/" + name

    def _load(self):
        """Return the state; when it is damaged, no slot is good, and a whole one is on trial."""
        try:
            with open(self._path("boot"), "rb") as file:
                raw = file.read()
        except OSError:
            return dict(FIRST)
        try:
            if raw[:8] == b"%08x" % crc32(raw[8:]):
                return dict(FIRST, **json.loads(raw[8:]))
        except (ValueError, TypeError):
            pass
        whole = [slot for slot in SLOTS if self.version(slot)]
        return dict(FIRST, trial=whole[0] if whole else "")

    def save(self, **changes):
        self.state.update(changes)
        text = json.dumps(self.state).encode()
        with open(self._path("boot.new"), "wb") as file:
            file.write(b"%08x" % crc32(text) + text)
        os.rename(self._path("boot.new"), self._path("boot"))

    # ---------------------------------------------------------------- what a slot holds

    def lines(self, name):
        """Yield (file, size, SHA-256) of a manifest. Raises OSError, ValueError (damaged)."""
        with open(self._path(name), "rb") as file:
            line = file.readline()  # the version
            checksum = 0
            while line[:4] != b"end ":
                checksum = crc32(line, checksum)
                line = file.readline()
                if line[:4] != b"end ":
                    name, size, digest = line.decode().split()
                    yield name, int(size), digest
            if line != b"end %08x\n" % checksum:
                raise ValueError("the manifest is damaged")

    def told_version(self, slot):
        """Return the version that the manifest of a slot says, None when there is none."""
        try:
            with open(self._path(slot + "/manifest"), "rb") as file:
                return file.readline().decode().split()[0]
        except (OSError, ValueError, IndexError):
            return None

    def version(self, slot):
        """Return the version in a slot when it is whole, else None. Reads all of it."""
        try:
            for name, size, digest in self.lines(slot + "/manifest"):
                if self.digest(slot + "/" + name) != (size, digest):
                    return None
            return self.told_version(slot)
        except (OSError, ValueError):
            return None

    def digest(self, name):
        """Return (size, SHA-256 in hex) of a file. Raises OSError."""
        size, hashed, buffer = 0, sha256(), bytearray(512)
        with open(self._path(name), "rb") as file:
            while True:
                count = file.readinto(buffer)
                if not count:
                    return size, hexlify(hashed.digest()).decode()
                hashed.update(memoryview(buffer)[:count])
                size += count

    # ---------------------------------------------------------------- at a start

    def choose(self, why):
        """Return the slot to run, "" for what was flashed; `why`: "anew", "sleep" or "pin".

        A good slot is checked at every start but not at every wake: reading it all costs energy. A
        wake by a pin is no try: three tips of a rain gauge say nothing about a version.
        """
        state = self.state
        if state["trial"]:
            if state["tries"] < TRIES and self.version(state["trial"]):
                if why != "pin":
                    self.save(tries=state["tries"] + 1)
                self.running, self.on_trial = state["trial"], True
                return self.running
            self.give_up()
        self.running, self.on_trial = "", False
        good = state["good"] if state["crashes"] < CRASHES else ""
        if good and (why != "anew" or self.version(good)):
            self.running = good
        return self.running

    def give_up(self):
        """Do not run the version on trial again."""
        found = self.told_version(self.state["trial"])
        self.save(trial="", tries=0, bad=found or "?")

    def excuse(self):
        """The broker was not reached: this start was no try."""
        if self.on_trial and self.state["away"] < AWAY:
            self.save(tries=max(0, self.state["tries"] - 1), away=self.state["away"] + 1)

    def forgive(self):
        """Nobody orders the version that was bad any more: it may be ordered again."""
        if self.state["bad"]:
            self.save(bad="")

    def crashed(self):
        """Count a start that ended in an exception nobody expected."""
        if self.on_trial or not self.running:
            return  # it is counted already, or there is nothing else to run
        self.save(crashes=self.state["crashes"] + 1)

    def confirm(self):
        """The gateway has acked a row of this version: from now on it is the good one."""
        if self.on_trial:
            self.save(good=self.running, trial="", tries=0, bad="", crashes=0)
            self.on_trial = False
        elif self.state["crashes"]:
            self.save(crashes=0)

    # ---------------------------------------------------------------- at an update

    def wants(self, version, running):
        """Tell whether a version is news: not the one that runs, nor bad, and none is on trial."""
        return not self.on_trial and version not in (None, running, self.state["bad"])

    def spare(self):
        """Return the slot that may be written: not the good one, not the one that runs."""
        kept = (self.state["good"], self.running)
        return "b" if "a" in kept and "b" not in kept else "a"

    def try_next(self, slot):
        """Let a slot run on trial from the next start on; return whether it is whole."""
        if not self.version(slot):
            return False
        self.save(trial=slot, tries=0, away=0)
        return True
