"""Chunks of firmware for nodes that ask: from our disk, or first from the service.

A node asks `…/get` {"sha", "at", "n"}. The answer on `…/part` is the offset in four bytes, the
first eight of the SHA-256, then the data. Files are named by their SHA-256 and checked before they
are kept. So they never change, and their chunks may be asked for in any order. What cannot be had
is not answered; the node asks again at its next visit.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from surco_contract import topics
from surco_contract.messages import read_object
from surco_contract.reasons import Malformed
from surco_gateway.errors import GatewayError
from surco_gateway.nodes.node_queue import NodeQueue

MOST_BYTES = 200  # of a question
MOST_CHUNK = 4096
MOST_WAITING = 256  # nodes
MOST_FILE = 64 * 1024
MOST_KEPT = 20_000_000  # bytes on disk; then the files that were read longest ago go

_SHA = re.compile(r"[0-9a-f]{64}")

log = logging.getLogger(__name__)


class ChunkRequest(NamedTuple):
    sha: str
    at: int
    n: int


class FirmwareService(Protocol):
    """What is asked of the service."""

    def firmware(self, sha: str) -> bytes | None: ...


class FirmwareChunks:
    """`run` is a thread's body."""

    def __init__(
        self, folder: Path, service: FirmwareService, publish: Callable[[str, bytes, int], None],
        beat: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._folder, self._service, self._publish = folder, service, publish
        self.queue = NodeQueue(MOST_WAITING, beat)

    def enqueue(self, node: str, payload: bytes) -> None:
        """Take a question that `read_chunk_request` could read; never waits."""
        if not self.queue.put(node, payload):
            log.warning("no_chunk node=%s reason=too many nodes wait", node)

    def stop(self) -> None:
        self.queue.stop()

    def run(self) -> None:
        while found := self.queue.take():
            node, payload = found
            try:
                self._answer(node, read_chunk_request(payload))
            except (GatewayError, OSError) as error:
                log.warning("no_chunk node=%s reason=%s", node, error)
            except Exception:
                log.exception("no_chunk node=%s", node)

    def _answer(self, node: str, asked: ChunkRequest) -> None:
        body = self._file(asked.sha)
        if body is None:
            log.warning("no_chunk node=%s reason=the service has no file %s", node, asked.sha)
            return
        data = body[asked.at : asked.at + asked.n]
        head = asked.at.to_bytes(4, "big") + bytes.fromhex(asked.sha[:16])
        self._publish(topics.topic(node, "part"), head + data, topics.TO_NODE["part"])

    def _file(self, sha: str) -> bytes | None:
        kept = self._folder / sha
        if kept.exists():
            body = kept.read_bytes()
            if hashlib.sha256(body).hexdigest() == sha:
                kept.touch()
                return body
            kept.unlink()  # the disk changed it
        body = self._service.firmware(sha)
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


def read_chunk_request(payload: bytes) -> ChunkRequest:
    """Read a question. Raises `Malformed`."""
    said = read_object(payload, MOST_BYTES)
    sha, at, n = said.get("sha"), said.get("at"), said.get("n")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise Malformed("bad-field", "sha", "a SHA-256 in hexadecimal")
    if type(at) is not int or not 0 <= at <= MOST_FILE:
        raise Malformed("bad-field", "at", f"an offset from 0 to {MOST_FILE}")
    if type(n) is not int or not 1 <= n <= MOST_CHUNK:
        raise Malformed("bad-field", "n", f"1 to {MOST_CHUNK} bytes")
    return ChunkRequest(sha, at, n)
