"""TABLE of actions: who may do what.

What is not in the table nobody may do. A route names its action with `may` (surco_service/access.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from surco_service.errors import NotAllowed

Kind = Literal["anonymous", "administrator", "gateway", "node"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. Gateways and nodes have a name; people have no accounts yet."""

    kind: Kind
    name: str = ""


ANYBODY: frozenset[Kind] = frozenset({"anonymous", "administrator", "gateway", "node"})
ADMINISTRATOR: frozenset[Kind] = frozenset({"administrator"})
GATEWAY: frozenset[Kind] = frozenset({"gateway"})

ANONYMOUS = Actor("anonymous")

ACTIONS: Mapping[str, frozenset[Kind]] = {
    # look: phones in a garden have no accounts
    "look-at-gardens": ANYBODY,  # verdicts, their reasons, what was watered and harvested
    "look-at-readings": ANYBODY,
    "look-at-sensors": ANYBODY,  # where they are, and how they, gateways and databases are
    "look-at-metrics": ANYBODY,  # the same in numbers; ids, and no name of a person or garden
    "load-the-site": ANYBODY,  # styles and pictures, language, description of the API
    # write down what was seen or done
    "record-waterings": ANYBODY,
    "record-harvests": ANYBODY,
    "note-rain": ANYBODY,
    "carry-data": ANYBODY,  # bring the file of a box, which its key has signed; fetch its receipt
    # change what the programme knows of itself
    "come-in": ANYBODY,  # with a link that works once
    "edit-gardens": ADMINISTRATOR,
    "edit-beds": ADMINISTRATOR,
    "place-probes": ADMINISTRATOR,
    "calibrate-probes": ADMINISTRATOR,
    "end-sessions": ADMINISTRATOR,  # see who is in as administrator, put them out, leave
    "look-at-quarantine": ADMINISTRATOR,
    "empty-quarantine": ADMINISTRATOR,  # try a message again, or throw it away
    # what gateways do, each for itself
    "deliver-messages": GATEWAY,
    "take-orders": GATEWAY,
    "report-health": GATEWAY,
    "claim-nodes": GATEWAY,
    "fetch-firmware": GATEWAY,
}


NEEDS: Mapping[frozenset[Kind], str] = {
    GATEWAY: "needs-gateway",
    ADMINISTRATOR: "needs-administrator",
}
"""Who may → the code of the refusal of everybody else; surco_service/access.py has its words."""


def is_public(action: str) -> bool:
    """Tell whether anybody may, so that nobody needs to be asked who they are."""
    return ANONYMOUS.kind in _who_may(action)


def authorize(actor: Actor, action: str, garden: str | None = None) -> None:
    """Let those pass who may. Raises `NotAllowed`.

    `garden` is where it is to be done; it decides nothing until people have roles in gardens.
    """
    who = _who_may(action)
    if not who:
        raise NotAllowed(f"Nobody may {action}: it is not in the table of actions.", "nobody")
    if actor.kind not in who:
        raise NotAllowed(f"{actor.kind} may not {action}.", NEEDS[who])


def speak_for(actor: Actor, gateway: str) -> None:
    """Let a gateway speak only for itself. Raises `NotAllowed`."""
    if actor != Actor("gateway", gateway):
        words = f"This token was issued to {actor.name}, not to {gateway}."
        raise NotAllowed(words, "another-gateway")


def _who_may(action: str) -> frozenset[Kind]:
    return ACTIONS.get(action, frozenset())
