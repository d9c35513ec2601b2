"""Who has come in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds. `opened` None: an older Surco opened it."""

    token_hash: str
    expires: datetime
    opened: datetime | None = None
    seen: datetime | None = None  # to the hour
    device: str = ""  # a code of usecases/people/sessions.py


class Sessions(Protocol):
    """One-time links and the sessions they open; only hashes are kept. Raises `StoreUnavailable`."""

    def new_admin_link(self, token_hash: str, expires: datetime) -> None: ...
    def use_admin_link(self, token_hash: str, now: datetime) -> bool:
        """Consume a one-time link; False when it is unknown, used or expired."""
        ...

    def admin_links(self, now: datetime) -> int:
        """Count the links that nobody has used and that still hold."""
        ...

    def open_session(
        self, token_hash: str, expires: datetime, opened: datetime | None = None, device: str = ""
    ) -> None: ...
    def session_valid(self, token_hash: str, now: datetime) -> bool:
        """Tell whether a session holds, and remember when it was last seen."""
        ...

    def sessions(self, now: datetime) -> list[Session]:
        """Return the sessions that hold, those seen last first."""
        ...

    def end_session(self, token_hash: str) -> bool:
        """End a session at once; False when there is none."""
        ...
