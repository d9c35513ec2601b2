"""What the gateway's tests put around it: a real broker, a service of our own making, nodes."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from surco_gateway.errors import Refused
from surco_gateway.spool.spool import Message
from tests.servers import Server, free_port, program, wait_until

CONFIG = """
listener {port} 127.0.0.1
allow_anonymous true
persistence {persistence}
persistence_location {folder}/
autosave_interval 60
max_inflight_messages 4000
max_queued_messages 200000
set_tcp_nodelay true
log_type error
log_type warning
"""


class Mosquitto(Server):
    """A real broker that lets everybody in; `persistence=False` forgets sessions when it restarts."""

    def __init__(self, folder: Path, *, persistence: bool = True) -> None:
        super().__init__(folder)
        self.persistence = persistence

    def command(self) -> list[str]:
        config = self.folder / "mosquitto.conf"
        config.write_text(
            CONFIG.format(
                port=self.port, folder=self.folder, persistence=str(self.persistence).lower()
            )
            + ("user root\n" if os.geteuid() == 0 else "")
        )
        return [program("mosquitto") or "mosquitto", "-c", str(config)]


def envelope(**more: Any) -> dict[str, Any]:
    return {"surco": 1, "stored": 0, "duplicate": 0, "waiting": 0, "quarantined": [], **more}


class FakeService(ThreadingHTTPServer):
    """Takes every delivery, unless `answers` holds something else to say first."""

    daemon_threads = True

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.answers: deque[tuple[int, dict[str, str], bytes]] = deque()
        self.commands: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.confirmed = 0
        super().__init__(("127.0.0.1", 0), _Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a gateway that was killed in the middle of a request

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def rows(self) -> set[tuple[str, str, int]]:
        """Return (node, b, q) of every row that arrived."""
        found: set[tuple[str, str, int]] = set()
        for message in list(self.received):
            _, _, node, kind = message["topic"].split("/")
            if kind == "data" and "refused" not in message:
                data = json.loads(message["payload"])
                found |= {(node, data["b"], data["q"] + n) for n in range(len(data["d"]))}
        return found

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: FakeService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answers and not self.path.endswith("/report"):
            self.say(*self.server.answers.popleft())
            return
        if self.path.endswith("/report"):
            self.server.reports.append(json.loads(body))
            self.say(200, {}, json.dumps({"surco": 1}).encode())
            return
        messages = json.loads(body)["messages"]
        self.server.received += messages
        self.server.batches.append(len(messages))
        self.say(200, {"Surco-Api": "1"}, json.dumps(envelope(stored=len(messages))).encode())

    def do_GET(self) -> None:
        after = int(self.path.partition("after=")[2].partition("&")[0])
        self.server.confirmed = max(self.server.confirmed, after)
        waiting = [command for command in self.server.commands if command["id"] > after]
        if not waiting:
            threading.Event().wait(0.1)
        self.say(200, {}, json.dumps({"surco": 1, "commands": waiting}).encode())

    def say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class FakeClient:
    """The service as the forwarder sees it, in memory: refuses what `bad` names, takes the rest."""

    def __init__(self, bad: Iterable[bytes] = (), errors: Iterable[Exception] = ()) -> None:
        self.bad, self.errors = set(bad), deque(errors)
        self.taken: list[Message] = []
        self.sizes: list[int] = []

    def pack(self, messages: Sequence[Message]) -> bytes:
        return pickle.dumps(messages)

    def deliver(self, packed: bytes, timeout_s: float | None = None) -> dict[str, Any]:
        return self.take(pickle.loads(packed))

    def take(self, messages: Sequence[Message]) -> dict[str, Any]:
        if self.errors:
            raise self.errors.popleft()
        if any(message.payload in self.bad and message.refusal is None for message in messages):
            raise Refused("422")
        self.taken += messages
        self.sizes.append(len(messages))
        return envelope(stored=len(messages))


class GatewayProcess:
    """`python -m surco_gateway`, as systemd or `surco up` would run it."""

    def __init__(
        self, folder: Path, broker: Mosquitto, service: FakeService | None, **settings: Any
    ) -> None:
        self.folder, self.health_port = folder, free_port()
        self.data = folder / "gateway"
        self.settings: dict[str, Any] = {
            "broker_port": broker.port, "broker_password": "secret",
            "service_url": service.url if service else "", "service_token": "token",
            "data": self.data, "health_port": self.health_port,
            "clock": "trusted", **settings,
        }  # fmt: skip
        self.process: subprocess.Popen[str] | None = None
        self.command = ["-m", "surco_gateway"]

    def spoil(self, how: str) -> None:
        """Run these lines of Python in the process before the gateway begins."""
        begin = "import sys; from surco_gateway.__main__ import main; sys.exit(main([]))"
        self.command = ["-c", f"{how}\n{begin}"]

    def start(self) -> None:
        environment = {f"SURCO_GATEWAY_{k}".upper(): str(v) for k, v in self.settings.items()}
        with (self.folder / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command], env={**os.environ, **environment},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError((self.folder / "gateway.log").read_text()[-2000:])

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(sign)
        return self.ends()

    def ends(self) -> int:
        """Wait until it ends and return its code."""
        assert self.process is not None
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return code

    def health(self) -> dict[str, Any]:
        return httpx.get(f"http://127.0.0.1:{self.health_port}/health", trust_env=False).json()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.kill()


class Peer:
    """A plain MQTT client: a node, or all of them at once. Remembers what it was sent."""

    def __init__(self, port: int, *filters: str) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._ready = threading.Event()
        self._filters = [(filter, 1) for filter in filters]
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.max_inflight_messages_set(10_000)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = lambda _, __, m: self.heard.append((m.topic, m.payload))
        self.client.connect_async("127.0.0.1", port)

    def _on_connect(self, *_: Any) -> None:
        self.client.subscribe(self._filters or [("nothing", 0)])

    def publish(
        self, topic: str, payload: bytes | str, *, retain: bool = False, qos: int = 1
    ) -> None:
        self.client.publish(topic, payload, qos, retain)

    def hears(self, topic: str, seconds: float = 30) -> bytes:
        """Wait for a message on a topic and return its payload."""
        wait_until(lambda: any(t == topic for t, _ in self.heard), f"{topic} is heard", seconds)
        return next(payload for t, payload in self.heard if t == topic)

    def acked(self) -> set[tuple[str, str, int]]:
        """Return (node, b, q) of every row that the gateway has acknowledged."""
        found: set[tuple[str, str, int]] = set()
        for topic, payload in list(self.heard):
            _, _, node, kind = topic.split("/")
            if kind == "ack":
                ack = json.loads(payload)
                found |= {(node, ack["b"], ack["q"] + n) for n in range(ack["n"])}
        return found

    def __enter__(self) -> Self:
        self.client.loop_start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def data(q: int = 0, n: int = 1, b: str = "9f3a01c7") -> bytes:
    """A data message with `n` rows."""
    rows = [[900 * row, 1805, 3912] for row in range(n)]
    return json.dumps(
        {"v": 1, "b": b, "q": q, "t0": 1795364100, "tq": 2, "f": ["dt", "r1", "bv"], "d": rows},
        separators=(",", ":"),
    ).encode()
