from dataclasses import dataclass
from pathlib import Path

import pytest

from surco_contract.settings import Secret, SettingsError, read_settings, setting


@dataclass(frozen=True)
class Table:
    port: int = setting("where to listen", 8000)
    token: Secret = setting("the secret", Secret(""))
    data: Path | None = setting("the folder", None)
    loud: bool = setting("say more", False)


@dataclass(frozen=True)
class Demanding:
    url: str = setting("address of the service")


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text)
    return file


def test_a_default_gives_way_to_the_file_and_the_file_to_the_environment(tmp_path: Path) -> None:
    file = written(tmp_path, '[part]\nport = 1\ndata = "somewhere"\nloud = true\n')
    assert read_settings(Table, "part", None, {}).port == 8000
    assert read_settings(Table, "part", file, {}) == Table(1, Secret(""), Path("somewhere"), True)
    assert read_settings(Table, "part", file, {"SURCO_PART_PORT": "2"}).port == 2


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ('[part]\nport = "many"\n', {}, ["part.port", "a whole number", "'many'"]),
        ("[part]\nport = true\n", {}, ["part.port", "a whole number"]),
        ("[part]\nprot = 1\n", {}, ["part.prot", "no such setting"]),
        ("[part\n", {}, ["not TOML"]),
        ("part = 3\n", {}, ["[part]"]),
        ("", {"SURCO_PART_LOUD": "perhaps"}, ["SURCO_PART_LOUD", "true or false", "'perhaps'"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_key(
    tmp_path: Path, text: str, environment: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as error:
        read_settings(Table, "part", written(tmp_path, text), environment)
    assert "\n" not in str(error.value)
    assert all(word in str(error.value) for word in words)


def test_a_missing_setting_says_what_it_is_for_and_where_to_write_it() -> None:
    with pytest.raises(SettingsError, match=r"part.url .*address of the service.*SURCO_PART_URL"):
        read_settings(Demanding, "part", None, {})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        read_settings(Table, "part", tmp_path / "missing.toml", {})


def test_a_secret_does_not_show_itself() -> None:
    settings = read_settings(Table, "part", None, {"SURCO_PART_TOKEN": "hush"})
    assert settings.token == "hush"
    assert "hush" not in repr(settings)
