"""TABLE of the small broker's settings: section [broker] of the TOML file, or SURCO_BROKER_*."""

from dataclasses import dataclass
from pathlib import Path

from surco_contract.settings import setting


@dataclass(frozen=True)
class Settings:
    """Read once, in `__main__`; then passed as an argument."""

    data: Path = setting("folder of broker.db")
    password_file: Path = setting("file of users, one `user:$7$…` a line, as Mosquitto's")
    host: str = setting("address to listen on; 0.0.0.0 for the whole network", "127.0.0.1")
    port: int = setting("port to listen on", 1883)
    tls_folder: Path | None = setting(
        "folder with broker.pem and broker.key; opens a secure port besides", None
    )
    tls_host: str = setting("address of the secure port", "0.0.0.0")
    tls_port: int = setting("the secure port", 8883)
    pid_file: Path | None = setting("where to write the process id, for a reload by SIGHUP", None)
