"""The service as a program: how it starts, stops, refuses a wrong configuration, and is killed."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from surco_contract.credentials import token_hash
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.gateways import SqlGateways
from tests.servers import free_port, wait_until
from tests.service.deliveries import T, a_payload

TOKEN = "token of gateway-1"


class Program:
    """`python -m surco_service` on a data folder and a free port."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.port = free_port()
        given = {"data": data, "port": self.port} | settings
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SURCO_")},
            **{f"SURCO_SERVICE_{name.upper()}": str(value) for name, value in given.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "surco_service", *arguments], env=self._environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return self._process

    def start_ready(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = self.start(*arguments)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def refuse(self, *arguments: str) -> tuple[int, str]:
        """Start what cannot start; return its exit code and its last words."""
        _, words = self.start(*arguments).communicate(timeout=120)
        assert self._process is not None
        return self._process.returncode, words.decode()

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait(10)
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.kill()


def test_it_says_ready_when_it_answers_and_stops_when_asked(program: Program) -> None:
    process = program.start_ready()
    assert program.get("/health").json()["status"] == "ok"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_it_does_not_outlive_whoever_started_it(program: Program) -> None:
    process = program.start_ready("--stop-with-stdin")
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_it_stops_at_once_and_quietly_while_gateways_and_pages_wait_for_news(
    program: Program, tmp_path: Path
) -> None:
    process = program.start_ready()
    allow_gateway(tmp_path)
    base = f"http://127.0.0.1:{program.port}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answers: list[httpx.Response] = []

    def wait_for_orders() -> None:
        path = "/api/v1/gateways/gateway-1/commands?wait=30"
        answers.append(httpx.get(f"{base}{path}", headers=headers, timeout=40))

    gateway = threading.Thread(target=wait_for_orders)
    gateway.start()
    wait_until(lambda: gateway_was_seen(tmp_path), "the gateway waits")
    with httpx.stream("GET", f"{base}/eventos", timeout=40) as page:
        news = page.iter_raw()
        assert next(news) == b"retry: 3000\n\n"
        process.send_signal(signal.SIGTERM)
        assert b"".join(news) in (b"", b": still here\n\n"), "the stream ends as it should"
    gateway.join(10)
    assert answers[0].json() == {"surco": 1, "commands": []}
    _, words = process.communicate(timeout=15)
    assert process.returncode == 0
    assert b"Traceback" not in words
    assert b"Cancel" not in words


def one_line(words: str) -> str:
    assert words.count("\n") == 1, words
    assert words.startswith("surco_service: "), words
    return words


def test_a_port_in_use_is_one_line_and_exit_2(program: Program, tmp_path: Path) -> None:
    program.start_ready()
    other = Program(tmp_path / "other", port=program.port)
    code, words = other.refuse()
    assert (code, str(program.port) in one_line(words)) == (2, True)
    assert "service.port" in words


@pytest.mark.parametrize(
    ("setting", "value", "key"),
    [
        ("data", "/proc/nowhere", "service.data"),
        ("port", "many", "SURCO_SERVICE_PORT"),
        ("port", "99999", "service.port"),
        ("log_level", "loud", "service.log_level"),
        ("host", "no.such.host.invalid", "service"),
        ("notebook_url", "oracle://nowhere", "service.notebook_url"),
        ("notebook_url", "sqlite:////no/such/folder/notebook.db", "service.notebook_url"),
        ("influx_url", "ftp://127.0.0.1:8086", "service.influx_url"),
        ("influx_url", "127.0.0.1:8086", "service.influx_url"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_exit_2(
    tmp_path: Path, setting: str, value: str, key: str
) -> None:
    code, words = Program(**{"data": tmp_path, setting: value}).refuse()
    assert (code, key in one_line(words)) == (2, True), words


def test_a_settings_file_is_read_and_a_wrong_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[service]\ncolour = "red"\n')
    code, words = Program(tmp_path).refuse("--settings", str(file))
    assert (code, "service.colour" in one_line(words)) == (2, True)


def test_heavy_libraries_are_imported_only_when_used(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'notebook.db'}").dispose()
    code = (
        "import sys; import surco_service.start as s; from pathlib import Path;"
        "from contextlib import ExitStack; from surco_service.config import Settings;"
        "s.create_app(s._parts(Settings(data=Path(sys.argv[1])), ExitStack()));"
        "print([m for m in ('influxdb_client', 'alembic', 'sqlalchemy.orm', 'httpx', 'jinja2_none')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=True
    )
    assert done.stdout == b"[]\n"


def allow_gateway(data: Path) -> None:
    engine = open_engine(f"sqlite:///{data / 'notebook.db'}")
    SqlGateways(engine).add("gateway-1", token_hash(TOKEN))
    engine.dispose()


def gateway_was_seen(data: Path) -> bool:
    engine = open_engine(f"sqlite:///{data / 'notebook.db'}")
    seen = SqlGateways(engine).all()["gateway-1"]
    engine.dispose()
    return seen is not None


def rows_of(data: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(data / "readings.db")) as connection:
        return connection.execute("SELECT node, q FROM reading").fetchall()


def test_killed_at_any_moment_it_keeps_every_row_it_had_answered_for(
    program: Program, tmp_path: Path
) -> None:
    allow_gateway(tmp_path)
    chance = random.Random(7)
    sent = answered = 0
    for _ in range(6):
        process = program.start_ready()
        # the power goes after some whole batches, somewhere in the next one
        whole, part = chance.randint(2, 5), chance.uniform(0, 1.2)
        with httpx.Client(base_url=f"http://127.0.0.1:{program.port}") as client:
            while True:
                began = time.monotonic()
                batch = [(f"node-{n % 7}", sent + n) for n in range(200)]
                try:
                    answer = client.post(
                        "/api/v1/deliveries", content=a_delivery(batch),
                        headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10,
                    )  # fmt: skip
                except httpx.TransportError:
                    break  # the same batch comes again after the restart, as a gateway would do
                assert answer.status_code == 200
                sent += 200
                answered = sent
                whole -= 1
                if whole == 0:
                    power_cut = threading.Timer(part * (time.monotonic() - began), process.kill)
                    power_cut.start()
        power_cut.join()
        program.kill()
        stored = rows_of(tmp_path)
        assert len(stored) == len(set(stored))
        assert {q for _, q in stored} >= set(range(answered))
    assert answered > 1000


def a_delivery(batch: list[tuple[str, int]]) -> bytes:
    messages = [
        {"id": q, "topic": f"surco/v1/{node}/data", "payload": a_payload(q=q, t0=T - 86_400).decode(),
         "received_at": T - 86_400, "clock_ok": True}
        for node, q in batch
    ]  # fmt: skip
    return json.dumps({"gateway": "gateway-1", "messages": messages}).encode()
