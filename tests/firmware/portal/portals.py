"""A portal of a simulated node on free ports, and a broker that knows labels, for its tests."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from tests.firmware.compiled import compiled
from tests.firmware.wakes import FIRMWARE, INTERPRETERS, SOIL
from tests.servers import accepts, free_port, wait_until

NODE, CODE, KEY = "n-001", "7K3M9QXT2B5D", "0a" * 32
AP_PASSWORD, WIFI_PASSWORD, BROKER_PASSWORD = "ap-pass-word", "wifi-pass-word", "broker-pass-word"
OLD_PASSWORD = "wifi-of-before"
NETWORKS = {
    "Casa": {"password": WIFI_PASSWORD, "dbm": -58},
    "Vecino": {"password": "of-the-neighbour", "dbm": -71},
    "Biblioteca": {"password": "", "dbm": -84},
}
OPENER = Path(__file__).with_name("open_portal.py")
SHORT_OF_MEMORY = Path(__file__).with_name("short_memory.py")


class ClaimBroker:
    """Lets in who knows a password; answers a claim with `verdict`, None: not at all.

    `no`: the code of its refusal. `after`: what it does besides once a claim came: "hang up" takes
    it and says nothing.
    """

    def __init__(
        self, *passwords: str, verdict: dict[str, Any] | None = None, after: str = "", no: int = 5
    ) -> None:
        self.passwords, self.verdict, self.after = set(passwords), verdict, after
        self._no = no
        self.claims: list[dict[str, Any]] = []
        self.heard: list[str] = []  # every password that it was told, right or wrong
        self.refused = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with (
                    client,
                    client.makefile("rb") as stream,
                    suppress(OSError, EOFError, IndexError),
                ):
                    client.settimeout(20)
                    while self._packet(client, stream):
                        pass

    def _packet(self, client: socket.socket, stream: Any) -> bool:
        head, body = stream.read(1)[0], stream.read(_length(stream))
        if head == 0x10:
            self.heard.append(_texts(body[10:])[-1])
            known = self.heard[-1] in self.passwords
            self.refused += not known
            client.sendall(b"\x20\x02\x00" + (b"\x00" if known else bytes([self._no])))
            return known
        if head == 0x82:
            client.sendall(b"\x90\x03" + body[:2] + b"\x01")
        elif head == 0x32:
            size = 2 + int.from_bytes(body[:2], "big")
            client.sendall(b"\x40\x02" + body[size : size + 2])
            return self._claimed(client, json.loads(body[size + 2 :]))
        return head != 0xE0

    def _claimed(self, client: socket.socket, said: dict[str, Any]) -> bool:
        self.claims.append(said)
        if self.after == "hang up" or (self.verdict or {}).get("ok"):
            self.passwords = {said["password"]}
        if self.after == "hang up":
            return False
        if self.verdict is not None:
            topic = f"surco/v1/{NODE}/claimed".encode()
            body = len(topic).to_bytes(2, "big") + topic + json.dumps(self.verdict).encode()
            client.sendall(bytes([0x30, len(body)]) + body)
        return True


def _length(stream: Any) -> int:
    length = shift = 0
    while True:
        digit = stream.read(1)[0]
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return length


def _texts(body: bytes) -> list[str]:
    found: list[str] = []
    while body:
        size = 2 + int.from_bytes(body[:2], "big")
        found.append(body[2:size].decode("utf-8", "replace"))
        body = body[size:]
    return found


class SimulatedPortal:
    """A process that opens the portal of the node in `folder`; entered, it answers.

    `deadlines` are those of the firmware that a test does not want to wait for: "http.REQUEST_S=3".
    """

    def __init__(
        self, folder: Path, interpreter: str = "cpython", minutes: str = "10",
        heap: str = "96k", opener: Path = OPENER, deadlines: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.folder, self._interpreter, self._minutes = folder, interpreter, minutes
        self._heap, self._opener, self._deadlines = heap, opener, deadlines
        self.port, self.names = free_port(), free_port()
        self.heard = b""  # everything that it ever answered
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=20, trust_env=False,
            headers={"X-Surco": "1"}, event_hooks={"response": [self._hear]},
        )  # fmt: skip

    def _command(self) -> list[str]:
        return [part.replace("96k", self._heap) for part in INTERPRETERS[self._interpreter]]

    def _hear(self, response: httpx.Response) -> None:
        self.heard += repr(response.headers).encode() + response.read()

    def __enter__(self) -> Self:
        firmware = FIRMWARE if self._interpreter == "cpython" else compiled()
        self.output = (self.folder / "output").open("w+b")
        self.process = subprocess.Popen(
            [*self._command(), str(self._opener), str(firmware), str(self.folder),
             str(self.port), str(self.names), self._minutes, *self._deadlines],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        wait_until(
            lambda: accepts(self.port) or self.process.poll() is not None, "the portal opens"
        )
        assert self.process.poll() is None, self.said()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.output.close()
        assert self.told_secrets() == []

    def told_secrets(self) -> list[str]:
        """Return the secrets that are in an answer, in what it printed, or in its trace."""
        trace = self.folder / "trace.jsonl"
        told = self.heard + self.said().encode() + (trace.read_bytes() if trace.exists() else b"")
        secrets = {KEY, CODE, AP_PASSWORD, WIFI_PASSWORD, BROKER_PASSWORD, OLD_PASSWORD}
        for name in ("config.json", "claim.json"):
            file = self.folder / name
            text = file.read_text() if file.exists() else "{}"
            config = json.loads(text[text.find("{") :])
            secrets |= {config.get("password", KEY), config.get("key", KEY)}
        return [secret for secret in secrets if secret and secret.encode() in told]

    def said(self) -> str:
        """Return everything that the process printed."""
        return (self.folder / "output").read_text(errors="replace")

    def connect(
        self, ssid: str = "Casa", password: str = WIFI_PASSWORD, **more: Any
    ) -> httpx.Response:
        form = {"networks": [{"ssid": ssid, "password": password}], **more}
        return self.http.post("/connect", json=form)

    def outcome(self, seconds: float = 50) -> dict[str, str]:
        """Wait for the end of an attempt."""
        found: dict[str, str] = {}

        def over() -> bool:
            time.sleep(0.2)
            found.update(self.http.get("/progress").json())
            return found["state"] in ("done", "failed")

        wait_until(over, "the attempt ends", seconds)
        return found


def make_node(folder: Path, port: int = 1, networks: Any = NETWORKS, **label: Any) -> Path:
    """Make a node as it is after flashing."""
    (folder / "flash").mkdir(parents=True)
    told = {
        "node": NODE,
        "ap_password": AP_PASSWORD,
        "host": "127.0.0.1",
        "port": port,
        "tls": False,
    }
    (folder / "label.json").write_text(json.dumps({**told, **label}))
    soil(folder, networks=networks)
    return folder


def soil(folder: Path, **changes: Any) -> None:
    told = {"t": int(time.time()), **SOIL, "networks": NETWORKS, **changes}
    (folder / "soil.json").write_text(json.dumps(told))


def configure(folder: Path, port: int, **changes: Any) -> None:
    """Write the configuration of a node that was claimed before."""
    told = {
        "node": NODE, "host": "127.0.0.1", "port": port, "user": NODE,
        "password": BROKER_PASSWORD, "key": KEY,
        "networks": [{"ssid": "Antes", "password": OLD_PASSWORD}],
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps({**told, **changes}))


def configured(folder: Path) -> dict[str, Any]:
    """Return the node's own configuration, without its checksum."""
    return json.loads((folder / "config.json").read_text()[8:])
