"""TLS from real MicroPython to both brokers: our authority and no other, whatever the year."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import pytest

from surco.machine.authority import make_authority
from surco_contract.credentials import broker_hash
from surco_gateway.broker.mosquitto import SecurePort, prepare
from tests.firmware.portal.portals import CODE, NODE, SimulatedPortal, configure, make_node
from tests.firmware.wakes import SimulatedNode
from tests.servers import Server, free_port

pytestmark = [pytest.mark.micropython, pytest.mark.timeout(120)]


class TlsMosquitto(Server):
    """The configuration that `surco up` writes, with a listener for TLS."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        super().__init__(folder)
        self.tls_port, self._certificates = free_port(), certificates
        self._passwords = folder.parent / "passwords"
        self._passwords.write_text(f"n-001:{broker_hash('secret')}\n")
        self._passwords.chmod(0o644)

    def command(self) -> list[str]:
        return prepare(
            self.folder / "data", self._passwords, self.port,
            tls=SecurePort(self.tls_port, "127.0.0.1", self._certificates),
        )  # fmt: skip


class TlsSmallBroker(TlsMosquitto):
    """Our own broker with the same certificates."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "surco_gateway.broker"]

    def environment(self) -> Mapping[str, str]:
        return {
            **os.environ, "SURCO_BROKER_PORT": str(self.port),
            "SURCO_BROKER_DATA": str(self.folder / "data"),
            "SURCO_BROKER_PASSWORD_FILE": str(self._passwords),
            "SURCO_BROKER_TLS_FOLDER": str(self._certificates),
            "SURCO_BROKER_TLS_PORT": str(self.tls_port),
        }  # fmt: skip


@pytest.fixture(params=[pytest.param(TlsMosquitto, marks=pytest.mark.mosquitto), TlsSmallBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TlsMosquitto]:
    make_authority(tmp_path / "tls", ["127.0.0.1", "huerto.local"])
    (tmp_path / "broker").mkdir()
    with request.param(tmp_path / "broker", tmp_path / "tls") as one:
        yield one


def wake(folder: Path, port: int, authority: bytes | None) -> list[str]:
    """Do one wake over TLS; return what the node noted."""
    node = SimulatedNode(folder / "n-001", port, "secret", "tls", tls=True)
    if authority is not None:
        (node.folder / "ca.der").write_bytes(authority)
    assert node.wake() == (0, "")
    return [event["note"] for event in node.trace("note")]


def test_a_node_speaks_with_the_broker_of_its_own_authority(
    tmp_path: Path, broker: TlsMosquitto
) -> None:
    assert wake(tmp_path, broker.tls_port, (tmp_path / "tls/ca.der").read_bytes()) == []


def test_a_node_trusts_no_other_authority_and_says_nothing_to_it(
    tmp_path: Path, broker: TlsMosquitto
) -> None:
    make_authority(tmp_path / "other", ["127.0.0.1"])
    (words,) = wake(tmp_path, broker.tls_port, (tmp_path / "other/ca.der").read_bytes())
    assert "cert" in words.lower()


def test_a_node_without_its_authority_says_what_to_do(tmp_path: Path, broker: TlsMosquitto) -> None:
    (words,) = wake(tmp_path, broker.tls_port, None)
    assert "ca.der is missing" in words


def test_a_person_is_told_that_the_certificate_is_not_the_gardens(
    tmp_path: Path, broker: TlsMosquitto
) -> None:
    make_authority(tmp_path / "other", ["127.0.0.1"])
    folder = make_node(tmp_path / NODE, broker.tls_port, tls=True)
    (folder / "ca.der").write_bytes((tmp_path / "other/ca.der").read_bytes())
    with SimulatedPortal(folder, "tls", heap="256k") as portal:
        portal.connect(code=CODE)
        assert portal.outcome() == {"step": "gateway", "state": "failed", "why": "certificate"}


def test_a_box_that_changes_its_wifi_tells_an_impostor_nothing(tmp_path: Path) -> None:
    """Issue 18, the node, 2: with TLS another machine at the garden's address hears no password."""
    make_authority(tmp_path / "tls", ["127.0.0.1"])
    make_authority(tmp_path / "other", ["127.0.0.1"])
    with Impostor(tmp_path / "other") as impostor:
        folder = make_node(tmp_path / NODE, impostor.port, tls=True)
        configure(folder, impostor.port, tls=True)
        (folder / "ca.der").write_bytes((tmp_path / "tls/ca.der").read_bytes())
        with SimulatedPortal(folder, "tls", heap="256k") as portal:
            portal.connect()
            assert portal.outcome() == {"step": "gateway", "state": "failed", "why": "certificate"}
    assert impostor.heard == [b""]


class Impostor:
    """Takes one connection with a certificate of another authority; keeps what it could read."""

    def __init__(self, certificates: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates / "broker.pem", certificates / "broker.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.heard = self._listener.getsockname()[1], list[bytes]()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._listener.close()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client:
            client.settimeout(20)
            try:
                with self._context.wrap_socket(client, server_side=True) as secure:
                    self.heard.append(secure.recv(4096))
            except OSError:
                self.heard.append(b"")


def test_certificates_are_valid_in_the_year_2000_and_in_2049(tmp_path: Path) -> None:
    make_authority(tmp_path, ["127.0.0.1"])
    for name in ("ca.pem", "broker.pem"):
        text = ssl._ssl._test_decode_cert(str(tmp_path / name))  # type: ignore[attr-defined]
        assert text["notBefore"].endswith("1999 GMT")
        assert text["notAfter"].endswith("2049 GMT")
    assert oct((tmp_path / "broker.key").stat().st_mode)[-3:] == "600"
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", "ca.pem", "broker.pem"], cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "broker.pem: OK"
