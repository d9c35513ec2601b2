"""TABLE of the gateway's settings, and the checks that need more than a type.

Section [gateway] of the TOML file, or SURCO_GATEWAY_<NAME>.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surco_contract.settings import Secret, SettingsError, setting
from surco_contract.topics import GATEWAY, is_gateway_id


@dataclass(frozen=True)
class Settings:
    broker_password: Secret = setting("the password of broker_user")
    service_token: Secret = setting("the token that the service issued to this gateway")
    id: str = setting("name of this gateway, and its MQTT client id", "gateway-1")
    broker_host: str = setting("where the MQTT broker is", "127.0.0.1")
    broker_port: int = setting("the broker's port", 1883)
    broker_user: str = setting("the user that may read and write everything", GATEWAY)
    broker_tls: bool = setting("speak TLS with the broker", False)
    mqtt_version: int = setting("3 (MQTT 3.1.1) or 5 (for shared subscriptions)", 3)
    share: str = setting("MQTT 5: the group of gateways that share the messages", "")
    service_url: str = setting("where the service is", "http://127.0.0.1:8000")
    ca_file: Path | None = setting("certificates to trust besides the system's, for both", None)
    data: Path = setting("the folder of the spool", Path("surco-data/gateway"))
    health_host: str = setting("where /health listens", "127.0.0.1")
    health_port: int = setting("the port of /health", 8081)
    keep_days: int = setting("days that delivered messages are kept for a replay", 30)
    keep_bytes: int = setting(
        "size of the spool on disk; delivered messages go first", 2_000_000_000
    )
    password_file: Path | None = setting("the broker's password file, if we may write it", None)
    broker_pid_file: Path | None = setting("whom to tell (SIGHUP) that passwords changed", None)
    clock: str = setting("auto (ask the system), trusted or untrusted", "auto")


def check(settings: Settings) -> Settings:
    """Return the settings when every value makes sense. Raises `SettingsError`."""
    for name, holds, expected in CHECKS:
        if not holds(value := getattr(settings, name)):
            raise SettingsError(f"gateway.{name}: expected {expected}, got {value!r}")
    if settings.share and settings.mqtt_version != 5:
        raise SettingsError("gateway.share needs gateway.mqtt_version = 5")
    return settings


def _port(value: int) -> bool:
    return 0 < value < 65536


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _readable(value: Path | None) -> bool:
    return value is None or value.is_file()


CHECKS: list[tuple[str, Callable[[Any], bool], str]] = [
    ("id", is_gateway_id, "gateway, then at most 25 of a-z, 0-9 and -"),
    ("broker_port", _port, "a port from 1 to 65535"),
    ("health_port", _port, "a port from 1 to 65535"),
    ("mqtt_version", (3, 5).__contains__, "3 or 5"),
    ("share", _matches(r"[a-z0-9-]{0,32}"), "a short name of a-z, 0-9 and -"),
    ("service_url", _matches(r"https?://[^/\s]\S*"), "a URL that begins with http:// or https://"),
    ("service_token", _matches(r"[!-~]+"), "a token in ASCII without spaces"),
    ("keep_days", (0).__le__, "0 or more days"),
    ("keep_bytes", (1_000_000).__le__, "at least 1000000 bytes"),
    ("clock", ("auto", "trusted", "untrusted").__contains__, "auto, trusted or untrusted"),
    ("ca_file", _readable, "a file with certificates in PEM"),
]
