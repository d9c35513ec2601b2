"""Small gardens for tests: only what a test is about needs to be said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from surco_service.domain.nodes.node import Placement, Probe
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.records import Harvest, Watering
from surco_service.domain.water.calibration import Calibration
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores

DAWN = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # 7:00 in Querétaro
LONG_AGO = DAWN - timedelta(days=60)


def a_garden(**changes: Any) -> Garden:
    return Garden(**{"id": "el-mezquite", "name": "El Mezquite", **changes})


def a_bed(**changes: Any) -> Bed:
    usual = {"id": "cama-3", "garden": "el-mezquite", "name": "Cama 3", "area_m2": 2.0}
    return Bed(**{**usual, "crop": "jitomate", "soil": "mix", **changes})


def a_calibration(**changes: Any) -> Calibration:
    """2300 mV is θ 0.05, 900 mV is θ 0.45: 100 mV is 0.0286 m3/m3."""
    usual = {"probe": "p-0001", "dry_mv": 2300, "dry_theta": 0.05, "wet_mv": 900, "wet_theta": 0.45}
    return Calibration(**{**usual, "since": LONG_AGO, **changes})


def a_placement(**changes: Any) -> Placement:
    usual = {"node": "n-001", "channel": "r1", "probe": "p-0001", "bed": "cama-3", "depth_m": 0.15}
    return Placement(**{**usual, "since": LONG_AGO, **changes})


def a_watering(litres: float = 20, **changes: Any) -> Watering:
    usual = {"id": str(uuid4()), "bed": "cama-3", "garden": "el-mezquite", "litres": litres}
    return Watering(**{**usual, "at": DAWN, "recorded": DAWN, **changes})


def a_harvest(amount: float = 2.5, **changes: Any) -> Harvest:
    usual = {"id": str(uuid4()), "bed": "cama-3", "garden": "el-mezquite", "crop": "jitomate"}
    usual |= {"amount": amount, "unit": "kg", "at": DAWN, "recorded": DAWN}
    return Harvest(**{**usual, **changes})


def a_reading(q: int = 0, **changes: Any) -> Reading:
    usual = {"node": "n-001", "b": "9f3a01c7", "q": q, "t": int(DAWN.timestamp()) - 600, "tq": 2}
    return Reading(**{**usual, "values": {"r1": 1600.0, "bv": 3900.0}, **changes})


def raw_mv(theta: float) -> float:
    """Return the millivolts at which `a_calibration` reads a water content."""
    return 2300 - (theta - 0.05) / 0.40 * 1400


def plant(stores: Stores, **bed: Any) -> None:
    """Put one garden with one bed, and a calibrated probe in it, into a notebook."""
    from surco_service.domain.nodes.node import Node

    stores.records.save_garden(a_garden())
    stores.records.save_bed(a_bed(**bed))
    stores.registry.save_node(Node("n-001", "", LONG_AGO))
    stores.registry.save_probe(Probe("p-0001"))
    stores.registry.place(a_placement())
    stores.registry.calibrate(a_calibration())
