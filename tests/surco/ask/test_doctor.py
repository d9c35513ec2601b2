"""What `surco doctor` says is wrong: the same as Salud, also while the service is down (18.9)."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from surco.__main__ import main
from surco.machine import folder as folders
from surco_gateway.health import HealthServer
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import NodeStatus
from surco_service.ports.stores import Stores
from tests.service.stores import stores_on

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("locale", "words", "total"),
    [
        ("es_MX.UTF-8", "Sin noticias de 2 cajas blancas.", "Por atender: "),
        ("en_US.UTF-8", "No news from 2 white boxes.", "To be mended: "),
    ],
)
def test_a_node_that_is_late_is_named_with_how_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    locale: str, words: str, total: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("LC_ALL", locale)
    folders.make(tmp_path)
    for node, ago in (
        ("n-001", timedelta(days=3)), ("n-002", timedelta(minutes=25)), ("n-003", timedelta(hours=2)),
    ):  # fmt: skip
        assert main(["node", "add", node, "--data", str(tmp_path)]) == 0
        at = datetime.now(UTC) - ago
        status = NodeStatus(at, "asleep", next_at=at + QUARTER, interval_s=900)
        with stores_at(tmp_path) as stores:
            stores.registry.set_status(node, status)
    capsys.readouterr()
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert words in told
    assert "n-001 (n-001)" in told
    assert "n-002" not in told, (
        "two cycles after its promise is what a wake and its network may take"
    )
    assert "n-003" in told
    assert total in told


def test_a_node_that_never_spoke_is_not_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = doctor(tmp_path, monkeypatch, capsys, nodes=["n-001"])
    assert "La caja blanca n-001 nunca ha hablado." in told
    assert "todos a tiempo" not in told


def test_troubles_of_the_service_are_told_with_since_when_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders.make(tmp_path)
    with stores_at(tmp_path) as stores:
        at = datetime.now(UTC) - timedelta(days=40)
        stores.troubles.raised("readings-damaged", "readings.db", at, {})
    told = doctor(tmp_path, monkeypatch, capsys)
    assert "✗ Se dañó el archivo de las lecturas. (readings.db) Desde el " in told
    assert "\n  1. Deja Surco encendido hasta que se quite este aviso." in told


def test_a_notebook_that_cannot_be_read_is_told_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders.make(tmp_path)
    (tmp_path / "notebook.db").write_bytes(b"not a database" * 1000)
    told = doctor(tmp_path, monkeypatch, capsys)
    assert "Se dañaron los datos de los huertos." in told
    assert "(la máquina dice: " in told
    assert "gateway: nadie responde" in told


def test_the_gateways_alarms_are_told_in_the_words_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alarm = {"code": "spool", "for_s": 7200, "words": "the disk is full", "facts": {}}
    report = {"state": "degraded", "gateway": "gateway-1", "alarms": [alarm]}
    with HealthServer("127.0.0.1", 0, lambda: report) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("SURCO_GATEWAY_HEALTH_PORT", str(server.server_port))
        told = doctor(tmp_path, monkeypatch, capsys)
        server.shutdown()
    assert "✗ La caja de la red no puede guardar lo que le llega. (gateway-1) Desde " in told
    assert "  1. Haz lugar en su disco." in told
    assert "(la máquina dice: the disk is full)" in told


def test_a_full_disk_and_a_clock_nobody_confirms_are_told_though_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=800_000_000))
    monkeypatch.setenv("SURCO_GATEWAY_CLOCK", "untrusted")
    told = doctor(tmp_path, monkeypatch, capsys)
    assert told.count("El disco está casi lleno: quedan 800 MB.") == 1
    assert told.count("La caja de la red no sabe qué hora es.") == 1
    assert "Disco:" not in told


def doctor(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    nodes: Sequence[str] = (),
) -> str:  # fmt: skip
    """Let the doctor look at a folder in which something is wrong; return what he says in Spanish."""
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    folders.make(folder)
    for node in nodes:
        assert main(["node", "add", node, "--data", str(folder)]) == 0
    capsys.readouterr()
    assert main(["doctor", "--data", str(folder)]) == 1
    return capsys.readouterr().out


@contextmanager
def stores_at(folder: Path) -> Iterator[Stores]:
    engine = open_engine(f"sqlite:///{folder}/notebook.db")
    yield stores_on(engine)
    engine.dispose()
