"""18.8: the hours of summer are right on a machine that nobody upgraded."""

import os
import subprocess
import sys
from pathlib import Path

import tzdata

from surco_service.zones import carried, of_system


def hour_of_july(place: Path) -> str:
    """Ask a program on a machine whose rules lie in a folder what hour 18:00 UTC of a July is."""
    code = (
        "from surco_service import zones; from zoneinfo import ZoneInfo;"
        "from datetime import datetime, UTC; print(zones.prefer_the_newer());"
        "print(datetime(2026, 7, 1, 18, tzinfo=UTC).astimezone(ZoneInfo('America/Mexico_City')).hour)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONTZPATH": str(place)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def a_machine(folder: Path, version: str, zone: str) -> Path:
    """Make rules of a version in which Mexico City keeps the hours of another zone."""
    (folder / "America").mkdir(parents=True)
    (folder / "tzdata.zi").write_text(f"# version {version}\n")
    rules = Path(tzdata.__file__).parent / "zoneinfo" / zone
    (folder / "America/Mexico_City").write_bytes(rules.read_bytes())
    return folder


def test_old_rules_of_the_machine_are_not_used(tmp_path: Path) -> None:
    old = a_machine(tmp_path, "2022a", "America/Chicago")  # it still has summer time, as Mexico had
    assert hour_of_july(old) == f"{carried()}\n12\n"


def test_newer_rules_of_the_machine_are_used(tmp_path: Path) -> None:
    newer = a_machine(tmp_path, "2099a", "America/Chicago")
    assert hour_of_july(newer) == "2099a\n13\n"


def test_a_machine_without_rules_has_ours(tmp_path: Path) -> None:
    assert hour_of_july(tmp_path) == f"{carried()}\n12\n"
    assert of_system([str(tmp_path)]) is None
