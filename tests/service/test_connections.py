"""P12: whoever asks nothing stops neither pages nor deliveries. Real sockets, few files."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import pytest

from surco_service import connections
from tests.servers import Server, wait_until

FILES = 256
HALF = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Half:"
LONG_BODY = b"POST /api/v1/deliveries HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
SHORT = (
    "import sys\n"
    "from surco_service import connections, start\n"
    "connections.HEADERS_S = connections.BODY_S = 0.5\n"
    "sys.exit(start.main())"
)


class Service(Server):
    """A service that may open few files, and has little patience when asked for it."""

    def __init__(self, folder: Path, *code: str) -> None:
        super().__init__(folder)
        self._code = code

    def command(self) -> list[str]:
        code = ["-c", *self._code] if self._code else ["-m", "surco_service"]
        limited = f'ulimit -n {FILES}; exec "$0" "$@"'
        return ["/bin/sh", "-c", limited, sys.executable, *code]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SURCO_SERVICE_PORT": str(self.port),
            "SURCO_SERVICE_DATA": str(self.folder / "data"),
        }

    def answers(self, seconds: float) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=seconds).is_success
        except httpx.TransportError:
            return False

    def ready(self) -> bool:
        return self.answers(1)


@contextmanager
def crowd(port: int, count: int, say: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        found: list[socket.socket] = []
        for _ in range(count):
            one = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), 10)))
            one.sendall(say)
            found.append(one)
        yield found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("patient") / "service") as service:
        yield service


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("impatient") / "service", SHORT) as service:
        yield service


EVERY_KIND = pytest.mark.parametrize(
    "say", [b"", HALF, LONG_BODY], ids=["nothing", "half-headers", "half-body"]
)


@EVERY_KIND
def test_a_crowd_that_asks_nothing_keeps_nobody_out(service: Service, say: bytes) -> None:
    """Issue: 1 100 half-sent requests stopped pages and deliveries for as long as they stayed."""
    with crowd(service.port, 2 * FILES, say):
        wait_until(lambda: service.answers(2), "a page is answered while they stay", 5)
        started = time.monotonic()
        assert service.answers(2)
        assert time.monotonic() - started < 1


@EVERY_KIND
def test_who_does_not_finish_is_let_go(impatient: Service, say: bytes) -> None:
    with crowd(impatient.port, 3, say) as silent:
        for one in silent:
            one.settimeout(20)
            assert _ended(one)
        assert impatient.answers(5)


def test_who_asks_again_on_the_same_connection_is_timed_again(impatient: Service) -> None:
    with crowd(impatient.port, 1, b"") as (one,):
        one.settimeout(20)
        one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(4096).startswith(b"HTTP/1.1 200")
        one.sendall(HALF)
        assert _ended(one)


def test_there_is_room_for_a_garden_and_for_what_the_service_opens_itself() -> None:
    assert connections.room(8192) == (2000, 2048)
    for files in (128, 256, 1024, 4096, 8192):
        most, at_once = connections.room(files)
        assert most + at_once <= files
        assert most >= 16


def _ended(one: socket.socket) -> bool:
    try:
        while one.recv(4096):
            pass
    except ConnectionError:
        pass
    return True
