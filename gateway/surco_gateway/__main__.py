"""`python -m surco_gateway`: reads the settings, wires the parts, and runs until asked to stop.

network thread ── Arrivals ──▶ intake ──▶ spool ──▶ forwarder ──▶ service
      ◀── PUBACK, ack, time ─────┤                  commander ◀── service
                                 │                  reporter ───▶ service
      ◀── claimed, part ─────────┘  claims, firmware chunks ───▶ service
main: upkeep, and the way out
watchdog: ends the process when one of these is dead or hangs
"""

import argparse
import gc
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from surco_contract.logs import log_plainly
from surco_contract.process import (
    EXIT_CONFIGURATION,
    NO_ROOM,
    close_to_others,
    keep_private,
    say_ready,
    stop_with_stdin,
)
from surco_contract.settings import SettingsError, read_settings
from surco_gateway.clock import Clock
from surco_gateway.config import Settings, check
from surco_gateway.errors import GatewayError, SpoolBroken, SpoolFull
from surco_gateway.health import Alarms, HealthServer
from surco_gateway.lock import lock_folder
from surco_gateway.nodes.claims import Claims
from surco_gateway.nodes.firmware_chunks import FirmwareChunks
from surco_gateway.nodes.intake import Intake
from surco_gateway.nodes.listen import QUEUE, Arrivals, Listener
from surco_gateway.service.client import open_service
from surco_gateway.service.commands import Commander
from surco_gateway.service.forward import Forwarder
from surco_gateway.service.report import Reporter
from surco_gateway.spool.replay import confirm, read_time, replay
from surco_gateway.spool.spool import TOLD, Spool, open_spool
from surco_gateway.watchdog import Watchdog

UPKEEP_EVERY_S = 5.0
EXIT_AGAIN = 1  # whoever started us should try again later
STOP_S = 3.0  # for each part that is asked to stop
SWITCH_S = 0.0005  # how long the network thread waits for the interpreter when others are busy

log = logging.getLogger("surco_gateway")


def main(arguments: list[str] | None = None) -> int:
    given = _arguments(arguments)
    keep_private()
    log_plainly("INFO", "%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request
    try:
        settings = check(read_settings(Settings, "gateway", given.settings, os.environ))
        if given.command == "replay":
            return _replay(settings, given)
        if given.command == "confirm":
            return _confirm(settings)
        return _run(settings, given.stop_with_stdin)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_CONFIGURATION


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("surco_gateway", description="From MQTT to the service.")
    parser.add_argument("command", nargs="?", choices=["run", "replay", "confirm"], default="run")
    parser.add_argument("--settings", type=Path, help="a TOML file with a section [gateway]")
    parser.add_argument("--stop-with-stdin", action="store_true", help="stop when stdin closes")
    parser.add_argument("--since", type=read_time, help="replay: from this arrival on")
    parser.add_argument("--until", type=read_time, help="replay: up to this arrival")
    given = parser.parse_args(arguments)
    if given.command == "replay" and given.since is None:
        parser.error("replay needs --since, for example --since 2026-11-01")
    return given


def _replay(settings: Settings, given: argparse.Namespace) -> int:
    try:
        count = replay(settings.data, given.since, given.until)
    except GatewayError as error:
        raise SettingsError(str(error)) from error
    sys.stdout.write(f"{count} messages are marked to be sent again\n")
    return 0


def _confirm(settings: Settings) -> int:
    try:
        count = confirm(settings.data)
    except GatewayError as error:
        raise SettingsError(str(error)) from error
    sys.stdout.write(f"{count} notices are ended\n")
    return 0


def _run(settings: Settings, with_stdin: bool) -> int:
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what is loaded now stays; and messages make no cycles to look for
    gc.set_threshold(20_000, 20, 50)
    stopping = threading.Event()

    def stop(number: int, frame: object) -> None:
        stopping.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop)
    if with_stdin:
        stop_with_stdin()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        if count := close_to_others(settings.data):
            log.warning("closed_to_others count=%d folder=%s", count, settings.data)
        with (
            lock_folder(settings.data),
            open_spool(
                settings.data, keep_bytes=settings.keep_bytes, keep_days=settings.keep_days
            ) as spool,
        ):
            Gateway(settings, spool).run(stopping)
    except SpoolFull as error:
        log.error("no_room words=%s; free the disk", error)
        return EXIT_AGAIN
    except SpoolBroken as error:
        log.error("no_spool words=%s; look at the disk", error)
        return EXIT_AGAIN
    except OSError as error:
        if error.errno in NO_ROOM:
            log.error("no_room words=%s; free the disk", error)
            return EXIT_AGAIN
        raise SettingsError(f"gateway.data: {settings.data} cannot be used ({error})") from error
    return 0


class Gateway:
    """All parts, wired."""

    def __init__(
        self, settings: Settings, spool: Spool, *, watchdog: Watchdog | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.settings, self.spool = settings, spool
        self.alarms, self.clock = Alarms(), Clock(settings.clock)
        self.arrivals: Arrivals = SimpleQueue()
        self.watchdog = watchdog or Watchdog()
        self._monotonic = monotonic
        self._kept_up_at = monotonic()
        beat = self.watchdog.beat
        rng = random.Random()
        service = open_service(settings)
        self.listener = Listener(settings, self.arrivals, self.alarms, self.clock.now)
        self.forwarder = Forwarder(spool, service, self.clock, self.alarms, rng, beat=beat)
        self.claims = Claims(service, self.listener.publish, beat)
        self.chunks = FirmwareChunks(
            settings.data / "firmware", service, self.listener.publish, beat
        )
        self.intake = Intake(
            self.arrivals, spool, self.listener, self.clock, self.alarms,
            on_stored=self.forwarder.wake,
            handlers={"claim": self.claims.enqueue, "get": self.chunks.enqueue}, beat=beat,
        )  # fmt: skip
        self.commander = Commander(
            settings,
            spool,
            service,
            self.listener.publish_and_confirm,
            self.alarms,
            rng,
            beat,
        )
        self.reporter = Reporter(service, self.report, self.alarms.changed, beat=beat)

    def run(self, stopping: threading.Event) -> None:
        """Run until `stopping` is set. Raises `SettingsError` when the health port is taken."""
        settings = self.settings
        try:
            health = HealthServer(
                settings.health_host, settings.health_port, self.report, self.watchdog.beat
            )
        except OSError as error:
            raise SettingsError(
                f"gateway.health_port: {settings.health_host}:{settings.health_port} cannot be "
                f"opened ({error.strerror}); choose another port"
            ) from error
        with health:
            start = self.watchdog.start
            start("health", health.serve_forever)
            intake = start("intake", self.intake.run)
            forwarder = start("forward", self.forwarder.run)
            start("commands", self.commander.run)
            start("claims", self.claims.run)
            start("firmware_chunks", self.chunks.run)
            start("report", self.reporter.run)
            self.watchdog.watch_me()
            _start("watchdog", self.watchdog.run)
            self.listener.start()
            _start("ready", lambda: self.listener.subscribed.wait() and say_ready())
            while not stopping.wait(UPKEEP_EVERY_S):
                self.watchdog.beat()
                self.upkeep()
            self.watchdog.stop()
            self.stop(intake, forwarder)
            health.shutdown()

    def stop(self, intake: threading.Thread, forwarder: threading.Thread) -> None:
        """Take nothing more, keep and acknowledge what is here, and try to deliver once more."""
        self.listener.stop_taking()
        self.commander.stop()
        self.claims.stop()
        self.chunks.stop()
        self.reporter.stop()
        self.intake.stop()
        intake.join(STOP_S)
        self.listener.stop()
        self.forwarder.stop()
        forwarder.join(STOP_S)

    def upkeep(self) -> None:
        if self.clock.ok():
            self.alarms.ended("clock")
        else:
            self.alarms.raised(
                "clock",
                "this machine's clock is not known to be right, so nodes are not told the time; "
                "connect it to a time server, or set gateway.clock",
            )
        now = self._monotonic()
        passed_s, self._kept_up_at = now - self._kept_up_at, now
        try:
            self._keep_spool(passed_s)
        except GatewayError as error:
            log.warning("upkeep_failed reason=%s", error)
        self.listener.watch(
            room=self.arrivals.qsize() < QUEUE // 2 and not self.alarms.has("spool")
        )

    def _keep_spool(self, passed_s: float) -> None:
        try:
            self.spool.look()
        except SpoolBroken as error:  # while nothing comes, the intake does not see it
            log.error("spool_lost reason=%s", error)
            self.spool.repair()
        self.spool.grow_older(passed_s)
        told = self.spool.state().told
        for code in TOLD:
            if words := told.get(code):
                self.alarms.raised(code, f"{words}; surco gateway confirm ends this notice")
            else:
                self.alarms.ended(code)

    def report(self) -> dict[str, Any]:
        """Say how the gateway is, for `GET /health` and for the service."""
        try:
            state = self.spool.state()
        except GatewayError as error:
            self.alarms.raised("spool", str(error))
            state = None
        alarms = self.alarms.told()
        now = self.clock.now()
        oldest = state.oldest_at if state else None
        return {
            "state": "degraded" if alarms else "ok",
            "gateway": self.settings.id,
            "version": _version(),
            "broker": "connected" if self.listener.connected else "away",
            "spool": {
                "undelivered": state.undelivered if state else None,
                "bytes": state.bytes if state else None,
                "keep_bytes": self.settings.keep_bytes,
                "oldest_age_s": None if oldest is None else max(0, round(now - oldest)),
                "replaying": state.replaying if state else None,
                "taken": self.intake.taken,
            },
            "delivery": {"delivered": self.forwarder.delivered, "last_at": self.forwarder.last_at},
            "quarantine": {
                "refused_here": self.intake.refused,
                "refused_by_service": self.forwarder.quarantined,
                "waiting": state.aside if state else None,
            },
            "clock_ok": self.clock.ok(),
            "alarms": alarms,
        }


@cache
def _version() -> str:
    from importlib.metadata import version  # 3 MB that a gateway nobody asks does not need

    return version("surco")


def _start(name: str, body: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    sys.exit(main())
