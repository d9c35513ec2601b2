"""One visit to the gateway: join a network, send, take what it says, perhaps an update; and back.

    wifi     two networks get a turn; the one that failed comes second the next time
    connect  TCP, TLS, MQTT
    sync     hello; the time; what waited for us
    upload   rows, newest first; only the gateway's ack frees them
    update   pieces of a new version, when one is wanted
    status   how we are and when we speak again, then DISCONNECT: the last will is for crashes only

Every state has a deadline, so that a half-dead network costs seconds and never the battery.
Whatever goes wrong leaves the rows where they are.
"""

import asyncio
import json

from node import config as configuration
from node.link import open_link
from node.mqtt import Client, MqttError
from node.upload import Upload
from node.version import VERSION

WIFI_S, CONNECT_S, SYNC_S, UPLOAD_S, UPDATE_S, STATUS_S = 10, 8, 3, 10, 6, 3
FIRST_S = 6  # of WIFI_S, for the network that worked last
KEEPALIVE_S = 60
PREFIX = "surco/v1/"
TOPICS = ("ack", "time", "cfg", "resend", "ota", "part")
FAULTS = (OSError, EOFError, MqttError, asyncio.TimeoutError, ValueError)


def visit(node):
    """Visit; return whether the gateway took what there was."""
    return asyncio.run(Visit(node).run())


class Visit:
    """A visit of one node."""

    def __init__(self, node):
        self._node, self._board = node, node.board
        self.upload = Upload(node)
        self.update = None  # when one is wanted; its code is loaded only then
        self._prefix = PREFIX + node.config["node"] + "/"
        self._reached = None  # the network

    async def run(self):
        node = self._node
        network = await self._join()
        client = None
        try:
            if network is not None:
                client = await self._connect()
                await self._talk(client)
                self._reached = network
        except FAULTS as error:
            node.note("%s: %s" % (type(error).__name__, error))
        finally:
            await self._leave(client)
        configuration.judge(node.config, self._reached, node.flash, self._board.files)
        if self._reached is not None and self.update and self.update.ready:
            self._board.restart()
        return self._reached is not None and (self.upload.acked > 0 or not node.outbox.held())

    async def _join(self):
        """Return the network that was joined, None when there is none."""
        self._board.checkpoint("wifi", WIFI_S + 2)
        networks, seconds = configuration.networks(self._node.config), FIRST_S
        turn = self._node.memory.get("network", 0) % len(networks)
        for place in (turn, (turn + 1) % len(networks))[: len(networks)]:
            found = networks[place]
            try:
                joining = self._board.radio.join(found["ssid"], found.get("password", ""), seconds)
                self._node.memory["rssi"] = await asyncio.wait_for(joining, seconds)
                self._node.memory["network"] = place
                return found
            except (OSError, asyncio.TimeoutError) as error:
                self._node.note("no Wi-Fi: %s" % error)
            seconds = WIFI_S - FIRST_S
        self._node.memory["network"] = turn + 1
        return None

    async def _connect(self):
        """Return a client that has said hello."""
        config = self._node.config
        self._board.checkpoint("connect", CONNECT_S + SYNC_S + 2)
        client = Client(*await open_link(config, self._board.files, CONNECT_S))
        try:
            await asyncio.wait_for(self._hello(client), SYNC_S)
        except FAULTS:
            await client.close()
            raise
        return client

    async def _hello(self, client):
        node, config = self._node, self._node.config
        will = (self._prefix + "status", b'{"s":"lost"}')
        await client.connect(config["node"], config["user"], config["password"], KEEPALIVE_S, will)
        await client.subscribe([self._prefix + kind for kind in TOPICS])
        hello = {"b": node.state["b"], "u": node.clock.count()}
        await client.publish(self._prefix + "hello", json.dumps(hello).encode())

    async def _talk(self, client):
        node, upload = self._node, self.upload
        listening = asyncio.create_task(upload.listen(client, self.take))
        try:
            self._board.checkpoint("sync", SYNC_S + 1)
            if node.clock.stamp()[1] != 2:
                await upload.until(lambda: upload.told_time, SYNC_S - 1)
            self._board.checkpoint("upload", UPLOAD_S + 2)
            await upload.send_all(client, UPLOAD_S)
            if upload.acked:
                node.slots.confirm()
            if self.update:
                self._board.checkpoint("update", UPDATE_S + 2)
                await self.update.fetch(client, upload, UPDATE_S)
            if node.fast_left():
                from node.live import live

                await live(node, client, upload, self.say)
            self._board.checkpoint("status", STATUS_S + 2)
            await self.say(client, self._farewell())
        finally:
            listening.cancel()

    def _farewell(self):
        said = self._node.status()
        if self.update:
            said.update(self.update.progress())
        return said

    async def say(self, client, status):
        topic, payload = self._prefix + "status", json.dumps(status).encode()
        await asyncio.wait_for(client.publish(topic, payload, retain=True), STATUS_S)

    async def _leave(self, client):
        """Say goodbye even when the visit failed: nobody should think that the node is lost."""
        if client is not None:
            try:
                await asyncio.wait_for(client.disconnect(), 1)
            except FAULTS:
                pass  # the connection is gone
            await client.close()
        self._board.radio.off()

    # ---------------------------------------------------------------- what the gateway says

    def take(self, topic, payload):
        """Take a message. Retained nonsense would come at every visit, so it must end nothing."""
        if not topic.startswith(self._prefix):
            return
        kind = topic[len(self._prefix) :]
        try:
            self._take(kind, payload)
        except Exception as error:  # noqa: BLE001  nobody is there to look
            self._node.note("a %s that makes no sense: %s" % (kind[:8], type(error).__name__))

    def _take(self, kind, payload):
        node, upload = self._node, self.upload
        if kind == "part":
            if self.update:
                self.update.take_part(payload)
        elif kind == "ota":
            self._update(payload)
        elif kind == "cfg":
            self._configure(payload)
        else:
            said = json.loads(payload)
            if kind == "time":
                upload.told_time = node.clock.set(said["t"])
            elif said["b"] == node.state["b"]:
                upload.take(kind, int(said["q"]), int(said["n"]))

    def _update(self, payload):
        if not payload or json.loads(payload)["ver"] in (None, VERSION):
            return
        from node.update import Update

        self.update = self.update or Update(self._node)
        self.update.wanted(payload)

    def _configure(self, payload):
        node = self._node
        if not configuration.apply(payload, node.config, node.flash):
            return
        seconds = configuration.fast_s(payload, node.clock.epoch())
        if seconds:
            node.memory["fast_end"] = self._board.count() + seconds
