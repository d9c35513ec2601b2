"""Every sensor is read twice: here, and by MicroPython with a chip's heap."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.sensors import fakes
from tests.firmware.wakes import FIRMWARE, INTERPRETERS

CALL = "import json, fakes; print(json.dumps(fakes.%s(*json.loads(%r))))"


def call(interpreter: str, function: str, *values: Any) -> Any:
    """Call a function of `fakes` with JSON values, on CPython or on MicroPython."""
    if interpreter == "cpython":
        return getattr(fakes, function)(*values)
    path = f"{FIRMWARE}:{Path(__file__).parent}:.frozen"
    done = subprocess.run(
        [*INTERPRETERS[interpreter], "-c", CALL % (function, json.dumps(values))],
        env={**os.environ, "MICROPYPATH": path}, capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["cpython", pytest.param("micropython", marks=pytest.mark.micropython)])
def interpreter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def measure(interpreter: str) -> Any:
    """Return `measure(given, world, times=1)`."""
    return lambda *values: call(interpreter, "measure", *values)
