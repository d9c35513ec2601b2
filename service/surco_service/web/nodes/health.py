"""Salud: what is wrong, the worst first, since when and what to do; what is well in one line."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from surco_service.access import may
from surco_service.domain.nodes import signs
from surco_service.domain.stewardship.garden import common_timezone
from surco_service.parts import Parts
from surco_service.usecases.nodes.troubles import GATEWAY_LATE, State, node_of
from surco_service.web.frame.site import may_do, page, words_of
from surco_service.web.nodes import words
from surco_service.web.nodes.notices import place_name, say

FOR_KEEPERS = frozenset({"quarantine"})
"""Notices that only who may look at the messages is shown."""


def router(parts: Parts) -> APIRouter:
    """Return the page of what is wrong."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/salud", dependencies=[may(parts, "look-at-sensors")])
    def health(request: Request) -> HTMLResponse:
        state, asked = parts.look(), may_do(parts, request)
        timezone = common_timezone(state.gardens)
        notices = [
            one for one in state.notices
            if one.code not in FOR_KEEPERS or asked("look-at-quarantine")
        ]  # fmt: skip
        return page(
            parts, request, "health.html", timezone=timezone, state=state,
            said=say(words_of(parts, request, timezone), state, notices), keeps=asked("place-probes"),
            taken=state.readings and parts.tally.refused_since is None,
            signs=signs, says=words, place_name=place_name, **_boxes(state),
        )  # fmt: skip

    return routes


def _boxes(state: State) -> dict[str, object]:
    """Part the boxes: those that say something of themselves, and those that are well."""
    troubled = {name for one in state.notices for name in (one.about, node_of(one))}
    known = sorted(
        (node for node in state.nodes if node.id in state.heard),
        key=lambda node: (node.id not in state.late, _place(state, node.id)),
    )
    speaking = [node for node in known if node.status and signs.signs(node.status)]
    return {
        "speaking": speaking,
        "well": [node for node in known if node not in speaking and node.id not in troubled],
        "heard": [
            (name, at) for name, at in state.gateways.items()
            if at and state.at - at <= GATEWAY_LATE and name not in troubled
        ],
    }  # fmt: skip


def _place(state: State, node: str) -> tuple[str, str]:
    place = state.places.get(node)
    return (place.garden.name, place.beds[0].name) if place else ("~", node)
