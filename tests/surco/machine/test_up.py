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
from tests.servers import accepts, wait_until
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
        assert surco.process is not None
        surco.process.send_signal(signal.SIGINT)
        assert surco.process.wait(6) == 0
        assert not any(map(accepts, (surco.port, surco.broker_port)))
        assert surco.said().count("Surco está listo") == 1


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
