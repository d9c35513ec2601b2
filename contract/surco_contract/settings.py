"""How every program of Surco reads its settings: a table, a TOML file, then the environment.

A program's table is a frozen dataclass whose fields are made with `setting`. A value comes from,
in rising order: the default, the program's section of the TOML file, `SURCO_<SECTION>_<NAME>`.
Settings are read once, in `__main__`, and handed on.
"""

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar


class SettingsError(Exception):
    """One line that names the key and says how to mend it. A program ends with exit code 2."""


class Secret(str):
    """A setting that never shows itself in a log or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


def setting(help: str, default: Any = dataclasses.MISSING) -> Any:
    """Declare one setting. Without a default it must be given."""
    return dataclasses.field(default=default, metadata={"help": help})


Table = TypeVar("Table")


def read_settings(
    table: type[Table], section: str, file: Path | None, environment: Mapping[str, str]
) -> Table:
    """Read the settings of one program. Raises `SettingsError`."""
    given = _from_file(section, file)
    hints = typing.get_type_hints(table)
    fields = {field.name: field for field in dataclasses.fields(table)}  # type: ignore[arg-type]
    for name in given.keys() - fields.keys():
        raise SettingsError(f"{section}.{name}: there is no such setting; remove it from {file}")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        variable = f"SURCO_{section}_{name}".upper()
        raw: Any = environment.get(variable, given.get(name))
        if raw is None:
            if field.default is dataclasses.MISSING:
                raise SettingsError(
                    f"{section}.{name} is missing ({field.metadata['help']}): "
                    f"set it under [{section}] in the TOML file, or {variable}"
                )
            continue
        where = variable if variable in environment else f"{section}.{name} in {file}"
        values[name] = _convert(raw, hints[name], where)
    return table(**values)


def _from_file(section: str, file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get(section, {})
    except OSError as error:
        raise SettingsError(
            f"{file}: {error.strerror}; give the path of a file that can be read"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    if not isinstance(found, dict):
        raise SettingsError(f"{section} in {file}: write a section [{section}]")
    return typing.cast(dict[str, Any], found)


_EXPECTED: dict[Any, str] = {bool: "true or false", int: "a whole number", float: "a number"}
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _convert(raw: Any, kind: Any, where: str) -> Any:
    wanted: Any = next((k for k in typing.get_args(kind) if k is not type(None)), kind)
    try:
        if wanted is bool:
            return raw if isinstance(raw, bool) else _TRUTH[str(raw).lower()]
        if wanted is Path:
            return Path(str(raw)).expanduser()
        if isinstance(raw, bool):
            raise ValueError
        return wanted(raw)
    except (ValueError, KeyError, TypeError) as error:
        name = _EXPECTED.get(wanted, "another value")
        raise SettingsError(f"{where}: expected {name}, got {raw!r}") from error
