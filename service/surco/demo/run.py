"""`surco demo`: a fresh data folder gets five gardens; then `up` with simulated nodes.

`seed` writes what people would have written (gardens, beds, probes, harvests, waterings). What
sensors would have said is not written here: `simulation` says it, through the gateway's door.
"""

import json
import random
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from surco.demo.gardens import GARDENS, DemoBed
from surco.demo.soil import DRY, FULL, history, poured_litres
from surco.machine import up
from surco.machine.folder import Folder, add_user, variable
from surco.machine.supervisor import Part
from surco.machine.up import Wanted
from surco.words import Words
from surco_contract.credentials import new_secret
from surco_contract.settings import SettingsError

if TYPE_CHECKING:
    from surco_service.ports.stores import Stores

INTERVAL_S = 30
DRAINS = 0.023  # m3/m3: people fill their beds, and 8 mm more drain
REMEMBERED_DAYS = 21  # of noted waterings, also when the nodes are younger
PLAN = "plan.json"
PORTS = (("service", "port", 8000), ("broker", "port", 1883), ("gateway", "health_port", 8081))


def run_demo(wanted: Wanted, nodes: int, days: int, given: Mapping[str, str], words: Words) -> int:
    """Seed the folder once, and run until asked to stop. Raises `SettingsError`."""
    clock = {variable("gateway", "clock"): "trusted"}  # a desk has a clock; nobody's garden depends
    wanted = replace(wanted, options={**clock, **wanted.options})
    site = up.prepare_site(wanted, given, words)
    with up.alone(site.folder, words):
        site = up.read_site(site.folder, _with_free_ports(wanted, site), given, words)
        up.check_ports(site, words)
        if not (site.folder.demo / PLAN).exists():
            up.run_command(site, "introduce", "--demo", f"{nodes}:{days}")
        up.say(words("demo", nodes=len(living(read_plan(site.folder)))))
        simulation = [
            sys.executable, "-m", "surco.demo.simulation", "--data", str(site.folder.path),
            "--broker-port", str(site.number("broker", "port", 1883)), "--service", site.url,
        ]  # fmt: skip
        parts = up.parts_of(site, words)
        parts.append(
            Part("simulation", simulation, site.environment, after=tuple(p.name for p in parts))
        )
        return up.supervise(site, wanted, parts, words)


def _with_free_ports(wanted: Wanted, site: up.Site) -> Wanted:
    """Take other ports for broker and health when the usual ones are taken; nobody types those."""
    options = dict(wanted.options)
    for section, name, default in PORTS[1:]:
        port = site.number(section, name, default)
        if up.port_trouble("127.0.0.1", port):
            options[variable(section, name)] = str(up.free_port())
    return replace(wanted, options=options)


def read_plan(folder: Folder) -> list[dict[str, Any]]:
    """Return the simulated nodes. Raises `SettingsError`."""
    try:
        return json.loads((folder.demo / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{folder.demo / PLAN}: {error}; delete {folder.path}") from error


def living(plan: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [node for node in plan if not node["silent_days"]]


# ---------------------------------------------------------------- seeding


def seed(folder: Folder, stores: "Stores", nodes: int, days: int, now: datetime) -> None:
    """Write the gardens as people would, and the plan of the simulated nodes."""
    from surco_service.domain.nodes.node import Node, Placement, Probe
    from surco_service.domain.stewardship.garden import Bed, Garden
    from surco_service.domain.water.calibration import Calibration

    rng = random.Random(20_261_124)
    since = now - timedelta(days=days + 1)
    plan = list[dict[str, Any]]()
    chosen = _with_sensor(nodes)
    for garden in GARDENS:
        stores.records.save_garden(
            Garden(garden.id, garden.name, garden.latitude, garden.longitude, garden.can_litres)
        )
        for bed in garden.beds:
            planted = (now - timedelta(days=rng.randrange(35, 80))).date()
            stores.records.save_bed(
                Bed(bed.id, garden.id, bed.name, bed.area_m2, bed.crop, planted, mulch=bed.mulch)
            )
            _harvests(stores, garden.id, bed, now, days, rng)
            if bed.id not in chosen or bed.theta is None:
                continue
            node, probe = f"nodo-{bed.id}", f"p-{len(plan) + 1:04d}"
            stores.registry.save_node(Node(node, bed.name, since))
            stores.registry.save_probe(Probe(probe))
            stores.registry.place(Placement(node, "r1", probe, bed.id, 0.15, since))
            stores.registry.calibrate(Calibration(probe, *DRY, *FULL, since))
            end = now - timedelta(days=bed.silent_days)
            _waterings(stores, garden.id, bed, end, days, rng)
            plan.append(_node(node, garden.id, bed, days))
            add_user(folder, node, plan[-1]["password"])
    folder.demo.mkdir(exist_ok=True)
    _write(folder.demo / PLAN, plan)


def _with_sensor(nodes: int) -> set[str]:
    """Choose the beds with nodes: so many that live, and those that fell silent."""
    beds = [bed for garden in zip(*(g.beds for g in GARDENS), strict=True) for bed in garden]
    live = [bed.id for bed in _showing_all(beds) if bed.theta is not None and not bed.silent_days]
    return set(live[:nodes]) | {bed.id for bed in beds if bed.silent_days}


def _showing_all(beds: list[DemoBed]) -> list[DemoBed]:
    """Put the wet bed early, so that few nodes already show every verdict."""
    return sorted(beds, key=lambda bed: not (bed.theta or 0) > 0.4)


def _node(node: str, garden: str, bed: DemoBed, days: int) -> dict[str, Any]:
    return {
        "node": node, "password": new_secret(), "garden": garden, "bed": bed.id,
        "area_m2": bed.area_m2, "theta": bed.theta, "peak": bed.peak, "low": bed.low,
        "dries": bed.dries, "silent_days": bed.silent_days, "days": days,
    }  # fmt: skip


def _waterings(
    stores: "Stores", garden: str, bed: DemoBed, end: datetime, days: int, rng: random.Random
) -> None:
    """Write down the waterings that the soil's history shows; one that nobody noted is not.

    The soil was filled each time, so a little more was poured than it kept.
    """
    from surco_service.domain.stewardship.records import Watering

    assert bed.theta is not None
    poured = history(bed.theta, bed.peak, bed.low, bed.dries, max(days, REMEMBERED_DAYS)).waterings
    for when, gained in poured[1:] if bed.untold else poured:  # newest first
        at = end - timedelta(seconds=when)
        litres = poured_litres(gained + DRAINS, bed.area_m2)
        stores.records.record_watering(
            Watering(_uuid(rng), bed.id, garden, litres, at, at + timedelta(minutes=5))
        )


def _harvests(
    stores: "Stores", garden: str, bed: DemoBed, now: datetime, days: int, rng: random.Random
) -> None:
    from surco_service.domain.stewardship.records import Harvest
    from surco_service.domain.stewardship.units import UNITS

    counted = next(unit.id for unit in UNITS.values() if unit.kg is None)
    for day in range(rng.randrange(2, 6), max(days, 8), rng.randrange(6, 11)):
        at = now - timedelta(days=day, hours=rng.randrange(1, 5))
        unit = rng.choice(("kg", "kg", "kg", counted))
        amount = round(rng.uniform(0.6, 3.4), 1) if unit == "kg" else float(rng.randrange(3, 12))
        stores.records.record_harvest(
            Harvest(_uuid(rng), bed.id, garden, bed.crop, amount, unit, at, at)
        )


def _uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _write(file: Path, plan: list[dict[str, Any]]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(plan, indent=1, ensure_ascii=False), encoding="utf-8")
