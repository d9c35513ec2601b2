"""The administrator's door: a link that works once, and the session it opens."""

import secrets
from datetime import datetime, timedelta

from surco_contract.credentials import token_hash
from surco_service.ports.stores import Stores

LINK_LIVES = timedelta(days=7)
SESSION_LIVES = timedelta(days=90)
DEVICES = (  # TABLE: what the browser's name has → what it is; the first that fits
    ("iPhone", "iphone"), ("iPad", "ipad"), ("Android", "android"), ("Windows", "windows"),
    ("Macintosh", "mac"), ("Linux", "linux"), ("CrOS", "chromebook"),
)  # fmt: skip


def new_link(stores: Stores, now: datetime) -> str:
    """Return the token of a new one-time link; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    stores.sessions.new_admin_link(token_hash(token), now + LINK_LIVES)
    return token


def first_link(stores: Stores, now: datetime) -> str | None:
    """Return the token of a link as long as nobody has come in or could: at the first start."""
    if stores.sessions.sessions(now) or stores.sessions.admin_links(now):
        return None
    return new_link(stores, now)


def enter(stores: Stores, token: str, now: datetime, agent: str = "") -> str | None:
    """Use a link up; return the token of the session it opened, or None."""
    if not stores.sessions.use_admin_link(token_hash(token), now):
        return None
    session = secrets.token_urlsafe(32)
    stores.sessions.open_session(token_hash(session), now + SESSION_LIVES, now, device_of(agent))
    return session


def device_of(agent: str) -> str:
    """Return what a browser says it runs on; "" when it says nothing of the table."""
    return next((device for sign, device in DEVICES if sign in agent), "")


def end(stores: Stores, prefix: str, now: datetime) -> int:
    """End the sessions whose hash begins so, at once; return how many."""
    found = [one for one in stores.sessions.sessions(now) if one.token_hash.startswith(prefix)]
    return sum(stores.sessions.end_session(one.token_hash) for one in found)


def end_others(stores: Stores, token: str, now: datetime) -> int:
    """End every session but that of the token, at once; return how many."""
    mine = token_hash(token)
    others = [one for one in stores.sessions.sessions(now) if one.token_hash != mine]
    return sum(stores.sessions.end_session(one.token_hash) for one in others)
