"""A token or a session says who asks; what does not hold says nothing."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from surco_contract.credentials import token_hash
from surco_service.domain.people.access import ANONYMOUS, Actor
from surco_service.usecases.people import sessions
from surco_service.usecases.people.access import who_asks
from tests.service.deliveries import NOON, Inlet

GATEWAY, ADMINISTRATOR = Actor("gateway", "gateway-1"), Actor("administrator")


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        yield inlet


@pytest.fixture
def session(inlet: Inlet) -> str:
    """Return a session opened at noon by a link."""
    inlet.stores.gateways.add("gateway-1", token_hash("token"))
    session = sessions.enter(inlet.stores, sessions.new_link(inlet.stores, NOON), NOON)
    assert session is not None
    return session


@pytest.mark.parametrize("shown", [None, "", "guessed", "token ", token_hash("token")])
def test_only_the_very_token_is_a_gateway_s(inlet: Inlet, session: str, shown: str | None) -> None:
    assert who_asks(inlet.stores, "token", None, NOON) == GATEWAY
    assert who_asks(inlet.stores, shown, None, NOON) == ANONYMOUS


def test_a_session_is_the_administrator_s_until_it_expires(inlet: Inlet, session: str) -> None:
    end = NOON + sessions.SESSION_LIVES
    assert who_asks(inlet.stores, None, session, end - timedelta(seconds=1)) == ADMINISTRATOR
    assert who_asks(inlet.stores, None, session, end) == ANONYMOUS
    for guessed in (None, "", "guessed", token_hash(session)):
        assert who_asks(inlet.stores, None, guessed, NOON) == ANONYMOUS


def test_a_token_is_no_session_and_a_session_no_token(inlet: Inlet, session: str) -> None:
    assert who_asks(inlet.stores, session, "token", NOON) == ANONYMOUS


def test_who_shows_both_is_the_gateway_if_its_token_holds(inlet: Inlet, session: str) -> None:
    assert who_asks(inlet.stores, "token", session, NOON) == GATEWAY
    assert who_asks(inlet.stores, "guessed", session, NOON) == ADMINISTRATOR


def test_a_link_is_worth_nothing_once_it_is_old_or_used(inlet: Inlet) -> None:
    link = sessions.new_link(inlet.stores, NOON)
    assert sessions.enter(inlet.stores, link, NOON + sessions.LINK_LIVES) is None
    link = sessions.new_link(inlet.stores, NOON)
    assert sessions.enter(inlet.stores, link, NOON) is not None
    assert sessions.enter(inlet.stores, link, NOON) is None
