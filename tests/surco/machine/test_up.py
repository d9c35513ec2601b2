"""`surco up` on free ports with the small broker, from MQTT to the page; and what it refuses."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from surco.demo.history import Teller
from surco.machine.folder import ports_by
from tests.servers import accepts, free_port, wait_until
from tests.surco.programs import Surco


def test_a_message_reaches_the_page_and_everything_stops(tmp_path: Path) -> None:
    import threading

    with Surco(tmp_path / "data", "up", "--broker", "small") as surco:
        surco.wait_for("Ctrl-C")
        assert httpx.get(f"{surco.url}/health").json()["status"] == "ok"
        link = re.search(r"http://\S+/entrar/\S+", surco.said())
        assert link is not None
        added = surco.run("node", "add", "nodo-1")
        assert added.returncode == 0, added.stderr
        config = httpx.Response(200, text=added.stdout).json()
        node = {"node": "nodo-1", "password": config["password"], "silent_days": 0, "days": 1,
                "theta": 0.3, "peak": 0.34, "low": 0.27, "dries": 0.01}  # fmt: skip
        teller = Teller(node, surco.broker_port, time.time(), threading.Event())
        teller.tell()  # refused by the broker until the gateway has written the password
        assert teller.done
        latest = f"{surco.url}/api/v1/nodes/nodo-1/latest"
        wait_until(lambda: httpx.get(latest).status_code == 200, "the reading is there", 60)
        assert surco.run("doctor").stdout.count("✗") <= 1  # the machine's disk or clock, at most
        everything = [surco.data, *surco.data.rglob("*")]
        open_to_others = [path for path in everything if path.lstat().st_mode & 0o077]
        assert open_to_others == [], "keys and passwords are for this user alone"
        assert surco.process is not None
        surco.process.send_signal(signal.SIGINT)
        assert surco.process.wait(6) == 0
        assert not any(map(accepts, (surco.port, surco.broker_port)))
        assert surco.said().count("Surco está listo") == 1

    again = Surco(tmp_path / "data", "up", "--broker", "small")
    with again:  # issue 18: every start printed another link that opens everything for a week
        again.wait_for("Ctrl-C")
        assert "/entrar/" not in again.said()
        assert "surco admin-link" in again.said()


def test_doctor_says_in_words_that_nothing_runs(tmp_path: Path) -> None:
    surco = Surco(tmp_path / "data", "up")
    assert surco.run("doctor").returncode == 2
    with surco:
        surco.wait_for("Ctrl-C")
    stopped = surco.run("doctor")
    assert stopped.returncode == 1
    assert "¿está corriendo «surco up»?" in stopped.stdout


def refused(data: Path, *arguments: str, **more: str) -> str:
    """Run `surco up`, which must end with 2 and one line; return the line."""
    surco = Surco(data, "up")
    done = subprocess.run(
        [sys.executable, "-m", "surco", "up", "--data", str(data), "--port", str(surco.port),
         *arguments], env={**surco.environment, **more}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    lines = (done.stderr + done.stdout).strip().splitlines()
    assert (done.returncode, len(lines)) == (2, 1), lines
    return lines[0]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "service.port" in refused(tmp_path / "d", "--port", str(port))
        assert "broker.port" in refused(tmp_path / "d", SURCO_BROKER_PORT=str(port))
        assert "health_port" in refused(tmp_path / "d", SURCO_GATEWAY_HEALTH_PORT=str(port))
        secure = {"SURCO_BROKER_TLS_FOLDER": "tls", "SURCO_BROKER_TLS_PORT": str(port)}
        assert "broker.tls_port" in refused(tmp_path / "d", **secure)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "--data" in refused(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    assert "--data" in refused(tmp_path / "data")


@pytest.mark.parametrize(
    ("arguments", "environment", "key"),
    [
        (["--broker", "nonsense"], {}, "--broker"),
        (["--broker", "http://x"], {}, "--broker"),
        ([], {"SURCO_SERVICE_PORT": "many", "SURCO_BROKER_PORT": "many"}, "port"),
        ([], {"SURCO_SERVICE_NOTEBOOK_URL": "nosql://x"}, "service.notebook_url"),
        (["--broker", "small"], {"SURCO_GATEWAY_ID": "Bad Name"}, "gateway.id"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, arguments, environment, key: str) -> None:
    assert key in refused(tmp_path / "data", *arguments, **environment)


def test_two_cannot_use_one_folder(tmp_path: Path) -> None:
    with Surco(tmp_path / "data", "up", "--broker", "small") as surco:
        surco.wait_for("listo")
        assert "otro surco" in refused(tmp_path / "data")


def test_a_full_disk_is_one_line_and_worth_another_try(tmp_path: Path) -> None:
    """18.8: exit code 1, so that systemd starts it again when there is room."""
    data = tmp_path / "data"
    with Surco(data, "up", "--broker", "small") as surco:
        surco.wait_for("listo")
    (data / "broker" / "passwords").unlink()
    (data / "broker" / "passwords.new").symlink_to("/dev/full")
    done = Surco(data, "up").run("up")
    assert done.returncode == 1, done
    assert (len(done.stderr.splitlines()), "espacio" in done.stderr) == (1, True), done.stderr


def test_a_disk_too_full_for_its_own_notes_stops_nothing(tmp_path: Path) -> None:
    """18.8: `running.json` is for other commands only."""
    data = tmp_path / "data"
    (data / "running.json").mkdir(parents=True)  # in the way, as a full disk is
    with Surco(data, "up", "--broker", "small") as surco:
        surco.wait_for("listo")
        assert httpx.get(f"{surco.url}/health").json()["status"] == "ok"
        assert "el disco no deja escribir" in surco.said()
        assert "Traceback" not in surco.said()


def test_in_a_new_folder_port_moves_all_ports(tmp_path: Path) -> None:
    """18.8: two rows on one machine, each with one word."""
    rows = [Surco(tmp_path / name, "up", "--broker", "small") for name in ("one", "two")]
    for number, surco in enumerate(rows):
        surco.port = free_port() if number == 0 else rows[0].port + 1
        for name in ("SURCO_BROKER_PORT", "SURCO_GATEWAY_HEALTH_PORT"):
            del surco.environment[name]
    with rows[0] as one, rows[1] as two:
        for surco in (one, two):
            surco.wait_for("Ctrl-C")
            assert httpx.get(f"{surco.url}/health").status_code == 200
            moved = surco.port - 8000
            health = httpx.get(f"http://127.0.0.1:{8081 + moved}/health").json()
            assert health["broker"] == "connected"
            assert accepts(1883 + moved)


def test_a_port_of_few_or_many_moves_only_what_can_be_moved() -> None:
    assert ports_by(None) == {"service": 8000, "broker": 1883, "health": 8081, "tls": 8883}
    assert ports_by(8001) == {"service": 8001, "broker": 1884, "health": 8082, "tls": 8884}
    assert ports_by(80) == {"service": 80, "broker": 1883, "health": 8081, "tls": 8883}


def test_a_lost_notebook_does_not_stop_broker_and_gateway(tmp_path: Path) -> None:
    """18.3: the gateway goes on spooling, and the machine says what to do."""
    data = tmp_path / "data"
    with Surco(data, "up", "--broker", "small") as surco:
        surco.wait_for("Ctrl-C")
        assert surco.run("backup").returncode == 0
    with (data / "notebook.db").open("r+b") as file:
        file.write(os.urandom(4096))
    with Surco(data, "up", "--broker", "small") as surco:
        surco.wait_for("Ctrl-C")
        said = surco.run("doctor")
        assert (said.returncode, "surco restore" in said.stdout) == (1, True), said.stdout
        assert accepts(surco.broker_port)
        assert httpx.get(f"{surco.url}/health").status_code == 503
        (newest,) = (data / "backups").glob("*.db")
        assert surco.run("restore", str(newest)).returncode == 0
        wait_until(
            lambda: httpx.get(f"{surco.url}/health").status_code == 200, "it is whole again", 20
        )
        wait_until(lambda: "✗ gateway" not in surco.run("doctor").stdout, "doctor agrees", 60)


@pytest.mark.influxdb
def test_influxdb_away_at_a_cold_start_stops_nothing(tmp_path: Path) -> None:
    """18.1: broker and gateway run, and the gateway is made known."""
    surco = Surco(tmp_path / "data", "up", "--broker", "small", "--influx", "http://127.0.0.1:1")
    surco.environment["SURCO_SERVICE_INFLUX_TOKEN"] = "t"
    with surco:
        surco.wait_for("Ctrl-C")
        assert accepts(surco.broker_port)
        assert httpx.get(surco.url, headers={"Accept": "text/html"}).status_code == 200
