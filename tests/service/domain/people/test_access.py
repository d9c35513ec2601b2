"""Who may do what, as the table says, and nobody else."""

from typing import get_args

import pytest

from surco_service.access import REFUSALS
from surco_service.domain.people.access import (
    ACTIONS,
    ANONYMOUS,
    NEEDS,
    Actor,
    Kind,
    authorize,
    is_public,
    speak_for,
)
from surco_service.errors import NotAllowed

ADMINISTRATOR, GATEWAY, NODE = (
    Actor("administrator"),
    Actor("gateway", "gateway-1"),
    Actor("node", "n-1"),
)
EVERYBODY = (ANONYMOUS, ADMINISTRATOR, GATEWAY, NODE)


def may(actor: Actor, action: str) -> bool:
    try:
        authorize(actor, action)
    except NotAllowed:
        return False
    return True


def test_every_refusal_says_who_is_needed() -> None:
    needed = {who for who in ACTIONS.values() if ANONYMOUS.kind not in who}
    assert needed == NEEDS.keys()
    assert set(NEEDS.values()) <= REFUSALS.keys()


@pytest.mark.parametrize("action", ACTIONS)
def test_who_stands_in_the_table_may_and_nobody_else(action: str) -> None:
    assert {actor.kind for actor in EVERYBODY if may(actor, action)} == ACTIONS[action]
    assert is_public(action) is may(ANONYMOUS, action)


@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.kind)
@pytest.mark.parametrize("action", ["", "no-such-action", "edit-garden"])
def test_what_is_not_in_the_table_nobody_may(actor: Actor, action: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        authorize(actor, action)
    assert refused.value.code == "nobody"
    assert not is_public(action)


def test_an_action_that_anybody_may_is_for_every_kind() -> None:
    kinds = set(get_args(Kind))
    assert kinds == {actor.kind for actor in EVERYBODY}
    assert [who for who in ACTIONS.values() if "anonymous" in who and who != kinds] == []


def test_a_refusal_says_whose_it_is() -> None:
    with pytest.raises(NotAllowed) as refused:
        authorize(ADMINISTRATOR, "deliver-messages", "el-mezquite")
    assert refused.value.code == "needs-gateway"
    with pytest.raises(NotAllowed) as refused:
        authorize(GATEWAY, "edit-gardens", "el-mezquite")
    assert refused.value.code == "needs-administrator"


def test_only_a_gateway_speaks_for_itself() -> None:
    speak_for(GATEWAY, "gateway-1")
    for actor, gateway in (
        (GATEWAY, "gateway-2"), (ADMINISTRATOR, "gateway-1"), (ANONYMOUS, ""),
        (Actor("node", "gateway-1"), "gateway-1"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as refused:
            speak_for(actor, gateway)
        assert refused.value.code == "another-gateway"
