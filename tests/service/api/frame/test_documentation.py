"""`docs/reference/api.md` names the routes that there are, and no others, and who may call them."""

import re
from pathlib import Path

from surco_service.app import Parts, create_app
from surco_service.domain.people.access import ACTIONS, ADMINISTRATOR, ANYBODY, GATEWAY
from tests.service.routes import Route, actions_of

PAGE = (Path(__file__).parents[4] / "docs/reference/api.md").read_text(encoding="utf-8")
ROUTE = re.compile(r"^\| `([A-Z]+) ([^` ]+)` \| ([^|]+) \|", re.MULTILINE)
ACTION = re.compile(r"^\| `([a-z-]+)` \| ([^|]+) \|", re.MULTILINE)
WORDS = {ANYBODY: "anybody", ADMINISTRATOR: "administrator", GATEWAY: "gateway"}
FOR_ITSELF = {("POST", "/api/v1/deliveries")}  # the gateway's name is in the body, not in the path


def who(route: Route, actions: list[str]) -> str:
    """Return in the words of the page who may call a route."""
    words = " and ".join(WORDS[ACTIONS[action]] for action in actions)
    itself = "{gateway}" in route[1] or route in FOR_ITSELF
    return {"gateway": "that gateway" if itself else "any gateway"}.get(words, words)


def test_the_page_names_every_route_and_who_may_call_it(parts: Parts) -> None:
    there = {route: who(route, actions) for route, actions in actions_of(create_app(parts)).items()}
    assert {(method, path): said for method, path, said in ROUTE.findall(PAGE)} == there


def test_the_page_has_the_table_of_actions() -> None:
    section = PAGE.split("## Who may do what")[1].split("\n## ")[0]
    assert dict(ACTION.findall(section)) == {name: WORDS[who] for name, who in ACTIONS.items()}
