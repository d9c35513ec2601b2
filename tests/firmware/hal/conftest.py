"""The boards' own files run on MicroPython, on a chip that is not there (`chips/world.py`)."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.wakes import BIN, FIRMWARE

CHIPS = Path(__file__).parent / "chips"
BEGIN = f"""
import sys
sys.path[:] = [{str(CHIPS)!r}, ".frozen"]
import world
world.as_root_of_a_chip([{str(CHIPS)!r}, {str(FIRMWARE)!r}])
import asyncio, json, machine, network, time
from world import begin_life, on, say, sleep
FIRMWARE = "/pc" + {str(FIRMWARE)!r}
"""


def _run(code: str) -> list[Any]:
    done = subprocess.run(
        [str(BIN / "micropython"), "-X", "heapsize=256k", "-c", BEGIN + code],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def run() -> Callable[[str], list[Any]]:
    """Run lines of MicroPython on a chip; return what they `say`."""
    return _run
