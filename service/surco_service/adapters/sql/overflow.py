"""Where refusals go when the quarantine is full: one JSON line each, on disk before they leave it.

Two files bound it: at 50 MB the file becomes `….1` and replaces the one before; that is logged.
"""

import base64
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from surco_service.ports.intake import Refused

log = logging.getLogger(__name__)

LARGEST = 50_000_000


class Overflow:
    """A file of refusals, and how many lines went there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._count: int | None = None

    @property
    def count(self) -> int:
        if self._count is None:
            self._count = sum(_lines(file) for file in (self._file, self._older))
        return self._count

    @property
    def _older(self) -> Path:
        return self._file.with_name(self._file.name + ".1")

    def append(self, refused: Sequence[Refused]) -> None:
        """Write refusals down; returns when they are on the disk."""
        count = self.count
        if self._file.exists() and self._file.stat().st_size > LARGEST:
            log.error("quarantine file full=%s moved_to=%s", self._file, self._older)
            self._file.replace(self._older)
        with self._file.open("ab") as file:
            file.write(b"".join(_line(one) for one in refused))
            file.flush()
            os.fsync(file.fileno())
        self._count = count + len(refused)
        log.warning("quarantine full moved=%d file=%s", len(refused), self._file)


def _lines(file: Path) -> int:
    if not file.exists():
        return 0
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _line(refused: Refused) -> bytes:
    record = {
        "topic": refused.topic,
        "payload_b64": base64.b64encode(refused.payload).decode(),
        "received_at": refused.received_at.isoformat(),
        "gateway": refused.gateway,
        "code": refused.code,
        "detail": refused.detail,
        "row": refused.q,
    }
    return json.dumps(record).encode() + b"\n"
