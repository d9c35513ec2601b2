"""One visit to the gateway: send what is held, take what it says, tell how we are.

    wifi, connect   `node.gateway.session`
    sync     hello; the time; what waited for us
    upload   rows, newest first; only the gateway's ack frees them
    status   how we are and when we speak again

Every state has a deadline, so that a half-dead network costs seconds and never the battery.
Whatever goes wrong leaves the rows where they are. An order for a new version is only noted: the
next wake is for it alone (`node.update.update`), because both together do not fit in a small memory.
"""

import asyncio
import gc
import json

from micropython import const
from node.gateway.session import FAULTS, PREFIX, SYNC_S, connect, join, leave
from node.gateway.upload import Upload
from node.version import VERSION

UPLOAD_S, STATUS_S = 10, 3
_MOST_ORDER = const(320)  # bytes of RTC memory; a right one has 250 at most
KINDS = ("ack", "time", "cfg", "resend", "ota")


def visit(node):
    """Visit; return whether the gateway took what there was."""
    return asyncio.run(Visit(node).run())


class Visit:
    """A visit of one node."""

    def __init__(self, node):
        self._node, self._board = node, node.board
        self.upload = Upload(node)
        self._prefix = PREFIX + node.config["node"] + "/"
        self._fast_until = None

    async def run(self):
        node, reached, client = self._node, None, None
        network = await join(self._board, node.config, node.note)
        try:
            if network is not None:
                client = await connect(self._board, node.config, KINDS)
                await self._exchange(client)
                reached = network
        except FAULTS as error:
            node.note("%s: %s" % (type(error).__name__, error))
        finally:
            await leave(self._board, client)
        if client is None:
            node.slots.excuse()
        if node.config["cfg"].get("trials"):
            from node.gateway.orders import judge

            judge(node.config, reached, node.flash, self._board.files)
        return reached is not None and (self.upload.acked > 0 or not node.outbox.held())

    async def _exchange(self, client):
        node, upload = self._node, self.upload
        listening = asyncio.create_task(upload.listen(client, self.on_message))
        try:
            self._board.checkpoint("sync", SYNC_S + 1)
            hello = {"b": node.state["b"], "u": node.clock.count()}
            await client.publish(self._prefix + "hello", json.dumps(hello).encode())
            if node.clock.stamp()[1] != 2:
                await upload.wait_until(lambda: upload.time_is_set, SYNC_S - 1)
            self._board.checkpoint("upload", UPLOAD_S + 2)
            await upload.send_all(client, UPLOAD_S)
            if upload.acked:
                node.slots.confirm()
            if self._fast_until:
                self._start_fast_sampling()
            if node.fast_left():
                from node.wake.fast_sampling import sample_fast

                await sample_fast(node, client, upload, self.publish_status)
            self._board.checkpoint("status", STATUS_S + 2)
            await self.publish_status(client, node.status())
        finally:
            listening.cancel()

    async def publish_status(self, client, status):
        topic, payload = self._prefix + "status", json.dumps(status).encode()
        self._board.trace({"status": status})
        await asyncio.wait_for(client.publish(topic, payload, retain=True), STATUS_S)

    # ---------------------------------------------------------------- what the gateway says

    def on_message(self, topic, payload):
        """Take a message. Retained nonsense would come at every visit, so it must end nothing."""
        if not topic.startswith(self._prefix):
            return
        kind = topic[len(self._prefix) :]
        try:
            try:
                self._on_message(kind, payload)
            except MemoryError:
                gc.collect()
                self._on_message(kind, payload)
        except Exception as error:  # noqa: BLE001  nobody is there to look
            self._node.note("a %s that makes no sense: %s" % (kind[:8], type(error).__name__))
        gc.collect()

    def _on_message(self, kind, payload):
        node, upload = self._node, self.upload
        if kind == "ota":
            self._note_version(json.loads(payload) if payload else {"ver": None})
        elif kind == "cfg":
            self._configure(payload)
        else:
            said = json.loads(payload)
            if kind == "time":
                upload.time_is_set = node.clock.set(said["t"])
            elif said["b"] == node.state["b"]:
                upload.on_ack_or_resend(kind, int(said["q"]), int(said["n"]))

    def _note_version(self, said):
        memory, slots = self._node.memory, self._node.slots
        memory.pop("order", None)
        if said["ver"] is None:
            slots.forgive()
        if slots.wants(said["ver"], VERSION):
            order = {name: said[name] for name in ("ver", "mpy", "size", "sha", "mac")}
            if len(json.dumps(order)) > _MOST_ORDER:
                raise ValueError
            memory["order"] = order

    def _configure(self, payload):
        from node.gateway.orders import apply, fast_until

        if apply(payload, self._node.config, self._node.flash):
            self._fast_until = fast_until(payload)

    def _start_fast_sampling(self):
        """Begin a workshop now that the time is known: what is retained comes before it."""
        from node.gateway.orders import fast_s

        seconds = fast_s(self._fast_until, self._node.clock.epoch())
        if seconds:
            self._node.memory["fast_end"] = self._node.count() + seconds
