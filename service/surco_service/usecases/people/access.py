"""Who asks: a gateway shows its token, the administrator a session, everybody else nothing."""

from datetime import datetime

from surco_contract.credentials import token_hash
from surco_service.domain.people.access import ANONYMOUS, Actor
from surco_service.ports.stores import Stores

SESSION_COOKIE = "surco_session"


def who_asks(stores: Stores, token: str | None, session: str | None, now: datetime) -> Actor:
    """Return who shows a bearer token or a session; only hashes are kept and compared.

    Who shows both that hold is the gateway: only a program sends a token, and on purpose.
    """
    if token and (gateway := stores.gateways.by_token(token_hash(token))) is not None:
        return Actor("gateway", gateway)
    if session and stores.sessions.session_valid(token_hash(session), now):
        return Actor("administrator")
    return ANONYMOUS
