"""The JSON against Grafana's own published types (`@grafana/schema`), checked by TypeScript."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from surco_dashboards.__main__ import DASHBOARDS
from surco_dashboards.panels import Json

BUILD = Path(__file__).parents[2] / "build/grafana-types"
TEMPLATE = Path(__file__).with_name("checked.ts.template")
PACKAGES = ["@grafana/schema@12.4", "typescript@5.9"]
OPTIONS = {
    "strict": True, "skipLibCheck": True, "noEmit": True, "module": "nodenext",
    "moduleResolution": "nodenext", "target": "es2022", "types": [],
}  # fmt: skip

pytestmark = [pytest.mark.node_js, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def types() -> Path:
    """A folder with Grafana's types and a compiler, made once."""
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]})
    )
    if not (BUILD / "node_modules/@grafana/schema").exists():
        (BUILD / "package.json").write_text('{"private": true, "type": "module"}')
        npm = shutil.which("npm")
        assert npm is not None
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
        subprocess.run(command, cwd=BUILD, check=True, capture_output=True, timeout=240)
    return BUILD


def complaints(types: Path, dashboard: Json) -> str:
    for old in types.glob("*.ts"):
        old.unlink()
    literal = json.dumps(dashboard, ensure_ascii=False)
    source = TEMPLATE.read_text(encoding="utf-8").replace("__JSON__", literal)
    (types / "checked.ts").write_text(source, encoding="utf-8")
    run = subprocess.run(
        [str(types / "node_modules/.bin/tsc"), "-p", "."], cwd=types, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return run.stdout + run.stderr if run.returncode else ""


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafanas_types_accept_it(types: Path, name: str) -> None:
    assert complaints(types, DASHBOARDS[name]()) == ""


def test_the_check_notices_what_is_wrong(types: Path) -> None:
    for place, key, value in (
        ("panels", "type", "timeserie"),
        ("panels", "gridPos", {"x": "left", "y": 0, "w": 1, "h": 1}),
        ("", "timezone", 6),
        ("", "panel", []),
    ):
        dashboard = DASHBOARDS["huerto"]()
        (dashboard[place][0] if place else dashboard)[key] = value
        assert complaints(types, dashboard), f"{place} {key}"
