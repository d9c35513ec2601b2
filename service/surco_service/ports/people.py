"""Who has come in."""

from datetime import datetime
from typing import Protocol


class Sessions(Protocol):
    """One-time links and the sessions they open; only hashes are kept. Raises `StoreUnavailable`."""

    def new_admin_link(self, token_hash: str, expires: datetime) -> None: ...
    def use_admin_link(self, token_hash: str, now: datetime) -> bool:
        """Consume a one-time link; False when it is unknown, used or expired."""
        ...

    def open_session(self, token_hash: str, expires: datetime) -> None: ...
    def session_valid(self, token_hash: str, now: datetime) -> bool: ...
