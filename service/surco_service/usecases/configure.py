"""How a node shall work: checked here as the node will check it, and ordered with a newer `rev`.

What the broker retains is the whole configuration, so what was wished before is said again; only
networks are not kept here. New networks are on trial: a node that cannot reach the gateway through
them goes back by itself.
"""

from dataclasses import dataclass
from datetime import datetime

from surco_service.errors import Invalid, NotFound
from surco_service.ports import Ledger, Notebook

BOUNDS = {"interval_s": (5, 86400), "upload_every": (1, 96), "spill_rows": (1, 16)}
MOST_FAST_MIN = 240
FIRST_REV = 1_700_000_000  # `rev` counts seconds from then on, so that a newer one is higher


@dataclass(frozen=True)
class Wish:
    """What shall change; None and empty stay as they are."""

    interval_s: int | None = None
    upload_every: int | None = None
    spill_rows: int | None = None
    networks: tuple[tuple[str, str], ...] = ()  # name, password
    fast_min: int | None = None


def configure(notebook: Notebook, ledger: Ledger, node: str, wish: Wish, now: datetime) -> int:
    """Order it; return its `rev`. Raises `Invalid`, `NotFound` (the node)."""
    if node not in {known.id for known in notebook.nodes()}:
        raise NotFound(f"there is no node {node!r}", "no-node", node=node)
    if wrong := _wrong(wish):
        raise Invalid(wrong)
    changed = {name: value for name in BOUNDS if (value := getattr(wish, name)) is not None}
    if not changed and not wish.networks and not wish.fast_min:
        raise Invalid({"node": "nothing-to-change"})
    wished = notebook.wished(node) | changed
    rev = int(now.timestamp()) - FIRST_REV
    body: dict[str, object] = {"rev": rev, **wished}
    if wish.networks:
        body["networks"] = [{"ssid": name, "password": secret} for name, secret in wish.networks]
    if wish.fast_min:
        body["fast_until"] = int(now.timestamp()) + 60 * wish.fast_min
    notebook.wish(node, wished)
    ledger.order("cfg", node, body)
    return rev


def _wrong(wish: Wish) -> dict[str, str]:
    wrong = {
        name: "out-of-range"
        for name, (low, high) in BOUNDS.items()
        if (value := getattr(wish, name)) is not None and not low <= value <= high
    }
    if wish.fast_min is not None and not 1 <= wish.fast_min <= MOST_FAST_MIN:
        wrong["fast_min"] = "out-of-range"
    if len(wish.networks) > 2 or any(
        not 1 <= len(name.encode()) <= 32 or len(secret.encode()) > 63
        for name, secret in wish.networks
    ):
        wrong["networks"] = "out-of-range"
    return wrong
