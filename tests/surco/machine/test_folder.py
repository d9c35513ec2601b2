"""The data folder is made once; what a person wrote in it stays."""

import stat
from pathlib import Path

import pytest

from surco.machine import folder as folders
from surco_contract.credentials import broker_accepts
from surco_contract.settings import SettingsError


def test_secrets_are_made_once_and_are_private(tmp_path: Path) -> None:
    first = folders.make(tmp_path / "a")
    text = first.settings.read_text()
    assert stat.S_IMODE(first.settings.stat().st_mode) == 0o600
    assert folders.make(tmp_path / "a").settings.read_text() == text
    assert folders.make(tmp_path / "b").settings.read_text() != text


def test_settings_that_a_person_wrote_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("[gateway]\nbroker_password='x'\nservice_token='y'\n")
    folders.make(tmp_path)
    assert "broker_password='x'" in (tmp_path / "settings.toml").read_text()


def test_the_gateway_may_enter_the_broker(tmp_path: Path) -> None:
    folder = folders.make(tmp_path)
    user, _, stored = folder.passwords.read_text().strip().partition(":")
    password = folders.sections(folder)["gateway"]["broker_password"]
    assert user == "gateway"
    assert broker_accepts(stored, str(password).encode())


def test_options_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    folder = folders.make(tmp_path)
    port = "SURCO_SERVICE_PORT"
    assert folders.environment(folder, {port: "3"}, {port: "2"})[port] == "3"
    assert folders.environment(folder, {}, {port: "2"})[port] == "2"
    assert port not in folders.environment(folder, {}, {})


def test_the_gateway_finds_the_service_at_its_port(tmp_path: Path) -> None:
    found = folders.environment(folders.make(tmp_path), {"SURCO_SERVICE_PORT": "9001"}, {})
    assert found["SURCO_GATEWAY_SERVICE_URL"] == "http://127.0.0.1:9001"


@pytest.mark.parametrize("text", ["[gateway", "gateway = 1\n", "\udcff"])
def test_a_broken_settings_file_is_named(tmp_path: Path, text: str) -> None:
    folder = folders.make(tmp_path)
    folder.settings.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        folders.sections(folder)
