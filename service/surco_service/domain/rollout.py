"""How a new version reaches the nodes: a canary, then a few, then all; and how that stops by itself.

Pure. A stage begins when every node of the one before runs the new version for good and has kept
well for `patience`. One node that went back to its old version, fell silent, or was lost stops the
rollout: nodes that have the new version get the one from before, the others never hear of it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

STAGES = ("canary", "share", "all")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a node at a look."""

    at: datetime  # of its last status
    version: str | None  # that it runs for good; None while it only tries one
    bad: str | None = None  # a version that it tried and gave up
    well: bool = True  # not lost, not late


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one node of a rollout."""

    before: str | None  # the version it had
    ordered: datetime | None = None
    confirmed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """`steps` in the order in which the nodes get their turn."""

    version: str
    started: datetime
    steps: Mapping[str, Step]
    canaries: int = 1
    share: float = 0.1
    patience: timedelta = timedelta(hours=24)
    state: str = "running"  # "running" | "done" | "stopped"
    reason: str = ""  # "went-back" | "silent" | "by-hand", and the node
    node: str = ""
    id: int = 0

    @property
    def stage(self) -> str:
        """Return the stage that the last order belongs to."""
        ordered = sum(step.ordered is not None for step in self.steps.values())
        sizes = self.sizes()
        return next(name for name, size in zip(STAGES, sizes, strict=True) if ordered <= size)

    def sizes(self) -> tuple[int, int, int]:
        """Return how many nodes have had their turn at the end of each stage."""
        count = len(self.steps)
        canaries = min(self.canaries, count)
        return canaries, min(count, max(canaries, math.ceil(self.share * count))), count


Order = tuple[str, str | None]
"""Node, and the version that it shall have; None: it shall forget what it was told."""


def order_of_nodes(nodes: Mapping[str, tuple[bool, float, float]]) -> list[str]:
    """Return the nodes, the healthiest first: (is well, battery mV, signal dBm)."""
    return sorted(nodes, key=lambda node: (*(-float(one) for one in nodes[node]), node))


def advance(
    rollout: Rollout, seen: Mapping[str, Seen], now: datetime
) -> tuple[Rollout, Sequence[Order]]:
    """Return how the rollout stands now, and what is to be ordered."""
    if rollout.state != "running":
        return rollout, ()
    for node, step in rollout.steps.items():
        if fault := _fault(rollout.version, step, seen.get(node)):
            return stop(rollout, fault, node)
    steps = {
        node: _looked_at(rollout.version, step, seen.get(node), now)
        for node, step in rollout.steps.items()
    }
    rollout = replace(rollout, steps=steps)
    had = [step for step in steps.values() if step.ordered is not None]
    if any(step.confirmed is None or now - step.confirmed < rollout.patience for step in had):
        return rollout, ()
    if len(had) == len(steps):
        return replace(rollout, state="done"), ()
    return _next_stage(rollout, len(had), now)


def stop(rollout: Rollout, reason: str, node: str = "") -> tuple[Rollout, Sequence[Order]]:
    """Return the stopped rollout; nodes that were ordered get what they had before."""
    orders = [
        (name, step.before if step.confirmed else None)
        for name, step in rollout.steps.items()
        if step.ordered is not None
    ]
    return replace(rollout, state="stopped", reason=reason, node=node), orders


def _fault(version: str, step: Step, seen: Seen | None) -> str:
    if step.ordered is None or seen is None:
        return ""
    if seen.bad == version and seen.at > step.ordered:
        return "went-back"
    if step.confirmed and seen.version not in (version, None):
        return "went-back"
    return "" if seen.well else "silent"


def _looked_at(version: str, step: Step, seen: Seen | None, now: datetime) -> Step:
    if step.ordered is None or step.confirmed or seen is None:
        return step
    runs = seen.version == version and seen.at > step.ordered
    return replace(step, confirmed=now) if runs else step


def _next_stage(rollout: Rollout, had: int, now: datetime) -> tuple[Rollout, Sequence[Order]]:
    end = next(size for size in rollout.sizes() if size > had)
    chosen = list(rollout.steps)[had:end]
    steps = {
        node: replace(step, ordered=now) if node in chosen else step
        for node, step in rollout.steps.items()
    }
    return replace(rollout, steps=steps), [(node, rollout.version) for node in chosen]
