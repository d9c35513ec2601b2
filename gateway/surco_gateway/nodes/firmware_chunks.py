"""Pieces of firmware for nodes that ask: from our disk, or first from the service.

A node asks `…/get` {"sha", "at", "n"}; the answer on `…/part` is the offset in four bytes, the
first eight of the SHA-256, then the data. Files are named by their SHA-256 and checked before they
are kept, so they never change and may be asked for in any order. What cannot be had is not
answered; the node asks again at its next visit.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from surco_contract import topics
from surco_contract.messages import read_object
from surco_contract.reasons import Malformed
from surco_gateway.errors import GatewayError

MOST_BYTES = 200  # of a question
MOST_PIECE = 4096
MOST_WAITING = 256  # nodes
MOST_FILE = 64 * 1024
MOST_KEPT = 20_000_000  # bytes on disk; then the files that were read longest ago go

_SHA = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    sha: str
    at: int
    n: int


class Door(Protocol):
    def firmware(self, sha: str) -> bytes | None: ...


class Pieces:
    """`run` is a thread's body."""

    def __init__(self, folder: Path, door: Door, say: Callable[[str, bytes, int], None]) -> None:
        self._folder, self._door, self._say = folder, door, say
        self._waiting: dict[str, bytes] = {}  # one question a node: a newer one replaces it
        self._changed = threading.Condition()
        self._stopping = False

    def hand(self, node: str, payload: bytes) -> None:
        """Take a question that `read_wanted` could read; never waits."""
        with self._changed:
            if node in self._waiting or len(self._waiting) < MOST_WAITING:
                self._waiting[node] = payload
                self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                if self._stopping:
                    return
                node = next(iter(self._waiting))
                payload = self._waiting.pop(node)
            try:
                self._answer(node, read_wanted(payload))
            except (GatewayError, OSError) as error:
                log.warning("no_piece node=%s reason=%s", node, error)
            except Exception:
                log.exception("no_piece node=%s", node)

    def _answer(self, node: str, wanted: Wanted) -> None:
        body = self._file(wanted.sha)
        if body is None:
            log.warning("no_piece node=%s reason=the service has no file %s", node, wanted.sha)
            return
        data = body[wanted.at : wanted.at + wanted.n]
        head = wanted.at.to_bytes(4, "big") + bytes.fromhex(wanted.sha[:16])
        self._say(topics.topic(node, "part"), head + data, topics.TO_NODE["part"])

    def _file(self, sha: str) -> bytes | None:
        kept = self._folder / sha
        if kept.exists():
            body = kept.read_bytes()
            if hashlib.sha256(body).hexdigest() == sha:
                kept.touch()
                return body
            kept.unlink()  # the disk changed it
        body = self._door.firmware(sha)
        if body is None or hashlib.sha256(body).hexdigest() != sha:
            return None
        self._keep(kept, body)
        return body

    def _keep(self, file: Path, body: bytes) -> None:
        """Keep a file and make room; a disk that refuses costs only the next download."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = file.with_name(file.name + ".new")
            fresh.write_bytes(body)
            fresh.replace(file)
            files = sorted(self._folder.iterdir(), key=lambda one: one.stat().st_mtime)
            while sum(one.stat().st_size for one in files) > MOST_KEPT:
                files.pop(0).unlink()
        except OSError as error:
            log.warning("firmware_not_kept reason=%s", error)


def read_wanted(payload: bytes) -> Wanted:
    """Read a question. Raises `Malformed`."""
    said = read_object(payload, MOST_BYTES)
    sha, at, n = said.get("sha"), said.get("at"), said.get("n")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise Malformed("bad-field", "sha", "a SHA-256 in hexadecimal")
    if type(at) is not int or not 0 <= at <= MOST_FILE:
        raise Malformed("bad-field", "at", f"an offset from 0 to {MOST_FILE}")
    if type(n) is not int or not 1 <= n <= MOST_PIECE:
        raise Malformed("bad-field", "n", f"1 to {MOST_PIECE} bytes")
    return Wanted(sha, at, n)
