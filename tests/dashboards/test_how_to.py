"""Issue 18.4: a stranger with an empty InfluxDB follows docs/how-to/show-it-in-grafana.md, line by line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import time

import httpx
import pytest

from surco_dashboards.__main__ import DASHBOARDS
from surco_service.adapters.readings.influx import Influx
from surco_service.errors import StoreUnavailable
from tests.servers import Influxd, Server, wait_until
from tests.surco.programs import Surco

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/show-it-in-grafana.md"
HOUR_S = 3600

pytestmark = [pytest.mark.influxdb, pytest.mark.timeout(480)]


class EmptyInfluxd(Influxd):
    """As it is after its installation: nobody has set it up."""

    def __enter__(self) -> "EmptyInfluxd":
        Server.__enter__(self)
        return self


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmptyInfluxd]:
    with EmptyInfluxd(tmp_path_factory.mktemp("empty")) as server:
        yield server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the page counts on: Surco's files, and Grafana's places."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "dashboards").symlink_to(ROOT / "dashboards")
    return folder


def blocks() -> list[list[str]]:
    """Return the lines of each block of the page's numbered steps, in their order."""
    steps = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    found = re.findall(r"(?m)(?:^ {7}\S.*\n)+", steps)
    return [[line.strip() for line in block.splitlines()] for block in found]


def typed(line: str, home: Path, influxd: Influxd) -> str:
    """Return a line as this machine can run it: its own ports and folders."""
    line = line.replace("http://127.0.0.1:8086", influxd.url)
    line = re.sub(r"(/etc|/var/lib)/grafana", lambda place: f"{home}{place[0]}", line)
    return re.sub(r"^surco ", f"{sys.executable} -m surco ", line)


def run(line: str, home: Path, influxd: Influxd, **more: str) -> str:
    paths = os.pathsep.join(
        str(ROOT / one) for one in ("service", "contract", "gateway", "dashboards")
    )
    path = os.pathsep.join(filter(None, (paths, os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        ["bash", "-ec", typed(line, home, influxd)], cwd=home, capture_output=True, text=True,
        check=False, timeout=120, env={**os.environ, "LANG": "es_MX.UTF-8", "PYTHONPATH": path, **more},
    )  # fmt: skip
    assert done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def test_the_page_has_the_blocks_that_are_run_here() -> None:
    first = [block[0].partition(" --")[0] for block in blocks()]
    assert [line.split("=")[0] for line in first] == [
        "surco setup influx", "surco up",
        "mkdir -p /etc/grafana/provisioning /var/lib/grafana/dashboards/surco",
        "GF_USERS_DEFAULT_LANGUAGE",
    ]  # fmt: skip


@pytest.mark.micropython
def test_a_stranger_sees_the_demonstration_with_its_past(home: Path, empty: EmptyInfluxd) -> None:
    (setup,), (start, doctor), files, settings = blocks()
    said = run(setup, home, empty)
    given = dict(re.findall(r"(?m)^(SURCO_\w+)=(.+)$", said))
    assert given["SURCO_INFLUX_URL"] == empty.url
    for line in files:
        run(line, home, empty)
    assert sorted(
        path.stem for path in home.glob("var/lib/grafana/dashboards/surco/*.json")
    ) == sorted(DASHBOARDS)
    source = (home / "etc/grafana/provisioning/datasources/surco.yaml").read_text()
    assert set(re.findall(r"\$(\w+)", source)) == given.keys(), "Grafana is given all it asks for"
    assert all(re.fullmatch(r"GF_[A-Z_]+=(\S+|\".+\")", line) for line in settings)

    def asked(query: str) -> list[list[int]]:
        answer = httpx.post(
            f"{given['SURCO_INFLUX_URL']}/query",
            params={"db": given["SURCO_INFLUX_BUCKET"], "epoch": "s"},
            data={"q": query},
            headers={"Authorization": f"Token {given['SURCO_GRAFANA_READ_TOKEN']}"},
        )
        answer.raise_for_status()
        (result,) = answer.json()["results"]
        return [row for series in result.get("series", []) for row in series["values"]]

    assert start == "surco up"
    arguments = ("demo", "--broker", "small", "--nodes", "2", "--days", "2")
    with Surco(home / "surco-data", *arguments) as surco:
        surco.wait_for("lecturas en", 240)
        assert surco.run(*doctor.split()[1:]).returncode in (0, 1)
        assert "el token lee «surco»" in surco.run("doctor").stdout
        past = f"{int(time()) - 30 * HOUR_S}s"
        known = f'SELECT "code" FROM "advice" WHERE time < {past} AND "code" > 0'
        wait_until(lambda: bool(asked(known)), "the past has verdicts", 60)
        news = f'SELECT "silent" FROM "node_seen" WHERE time < {past}'
        assert asked(news), "the sensors' news have a past"
        names = asked('SHOW TAG VALUES FROM "bed_name" WITH KEY = "garden_choice"')
        assert any("Huerto El Mezquite" in str(row) for row in names)


def test_an_influxdb_with_an_administrator_asks_for_that_token(
    home: Path, influxd: Influxd, tmp_path: Path
) -> None:
    line = f"surco setup influx --url {influxd.url} --bucket huertos --org nueva --data {tmp_path}/data"
    with pytest.raises(AssertionError, match="ya tiene administrador"):
        run(line, home, influxd)
    with pytest.raises(AssertionError, match="revisa INFLUX_TOKEN"):
        run(line, home, influxd, INFLUX_TOKEN="wrong")
    said = run(line, home, influxd, INFLUX_TOKEN=influxd.token)
    assert influxd.token not in said
    settings = (tmp_path / "data/settings.toml").read_text()
    assert influxd.token not in settings
    assert settings.count("[service]") == 1
    assert 'influx_bucket = "huertos"' in settings
    ours = json.loads(re.findall(r"influx_token = (.+)", settings)[0])
    kept = Influx(influxd.url, ours, "nueva", "huertos")
    assert kept.write(["x v=1"]) == []
    kept.check()
    kept.close()
    with pytest.raises(AssertionError, match="ya dice service"):
        run(line, home, influxd, INFLUX_TOKEN=influxd.token)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_token_that_is_missing_or_wrong_is_said_to_be_so(influxd: Influxd, token: str) -> None:
    influx = Influx(influxd.url, token, influxd.org, influxd.bucket)
    with pytest.raises(StoreUnavailable, match="bucket 'surco'") as refused:
        influx.check()
    assert refused.value.values["setting"] == "service.influx_token"
    influx.close()


def test_a_service_without_its_token_says_which_setting(
    home: Path, influxd: Influxd, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "surco_service"], capture_output=True, text=True, check=False,
        timeout=60, env={
            **os.environ, "SURCO_SERVICE_DATA": str(tmp_path), "SURCO_SERVICE_INFLUX_URL": influxd.url,
        },
    )  # fmt: skip
    assert done.returncode == 2
    assert "service.influx_token" in done.stderr
    assert "surco setup influx" in done.stderr
