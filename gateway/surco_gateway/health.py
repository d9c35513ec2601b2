"""What the gateway says about itself: alarms in words, and `GET /health` on loopback.

{"state": "ok" | "degraded", "gateway": id, "version": …, "broker": {…}, "spool": {…},
 "delivery": {…}, "quarantine": {…}, "clock_ok": …, "alarms": ["what is wrong and what to do", …]}
"""

import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

log = logging.getLogger(__name__)


class Alarms:
    """What is wrong at present, one sentence each. Logged when it begins, changes and ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: dict[str, str] = {}

    def raised(self, code: str, words: str) -> None:
        with self._lock:
            known = self._words.get(code)
            self._words[code] = words
        if known != words:
            log.warning("alarm code=%s words=%s", code, words)

    def ended(self, code: str) -> None:
        with self._lock:
            known = self._words.pop(code, None)
        if known is not None:
            log.info("alarm_ended code=%s", code)

    def has(self, code: str) -> bool:
        return code in self._words

    def words(self) -> list[str]:
        with self._lock:
            return list(self._words.values())


class HealthServer(HTTPServer):
    """Answers `GET /health` with what `report` returns. Raises `OSError` when the port is taken."""

    def __init__(self, host: str, port: int, report: Callable[[], dict[str, Any]]) -> None:
        self.report = report
        super().__init__((host, port), _Handler)

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
