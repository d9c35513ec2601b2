"""What the gateway says about itself: alarms, and `GET /health` on loopback.

{"state": "ok" | "degraded", "gateway": id, "version": …, "broker": {…}, "spool": {…},
 "delivery": {…}, "quarantine": {…}, "clock_ok": …,
 "alarms": [{"code": …, "for_s": how long, "words": "what is wrong and what to do", "facts": {…}}, …]}

The codes are a table, `surco_contract.troubles`. How long an alarm stands is told instead of since
when: a gateway whose clock is wrong counts seconds rightly. service/report.py tells the service the
same.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple

log = logging.getLogger(__name__)


class Alarm(NamedTuple):
    words: str  # for whoever keeps the machine
    facts: dict[str, float | str]  # numbers and names that words for people mention
    began_s: float  # on the monotonic clock


class Alarms:
    """What is wrong at present, one sentence each. Logged when it begins, changes and ends."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._monotonic = threading.Lock(), monotonic
        self._standing: dict[str, Alarm] = {}
        self.changed = threading.Event()  # an alarm began or ended; whoever waits clears it

    def raised(self, code: str, words: str, **facts: float | str) -> None:
        """Note what is wrong; an alarm that stands keeps its beginning and takes the new words."""
        with self._lock:
            known = self._standing.get(code)
            began_s = known.began_s if known else self._monotonic()
            self._standing[code] = Alarm(words, facts, began_s)
        if known is None:
            self.changed.set()
        if known is None or known.words != words:
            log.warning("alarm code=%s words=%s", code, words)

    def ended(self, code: str) -> None:
        with self._lock:
            known = self._standing.pop(code, None)
        if known is not None:
            self.changed.set()
            log.info("alarm_ended code=%s", code)

    def has(self, code: str) -> bool:
        return code in self._standing

    def words(self) -> list[str]:
        with self._lock:
            return [alarm.words for alarm in self._standing.values()]

    def told(self) -> list[dict[str, Any]]:
        """Return every alarm as it is told to others."""
        now_s = self._monotonic()
        with self._lock:
            return [
                {"code": code, "for_s": max(0, round(now_s - alarm.began_s)), "words": alarm.words,
                 "facts": alarm.facts}
                for code, alarm in self._standing.items()
            ]  # fmt: skip


class HealthServer(HTTPServer):
    """Answers `GET /health` with what `report` returns. Raises `OSError` when the port is taken."""

    def __init__(
        self, host: str, port: int, report: Callable[[], dict[str, Any]],
        beat: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.report, self._beat = report, beat
        super().__init__((host, port), _Handler)

    def service_actions(self) -> None:
        """Runs at every turn of the server's loop."""
        self._beat()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("health_request_failed from=%s", client_address)


class _Handler(BaseHTTPRequestHandler):
    server: HealthServer  # type: ignore[assignment]
    timeout = 2.0  # nobody may hold the only thread
    server_version, sys_version = "surco-gateway", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/health":
            self.send_error(404)
            return
        body = json.dumps(self.server.report(), ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("health_request %s", format % args)
