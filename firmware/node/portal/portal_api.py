"""What the portal answers: the page, what the page asks for, and the questions of phones.

What phones ask to find out whether this is the internet leads them to the page; once the node is
connected it says "yes", so that they stay. No answer holds a secret.
"""

import asyncio
import gc
import json

from micropython import const
from node.portal import http
from node.portal.form import Failed, place
from node.portal.http import Answer
from node.portal.probe_check import AIR, WATER, ProbeCheck

_MOST_NETWORKS = const(12)
_SCAN_S = const(30)
OK_HTML = b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
PROBES = {  # path: what a phone expects where there is an internet
    "/generate_204": (204, b""),  # Android
    "/gen_204": (204, b""),
    "/hotspot-detect.html": (200, OK_HTML),  # iOS, macOS
    "/library/test/success.html": (200, OK_HTML),
    "/connecttest.txt": (200, b"Microsoft Connect Test"),
    "/ncsi.txt": (200, b"Microsoft NCSI"),
    "/success.txt": (200, b"success\n"),  # Firefox
}
PAGE = "/portal.html"
IDLE = {"step": "", "state": "idle", "why": ""}


class PortalApi:
    """`config` is what holds until now, `mule` carries rows; both may be None."""

    def __init__(self, board, label, config, mule):
        self._board, self._label, self._mule = board, label, mule
        self._config = config
        self._claim = None if mule else self._open_claim()  # else its code is loaded when needed
        self._probe = ProbeCheck(lambda: board.sensors((config or {}).get("sensors") or None))
        self.home = ""
        self.done_was_seen = False  # a phone has seen that all is well
        self._asked = False

    def _open_claim(self):
        gc.collect()
        from node.portal.claim import Claim

        return Claim(self._board, self._label, self._config)

    @property
    def progress(self):
        return self._claim.progress if self._claim else IDLE

    @property
    def busy(self):
        return self.progress["state"] == "busy"

    def stop(self):
        if self._claim:
            self._claim.stop()

    def was_asked(self):
        """Return whether a person asked for something since the last time."""
        asked, self._asked = self._asked, False
        return asked

    async def answer(self, request):
        """Return the answer to a request."""
        if request.method in ("GET", "HEAD"):
            return await self._get(request)
        if request.method != "POST":
            return Answer(405)
        actions = {"/connect": self._connect, "/probe": self._measure, "/receipt": self._receipt}
        if request.path not in actions:
            return Answer(404)
        if "x-surco" not in request.heads:
            return Answer(400)  # a page from elsewhere cannot send this head unasked
        self._asked = True
        return await actions[request.path](request)

    async def _get(self, request):
        path = request.path
        pages = {"/": self._page, "/state": self._state, "/scan": self._scan}
        pages.update({"/progress": self._progress, "/queue": self._queue})
        if path in pages:
            self._asked = True
            return await pages[path](request)
        if path in PROBES and self.progress["state"] == "done":
            status, body = PROBES[path]
            return Answer(status, "text/html" if body is OK_HTML else "text/plain", body)
        if path == "/favicon.ico":
            return Answer(404)
        return Answer(302, heads="Location: %s/\r\n" % self.home)

    # ---------------------------------------------------------------- setting up

    async def _page(self, request):
        path = __file__.rpartition("/")[0] + PAGE
        with open(path, "rb") as file:
            size = file.seek(0, 2)
        pieces = http.file_pieces(path)
        return Answer(200, "text/html; charset=utf-8", pieces, size)  # type: ignore  # in pieces

    async def _state(self, request):
        config = self._claim.config if self._claim else self._config
        return _json({
            "node": self._label["node"],
            "claimed": config is not None,
            "host": place(config or self._label),
            "networks": [one["ssid"] for one in (config or {}).get("networks", [])],
            "rows": self._mule.rows if self._mule else None,
            "home": self.home,
            "probe": self._probe.state(),
            "progress": self.progress,
        })  # fmt: skip

    async def _scan(self, request):
        if self.busy:
            return _json({"why": "busy"}, 409)
        self._board.checkpoint("scan", _SCAN_S)
        return _json(list(self._board.radio.scan())[:_MOST_NETWORKS])

    async def _progress(self, request):
        progress = self.progress
        if progress["state"] == "done":
            self.done_was_seen = True
        return _json(progress)

    async def _connect(self, request):
        form = _object(request.body)
        if self.busy:
            return _json({"why": "busy"}, 409)
        self.done_was_seen = False
        if self._claim is None:
            self._claim = self._open_claim()
        try:
            air, water = self._probe.calibration()
            self._claim.start(form, air, water)
        except Failed as error:
            return _json({"why": error.args[0]}, 400)
        return _json(self.progress, 202)

    async def _measure(self, request):
        where = _object(request.body).get("in")
        if where not in (AIR, WATER):
            return _json({"why": "in"}, 400)
        try:
            return _json(await self._probe.measure(where))
        except ValueError:
            return _json({"why": "sensors"}, 409)

    # ---------------------------------------------------------------- the data mule

    async def _queue(self, request):
        mule = self._mule
        if mule is None or not mule.rows:
            return _json({"why": "no-rows"}, 404)
        mule.set_time(request.number("t"))
        size = await mule.measure(lambda: asyncio.sleep(0))
        part = _part(request.heads, mule.tag, size)
        heads = (
            'Accept-Ranges: bytes\r\nETag: %s\r\nContent-Disposition: attachment; filename="%s"\r\n'
        )
        heads %= (mule.tag, mule.name)
        if part == ():
            return Answer(416, heads="Content-Range: bytes */%d\r\n" % size)
        start, end = part or (0, size)
        if part:
            heads += "Content-Range: bytes %d-%d/%d\r\n" % (start, end - 1, size)
        body = mule.pieces(start, end)
        return Answer(206 if part else 200, "application/octet-stream", body, end - start, heads)

    async def _receipt(self, request):
        if self._mule is None:
            return _json({"why": "no-rows"}, 409)
        from node.carry.mule import Refused  # it is there: rows are carried

        try:
            freed = self._mule.take_receipt(request.body)
        except Refused as error:
            return _json({"why": error.args[0]}, 400)
        return _json({"freed": freed, "rows": self._mule.rows})


def _part(heads, tag, size):
    """Return (start, end) that is wanted, None for the whole, () when it cannot be."""
    wanted = heads.get("range", "")
    if not wanted.startswith("bytes=") or "," in wanted or heads.get("if-range", tag) != tag:
        return None
    first, _, last = wanted[6:].partition("-")
    try:
        if not first:
            start, end = max(0, size - int(last)), size
        else:
            start, end = int(first), min(int(last) + 1, size) if last else size
    except ValueError:
        return None
    return (start, end) if 0 <= start < end else ()


def _object(body):
    """Return the JSON object of a body, {} when it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RuntimeError, MemoryError):  # also what is nested too deep
        return {}
    return found if isinstance(found, dict) else {}


def _json(found, status=200):
    return Answer(status, "application/json", json.dumps(found).encode())
