"""How a node shall work: checked here as the node will check it, and ordered with a newer `rev`.

What the broker retains is the whole configuration, so what was wished before is said again, a
workshop until it is over. Only networks are not kept here: until the node has heard of new ones,
nothing else is ordered that would take their place. New networks are on trial: a node that cannot
reach the gateway through them goes back by itself. Once it has heard, what the broker retains is the same
without their passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from surco_service.errors import Invalid, NotFound
from surco_service.ports.stores import Stores

BOUNDS = {"interval_s": (5, 86400), "upload_every": (1, 96), "spill_rows": (1, 16)}
MOST_FAST_MIN = 240
NETWORKS_REV = "networks_rev"  # among what was wished: the `rev` that had new networks last
FIRST_REV = 1_700_000_000  # `rev` counts seconds from then on, so that a newer one is higher


@dataclass(frozen=True)
class Wish:
    """What shall change; None and empty stay as they are."""

    interval_s: int | None = None
    upload_every: int | None = None
    spill_rows: int | None = None
    networks: tuple[tuple[str, str], ...] = ()  # name, password
    fast_min: int | None = None


def configure(stores: Stores, node: str, wish: Wish, now: datetime) -> int:
    """Order it; return its `rev`. Raises `Invalid`, `NotFound` (the node)."""
    known = next((one for one in stores.registry.nodes() if one.id == node), None)
    if known is None:
        raise NotFound(f"there is no node {node!r}", "no-node", node=node)
    if wrong := _wrong(wish):
        raise Invalid(wrong)
    changed = {name: value for name in BOUNDS if (value := getattr(wish, name)) is not None}
    if not changed and not wish.networks and not wish.fast_min:
        raise Invalid({"node": "nothing-to-change"})
    wished, now_s = stores.registry.wished(node) | changed, int(now.timestamp())
    heard = known.status and known.status.cfg
    if not wish.networks and wished.get(NETWORKS_REV, 0) > (heard or 0):
        raise Invalid({"networks": "not-heard-yet"})
    rev = wished["rev"] = max(now_s - FIRST_REV, wished.get("rev", 0) + 1)
    if wish.fast_min:
        wished["fast_until"] = now_s + 60 * wish.fast_min
    elif wished.get("fast_until", 0) <= now_s:
        wished.pop("fast_until", None)
    body = _body(wished)
    if wish.networks:
        body["networks"] = [{"ssid": name, "password": secret} for name, secret in wish.networks]
        wished[NETWORKS_REV] = rev
    stores.registry.wish(node, wished)
    stores.gateways.order("cfg", node, body)
    return rev


def forget_networks(stores: Stores, node: str, heard: int | None) -> None:
    """Once a node has heard of its networks, let the brokers forget their passwords: it has them."""
    wished = stores.registry.wished(node)
    networks_rev = wished.pop(NETWORKS_REV, None)
    if networks_rev is None or (heard or 0) < networks_rev:
        return
    stores.registry.wish(node, wished)
    stores.gateways.order("cfg", node, _body(wished))


def _body(wished: Mapping[str, int]) -> dict[str, object]:
    return {name: value for name, value in wished.items() if name != NETWORKS_REV}


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
