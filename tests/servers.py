"""The real servers that tests run, each on a free loopback port in a folder of its own.

Every class is a context manager: entered, the server answers; left, it is gone. `kill` and
`start` are there for tests that take a server away under load.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import httpx

TOKEN = "test-token-of-all-power"
_PLACES = ("/usr/sbin", "/usr/local/sbin", str(Path.home() / ".cache/surco-tools/bin"))


def program(name: str) -> str | None:
    """Return the path of a program, or None when this machine has it not."""
    postgres = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [os.environ.get("PATH", ""), *_PLACES, *map(str, postgres)]
    return shutil.which(name, path=":".join(places))


_given: set[int] = set()
_PORTS = range(20_000, 32_768)  # below those that systems give to connections that go out


def free_port() -> int:
    """Return a port on which nothing listens, and that is not given out twice.

    Asked for 0, the system would name one that it may give to another worker's connection before
    the server has taken it.
    """
    draw = Random(f"{os.getpid()} {time.monotonic_ns()}")
    while True:
        port = draw.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait until something is true, looking often; fail with `what` when it never is."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s: {what}")
        time.sleep(0.02)


def accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


class Server:
    """A child process that is ready once `ready()` is true."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def ready(self) -> bool:
        return accepts(self.port)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), env=dict(self.environment()), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        try:
            wait_until(lambda: self._alive() and self.ready(), f"{type(self).__name__} answers")
        except TimeoutError as error:
            self.kill()
            tail = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise TimeoutError(f"{error}\n{tail}") from None

    def _alive(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise TimeoutError(f"it ended with {self._process.returncode}")
        return True

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it as a power cut would: no time to tidy up."""
        self.stop(signal.SIGKILL)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            self._process.wait(20)
            self._process = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(signal.SIGKILL)


class Influxd(Server):
    """InfluxDB 2 with one organisation `surco`, a bucket `surco` and an operator token."""

    org = bucket = "surco"
    token = TOKEN

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [
            program("influxd") or "influxd",
            f"--bolt-path={self.folder}/influxd.bolt",
            f"--engine-path={self.folder}/engine",
            f"--sqlite-path={self.folder}/influxd.sqlite",
            f"--http-bind-address=127.0.0.1:{self.port}",
            "--reporting-disabled",
            "--log-level=warn",
        ]

    def ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health").json().get("status") == "pass"
        return False

    def __enter__(self) -> Self:
        super().__enter__()
        answer = httpx.post(
            f"{self.url}/api/v2/setup",
            json={"username": "surco", "password": "surco-surco", "org": self.org,
                  "bucket": self.bucket, "token": self.token},
        )  # fmt: skip
        answer.raise_for_status()
        return self

    def new_bucket(self, name: str) -> str:
        """Make an empty bucket, replacing one of that name; return its name."""
        self.delete_bucket(name)
        self._api(
            "POST", "buckets", json={"name": name, "orgID": self._org(), "retentionRules": []}
        )
        return name

    def delete_bucket(self, name: str) -> None:
        for bucket in self._api("GET", "buckets", params={"name": name}).get("buckets", []):
            self._api("DELETE", f"buckets/{bucket['id']}")

    def query(self, influxql: str, bucket: str | None = None) -> list[dict[str, object]]:
        """Run InfluxQL; return every row of every series as a dict, tags included."""
        answer = httpx.get(
            f"{self.url}/query",
            params={"db": bucket or self.bucket, "q": influxql, "epoch": "ns"},
            headers={"Authorization": f"Token {self.token}"},
        )
        answer.raise_for_status()
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
            for result in answer.json()["results"]
            for series in result.get("series", [])
            for row in series["values"]
        ]

    def _org(self) -> str:
        return self._api("GET", "orgs", params={"org": self.org})["orgs"][0]["id"]

    def _api(self, method: str, path: str, **arguments: object) -> dict[str, list[dict[str, str]]]:
        answer = httpx.request(
            method, f"{self.url}/api/v2/{path}",
            headers={"Authorization": f"Token {self.token}"}, **arguments,
        )  # fmt: skip
        if answer.status_code == 404:
            return {}
        answer.raise_for_status()
        return answer.json() if answer.content else {}


OPENGEMINI = """
[common]
  meta-join = ["127.0.0.1:{rpc}"]
[meta]
  bind-address = "127.0.0.1:{raft}"
  http-bind-address = "127.0.0.1:{admin}"
  rpc-bind-address = "127.0.0.1:{rpc}"
  dir = "{folder}/meta"
[http]
  bind-address = "127.0.0.1:{port}"
  flight-enabled = false
[data]
  store-ingest-addr = "127.0.0.1:{ingest}"
  store-select-addr = "127.0.0.1:{select}"
  store-data-dir = "{folder}/data"
  store-wal-dir = "{folder}/data"
  store-meta-dir = "{folder}/meta"
[logging]
  path = "{folder}/logs/"
[gossip]
  enabled = false
"""


class OpenGemini(Server):
    """openGemini as one process, with a database `surco`. It has no tokens on loopback."""

    token, org, bucket = "none", "surco", "surco"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        config = self.folder / "openGemini.conf"
        if not config.exists():
            ports = {name: free_port() for name in ("raft", "admin", "rpc", "ingest", "select")}
            config.write_text(OPENGEMINI.format(folder=self.folder, port=self.port, **ports))
        return [program("ts-server") or "ts-server", "run", "-config", str(config)]

    def ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/ping").status_code == 204
        return False

    def __enter__(self) -> Self:
        super().__enter__()
        self.new_bucket(self.bucket)
        return self

    def new_bucket(self, name: str) -> str:
        """Make an empty database and return its name: one that was dropped goes later."""
        name = f"{name}-{time.monotonic_ns()}"
        wait_until(lambda: self._query(f'CREATE DATABASE "{name}"'), "the database is made")
        wait_until(lambda: self._query("SHOW MEASUREMENTS", name), "the database is there")
        return name

    def _query(self, words: str, name: str = "") -> bool:
        answer = httpx.post(f"{self.url}/query", params={"q": words, "db": name}, timeout=30)
        return answer.is_success and "error" not in answer.text


class Postgres(Server):
    """An empty PostgreSQL cluster that trusts loopback.

    It refuses to run as root, so it does not; then its folder must be where everybody may enter,
    and not within pytest's own, which each run that begins closes to all but root.
    """

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        initdb = [program("initdb") or "initdb", "-D", str(self.folder / "db"), "-U", "postgres",
                  "-A", "trust", "-E", "UTF8", "--no-sync"]  # fmt: skip
        subprocess.run(_as_postgres(initdb), check=True, capture_output=True, cwd="/")
        self.start()
        return self

    def command(self) -> list[str]:
        return _as_postgres([
            program("postgres") or "postgres", "-D", str(self.folder / "db"), "-p", str(self.port),
            "-h", "127.0.0.1", "-k", "", "-c", "fsync=off",
            "-c", "dynamic_shared_memory_type=mmap",  # in its folder: it is killed and cannot tidy up
        ])  # fmt: skip

    def ready(self) -> bool:
        check = [
            program("pg_isready") or "pg_isready",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-q",
        ]
        return subprocess.run(check, check=False).returncode == 0


def _as_postgres(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
