"""The data folder: made whole at the first start, its settings file never overwritten.

    settings.toml  notebook.db  readings.db  gateway/  broker/  logs/  demo/

Values come from, in rising order: what the folder implies, settings.toml, SURCO_*, options.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from surco_contract.credentials import broker_hash, new_secret
from surco_contract.process import NO_ROOM
from surco_contract.settings import SettingsError
from surco_contract.topics import GATEWAY

FIRST_SETTINGS = """\
# Surco's settings. Made once, with secrets of its own; yours to edit from now on.
# What can be set: docs/reference/settings.md. SURCO_<SECTION>_<NAME> in the environment wins.

[up]
broker = "auto"  # auto: a Mosquitto that is found, else the small broker; or small, mosquitto, mqtt://host:port

[broker]
port = {broker}
tls_port = {tls}

[gateway]
broker_password = "{password}"
service_token = "{token}"
health_port = {health}

[service]
port = {service}
"""

PORTS = {"service": 8000, "broker": 1883, "health": 8081, "tls": 8883}
OPEN_PORTS = range(1024, 65536)  # whom nobody needs to be root for


@dataclass(frozen=True)
class Folder:
    path: Path

    @property
    def settings(self) -> Path:
        return self.path / "settings.toml"

    @property
    def passwords(self) -> Path:
        return self.path / "broker" / "passwords"

    @property
    def tls(self) -> Path:
        """What `surco certificate` makes: the authority, and the broker's certificate."""
        return self.path / "tls"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def running(self) -> Path:
        """The options of the `surco up` that runs now, for the other commands."""
        return self.path / "running.json"

    @property
    def demo(self) -> Path:
        return self.path / "demo"


def make(path: Path, port: int | None = None) -> Folder:
    """Make what is missing in a data folder; `port`: that of the pages, by which all others move.

    Raises `OSError`, `SettingsError`.
    """
    folder = Folder(path.expanduser().resolve())
    for name in ("gateway", "broker", "logs"):
        (folder.path / name).mkdir(parents=True, exist_ok=True)
    if not folder.settings.exists():
        text = FIRST_SETTINGS.format(password=new_secret(), token=new_secret(), **ports_by(port))
        write_private(folder.settings, text)
    if not folder.passwords.exists():
        password = sections(folder).get("gateway", {}).get("broker_password", "")
        add_user(folder, GATEWAY, str(password))
    try:
        (folder.path / ".writable").touch()
        (folder.path / ".writable").unlink()
    except OSError as error:  # what is there already still runs, and says that the disk is full
        if error.errno not in NO_ROOM:
            raise
    return folder


def ports_by(port: int | None) -> dict[str, int]:
    """Return the ports of a new folder: all moved as far as that of the pages, where they can be."""
    moved = (port or PORTS["service"]) - PORTS["service"]
    found = {
        name: usual + moved if usual + moved in OPEN_PORTS else usual
        for name, usual in PORTS.items()
    }
    return {**found, "service": PORTS["service"] + moved}


def add_user(folder: Folder, user: str, secret: str) -> None:
    """Let a user speak with the broker, from its next start or reload on."""
    lines = folder.passwords.read_text().splitlines() if folder.passwords.exists() else []
    lines = [line for line in lines if line.partition(":")[0] != user]
    lines.append(f"{user}:{broker_hash(secret)}")
    write_private(folder.passwords, "".join(f"{line}\n" for line in lines))


def sections(folder: Folder) -> dict[str, dict[str, object]]:
    """Return what settings.toml says. Raises `SettingsError`."""
    try:
        found = tomllib.loads(folder.settings.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{folder.settings}: {error.strerror}; it must be readable") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{folder.settings} is not TOML: {error}; mend that line") from error
    for name, section in found.items():
        if not isinstance(section, dict):
            raise SettingsError(f"{name} in {folder.settings}: write a section [{name}]")
    return found


def environment(
    folder: Folder, options: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment in which the programs of this folder run."""
    data, broker = folder.path, folder.path / "broker"
    implied = {
        ("service", "data"): data,
        ("gateway", "data"): data / "gateway",
        ("gateway", "password_file"): folder.passwords,
        ("gateway", "broker_pid_file"): broker / "broker.pid",
        ("broker", "data"): broker,
        ("broker", "password_file"): folder.passwords,
        ("broker", "pid_file"): broker / "broker.pid",
    }
    if (folder.tls / "broker.key").exists():
        implied["broker", "tls_folder"] = folder.tls
    said = sections(folder)
    result = {
        variable(section, name): str(value)
        for (section, name), value in implied.items()
        if name not in said.get(section, {})
    }
    result.update(given)
    result.update(options)
    ports = {"service": "8000", "broker": "1883"}
    port, broker_port = (value_of(result, said, s, "port", d) for s, d in ports.items())
    for name, value in (("service_url", f"http://127.0.0.1:{port}"), ("broker_port", broker_port)):
        if name not in said.get("gateway", {}):
            result.setdefault(variable("gateway", name), value)
    return result


def variable(section: str, name: str) -> str:
    return f"SURCO_{section}_{name}".upper()


def value_of(
    environment: Mapping[str, str],
    said: Mapping[str, Mapping[str, object]],
    section: str,
    name: str,
    default: str,
) -> str:
    """Return one value as the programs will see it."""
    found = environment.get(variable(section, name))
    return str(said.get(section, {}).get(name, default)) if found is None else found


def write_private(file: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all. Raises `OSError`."""
    fresh = file.with_name(file.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
