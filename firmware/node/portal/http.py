"""HTTP for one phone: a reader of requests with hard limits, and answers in small pieces.

    what              at most        otherwise
    first line        1 KB           414
    heads, with it    4 KB           431
    body              2 KB           413, or 411 when its length is not told
    whole request     10 s           408

Whatever bytes come, `read` returns a request or raises `Refused`. Host is not looked at: a phone
asks for every name in the world here. Nothing is kept alive.
"""

import asyncio
import gc
import select
import sys

from micropython import const
from node.portal.dns import LATER

_MOST_LINE = const(1024)
_MOST_HEAD = const(4096)
MOST_BODY = const(2048)
_MOST_PASSED = const(16384)  # bytes of a refused request that are still taken
REQUEST_S = 10
QUIET_S = 1  # whoever says nothing for so long has said all
_PIECE_S = const(10)
_PIECE = const(512)
_SIP = const(128)
PAUSE_S = 0.02
WANTED = ("content-length", "transfer-encoding", "range", "if-range", "x-surco")
SAFETY = (
    b"Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    b"Referrer-Policy: no-referrer\r\n"
    b"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    b"script-src 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'none'; "
    b"base-uri 'none'; frame-ancestors 'none'\r\n"
)


class Refused(Exception):
    """A request that is not answered as asked; its argument is the status, 0: nobody is there."""


class Request:
    """`heads` has the few that matter, in lower case; `query` is not decoded: a=1&b=2."""

    def __init__(self, method, path, query, heads, body):
        self.method, self.path, self.query = method, path, query
        self.heads, self.body = heads, body

    def number(self, name):
        """Return a whole number of the query, 0 when there is none that makes sense."""
        for part in self.query.split("&"):
            key, _, value = part.partition("=")
            if key == name and _is_number(value):
                return int(value)
        return 0


# ---------------------------------------------------------------- accepting


async def accept_each(listener, serve, has_room):
    """Begin `serve(reader, writer)` for everybody who comes while `has_room()`, until cancelled.

    MicroPython's own server ends for good when memory is too short for one more connection.
    """
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    while True:
        sock = None
        try:
            await asyncio.sleep(PAUSE_S)
            if has_room() and waiting.poll(0):
                sock, _ = listener.accept()
                sock.settimeout(0)
                streams = await _streams(sock)
                asyncio.create_task(serve(*streams))  # noqa: RUF006  it waits for the sock
        except LATER:
            gc.collect()
            if sock is not None:
                sock.close()  # the phone asks again
            await asyncio.sleep(0)  # which needs no memory


async def _streams(sock):
    if sys.implementation.name != "micropython":
        return await asyncio.open_connection(sock=sock)
    stream = asyncio.StreamReader(sock)
    return stream, stream


# ---------------------------------------------------------------- reading


async def read(reader):
    """Return the next request. Raises Refused, OSError, EOFError."""
    try:
        return await asyncio.wait_for(_read(reader), REQUEST_S)
    except asyncio.TimeoutError:
        raise Refused(408)


async def _read(reader):
    lines = _Lines(reader)
    method, path, query = _first(await lines.next(_MOST_LINE, 414))
    heads = {}
    while True:
        line = await lines.next(_MOST_HEAD, 431)
        if not line:
            break
        _take_head(line, heads)
    size = _length(heads, method)
    body = bytearray(size)
    place = min(size, len(lines.rest))
    body[:place] = lines.rest[:place]
    while place < size:
        more = await reader.read(min(_PIECE, size - place))
        if not more:
            raise Refused(0)
        body[place : place + len(more)] = more
        place += len(more)
    return Request(method, path, query, heads, bytes(body))


class _Lines:
    """The lines of the heads, one at a time: only one stands in memory."""

    def __init__(self, reader):
        self._reader, self.rest, self._left = reader, b"", _MOST_HEAD

    async def next(self, most, status):
        """Return the next line without its end. Raises Refused with `status` when it is longer."""
        while True:
            end = self.rest.find(b"\r\n")
            if (end if end >= 0 else len(self.rest)) > most:
                raise Refused(status)
            if end >= 0:
                break
            more = await self._reader.read(_SIP)
            if not more:
                raise Refused(0)
            self.rest += more
        line, self.rest = self.rest[:end], self.rest[end + 2 :]
        self._left -= end + 2
        if self._left < 0:
            raise Refused(431)
        return line


def _first(line):
    parts = line.split(b" ")
    if len(parts) != 3 or not all(32 < byte < 127 for part in parts for byte in part):
        raise Refused(400)
    method, target, version = [part.decode() for part in parts]
    if not version.startswith("HTTP/1."):
        raise Refused(400)
    if target.startswith("http://"):
        target = "/" + target[7:].partition("/")[2]
    if not target.startswith("/"):
        raise Refused(400)
    path, _, query = target.partition("?")
    return method, path, query


def _take_head(line, heads):
    name, colon, value = line.partition(b":")
    if not colon or not all(32 < byte < 127 for byte in name):
        raise Refused(400)
    name = name.decode().lower()
    if name in WANTED:
        value = value.strip()
        if name in heads or not all(31 < byte < 127 for byte in value):
            raise Refused(400)
        heads[name] = value.decode()


def _length(heads, method):
    if "transfer-encoding" in heads:
        raise Refused(411)
    told = heads.get("content-length")
    if told is None:
        if method == "POST":
            raise Refused(411)
        return 0
    if not _is_number(told):
        raise Refused(400 if len(told) < 12 else 413)
    if int(told) > MOST_BODY:
        raise Refused(413)
    return int(told)


def _is_number(text):
    return 0 < len(text) < 12 and all(letter in "0123456789" for letter in text)


async def drain(reader):
    """Take what is still on its way, so that the refusal before it is not lost with the line."""
    for _ in range(_MOST_PASSED // _PIECE):
        if not await asyncio.wait_for(reader.read(_PIECE), QUIET_S):
            return


# ---------------------------------------------------------------- answering


class Answer:
    """What is sent back: `body` is bytes, or something that yields `length` bytes in pieces."""

    def __init__(self, status, kind="", body=b"", length=None, heads=""):
        self.status, self.kind, self.body, self.heads = status, kind, body, heads
        self.length = len(body) if length is None else length

    async def send(self, writer, without_body=False):
        """Send it. Raises OSError, asyncio.TimeoutError."""
        await send(writer, b"HTTP/1.1 %d \r\n" % self.status)
        await send(writer, SAFETY)
        heads = self.heads
        if self.kind:
            heads += "Content-Type: %s\r\n" % self.kind
        if self.status != 204:
            heads += "Content-Length: %d\r\n" % self.length
        await send(writer, (heads + "\r\n").encode())
        if without_body:
            return
        for piece in (self.body,) if isinstance(self.body, bytes) else self.body:
            await send(writer, piece)
            await asyncio.sleep(0)  # a body that is only counted lets others have their turn


async def send(writer, data):
    """Send bytes, a little at a time: memory is for one piece."""
    for start in range(0, len(data), _PIECE):
        writer.write(data[start : start + _PIECE])
        await asyncio.wait_for(writer.drain(), _PIECE_S)


def file_pieces(path):
    """Yield the bytes of a file."""
    with open(path, "rb") as file:
        while True:
            piece = file.read(_PIECE)
            if not piece:
                return
            yield piece
