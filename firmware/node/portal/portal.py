"""The portal: a phone joins the node's own Wi-Fi, and one page sets the node up.

It opens only without a configuration or by the button, and closes after ten minutes in which
nobody asked for anything, or five seconds after a phone has seen that all is well.
"""

import asyncio
import gc
import socket

from micropython import const
from node.portal import dns, http
from node.portal.http import Answer
from node.portal.portal_api import PortalApi

_MOST_CONNECTIONS = const(4)
_AFTER_DONE_S = const(5)
_MOST_TIMES = const(6)  # the given minutes, whatever phones ask
_TICK_S = const(1)  # a sleep of whole seconds needs no memory
_WATCHDOG_S = const(30)
_LAST_S = const(12)
GONE = (OSError, EOFError, asyncio.TimeoutError)


class Portal:
    """`label` is label.json. See `PortalApi` for `config` and `mule`."""

    def __init__(self, board, label, config=None, mule=None, ports=(80, 53)):
        self._board, self._label, self._ports = board, label, ports
        self._api = PortalApi(board, label, config, mule)
        self._connections = 0

    async def run(self, minutes):
        """Open, serve, close. Raises OSError when there is no access point or no port."""
        board, label, api = self._board, self._label, self._api
        name, (port, names_port) = "surco-" + label["node"], self._ports
        dns_socket = listener = None
        tasks = []
        try:
            address = await board.radio.open_access_point(name, label["ap_password"])
            api.home = "http://" + address + ("" if port == 80 else ":%d" % port)
            dns_socket = dns.open_socket(names_port)
            listener = dns.open_socket(port, socket.SOCK_STREAM)
            listener.listen(4)
            tasks.append(asyncio.create_task(dns.serve(dns_socket, address)))
            tasks.append(
                asyncio.create_task(http.accept_each(listener, self._serve, self._has_room))
            )
            board.light("setup")
            await self._wait(int(minutes * 60))
        finally:
            api.stop()
            for task in tasks:
                task.cancel()
            for one in (listener, dns_socket):
                if one is not None:
                    one.close()
            board.radio.off()
            board.light("off")
        await self._wait_for_connections()

    async def _wait(self, seconds):
        """Wait until nobody asked for so long, or a phone knows that all is well."""
        quiet_s = open_s = done_s = 0
        while quiet_s < seconds and open_s < seconds * _MOST_TIMES and done_s < _AFTER_DONE_S:
            try:
                self._board.checkpoint("portal", _WATCHDOG_S)
            except MemoryError:
                pass  # phones have it all; the watchdog gives them so long to end
            await asyncio.sleep(_TICK_S)
            gc.collect()
            asked = self._api.was_asked() or self._api.busy
            quiet_s, open_s = 0 if asked else quiet_s + _TICK_S, open_s + _TICK_S
            done_s = done_s + _TICK_S if self._api.done_was_seen else 0

    async def _wait_for_connections(self):
        """Let the connections end that are still open: nothing of the portal may stay behind."""
        left_s = _LAST_S
        while self._connections and left_s > 0:
            self._board.checkpoint("portal", _WATCHDOG_S)
            await asyncio.sleep(_TICK_S)
            left_s -= _TICK_S

    # ---------------------------------------------------------------- one connection

    def _has_room(self):
        return self._connections <= _MOST_CONNECTIONS  # one more is told that there is none

    async def _serve(self, reader, writer):
        self._connections += 1
        try:
            if self._connections > _MOST_CONNECTIONS:
                await Answer(503).send(writer)
            else:
                await self._answer_one(reader, writer)
        except GONE:
            pass  # the phone went away
        except Exception as error:  # noqa: BLE001  whatever bytes come, the next phone is served
            self._note_crash(error)
        finally:
            self._connections -= 1
            getattr(writer, "s", writer).close()  # MicroPython's stream closes only when waited for

    async def _answer_one(self, reader, writer):
        try:
            request = await http.read(reader)
        except http.Refused as error:
            if error.args[0]:
                await Answer(error.args[0]).send(writer)
                await http.drain(reader)
            return
        try:
            answer = await self._api.answer(request)
        except Exception as error:  # noqa: BLE001
            request.body = b""  # perhaps memory was too short
            self._note_crash(error)
            answer = Answer(500)
        await answer.send(writer, request.method == "HEAD")

    def _note_crash(self, error):
        gc.collect()
        try:
            self._board.trace({"portal": type(error).__name__})
        except MemoryError:
            pass
