"""How a new version reaches the nodes: a canary, then a few, then all; and how that stops by itself.

Pure. A stage begins when every node of the one before runs the new version for good and has kept
well for `patience`. One node that went back to its old version, fell silent, or was lost stops the
rollout: nodes that have the new version get the one from before, the others never hear of it. A node
that was on trial just then may still keep the new version; it is sent back as soon as it says so.

Nodes that were silent before get their turn last, and nobody waits for them: the order does.
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
    silent: bool = False  # it was when its turn came
    sent_back: bool = False  # to `before`, after a stop

    @property
    def awaited(self) -> bool:
        return self.ordered is not None and (self.confirmed is not None or not self.silent)


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
    if rollout.state == "done":
        return rollout, ()
    steps = {
        node: _looked_at(rollout.version, step, seen.get(node), now)
        for node, step in rollout.steps.items()
    }
    rollout = replace(rollout, steps=steps)
    if rollout.state == "stopped":
        return _send_back(rollout)
    for node, step in steps.items():
        if fault := _fault(rollout.version, step, seen.get(node)):
            return stop(rollout, fault, node)
    awaited = [step.confirmed for step in steps.values() if step.awaited]
    if any(confirmed is None or now - confirmed < rollout.patience for confirmed in awaited):
        return rollout, ()
    if all(step.ordered for step in steps.values()):
        return replace(rollout, state="done"), ()
    return _next_stage(rollout, seen, now)


def stop(rollout: Rollout, reason: str, node: str = "") -> tuple[Rollout, Sequence[Order]]:
    """Return the stopped rollout; every order is withdrawn, or replaced by the version before."""
    rollout, back = _send_back(replace(rollout, state="stopped", reason=reason, node=node))
    withdrawn: list[Order] = [
        (name, None) for name, step in rollout.steps.items() if step.ordered and not step.sent_back
    ]
    return rollout, [*back, *withdrawn]


def _send_back(rollout: Rollout) -> tuple[Rollout, Sequence[Order]]:
    """Order the version before for nodes that have the new one for good."""
    late = {n: step for n, step in rollout.steps.items() if step.confirmed and not step.sent_back}
    if not late:
        return rollout, ()
    steps = {n: replace(step, sent_back=step.sent_back or n in late)
             for n, step in rollout.steps.items()}  # fmt: skip
    return replace(rollout, steps=steps), [(node, step.before) for node, step in late.items()]


def _fault(version: str, step: Step, seen: Seen | None) -> str:
    if step.ordered is None or seen is None:
        return ""
    if seen.bad == version and seen.at > step.ordered:
        return "went-back"
    if step.confirmed and seen.version not in (version, None):
        return "went-back"
    return "" if seen.well or not step.awaited else "silent"


def _looked_at(version: str, step: Step, seen: Seen | None, now: datetime) -> Step:
    if step.ordered is None or step.confirmed or seen is None:
        return step
    runs = seen.version == version and seen.at > step.ordered
    return replace(step, confirmed=now) if runs else step


def _next_stage(
    rollout: Rollout, seen: Mapping[str, Seen], now: datetime
) -> tuple[Rollout, Sequence[Order]]:
    left = [node for node, step in rollout.steps.items() if step.ordered is None]
    silent = {node for node in left if (one := seen.get(node)) is not None and not one.well}
    had = len(rollout.steps) - len(left)
    turn = next(size for size in rollout.sizes() if size > had) - had
    chosen = left
    if turn < len(left):  # not yet all: only nodes that can show how it goes
        chosen = [node for node in left if node not in silent][:turn] or left
    steps = {
        node: replace(step, ordered=now, silent=node in silent) if node in chosen else step
        for node, step in rollout.steps.items()
    }
    return replace(rollout, steps=steps), [(node, rollout.version) for node in chosen]
