"""Who may do what: the administrator by a session, a gateway by its token, everybody the rest."""

from datetime import datetime

from surco_contract.credentials import token_hash
from surco_service.ports.stores import Stores

SESSION_COOKIE = "surco_session"


def is_administrator(stores: Stores, cookie: str | None, now: datetime) -> bool:
    """Tell whether a session cookie is that of an administrator."""
    return bool(cookie) and stores.sessions.session_valid(token_hash(cookie), now)


def gateway_of(stores: Stores, token: str) -> str | None:
    """Return the gateway to which a token was issued; only hashes are kept and compared."""
    return stores.gateways.by_token(token_hash(token)) if token else None
