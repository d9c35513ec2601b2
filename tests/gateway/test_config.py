"""A wrong setting is one line that names the key, and exit code 2."""

import dataclasses
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from surco_contract.settings import Secret, SettingsError
from surco_gateway.broker.config import Settings as BrokerSettings
from surco_gateway.config import CHECKS, Settings, check

GOOD = {"broker_password": "p", "service_token": "t"}
BAD = {
    "id": "node-1",
    "broker_port": 0,
    "health_port": 65536,
    "mqtt_version": 4,
    "share": "a b",
    "service_url": "localhost:8000",
    "service_token": "with space",
    "keep_days": -1,
    "keep_bytes": 1000,
    "clock": "sometimes",
    "ca_file": Path("/nowhere.pem"),
}


ROOT = Path(__file__).parents[2]


def settings(**given: object) -> Settings:
    return Settings(**{**GOOD, **given})  # type: ignore[arg-type]


def test_the_defaults_make_sense() -> None:
    assert check(settings()).id == "gateway-1"


@pytest.mark.parametrize("name", [name for name, _, _ in CHECKS])
def test_a_value_that_makes_no_sense_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^gateway\.{name}: expected ."):
        check(settings(**{name: BAD[name]}))


@pytest.mark.parametrize(("section", "table"), [("gateway", Settings), ("broker", BrokerSettings)])
def test_the_page_of_settings_says_name_default_and_words(section: str, table: type) -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    page = text.partition(f"## [{section}]")[2].partition("\n## ")[0]
    said = [tuple(cell.strip() for cell in row[1:-1].split(" | ")) for row in _rows(page)]
    assert said == [
        (
            f"`{f.name}`",
            f"`SURCO_{section}_{f.name}`".upper(),
            _shown(f.default),
            f.metadata["help"],
        )
        for f in dataclasses.fields(table)
    ]


def _rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| `")]


def _shown(default: object) -> str:
    special = {dataclasses.MISSING: "must be given", None: "none", "": "empty"}
    return special.get(default, f"`{default}`")


@pytest.mark.parametrize(
    "page",
    [
        "README.md", "docs/reference/messages.md", "docs/why/architecture.md",
        "docs/how-to/replay-and-rebuild.md", "docs/way-of-a-reading.svg",
    ],
)  # fmt: skip
def test_every_page_that_says_how_long_messages_are_kept_says_the_default(page: str) -> None:
    """Who changes how long messages are kept (`keep_days`) finds the pages here."""
    said = re.findall(r"(?:keeps|stay|last|for) (\d+) days", (ROOT / page).read_text("utf-8"))
    assert said
    assert {int(days) for days in said} == {settings().keep_days}


def test_sharing_needs_mqtt_5() -> None:
    with pytest.raises(SettingsError, match=r"mqtt_version = 5"):
        check(settings(share="garden"))


def test_a_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        check(settings(service_token=Secret("my token")))
    assert "my token" not in str(caught.value)


def run(folder: Path, *arguments: str, **given: object) -> tuple[int, str]:
    environment = {f"SURCO_GATEWAY_{k}".upper(): str(v) for k, v in {**GOOD, **given}.items()}
    done = subprocess.run(
        [sys.executable, "-m", "surco_gateway", *arguments], cwd=folder, timeout=30, check=False,
        env={**os.environ, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


def test_a_missing_secret_ends_with_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("[gateway]\nbroker_password = 'x'\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SURCO_")}
    done = subprocess.run(
        [sys.executable, "-m", "surco_gateway", "--settings", "s.toml"], cwd=tmp_path,
        env=environment, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("gateway.service_token is missing")
    assert done.stderr.count("\n") == 1


def test_a_health_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, words = run(tmp_path, health_port=taken.getsockname()[1])
    assert code == 2
    assert words.startswith("gateway.health_port: ")
    assert "\n" not in words


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, words = run(tmp_path, data=tmp_path / "file" / "gateway")
    assert code == 2
    assert words.startswith("gateway.data: ")
    assert "\n" not in words


def test_a_replay_needs_a_time_that_can_be_read(tmp_path: Path) -> None:
    assert run(tmp_path, "replay")[0] == 2
    assert run(tmp_path, "replay", "--since", "yesterday")[0] == 2
    code, words = run(tmp_path, "replay", "--since", "2026-11-01")
    assert code == 2
    assert "there is no spool" in words
