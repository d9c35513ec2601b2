"""What the service wants done: fetched by long poll, carried out in order, then confirmed.

| kind | what is done |
|---|---|
| cfg, ota | published retained to the node; the broker keeps it until the node wakes |
| advice | published retained for the bed |
| resend | kept here until the node says hello: nodes connect with a clean session |
| credentials | the broker's password file is written anew, and the broker told |
| replay | everything that is kept is sent to the service again |

Every poll tells how many messages are still to be sent again, so that the service knows when all were.

A command is confirmed (the next poll's `after`) once it was carried out: the broker has it, or the
disk has. Doing one twice does no harm. One that cannot be understood is logged and passed over.
"""

import json
import logging
import os
import random
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, cast

from surco_contract import topics
from surco_gateway.config import Settings
from surco_gateway.errors import GatewayError, Refused
from surco_gateway.health import Alarms
from surco_gateway.service.forward import Backoff
from surco_gateway.service.passwords import rewrite
from surco_gateway.spool.spool import Spool

AFTER = "commands_after"
EMPTY_PAUSE_S = 1.0  # between polls, should the service not make us wait

log = logging.getLogger(__name__)


class CommandService(Protocol):
    """What is asked of the service."""

    def commands(self, after: int, replaying: int) -> list[Any]: ...


class PublishAndConfirm(Protocol):
    """Publishes, and tells whether the broker has it."""

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> bool: ...


class NotUnderstood(GatewayError):
    """The command makes no sense here; there is no use in trying again."""


class NotNow(GatewayError):
    """The command could not be carried out at present."""


class Commander:
    """`run` is a thread's body."""

    def __init__(
        self, settings: Settings, spool: Spool, service: CommandService,
        publish: PublishAndConfirm, alarms: Alarms, rng: random.Random,
        beat: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._beat = beat
        self._settings, self._spool, self._service = settings, spool, service
        self._publish, self._alarms = publish, alarms
        self._backoff, self._stopping = Backoff(rng), threading.Event()
        self._actions: dict[str, Callable[[str | None, dict[str, Any]], None]] = {
            "cfg": lambda node, body: self._retain(_topic(node, "cfg"), body),
            "ota": lambda node, body: self._retain(_topic(node, "ota"), body),
            "advice": lambda _, body: self._retain(_advice_topic(body), body),
            "resend": self._hold,
            "credentials": lambda _, body: self._credentials(body),
            "replay": lambda _, body: self._replay(),
        }

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            try:
                wait_s = self.step()
            except (
                Exception
            ):  # a bug of ours must not end the only thread that listens to the service
                log.exception("commands_failed")
                wait_s = self._backoff.failed()
            self._stopping.wait(wait_s)

    def step(self) -> float:
        """Fetch and carry out what there is; return the seconds to wait before the next time."""
        try:
            before = self._spool.number(AFTER)
            found = self._service.commands(before, self._spool.state().replaying)
            for command in found:
                self._beat()
                self._one(command)
            if found and self._spool.number(AFTER) == before:
                raise NotUnderstood("the service sends commands without a number")
        except Refused as error:
            self._alarms.raised(
                "commands", f"the service refuses our request for commands: {error}"
            )
            return self._backoff.failed()
        except GatewayError as error:
            log.info("commands_later reason=%s", error)
            return self._backoff.failed(getattr(error, "wait_s", None))
        self._backoff.succeeded()
        self._alarms.ended("commands")
        return 0.0 if found else EMPTY_PAUSE_S

    def _one(self, command: Any) -> None:
        try:
            id, kind, node, body = _read(command)
        except NotUnderstood as error:
            log.error("command_not_understood command=%.200r reason=%s", command, error)
            return
        try:
            if kind not in self._actions:
                raise NotUnderstood(f"there is no command {kind!r}; is the gateway too old?")
            self._actions[kind](node, body)
        except NotUnderstood as error:
            log.error("command_passed_over id=%d kind=%s reason=%s", id, kind, error)
        self._spool.remember(AFTER, max(id, self._spool.number(AFTER)))

    def _retain(self, topic: str, body: dict[str, Any]) -> None:
        payload = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        if not self._publish(topic, payload, retain=True):
            raise NotNow("the broker is away")

    def _hold(self, node: str | None, body: dict[str, Any]) -> None:
        _topic(node, "resend")
        self._spool.hold(str(node), json.dumps(body, separators=(",", ":")).encode())

    def _replay(self) -> None:
        count = self._spool.replay(0.0, float("inf"))
        log.warning("replay messages=%d: the service lost what it had", count)

    def _credentials(self, body: dict[str, Any]) -> None:
        user, stored = body.get("user"), body.get("hash")
        file = self._settings.password_file
        if file is None:
            self._alarms.raised(
                "credentials",
                "a node's password was changed, but this gateway may not write the broker's "
                "password file; set gateway.password_file",
            )
            raise NotUnderstood("gateway.password_file is not set")
        if not isinstance(user, str) or not topics.is_node_id(user):
            raise NotUnderstood(f"{user!r} is not a node")
        if stored is not None and not re.fullmatch(r"\$7\$[!-~]{1,400}", str(stored)):
            raise NotUnderstood("the hash is not one that a broker reads")
        try:
            rewrite(file, user, stored)
        except OSError as error:
            self._alarms.raised("credentials", f"{file} cannot be written: {error.strerror}")
            raise NotNow(str(error)) from error
        reload_passwords(self._settings.broker_pid_file)
        self._alarms.ended("credentials")


def reload_passwords(pid_file: Path | None) -> None:
    """Tell a broker to read its password file again."""
    if pid_file is None:
        return
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        if pid > 1:
            os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError, AttributeError) as error:  # no SIGHUP on Windows
        log.warning("broker_not_told file=%s reason=%s", pid_file, error)


def _read(command: Any) -> tuple[int, str, str | None, dict[str, Any]]:
    if not isinstance(command, dict):
        raise NotUnderstood("not an object")
    found = cast(dict[str, Any], command)
    id, body = found.get("id"), found.get("body")
    if type(id) is not int or not isinstance(body, dict):
        raise NotUnderstood("no id or no body")
    return id, str(found.get("kind")), found.get("node"), cast(dict[str, Any], body)


def _topic(node: str | None, kind: str) -> str:
    if not isinstance(node, str) or not topics.is_node_id(node):
        raise NotUnderstood(f"{node!r} is not a node")
    return topics.topic(node, kind)


def _advice_topic(body: dict[str, Any]) -> str:
    bed = body.get("bed")
    if not isinstance(bed, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", bed):
        raise NotUnderstood(f"{bed!r} is not a bed")
    return topics.advice(bed)
