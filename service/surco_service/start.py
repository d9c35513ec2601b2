"""Start the service: settings, adapters, application, and one uvicorn worker.

    python -m surco_service [--settings FILE.toml] [--stop-with-stdin]

What is wrong with the configuration is one line on stderr and exit code 2; a database that does not
answer, or a full disk, is waited for while pages and gateways are told so. `ready` is printed once
requests are answered.
"""

import argparse
import gc
import logging
import os
import signal
import socket
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from surco_contract.logs import log_plainly
from surco_contract.process import (
    EXIT_CONFIGURATION,
    NO_ROOM,
    close_to_others,
    keep_private,
    open_many_files,
    say_ready,
    stop_with_stdin,
)
from surco_contract.settings import SettingsError, read_settings
from surco_service.adapters.broadcast import Broadcast
from surco_service.app import create_app
from surco_service.config import Settings
from surco_service.connections import Connections, protocol_of, room
from surco_service.parts import Parts
from surco_service.ports.events import Events
from surco_service.stores import open_stores
from surco_service.zones import prefer_the_newer

LEVELS = ("debug", "info", "warning", "error")
SWITCH_S = 0.0005  # how long a thread that asks waits for the interpreter when others are busy
GRACE_S = 2  # for pages and gateways that wait for news, when asked to stop


class Server(uvicorn.Server):
    """Says `ready` when it is, and lets those go who wait for news before it stops."""

    def __init__(self, config: uvicorn.Config, events: Events) -> None:
        super().__init__(config)
        self._events = events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._events.end()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say_ready()


def main() -> int:
    """Run until asked to stop; return the exit code."""
    arguments = _arguments()
    keep_private()
    prefer_the_newer()
    with ExitStack() as open_things:
        try:
            settings = read_settings(Settings, "service", arguments.settings, os.environ)
            _log(settings)
            listener = open_things.enter_context(_listen(settings))
            parts = _parts(settings, open_things)
        except SettingsError as error:
            sys.stderr.write(f"surco_service: {' '.join(str(error).split())}\n")
            return EXIT_CONFIGURATION
        if arguments.stop_with_stdin:
            stop_with_stdin()
        return _serve(parts, listener)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m surco_service", description=__doc__)
    parser.add_argument("--settings", type=Path, help="a TOML file with a section [service]")
    parser.add_argument("--stop-with-stdin", action="store_true", help="stop when stdin closes")
    return parser.parse_args()


def _log(settings: Settings) -> None:
    if settings.log_level not in LEVELS:
        raise SettingsError(f"service.log_level: one of {', '.join(LEVELS)}")
    log_plainly(settings.log_level.upper(), "%(asctime)s %(levelname)s %(name)s %(message)s")
    for talkative in ("alembic", "httpx", "uvicorn"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only when it sees TCP; without it every answer takes 40 ms longer
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        words = getattr(error, "strerror", None) or error
        raise SettingsError(
            f"service.port {settings.port} on {settings.host}: {words}; stop the program that has "
            "it, or set another service.port"
        ) from error
    return listener


def _parts(settings: Settings, open_things: ExitStack) -> Parts:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        (settings.data / ".writable").touch()
        (settings.data / ".writable").unlink()
        if count := close_to_others(settings.data):
            logging.getLogger(__name__).warning(
                "closed_to_others count=%d folder=%s", count, settings.data
            )
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise SettingsError(
                f"service.data {settings.data}: {error.strerror}; choose a folder that can be written"
            ) from error
        logging.getLogger(__name__).error("no room data=%s; free the disk", settings.data)
    stores = open_things.enter_context(open_stores(settings, serving=True))
    return Parts(stores, Broadcast(), lambda: datetime.now(UTC), settings)


def _serve(parts: Parts, listener: socket.socket) -> int:
    app = create_app(parts)
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()  # what is there now stays; do not look at it again
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    most, at_once = room(open_many_files())
    config = uvicorn.Config(
        app,
        http=protocol_of(Connections(most)),
        ws="none",
        backlog=at_once,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,
    )
    server = Server(config, parts.events)
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, server.handle_exit)  # uvicorn raises it again when it has stopped
    server.run(sockets=[listener])
    return 0 if server.started else 1
