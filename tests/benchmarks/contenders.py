"""Who takes part in the ingest benchmark: ours into each store, and the real Telegraf.

A contender is started against a broker that runs already, subscribes, and is asked how many rows
its sink holds: the sink counts, not the tool.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from surco_contract.credentials import new_secret, token_hash
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.gateways import SqlGateways
from tests.benchmarks.load import columnar, flat
from tests.servers import Influxd, free_port, program, wait_until

GATEWAY_USER = "gateway"


@dataclass
class Contender:
    """Started by entering, stopped by leaving."""

    name: str
    folder: Path
    broker_port: int
    broker_password: str
    encode = staticmethod(columnar)
    listen = True
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        raise NotImplementedError

    def count(self) -> int:
        """Return how many rows the sink holds."""
        raise NotImplementedError

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self.processes.items()}

    def launch(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        self.processes[name] = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, cwd=self.folder,
        )  # fmt: skip

    def said(self, name: str, words: bytes) -> None:
        log = self.folder / f"{name}.log"
        wait_until(lambda: words in log.read_bytes(), f"{name} says {words!r}", 30)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.stack.close()


@dataclass
class Ours(Contender):
    """Gateway and service as a programme would run them."""

    def start(self) -> None:
        port, token, data = free_port(), new_secret(), self.folder / "data"
        data.mkdir()
        engine = open_engine(f"sqlite:///{data}/notebook.db")
        SqlGateways(engine).add("gateway-1", token_hash(token))
        engine.dispose()
        service = {"SURCO_SERVICE_PORT": str(port), "SURCO_SERVICE_DATA": str(data), **self.store()}
        self.launch("service", [sys.executable, "-m", "surco_service"], service)
        self.said("service", b"ready")
        gateway = {
            "SURCO_GATEWAY_BROKER_PORT": str(self.broker_port),
            "SURCO_GATEWAY_BROKER_PASSWORD": self.broker_password,
            "SURCO_GATEWAY_SERVICE_URL": f"http://127.0.0.1:{port}",
            "SURCO_GATEWAY_SERVICE_TOKEN": token,
            "SURCO_GATEWAY_DATA": str(self.folder / "spool"),
            "SURCO_GATEWAY_HEALTH_PORT": str(free_port()),
        }
        self.launch("gateway", [sys.executable, "-m", "surco_gateway"], gateway)
        self.said("gateway", b"ready")

    def store(self) -> dict[str, str]:
        return {}

    def count(self) -> int:
        with closing(sqlite3.connect(self.folder / "data/readings.db", timeout=5)) as readings:
            return readings.execute("SELECT count(*) FROM reading").fetchone()[0]


@dataclass
class OursOnInflux(Ours):
    influxd: Influxd | None = None
    bucket: str = "ours"

    def store(self) -> dict[str, str]:
        assert self.influxd is not None
        self.influxd.new_bucket(self.bucket)
        return {
            "SURCO_SERVICE_INFLUX_URL": self.influxd.url,
            "SURCO_SERVICE_INFLUX_TOKEN": self.influxd.token,
            "SURCO_SERVICE_INFLUX_BUCKET": self.bucket,
        }

    def count(self) -> int:
        return counted(self.influxd, self.bucket, "reading", "q")

    def pids(self) -> dict[str, int]:
        assert self.influxd is not None
        return {**super().pids(), "influxd": self.influxd.pid}


TELEGRAF = """
[agent]
  flush_interval = "{flush}"
  metric_batch_size = {batch}
  metric_buffer_limit = {buffer}
  omit_hostname = true
[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "{token}"
  organization = "surco"
  bucket = "{bucket}"
  content_encoding = "{encoding}"
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["surco/v1/+/data"]
  qos = 1
  client_id = "gateway-telegraf"
  persistent_session = true
  max_undelivered_messages = {undelivered}
  username = "{user}"
  password = "{password}"
  name_override = "reading"
  data_format = "json"
  tag_keys = ["node"]
  json_string_fields = ["b"]
  json_time_key = "t"
  json_time_format = "unix"
"""

DEFAULTS = {"flush": "10s", "batch": 1000, "buffer": 10000, "undelivered": 1000, "encoding": "gzip"}
TUNED = {
    "flush": "1s",
    "batch": 5000,
    "buffer": 40000,
    "undelivered": 20000,
    "encoding": "identity",
}


@dataclass
class Telegraf(Contender):
    """The real Telegraf into the same InfluxDB; it gives no application acks."""

    encode = staticmethod(flat)
    listen = False
    influxd: Influxd | None = None
    bucket: str = "telegraf"
    options: Mapping[str, object] = field(default_factory=dict)

    def start(self) -> None:
        assert self.influxd is not None
        self.influxd.new_bucket(self.bucket)
        config = self.folder / "telegraf.conf"
        config.write_text(
            TELEGRAF.format(
                url=self.influxd.url, token=self.influxd.token, bucket=self.bucket,
                port=self.broker_port, user=GATEWAY_USER, password=self.broker_password,
                **self.options,
            )
        )  # fmt: skip
        self.launch("telegraf", [program("telegraf") or "telegraf", "--config", str(config)], {})
        self.said("telegraf", b"Connected")

    def count(self) -> int:
        return counted(self.influxd, self.bucket, "reading", "r1")

    def pids(self) -> dict[str, int]:
        assert self.influxd is not None
        return {**super().pids(), "influxd": self.influxd.pid}


def counted(influxd: Influxd | None, bucket: str, measurement: str, column: str) -> int:
    """Count the values of one field over all time; 0 while there are none."""
    assert influxd is not None
    answer = httpx.get(
        f"{influxd.url}/query",
        params={"db": bucket, "q": f'SELECT count("{column}") FROM "{measurement}"'},
        headers={"Authorization": f"Token {influxd.token}"},
        timeout=30,
    )
    series = json.loads(answer.content)["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0
