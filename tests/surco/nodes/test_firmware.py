"""`surco firmware build | publish | rollout | status`, as a person runs them on a folder of data."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surco.__main__ import main
from surco.machine import folder as folders
from surco.nodes import firmware, release
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import NodeStatus
from tests.service.stores import stores_on

pytestmark = pytest.mark.timeout(400)

BODIES = {"node/version.mpy": b"0.3.0", "node/start.mpy": b"start"}


class Desk:
    """A data folder with two nodes, and what the commands say about it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.data, self._capsys = folder, folder / "data", capsys
        folders.make(self.data)
        for node in ("n-001", "n-002"):
            assert main(["node", "add", node, "--data", str(self.data)]) == 0
            self.says(node, firmware="0.2.0", battery_mv=3900)

    def says(self, node: str, **said: Any) -> None:
        """Let a node speak."""
        engine = open_engine(f"sqlite:///{self.data}/notebook.db")
        stores = stores_on(engine)
        before = next(one.status for one in stores.registry.nodes() if one.id == node)
        status = before or NodeStatus(datetime.now(UTC), "asleep", interval_s=3600)
        stores.registry.set_status(node, replace(status, at=datetime.now(UTC), **said))
        engine.dispose()

    def do(self, *arguments: str, code: int = 0) -> str:
        """Run `surco firmware …`; return what it prints."""
        self._capsys.readouterr()
        data = [] if arguments[0] == "build" else ["--data", str(self.data)]
        assert main(["firmware", *arguments, *data]) == code
        out, err = self._capsys.readouterr()
        return out + err

    def built(self) -> str:
        out = self.folder / "firmware-0.3.0"
        self.do("build", "--out", str(out))
        return str(out)

    def table(self) -> dict[str, list[str]]:
        """Return the columns of `status` by node."""
        lines = self.do("status").splitlines()
        places = [lines[0].index(word) for word in ("sensor", "corre", "le toca", "cómo va")]
        ends = [*places[1:], None]
        rows = [
            [line[a:b].strip() for a, b in zip(places, ends, strict=True)] for line in lines[1:]
        ]
        return {row[0]: row[1:] for row in rows}


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")

    def small(source: Path, part: str) -> dict[str, bytes]:
        return {name: body for name, body in BODIES.items() if name.startswith(part)}

    monkeypatch.setattr(firmware, "compiled", small)
    monkeypatch.setattr(firmware, "version_of", lambda source: "0.3.0")  # type: ignore[reportUnknownLambdaType]
    return Desk(tmp_path, capsys)


def test_a_version_goes_from_the_source_to_its_canary(desk: Desk) -> None:
    assert "0.3.0" in desk.do("publish", desk.built())
    assert "ya estaba publicada" in desk.do("publish", desk.built())
    assert desk.table()["n-001"] == ["0.2.0", "—", "—"]
    assert "primero en: n-001" in desk.do("rollout", "0.3.0")
    told = desk.do("status")
    assert "publicadas: 0.3.0" in told
    assert "0.3.0: en curso (el primero)" in told
    assert desk.table()["n-001"] == ["0.2.0", "0.3.0", "la espera"]
    assert desk.table()["n-002"] == ["0.2.0", "—", "—"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"error": "update: waits for a fuller battery"}, "espera a que cargue su pila"),
        (
            {"error": "no Wi-Fi: no address; update: waits for a better signal"},
            "espera mejor Wi-Fi",
        ),
        ({"error": "update: made for another MicroPython"}, "otro MicroPython: surco flash"),
        ({"update": "40%"}, "40%"),
        ({"firmware": "0.3.0", "trial": True}, "a prueba"),
        ({"firmware": "0.3.0"}, "lista"),
        ({"bad": "0.3.0"}, "volvió a la anterior"),
    ],
)
def test_status_says_in_spanish_how_far_a_node_is(
    desk: Desk, said: dict[str, Any], expected: str
) -> None:
    desk.do("publish", desk.built())
    desk.do("rollout", "0.3.0")
    desk.says("n-001", **said)
    assert desk.table()["n-001"][-1] == expected


def test_a_rollout_is_stopped_by_hand(desk: Desk) -> None:
    desk.do("publish", desk.built())
    desk.do("rollout", "0.3.0")
    assert "0.3.0 quedó detenida" in desk.do("rollout", "--stop")
    assert "0.3.0: detenida, a mano" in desk.do("status")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rollout",), "di qué versión, o --stop"),
        (("rollout", "9.9.9"), "la versión 9.9.9 no está publicada"),
        (("rollout", "--stop"), "no se puede"),
        (("publish", "nowhere"), "no es lo que hizo «surco firmware build»"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    desk: Desk, arguments: tuple[str, ...], words: str
) -> None:
    told = desk.do(*arguments, code=2)
    assert words in told
    assert len(told.strip().splitlines()) == 1


def test_a_file_that_changed_after_it_was_built_is_named(desk: Desk) -> None:
    folder = desk.built()
    (Path(folder) / "node/start.mpy").write_bytes(b"other")
    assert "node/start.mpy" in desk.do("publish", folder, code=2)
    assert "publicadas: —" in desk.do("status")


def test_without_the_compiler_it_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmware.importlib.util, "find_spec", lambda name: None)  # type: ignore[reportUnknownLambdaType]
    assert "pip install 'surco[firmware]'" in desk.do("build", code=2)


def test_the_real_firmware_is_built_for_a_chip(tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "built"
    assert main(["firmware", "build", "--out", str(out)]) == 0
    names = {file.relative_to(out).as_posix() for file in out.rglob("*.*")}
    assert {
        "release.json",
        "node/start.mpy",
        "hal/esp32.mpy",
        "hal/rp2.mpy",
        "node/portal/portal.html",
    } <= names
    assert not [name for name in names if name.startswith("hal/sim")]
    assert release.version_of(Path(__file__).parents[3] / "firmware") in capsys.readouterr().out
