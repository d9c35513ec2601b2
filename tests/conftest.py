"""What a test needs and this machine has not is the reason why it is skipped."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

from tests.servers import Influxd, OpenGemini, Postgres, program

NEEDS = {
    "mosquitto": ("mosquitto", "install mosquitto, or run .ci/servers mosquitto"),
    "influxdb": ("influxd", "install InfluxDB 2, or run .ci/servers influxd"),
    "postgres": ("postgres", "install PostgreSQL, or run .ci/servers postgres"),
    "opengemini": ("ts-server", "run .ci/servers opengemini"),
    "chromium": ("chromium", "install Chromium, or run .ci/servers chromium"),
    "telegraf": ("telegraf", "install Telegraf, or run .ci/servers telegraf"),
    "node_js": ("npm", "install node and npm"),
}

MEMORY, ROOM_BYTES = Path("/dev/shm"), 1 << 30


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Put temporary folders into memory, where this machine has some; TMPDIR says otherwise."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are cores: many tests wait for a program of their own."""
    return (os.cpu_count() or 1) + 1


# how long an example takes says how busy the machine is; what hangs ends by pytest's own timeout
hypothesis.settings.register_profile(
    "surco", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("surco")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {need: why for need, (name, why) in NEEDS.items() if program(name) is None}
    if shutil.which("micropython", path=str(Path(sys.prefix) / "bin")) is None:
        missing["micropython"] = "there is no MicroPython wheel for this machine (extra `demo`)"
    if find_spec("playwright") is None:
        missing["chromium"] = "pip install playwright"
    if "SURCO_NO_SKIPS" in os.environ and missing:
        raise pytest.UsageError(f"SURCO_NO_SKIPS is set, but these are missing: {missing}")
    for item in items:
        for need in missing.keys() & item.keywords.keys():
            item.add_marker(pytest.mark.skip(reason=f"needs {need}: {missing[need]}"))


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture(scope="session")
def opengemini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenGemini]:
    with OpenGemini(tmp_path_factory.mktemp("opengemini")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with (
        tempfile.TemporaryDirectory(prefix="surco-postgres-") as folder,
        Postgres(Path(folder)) as server,
    ):
        yield server


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Programs that run inside a test close what they write; the next test's Postgres would mind."""
    before = os.umask(0o022)
    yield
    os.umask(before)
