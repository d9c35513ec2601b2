"""`python -m surco_gateway.broker`: the small broker as a program."""

import argparse
import asyncio
import logging
import os
import signal
import sqlite3
import ssl
import sys
from pathlib import Path

from surco_contract.logs import log_plainly
from surco_contract.process import (
    EXIT_CONFIGURATION,
    close_to_others,
    keep_private,
    open_many_files,
    say_ready,
    stop_with_stdin,
)
from surco_contract.settings import SettingsError, read_settings
from surco_gateway.broker.access import Access
from surco_gateway.broker.config import Settings
from surco_gateway.broker.server import ALL_STRANGERS, CONNECTIONS, Broker, Connection
from surco_gateway.broker.store import Store

OTHER_FILES = 130  # the database, the listeners, and what is accepted in one turn of the loop

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `SettingsError`."""
    broker = _broker(settings)
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, broker.reload)
    servers: list[asyncio.Server] = []
    try:
        for name, host, port, secure in _ports(settings):
            try:
                servers.append(
                    await loop.create_server(
                        lambda: Connection(broker), host, port, reuse_address=True, ssl=secure
                    )
                )
            except OSError as error:
                raise SettingsError(
                    f"broker.{name} {port} on {host}: {error.strerror}; choose another port"
                ) from error
    except SettingsError:
        broker.close()
        raise
    if settings.pid_file is not None:
        settings.pid_file.write_text(f"{os.getpid()}\n")
    say_ready()
    await stopping.wait()
    for server in servers:
        server.close()
    broker.close()


def _ports(settings: Settings) -> list[tuple[str, str, int, ssl.SSLContext | None]]:
    """Return (setting, host, port, TLS) of every port to open. Raises `SettingsError`."""
    plain = ("port", settings.host, settings.port, None)
    folder = settings.tls_folder
    if folder is None:
        return [plain]
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        secure.load_cert_chain(folder / "broker.pem", folder / "broker.key")
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"broker.tls_folder {folder}: {error}; `surco certificate` makes what belongs there"
        ) from error
    return [plain, ("tls_port", settings.tls_host, settings.tls_port, secure)]


def _broker(settings: Settings) -> Broker:
    try:
        access = Access(settings.password_file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"broker.password_file {settings.password_file}: {error}; give a file that can be read"
        ) from error
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        if count := close_to_others(settings.data):
            log.warning("closed_to_others count=%d folder=%s", count, settings.data)
        return Broker(Store(settings.data / "broker.db"), access, most_nodes(open_many_files()))
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(
            f"broker.data {settings.data}: {error}; give a folder that can be written"
        ) from error


def most_nodes(files: int) -> int:
    """Return for how many nodes there is room, with so many files that may be open."""
    return max(8, min(CONNECTIONS, files - ALL_STRANGERS - OTHER_FILES))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, help="TOML file with a section [broker]")
    parser.add_argument("--stop-with-stdin", action="store_true")
    asked = parser.parse_args()
    keep_private()
    log_plainly("INFO", "%(levelname)s %(name)s %(message)s")
    try:
        settings = read_settings(Settings, "broker", asked.settings, os.environ)
        if asked.stop_with_stdin:
            stop_with_stdin()
        asyncio.run(serve(settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
