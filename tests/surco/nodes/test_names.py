"""No node gets a name of ours, by whichever way it gets one (P9)."""

from pathlib import Path

import pytest

from surco.__main__ import main
from surco.machine import folder as folders
from surco_contract.reasons import Malformed
from surco_contract.settings import Secret, SettingsError
from surco_contract.topics import RESERVED, parse
from surco_gateway.config import Settings, check
from surco_service.adapters.sql.engine import open_engine
from surco_service.errors import Invalid
from surco_service.ports.nodes import Claim
from surco_service.usecases.nodes.claims import claim
from surco_service.usecases.nodes.registry import add_node
from tests.builders import DAWN
from tests.service.stores import stores_on

NAMES = sorted({*RESERVED, "gateway", "gateway-1", "gateways"})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    folders.make(data)
    assert main(["introduce", "--data", str(data)]) == 0
    return data


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", [["label"], ["node", "add"]], ids=["label", "add"])
def test_no_command_gives_a_node_a_name_of_ours(
    data: Path, command: list[str], name: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LANG", "es_MX.UTF-8")
    more = ["--host", "192.168.1.5"] if command == ["label"] else []
    assert main([*command, name, "--data", str(data), *more]) == 2
    assert "nombre de una parte de Surco" in capsys.readouterr().err
    users = [line.split(":")[0] for line in folders.Folder(data).passwords.read_text().splitlines()]
    assert users == ["gateway"]


@pytest.mark.parametrize("name", NAMES)
def test_neither_registry_nor_claim_nor_topic_takes_it(data: Path, name: str) -> None:
    engine = open_engine(f"sqlite:///{data}/notebook.db")
    stores = stores_on(engine)
    with pytest.raises(Invalid) as refused:
        add_node(stores, name, DAWN)
    assert refused.value.fields == {"node": "reserved-name"}
    with pytest.raises(Invalid) as refused:
        claim(stores, Claim(name, "$7$101$c2FsdA==$a2V5", "0" * 64), DAWN)
    assert "node" in refused.value.fields
    engine.dispose()
    with pytest.raises(Malformed):
        parse(f"surco/v1/{name}/data")


@pytest.mark.parametrize("id", ["n-001", "bed", "admin", "Gateway-1", "gateway 1"])
def test_no_gateway_takes_the_name_of_a_node(id: str) -> None:
    with pytest.raises(SettingsError):
        check(Settings(Secret("p"), Secret("t"), id))
