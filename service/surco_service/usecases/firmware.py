"""New versions for the nodes: publish, roll out in stages, and look after it (`domain.rollout`)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from surco_service.domain import rollout as stages
from surco_service.domain.garden import Node, NodeStatus
from surco_service.domain.release import WITHDRAWN, make_release
from surco_service.domain.rollout import Order, Rollout, Seen, Step
from surco_service.errors import Conflict, NotFound
from surco_service.ports import Firmware, Ledger, Notebook
from surco_service.usecases.views import is_live

log = logging.getLogger(__name__)


def publish(
    firmware: Firmware, version: str, mpy: int, bodies: Mapping[str, bytes], now: datetime
) -> bool:
    """Keep a version; False when it is known. Raises `BadRelease`, `Conflict` (other content)."""
    return firmware.publish(make_release(version, mpy, bodies, now), bodies)


@dataclass(frozen=True)
class Plan:
    """How a version shall be rolled out."""

    version: str
    canaries: int = 1
    share: float = 0.1
    patience: timedelta = timedelta(hours=24)
    nodes: Sequence[str] = ()  # none: all that have a key


def start(
    firmware: Firmware, notebook: Notebook, ledger: Ledger, plan: Plan, now: datetime
) -> Rollout:
    """Begin a rollout with its canary. Raises `NotFound` (version, node), `Conflict` (one runs)."""
    if plan.version not in firmware.releases():
        raise NotFound(f"version {plan.version} is not published")
    running = firmware.rollout()
    if running is not None and running.state == "running":
        raise Conflict(f"the rollout of {running.version} still runs; stop it first")
    nodes = {node.id: node for node in notebook.nodes()}
    keys = firmware.keys()
    if missing := sorted(set(plan.nodes) - set(keys)):
        raise NotFound(f"no key, so no order can be signed: {', '.join(missing)}")
    chosen = [n for n in keys if n in nodes and (n in plan.nodes or not plan.nodes)]
    steps = {
        node: Step(before=status.firmware)
        for node in stages.order_of_nodes({n: _health(nodes[n], now) for n in chosen})
        if (status := nodes[node].status) is not None and status.firmware != plan.version
    }
    if not steps:
        raise NotFound("no node with a key has ever spoken and runs another version")
    fresh = Rollout(
        plan.version,
        now,
        steps,
        max(1, plan.canaries),
        min(max(plan.share, 0.0), 1.0),
        plan.patience,
    )
    begun, orders = stages.advance(fresh, {}, now)
    saved = firmware.save_rollout(begun)
    _give(firmware, ledger, orders)
    return saved


def step(firmware: Firmware, notebook: Notebook, ledger: Ledger, now: datetime) -> Rollout | None:
    """Look at the rollout that runs, and go on or stop; return how it stands."""
    before = firmware.rollout()
    if before is None or before.state != "running":
        return before
    after, orders = stages.advance(before, _seen(notebook, now), now)
    return _settle(firmware, ledger, before, after, orders)


def stop(firmware: Firmware, ledger: Ledger) -> Rollout:
    """Stop the rollout that runs. Raises `NotFound`."""
    before = firmware.rollout()
    if before is None or before.state != "running":
        raise NotFound("no rollout runs")
    after, orders = stages.stop(before, "by-hand")
    return _settle(firmware, ledger, before, after, orders)


def _settle(
    firmware: Firmware, ledger: Ledger, before: Rollout, after: Rollout, orders: Sequence[Order]
) -> Rollout:
    if after == before:
        return after
    _give(firmware, ledger, orders)  # first: an order that is given twice does no harm
    if after.state == "stopped":
        log.warning(
            "rollout_stopped version=%s reason=%s node=%s", after.version, after.reason, after.node
        )
    return firmware.save_rollout(after)


def _give(firmware: Firmware, ledger: Ledger, orders: Sequence[Order]) -> None:
    releases, keys = firmware.releases(), firmware.keys()
    for node, version in orders:
        known = releases.get(version) if version is not None else None
        body = known.order(keys[node]) if known is not None and node in keys else WITHDRAWN
        ledger.order("ota", node, body)


def _seen(notebook: Notebook, now: datetime) -> dict[str, Seen]:
    return {
        node.id: Seen(
            node.status.at, None if node.status.trial else node.status.firmware, node.status.bad,
            is_live(node, now),
        )
        for node in notebook.nodes()
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
    state: str  # "no-key" | "went-back" | "on-trial" | "done" | "waits" | "—", or "40%"


def overview(firmware: Firmware, notebook: Notebook) -> list[NodeFirmware]:
    """Return how it stands with each node."""
    keys, rollout = firmware.keys(), firmware.rollout()
    return [_standing(node, keys, rollout) for node in sorted(notebook.nodes(), key=lambda n: n.id)]


def _standing(node: Node, keys: Mapping[str, str], rollout: Rollout | None) -> NodeFirmware:
    status, given = node.status, None if rollout is None else rollout.steps.get(node.id)
    runs = status.firmware if status else None
    wanted = rollout.version if rollout and given and given.ordered else None
    if rollout and given and rollout.state == "stopped":
        wanted = given.before if given.confirmed else None
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
        state = status.update or "waits"
    return NodeFirmware(node.id, runs, wanted, state)
