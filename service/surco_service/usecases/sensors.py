"""Which probe hung where and when, with which scale: the notebook's sensors, read once for many beds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from surco_service.domain.nodes.node import Node, Placement
from surco_service.domain.water.calibration import Calibration
from surco_service.ports.stores import Stores

Span = tuple[int, int]  # first and last t of a node's rows, both included


@dataclass(frozen=True, slots=True)
class Sensors:
    """What the notebook knows of sensors."""

    nodes: Mapping[str, Node]
    placements: Sequence[Placement]
    calibrations: Sequence[Calibration]

    def here(self, bed: str, at: datetime) -> list[Placement]:
        """Return the placements of a bed at a time."""
        return [p for p in self.placements if p.bed == bed and p.holds(at)]

    def calibration(self, probe: str, at: datetime) -> Calibration | None:
        """Return the newest calibration of a probe that was valid at a time."""
        valid = [c for c in self.calibrations if c.probe == probe and c.since <= at]
        return max(valid, key=lambda c: (c.since, c.id), default=None)


def read_sensors(stores: Stores) -> Sensors:
    nodes = {node.id: node for node in stores.registry.nodes()}
    return Sensors(nodes, stores.registry.placements(), stores.registry.calibrations())
