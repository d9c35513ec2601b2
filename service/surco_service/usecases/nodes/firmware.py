"""New versions for the nodes: publish, roll out in stages, and look after it (`domain.rollout`)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.domain.nodes import rollout as stages
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.domain.nodes.release import WITHDRAWN, make_release
from surco_service.domain.nodes.rollout import Order, Rollout, Seen, Step
from surco_service.domain.nodes.signs import complaints
from surco_service.errors import Conflict, NotFound
from surco_service.ports.stores import Stores
from surco_service.usecases.water.views import is_live

log = logging.getLogger(__name__)


def publish(
    stores: Stores, version: str, mpy: int, bodies: Mapping[str, bytes], now: datetime
) -> bool:
    """Keep a version; False when it is known. Raises `BadRelease`, `Conflict` (other content)."""
    return stores.firmware.publish(make_release(version, mpy, bodies, now), bodies)


@dataclass(frozen=True)
class Plan:
    """How a version shall be rolled out."""

    version: str
    canaries: int = 1
    share: float = 0.1
    patience: timedelta = timedelta(hours=24)
    nodes: Sequence[str] = ()  # none: all that have a key


def start(stores: Stores, plan: Plan, now: datetime) -> Rollout:
    """Begin a rollout with its canary. Raises `NotFound` (version, node), `Conflict` (one runs)."""
    if plan.version not in stores.firmware.releases():
        raise NotFound(
            f"version {plan.version} is not published", "not-published", version=plan.version
        )
    before = stores.firmware.rollout()
    if before is not None and before.state == "running":
        raise Conflict(
            f"the rollout of {before.version} still runs; stop it first", "still-runs",
            version=before.version,
        )  # fmt: skip
    steps, seen = _steps(stores, plan, now), _seen(stores, now)
    if not steps:
        raise NotFound(
            "no node with a key has ever spoken and runs another version", "nobody-needs-it"
        )
    if not any(seen[node].well for node in steps):
        raise Conflict("every node is late or lost; none can show how the version does", "all-late")
    canaries, share = max(1, plan.canaries), min(max(plan.share, 0.0), 1.0)
    fresh = Rollout(plan.version, now, steps, canaries, share, plan.patience)
    begun = _settle(stores, before, *stages.advance(fresh, seen, now))
    if begun is None:
        raise Conflict("another rollout began just now", "began-just-now")
    return begun


def _steps(stores: Stores, plan: Plan, now: datetime) -> dict[str, Step]:
    """Return the nodes of a plan that run another version, the healthiest first."""
    keys, nodes = stores.firmware.keys(), {node.id: node for node in stores.registry.nodes()}
    if missing := sorted(set(plan.nodes) - set(keys)):
        listed = ", ".join(missing)
        raise NotFound(f"no key, so no order can be signed: {listed}", "no-keys", nodes=listed)
    chosen = [n for n in keys if n in nodes and (n in plan.nodes or not plan.nodes)]
    return {
        node: Step(before=status.firmware)
        for node in stages.order_of_nodes({n: _health(nodes[n], now) for n in chosen})
        if (status := nodes[node].status) is not None and status.firmware != plan.version
    }


def step(stores: Stores, now: datetime) -> Rollout | None:
    """Look at the newest rollout, and go on or stop; return how it stands."""
    before = stores.firmware.rollout()
    if before is None or before.state == "done":
        return before
    after, orders = stages.advance(before, _seen(stores, now), now)
    if after == before:
        return before
    settled = _settle(stores, before, after, orders)
    if settled is None:  # somebody stopped it just now: the next look sees that
        return stores.firmware.rollout()
    if settled.state == "stopped" and before.state == "running":
        log.warning(
            "rollout_stopped version=%s reason=%s node=%s", after.version, after.reason, after.node
        )
    return settled


def stop(stores: Stores) -> Rollout:
    """Stop the rollout that runs. Raises `NotFound`."""
    while True:
        before = stores.firmware.rollout()
        if before is None or before.state != "running":
            raise NotFound("no rollout runs", "none-runs")
        if stopped := _settle(stores, before, *stages.stop(before, "by-hand")):
            return stopped


def _settle(
    stores: Stores, before: Rollout | None, after: Rollout, orders: Sequence[Order]
) -> Rollout | None:
    releases, keys = stores.firmware.releases(), stores.firmware.keys()
    signed: dict[str, Mapping[str, object]] = {}
    for node, version in orders:
        known = releases.get(version) if version is not None else None
        signed[node] = known.order(keys[node]) if known and node in keys else WITHDRAWN
    return stores.firmware.settle(before, after, signed)


def no_way_back(stores: Stores, rollout: Rollout) -> list[str]:
    """Return the versions that a stop could not bring back, because they are not published."""
    had = {step.before for step in rollout.steps.values() if step.before is not None}
    return sorted(had - stores.firmware.releases().keys())


def _seen(stores: Stores, now: datetime) -> dict[str, Seen]:
    return {
        node.id: Seen(
            node.status.at, None if node.status.trial else node.status.firmware, node.status.bad,
            is_live(node, now),
        )
        for node in stores.registry.nodes()
        if node.status is not None
    }  # fmt: skip


def _health(node: Node, now: datetime) -> tuple[bool, float, float]:
    status = node.status or NodeStatus(now, "lost")
    return is_live(node, now), status.battery_mv or 0.0, status.rssi_dbm or -200.0


@dataclass(frozen=True)
class NodeFirmware:
    """What one node runs and should run."""

    node: str
    version: str | None
    wanted: str | None
    state: (
        str  # "no-key" | "went-back" | "on-trial" | "done" | "waits" | "—", "40%", or why it waits
    )


def overview(stores: Stores) -> list[NodeFirmware]:
    """Return how it stands with each node."""
    keys, wanted = stores.firmware.keys(), _wanted(stores)
    nodes = sorted(stores.registry.nodes(), key=lambda node: node.id)
    return [_standing(node, keys, wanted.get(node.id)) for node in nodes]


def _wanted(stores: Stores) -> dict[str, str | None]:
    """Return the version that each node is ordered to have."""
    rollout = stores.firmware.rollout()
    if rollout is None:
        return {}
    if rollout.state != "stopped":
        return {n: rollout.version for n, step in rollout.steps.items() if step.ordered}
    known = stores.firmware.releases()
    return {n: s.before for n, s in rollout.steps.items() if s.sent_back and s.before in known}


def _standing(node: Node, keys: Mapping[str, str], wanted: str | None) -> NodeFirmware:
    status = node.status
    runs = status.firmware if status else None
    if node.id not in keys:
        state = "no-key"
    elif status is None or wanted is None:
        state = "went-back" if status and status.bad else "—"
    elif status.bad == wanted:
        state = "went-back"
    elif status.trial:
        state = "on-trial"
    elif runs == wanted:
        state = "done"
    else:
        state = status.update or _why_it_waits(status)
    return NodeFirmware(node.id, runs, wanted, state)


def _why_it_waits(status: NodeStatus) -> str:
    """Return the sign "update-…" that the node gave, else "waits"."""
    told = (code for code in complaints(status.error) if code.startswith("update-"))
    return next(told, "waits")
