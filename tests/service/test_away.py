"""18.1, P7: a database that does not answer is no wrong setting; one that refuses us is, by its name.

The service starts without it, says so, takes nothing it could lose, and is whole again within ten
seconds of the database, in the same process.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from surco_contract.credentials import token_hash
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.gateways import SqlGateways
from tests.servers import Influxd, Postgres, wait_until
from tests.service.test_start import TOKEN, Program, a_delivery, allow_gateway, one_line

BACK_S = 10.0
HTML = {"Accept": "text/html"}


def deliver(program: Program, q: int = 1) -> int:
    return httpx.post(
        f"http://127.0.0.1:{program.port}/api/v1/deliveries", content=a_delivery([("n-1", q)]),
        headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30,
    ).status_code  # fmt: skip


def page(program: Program, path: str = "/") -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{program.port}{path}", headers=HTML, timeout=30)


def back_within_ten_seconds(program: Program) -> None:
    began = time.monotonic()
    wait_until(lambda: deliver(program) == 200, "deliveries are taken again", BACK_S)
    assert program.get("/health").json()["status"] == "ok"
    assert time.monotonic() - began < BACK_S


@pytest.fixture
def postgres_of_mine() -> Iterator[Postgres]:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with Postgres(Path(folder) / "postgres") as server:
            yield server


def test_without_influxdb_pages_answer_and_deliveries_wait(tmp_path: Path) -> None:
    allow_gateway(tmp_path)
    program = Program(tmp_path, influx_url="http://127.0.0.1:1", influx_token="t")
    try:
        program.start_ready()
        assert page(program).status_code == 200
        assert page(program, "/salud").status_code == 200
        assert deliver(program) == 503
        health = program.get("/health")
        assert (health.status_code, health.json()["parts"]["readings"]) == (503, "unavailable")
    finally:
        program.kill()


@pytest.mark.influxdb
def test_influxdb_that_comes_later_is_used_without_a_restart(tmp_path: Path) -> None:
    allow_gateway(tmp_path)
    with Influxd(tmp_path / "influxd") as influxd:
        influxd.kill()
        program = Program(tmp_path, influx_url=influxd.url, influx_token=influxd.token)
        try:
            program.start_ready()
            assert deliver(program) == 503
            influxd.start()
            back_within_ten_seconds(program)
            assert [row["q"] for row in influxd.query("SELECT q FROM reading")] == [1]
        finally:
            program.kill()


@pytest.mark.postgres
def test_postgresql_that_comes_later_is_used_without_a_restart(
    tmp_path: Path, postgres_of_mine: Postgres
) -> None:
    engine = open_engine(postgres_of_mine.url)
    SqlGateways(engine).add("gateway-1", token_hash(TOKEN))
    engine.dispose()
    postgres_of_mine.kill()
    program = Program(tmp_path, notebook_url=postgres_of_mine.url)
    try:
        program.start_ready()
        said = page(program)
        assert (said.status_code, "<html" in said.text) == (503, True)
        assert (deliver(program), program.get("/health").status_code) == (503, 503)
        for _ in range(2):  # it comes, and goes and comes under the running service
            postgres_of_mine.start()
            back_within_ten_seconds(program)
            assert page(program).status_code == 200
            postgres_of_mine.kill()
            assert (deliver(program), page(program).status_code) == (503, 503)
    finally:
        program.kill()


@pytest.mark.influxdb
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("influx_token", ""),
        ("influx_token", "wrong"),
        ("influx_bucket", "none"),
        ("influx_org", "none"),
    ],
)
def test_what_influxdb_refuses_is_named(
    tmp_path: Path, influxd: Influxd, setting: str, value: str
) -> None:
    right = {"influx_url": influxd.url, "influx_token": influxd.token}
    code, words = Program(tmp_path, **(right | {setting: value})).refuse()
    assert (code, f"service.{setting}:" in one_line(words)) == (2, True), words


@pytest.mark.postgres
@pytest.mark.parametrize("wrong", ["user", "database"])
def test_what_postgresql_refuses_is_named(tmp_path: Path, postgres: Postgres, wrong: str) -> None:
    url = {"user": postgres.url.replace("postgres@", "nobody@"),
           "database": postgres.url.rpartition("/")[0] + "/none"}[wrong]  # fmt: skip
    code, words = Program(tmp_path, notebook_url=url).refuse()
    assert (code, "service.notebook_url:" in one_line(words)) == (2, True), words


@pytest.mark.influxdb
def test_a_token_found_wrong_later_is_a_trouble_and_ends_nothing(tmp_path: Path) -> None:
    allow_gateway(tmp_path)
    with Influxd(tmp_path / "influxd") as influxd:
        influxd.kill()
        program = Program(tmp_path, influx_url=influxd.url, influx_token="wrong")
        try:
            process = program.start_ready()
            influxd.start()
            assert deliver(program) == 503
            assert process.poll() is None
            assert page(program).status_code == 200
        finally:
            program.kill()
