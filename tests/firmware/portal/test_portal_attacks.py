"""Whatever bytes come: the portal refuses, stays alive, and tells no secret."""

import asyncio
import random
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from node.portal import dns, http
from tests.firmware.portal.portals import (
    NODE,
    SHORT_OF_MEMORY,
    SimulatedPortal,
    configure,
    make_node,
)
from tests.long import LONG
from tests.servers import wait_until

HERE = b"\x7f\0\0\1"
A_QUESTION = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7captive\5apple\3com\0\0\1\0\1"
QUIET_S = 0.4
SHORT = ("http.REQUEST_S=2.5", "http.QUIET_S=0.4")  # 10 and 1 on a node
TIGHT_HEAP = "108k"  # enough for an open portal and a phone or two
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module", params=["cpython", "micropython"])
def portal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimulatedPortal]:
    """The portal of a claimed node, which has secrets to lose."""
    folder: Path = make_node(tmp_path_factory.mktemp("node") / NODE)
    configure(folder, 1)
    with SimulatedPortal(folder, request.param, heap="128k", deadlines=SHORT) as portal:
        yield portal


def say(portal: SimulatedPortal, *parts: bytes, pause_s: float = 0.0, ends: bool = False) -> bytes:
    """Send raw bytes; return everything that comes back, and remember it.

    `ends`: say also that nothing more will come, so that nobody waits for it.
    """
    heard = b""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=5) as line:
        with suppress(OSError):
            for part in parts:
                line.sendall(part)
                time.sleep(pause_s)
            if ends:
                line.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while more := line.recv(4096):
                heard += more
    portal.heard += heard
    return heard


def is_well(portal: SimulatedPortal) -> bool:
    portal.process.poll()
    return portal.process.returncode is None and portal.http.get("/state").status_code == 200


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1000 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 5000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"x" * 100_000, 414),
        (b"\0" * 3000, 414),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3\r\n\r\n", 400),
        (b"GET / SPDY/9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /connect HTTP/1.1\r\n\r\n", 411),
        (b"POST /connect HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /connect HTTP/1.1\r\nContent-Length: 2049\r\n\r\n", 413),
        (b"POST /connect HTTP/1.1\r\nContent-Length: " + b"9" * 300 + b"\r\n\r\n", 413),
        (b"POST /connect HTTP/1.1\r\nContent-Length: 99999\r\n\r\n" + b"z" * 99_999, 413),
        (b"DELETE / HTTP/1.1\r\n\r\n", 405),
        (b"PUT /config.json HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 405),
    ],
    ids=range(19),
)
def test_what_is_too_much_or_no_request_is_refused(
    portal: SimulatedPortal, request_bytes: bytes, status: int
) -> None:
    ends = len(request_bytes) < 50_000  # the longest ones stay connected, as phones do
    assert say(portal, request_bytes, ends=ends).startswith(b"HTTP/1.1 %d " % status)
    assert is_well(portal)


@pytest.mark.parametrize(
    "path",
    ["/config.json", "/../config.json", "/..%2f..%2fconfig.json", "//etc/passwd", "/node/../label.json",
     "/portal.html/../../config.json", "http://x/../claim.json", "/flash/state", "/config.copy"],
)  # fmt: skip
def test_no_path_leads_to_a_file(portal: SimulatedPortal, path: str) -> None:
    heard = say(portal, b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    assert heard.startswith(b"HTTP/1.1 302 ")
    assert heard.endswith(b"\r\n\r\n")


def test_every_answer_carries_the_safety_heads(portal: SimulatedPortal) -> None:
    for path in ("/", "/state", "/nowhere", "/queue", "/favicon.ico"):
        heads = portal.http.get(path).headers
        assert heads["connection"] == "close"
        assert heads["x-content-type-options"] == "nosniff"
        assert heads["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in heads["content-security-policy"]
        assert heads["cache-control"] == "no-store"


BODIES = [
    b"", b"\0", b"\xff\xfe", b"{", b"[]", b"null", b"1e999", b"[" * 2048, b'{"a":' * 400, b"[1]," * 500,
    b'"' + b"x" * 2000 + b'"', b'{"networks": [1, 2], "code": []}',
    b'{"networks": [{"ssid": {"a": 1}}], "in": {}}',
]  # fmt: skip


@pytest.mark.parametrize("path", ["/connect", "/probe", "/receipt"])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_makes_no_sense_is_refused(
    portal: SimulatedPortal, path: str, body: bytes
) -> None:
    answer = portal.http.post(path, content=body)
    assert 400 <= answer.status_code < 500, answer.status_code
    assert is_well(portal)


def test_slow_phones_are_let_go_and_others_are_served(portal: SimulatedPortal) -> None:
    slow = [socket.create_connection(("127.0.0.1", portal.port), timeout=20) for _ in range(4)]
    for line in slow:
        line.sendall(b"GET / HTTP/1.1\r\nX-Slow")
    time.sleep(QUIET_S)
    assert say(portal, b"GET /state HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")
    begun = time.monotonic()
    for line in slow:  # a byte now and then does not help them
        with suppress(OSError):
            line.sendall(b"l")
    heard = [line.recv(100) for line in slow]
    assert all(words.startswith(b"HTTP/1.1 408 ") for words in heard)
    assert time.monotonic() - begun < 6
    for line in slow:
        line.close()
    wait_until(lambda: is_well(portal), "it has room again")


def test_who_takes_nothing_is_let_go(portal: SimulatedPortal) -> None:
    for _ in range(20 if LONG else 10):
        with socket.create_connection(("127.0.0.1", portal.port), timeout=5) as line:
            line.sendall(b"GET / HTTP/1.1\r\n\r\n")
    time.sleep(QUIET_S)
    assert is_well(portal)


@pytest.mark.micropython
def test_phones_too_many_for_the_memory_do_not_lock_the_next_one_out(tmp_path: Path) -> None:
    folder = make_node(tmp_path / NODE)
    configure(folder, 1)
    with SimulatedPortal(folder, "micropython", heap=TIGHT_HEAP, deadlines=SHORT) as portal:
        for _ in range(6 if LONG else 3):
            lines: list[socket.socket] = []
            for _ in range(12):
                with suppress(TimeoutError):  # the portal's queue is full
                    lines.append(socket.create_connection(("127.0.0.1", portal.port), QUIET_S))
            assert len(lines) > 5
            for line in lines:
                with suppress(OSError):
                    line.sendall(
                        b"POST /connect HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + b"x" * 1900
                    )
            time.sleep(QUIET_S)
            for line in lines:
                line.close()
        time.sleep(QUIET_S)
        assert is_well(portal)


@pytest.mark.micropython
def test_a_moment_without_any_memory_does_not_end_the_portal(tmp_path: Path) -> None:
    folder = make_node(tmp_path / NODE)
    configure(folder, 1)
    with SimulatedPortal(folder, "micropython", heap="128k", opener=SHORT_OF_MEMORY) as portal:
        wait_until(lambda: "none left" in portal.said(), "memory ends")
        lines = [socket.create_connection(("127.0.0.1", portal.port), timeout=5) for _ in range(3)]
        for line in lines:
            line.sendall(b"GET /state HTTP/1.1\r\n\r\n")
        wait_until(lambda: "some again" in portal.said(), "memory comes back")
        for line in lines:
            line.close()
        assert is_well(portal)
        assert ask(portal, A_QUESTION).endswith(HERE)


@pytest.mark.parametrize("seed", range(25))
def test_random_bytes_do_not_end_it(portal: SimulatedPortal, seed: int) -> None:
    dice = random.Random(seed)
    noise = dice.randbytes(dice.randint(1, 3000))
    begin = dice.choice([b"", b"GET / HTTP/1.1\r\n", b"POST /connect HTTP/1.1\r\nContent-Length: "])
    with socket.create_connection(("127.0.0.1", portal.port), timeout=5) as line:
        with suppress(OSError):
            line.sendall(begin + noise)
            line.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            portal.heard += line.recv(4096)
    assert is_well(portal)


# ---------------------------------------------------------------- the reader of requests, alone


def read(raw: bytes) -> http.Request | int:
    """Return the request in some bytes, or the status of the refusal."""

    async def reading() -> http.Request | int:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        try:
            return await http.read(reader)
        except http.Refused as error:
            return error.args[0]

    return asyncio.run(reading())


LINES = st.lists(st.binary(max_size=60), max_size=8).map(b"\r\n".join)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=9000),
        LINES,
        LINES.map(lambda raw: b"POST / HTTP/1.1\r\n" + raw + b"\r\n\r\n"),
    )
)
@example(b"GET / HTTP/1.1\r\n\r\n")
def test_any_bytes_are_a_request_or_refused(raw: bytes) -> None:
    found = read(raw)
    if isinstance(found, int):
        assert found in (0, 400, 411, 413, 414, 431)
    else:
        assert found.path.startswith("/")
        assert len(found.body) <= http.MOST_BODY


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.text("abcxyz/.-_~%", max_size=900),
    st.text("abc=&123", max_size=60),
    st.binary(max_size=2048),
)
def test_a_request_is_read_as_it_was_written(
    method: str, path: str, query: str, body: bytes
) -> None:
    raw = f"{method} /{path}?{query} HTTP/1.1\r\nHost: anybody\r\nRANGE:  bytes=1-2 \r\n"
    found = read(f"{raw}content-length: {len(body)}\r\n\r\n".encode() + body)
    assert isinstance(found, http.Request)
    assert (found.method, found.path, found.query, found.body) == (method, "/" + path, query, body)
    assert found.heads["range"] == "bytes=1-2"


# ---------------------------------------------------------------- names


def ask(portal: SimulatedPortal, question: bytes, wait_s: float = 5) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(wait_s)
        line.sendto(question, ("127.0.0.1", portal.names))
        with suppress(TimeoutError):
            return line.recv(1024)
    return b""


def test_every_name_is_here(portal: SimulatedPortal) -> None:
    found = ask(portal, A_QUESTION)
    assert found[:2] == A_QUESTION[:2]
    assert found[2] & 0x80
    assert found[6:8] == b"\0\1"
    assert found.endswith(b"\0\4" + HERE)


def test_what_is_no_question_gets_no_answer_and_the_next_one_does(portal: SimulatedPortal) -> None:
    for nonsense in (
        b"",
        b"\0",
        b"\xff" * 600,
        A_QUESTION[:20],
        b"\0" * 12,
        A_QUESTION[:12] + b"\xc0\x0c\0\1\0\1",
    ):
        assert ask(portal, nonsense, wait_s=0.15) == b""
    assert ask(portal, A_QUESTION).endswith(HERE)


def test_another_kind_of_question_has_no_answer_but_gets_one() -> None:
    found = dns.answer(A_QUESTION[:-3] + b"\x1c\0\1", HERE)  # AAAA
    assert found[3] & 0x0F == 0
    assert found[6:8] == b"\0\0"


@settings(max_examples=500)
@given(
    st.one_of(
        st.binary(max_size=600), st.binary(max_size=80).map(lambda end: A_QUESTION[:12] + end)
    )
)
def test_any_packet_is_answered_in_kind_or_not_at_all(packet: bytes) -> None:
    found = dns.answer(packet, HERE)
    if found:
        assert found[:2] == packet[:2]
        assert found[2] & 0x80
        assert len(found) <= len(packet) + 16
        assert packet[12:].startswith(found[12 : len(found) - 16 * found[7]])
