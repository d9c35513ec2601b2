"""The registry of sensors, what makes a node ours, and its firmware."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from surco_service.domain.nodes.node import Node, NodeStatus, Placement, Probe
from surco_service.domain.nodes.release import Release
from surco_service.domain.nodes.rollout import Rollout
from surco_service.domain.water.calibration import Calibration


class Registry(Protocol):
    """Nodes and probes, where they hang, their scales. Raises `Conflict`, or `StoreUnavailable`."""

    def nodes(self) -> list[Node]: ...
    def save_node(self, node: Node) -> None: ...
    def set_status(self, node: str, status: NodeStatus) -> None:
        """Keep what a node last said of itself; makes the node when it is new."""
        ...

    def wished(self, node: str) -> dict[str, int]:
        """Return how a node shall work, as far as somebody said it."""
        ...

    def wish(self, node: str, wished: Mapping[str, int]) -> None: ...
    def probes(self) -> list[Probe]: ...
    def save_probe(self, probe: Probe) -> None: ...
    def placements(self, node: str | None = None, bed: str | None = None) -> list[Placement]: ...
    def place(self, placement: Placement) -> None:
        """Put a probe in a bed from a time on; ends the placement its channel had until then."""
        ...

    def calibrations(self, probe: str | None = None) -> list[Calibration]: ...
    def calibrate(self, calibration: Calibration) -> None: ...


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How far the set-up of a node has come."""

    key: str | None = field(default=None, repr=False)  # 32 bytes in hex; the node has the same
    labelled: datetime | None = None  # its label waits for a phone since
    claimed: datetime | None = None
    air_mv: float | None = None  # its probe at the set-up, in air and in water
    water_mv: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a node says of itself when a phone sets it up."""

    node: str
    hash: str = field(repr=False)  # of its new password, as a broker keeps it
    key: str = field(repr=False)
    air_mv: float | None = None
    water_mv: float | None = None


class Keys(Protocol):
    """Labels, claims and keys of nodes. Every call is one transaction, `credentials` included."""

    def enrolment(self, node: str) -> Enrolment | None:
        """Return how far a node has come, None when there is no such node."""
        ...

    def label(self, node: str, hash: str, now: datetime) -> Enrolment | None:
        """Open a label whose code has this hash; return how far the node had come, None when it is new.

        What the node had before (label, password, key) is worth nothing any more.
        """
        ...

    def claim(self, claim: Claim, now: datetime) -> str:
        """Take a claim as `usecases.claims.judge` says; return that verdict."""
        ...

    def give(self, node: str, hash: str, key: str, now: datetime) -> None:
        """Give a node a password and a key without a claim; an open label is closed."""
        ...


class Firmware(Protocol):
    """Published versions, their files, and the rollout. Raises `StoreUnavailable`."""

    def publish(self, release: Release, bodies: Mapping[str, bytes]) -> bool:
        """Keep a version and its files; False when it is known. Raises `Conflict` (other content)."""
        ...

    def releases(self) -> dict[str, Release]:
        """Return the published versions, the oldest first."""
        ...

    def file(self, sha256: str) -> bytes | None: ...
    def keys(self) -> dict[str, str]:
        """Return the keys of the nodes that have one."""
        ...

    def rollout(self) -> Rollout | None:
        """Return the newest rollout."""
        ...

    def settle(
        self, before: Rollout | None, after: Rollout, orders: Mapping[str, Mapping[str, object]]
    ) -> Rollout | None:
        """Keep how the newest rollout stands, and its orders by node, in one transaction.

        None, and nothing is kept, when it does not stand as `before` any more. A new one (id 0)
        gets an id.
        """
        ...
