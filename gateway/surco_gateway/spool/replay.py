"""`python -m surco_gateway replay --since 2026-11-01`: send kept messages to the service again.

It only marks them; a running gateway notices within seconds, a stopped one when it starts. The
service recognises what it has and keeps what it had lost.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from surco_gateway.errors import SpoolBroken
from surco_gateway.spool.spool import FILE, Spool, open_spool

_NO_CAP = 1 << 40  # the running gateway holds to the cap


def replay(spool_folder: Path, since: datetime, until: datetime | None = None) -> int:
    """Mark messages that arrived in since <= t < until to be sent again; return how many.

    Raises `SpoolBroken` when there is no spool.
    """
    end = until.timestamp() if until else float("inf")
    with _kept(spool_folder) as spool:
        return spool.replay(since.timestamp(), end)


def confirm(spool_folder: Path) -> int:
    """Forget what is told of the file, because a person has read it; return how much it was.

    Raises `SpoolBroken` when there is no spool.
    """
    with _kept(spool_folder) as spool:
        return spool.confirm()


@contextmanager
def _kept(spool_folder: Path) -> Generator[Spool]:
    if not (spool_folder / FILE).is_file():
        raise SpoolBroken(f"there is no spool in {spool_folder}; check gateway.data")
    with open_spool(spool_folder, keep_bytes=_NO_CAP, keep_days=0) as spool:
        yield spool


def read_time(text: str) -> datetime:
    """Read 2026-11-01 or 2026-11-01T06:30; without an offset it is this machine's local time.

    Raises `ValueError`.
    """
    return datetime.fromisoformat(text).astimezone()
