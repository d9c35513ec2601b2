"""The registry of nodes, probes and where they are: checked before it is written."""

import math
from datetime import datetime

from surco_contract.quantities import PROBES
from surco_contract.topics import is_node_id, is_reserved
from surco_service.domain.nodes.node import Node, Placement, Probe
from surco_service.domain.water.calibration import Calibration
from surco_service.ports.stores import Stores
from surco_service.usecases.fields import refuse, slug

LEAST_SPAN_MV = 200.0  # between the two points of a calibration: less is a broken probe


def add_node(stores: Stores, node: str, now: datetime, name: str = "") -> None:
    """Add a node, or give it a name. Raises `Invalid`."""
    why = "reserved-name" if is_reserved(node) else "not-a-node-id"
    refuse({} if is_node_id(node) else {"node": why})
    stores.registry.save_node(Node(node, name, now))


def place_probe(
    stores: Stores,
    node: str,
    channel: str,
    probe: str,
    bed: str,
    depth_m: float,
    since: datetime,
) -> None:
    """Put a probe in a bed from a time on. Raises `Invalid`, `NotFound`, `Conflict`."""
    wrong = slug(probe, "probe")
    if channel not in PROBES:
        wrong["channel"] = "unknown-channel"
    if not (math.isfinite(depth_m) and 0.01 <= depth_m <= 2):
        wrong["depth_m"] = "out-of-range"
    if node not in {known.id for known in stores.registry.nodes()}:
        wrong["node"] = "unknown-node"
    refuse(wrong)
    stores.records.bed(bed)
    stores.registry.save_probe(Probe(probe))
    stores.registry.place(Placement(node, channel, probe, bed, depth_m, since))


def calibrate(stores: Stores, calibration: Calibration) -> None:
    """Give a probe its two points. Raises `Invalid`."""
    c = calibration
    wrong: dict[str, str] = {}
    for name, mv in (("dry_mv", c.dry_mv), ("wet_mv", c.wet_mv)):
        if not (math.isfinite(mv) and 0 < mv < 5000):
            wrong[name] = "out-of-range"
    for name, theta in (("dry_theta", c.dry_theta), ("wet_theta", c.wet_theta)):
        if not (math.isfinite(theta) and 0 <= theta <= 0.7):
            wrong[name] = "out-of-range"
    if not wrong and abs(c.wet_mv - c.dry_mv) < LEAST_SPAN_MV:
        wrong["wet_mv"] = "too-close"
    if not wrong and c.wet_theta - c.dry_theta < 0.05:
        wrong["wet_theta"] = "too-close"
    if c.probe not in {probe.id for probe in stores.registry.probes()}:
        wrong["probe"] = "unknown-probe"
    refuse(wrong)
    stores.registry.calibrate(calibration)
