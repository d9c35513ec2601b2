"""The administrator's door: a link that works once, and the session it opens."""

import secrets
from datetime import datetime, timedelta

from surco_contract.credentials import token_hash
from surco_service.ports.stores import Stores

LINK_LIVES = timedelta(days=7)
SESSION_LIVES = timedelta(days=90)


def new_link(stores: Stores, now: datetime) -> str:
    """Return the token of a new one-time link; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    stores.sessions.new_admin_link(token_hash(token), now + LINK_LIVES)
    return token


def enter(stores: Stores, token: str, now: datetime) -> str | None:
    """Use a link up; return the token of the session it opened, or None."""
    if not stores.sessions.use_admin_link(token_hash(token), now):
        return None
    session = secrets.token_urlsafe(32)
    stores.sessions.open_session(token_hash(session), now + SESSION_LIVES)
    return session
