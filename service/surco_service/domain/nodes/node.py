"""Nodes, their probes, and where these hang."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What a node last said of itself; `at` is when the gateway heard it."""

    at: datetime
    state: str  # "asleep" | "lost" | "awake"
    next_at: datetime | None = None  # when it promised to speak again
    interval_s: int | None = None
    battery_mv: int | None = None
    firmware: str | None = None
    cfg: int | None = None
    held: int | None = None  # rows the node still holds unacked
    lost: int = 0
    skipped: int = 0
    rssi_dbm: int | None = None
    error: str | None = None
    bad: str | None = None  # a version that it tried and gave up
    trial: bool = False  # `firmware` runs on trial
    update: str | None = None  # how far a new version is, "40%"
    cause: str | None = (
        None  # of its last start: "power" | "sleep" | "watchdog" | "reset" | "crash"
    )


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    name: str = ""
    added: datetime | None = None
    status: NodeStatus | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    id: str  # printed on it, e.g. "p-0007"
    kind: str = "capacitive"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a probe hangs and in which bed, for a time. `until` None: still there."""

    node: str
    channel: str  # column code, "r1" or "r2"
    probe: str
    bed: str
    depth_m: float
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the probe hangs there at a time: `since` counts, `until` does not."""
        return self.since <= at and (self.until is None or at < self.until)
