"""A small programme with all five verdicts, for the tests of the pages and their pictures."""

import math
from datetime import datetime, timedelta
from uuid import UUID

from surco_service.domain.nodes.node import Node, NodeStatus, Placement, Probe
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.parts import Parts
from surco_service.ports.intake import Reading, ReadingStore
from surco_service.ports.stores import Stores
from surco_service.usecases.water import advice
from tests.builders import LONG_AGO, a_calibration, a_harvest, a_watering, raw_mv

# bed → crop, θ now, hours since the last reading
MEZQUITE = {
    "cama-3": ("jitomate", 0.24, 0.2), "cama-1": ("chile", 0.28, 0.15),
    "cama-6": ("lechuga", 0.25, 26), "cama-4": ("calabaza", 0.295, 0.25),
    "cama-5": ("frijol", 0.49, 0.13), "cama-2": ("acelga", 0.36, 0.18),
}  # fmt: skip
OTHERS = {
    "la-acequia": ("La Acequia", [0.24, 0.33, 0.34]), "los-nopales": ("Los Nopales", [None, None]),
    "el-colibri": ("El Colibrí", [0.29, 0.33]), "la-biznaga": ("La Biznaga", [0.34, 0.345]),
}  # fmt: skip
NEW = "la-acequia-1"  # its probe came three days ago and never saw its bed full
SOAKED, GAINED = "cama-5", 0.17  # m3/m3, by the 40 litres of yesterday, and still draining


def sow(parts: Parts, now: datetime) -> None:
    """Fill the stores as they are at `now`."""
    stores, readings = parts.stores, parts.stores.readings
    stores.records.save_garden(Garden("el-mezquite", "El Mezquite"))
    for bed, (crop, theta, hours) in MEZQUITE.items():
        name = bed.replace("cama-", "Cama ")
        stores.records.save_bed(Bed(bed, "el-mezquite", name, 0.6, crop))
        _probe(stores, readings, bed, theta, now - timedelta(hours=hours), now)
    for garden, (name, thetas) in OTHERS.items():
        stores.records.save_garden(Garden(garden, name))
        for number, theta in enumerate(thetas, 1):
            bed = f"{garden}-{number}"
            stores.records.save_bed(Bed(bed, garden, f"Cama {number}", 0.8, "lechuga"))
            if theta is not None:
                _probe(stores, readings, bed, theta, now - timedelta(minutes=6), now)
    when = now - timedelta(days=3, hours=4)
    stores.records.record_watering(a_watering(16, at=when, recorded=when, id=str(UUID(int=1))))
    for number, (bed, litres) in enumerate({"cama-1": 15, "cama-2": 40}.items(), 4):
        when = now - timedelta(days=3, hours=5)
        stores.records.record_watering(
            a_watering(litres, at=when, recorded=when, id=str(UUID(int=number)), bed=bed)
        )
    when = now - timedelta(hours=20)
    stores.records.record_watering(
        a_watering(40, at=when, recorded=when, id=str(UUID(int=3)), bed="cama-5")
    )
    when = now - timedelta(days=4)
    stores.records.record_harvest(a_harvest(2.5, at=when, recorded=when, id=str(UUID(int=2))))
    advice.refresh(stores, parts.events, None, now)


def _probe(
    stores: Stores, readings: ReadingStore, bed: str, theta: float, last: datetime,
    now: datetime,
) -> None:  # fmt: skip
    node, probe = f"n-{bed}"[:32], f"p-{bed}"[:32]
    stores.registry.save_node(Node(node, "", LONG_AGO))
    stores.registry.set_status(node, NodeStatus(at=last, state="asleep", interval_s=900))
    stores.registry.save_probe(Probe(probe))
    stores.registry.place(Placement(node, "r1", probe, bed, 0.15, LONG_AGO))
    stores.registry.calibrate(a_calibration(probe=probe))

    def missing(hour: int) -> float:
        return GAINED if bed == SOAKED and hour < 168 - 20 else 0.0

    rows = [
        Reading(node, "9f3a01c7", q, int((last - timedelta(hours=168 - q)).timestamp()), 2,
                {"r1": raw_mv(_theta(theta, q) - missing(q)), "bv": 3900.0})
        for q in range(97 if bed == NEW else 0, 169) if not 70 < q < 84
    ]  # fmt: skip
    readings.add(rows)


def _theta(now: float, hour: int) -> float:
    """Dry a little each day, more by day than by night; a watering four days in."""
    left = (168 - hour) / 24
    dried = 0.014 * left if hour >= 92 else 0.012 * (left - 3.2) - 0.01
    return now + dried + 0.002 * math.sin(hour / 24 * 2 * math.pi)
