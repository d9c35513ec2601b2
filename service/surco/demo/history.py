"""Tells a node's past as the node itself would: MQTT messages of 24 rows, until each is acked.

Telling it twice does no harm: the rows have the same names. What the service would have said in that
time, its verdicts, is made afterwards from what was told, where there is an InfluxDB to keep it.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from surco.demo.soil import DAY_S, history, millivolts, temperature
from surco.machine.folder import Folder, sections, value_of
from surco.words import Words
from surco_contract import topics
from surco_contract.messages import MAX_ROWS

EVERY_S = 900
PATIENCE_S = 20.0  # without any ack, before what is unacked is said again
TOLD = "told"
COLUMNS = ["dt", "r1", "st", "at", "rh", "bv", "rs"]


def tell_the_past(
    demo: Path, plan: list[dict[str, Any]], port: int, stopping: threading.Event, words: Words
) -> None:
    """Tell what is not told yet, all nodes at once."""
    waiting = [node for node in plan if not (demo / f"{node['node']}.{TOLD}").exists()]
    if not waiting:
        return
    print(words("demo-history", days=waiting[0]["days"]), flush=True)
    began, end = time.monotonic(), time.time()
    tellers = [Teller(node, port, end, stopping) for node in waiting]
    threads = [threading.Thread(target=teller.tell, daemon=True) for teller in tellers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for teller in tellers:
        if teller.done:
            (demo / f"{teller.node['node']}.{TOLD}").touch()
    if mirrored(demo.parent) and not stopping.is_set():
        print(words("demo-verdicts"), flush=True)
        command = [sys.executable, "-m", "surco", "rebuild", "--data", str(demo.parent)]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    rows = sum(teller.rows for teller in tellers)
    seconds = time.monotonic() - began
    print(words("demo-alive", rows=rows, seconds=seconds, every=30), flush=True)


def mirrored(data: Path) -> bool:
    """Tell whether a service of this data folder has an InfluxDB."""
    said = sections(Folder(data))
    return bool(value_of(os.environ, said, "service", "influx_url", ""))


def life(node: dict[str, Any]) -> str:
    """Return the name of the ring that held the past; the same at every start."""
    return hashlib.sha256(f"{node['node']} {node['password']}".encode()).hexdigest()[:8]


def messages(node: dict[str, Any], end: float) -> Iterator[tuple[int, str]]:
    """Yield (q, payload) of the past, oldest first."""
    rng = random.Random(node["node"])
    newest = int(end - node["silent_days"] * DAY_S) - EVERY_S
    past = history(node["theta"], node["peak"], node["low"], node["dries"], node["days"])
    count = node["days"] * DAY_S // EVERY_S
    for q in range(0, count, MAX_ROWS):
        n = min(MAX_ROWS, count - q)
        t0 = newest - (count - 1 - q) * EVERY_S
        rows = [[i * EVERY_S, *_values(past, newest - t0 - i * EVERY_S, t0 + i * EVERY_S, rng)]
                for i in range(n)]  # fmt: skip
        message = {"v": 1, "b": life(node), "q": q, "t0": t0, "tq": 2, "f": COLUMNS, "d": rows}
        yield q, json.dumps(message, separators=(",", ":"))


def _values(past: Any, ago: float, t: float, rng: random.Random) -> list[float]:
    air = temperature(t) + rng.uniform(-0.6, 0.6)
    return [
        round(millivolts(past.at(ago)) + rng.uniform(-2, 2)),
        round(18 + 0.35 * (temperature(t - 7200) - 18), 2),
        round(air, 2),
        round(min(95.0, max(15.0, 95 - 2.4 * air)), 1),
        round(3950 - ago / DAY_S * 0.5 + rng.uniform(-4, 4)),
        rng.randrange(-78, -60),
    ]


class Teller:
    """Says the past of one node."""

    def __init__(
        self, node: dict[str, Any], port: int, end: float, stopping: threading.Event
    ) -> None:
        self.node, self._port, self._end, self._stopping = node, port, end, stopping
        self._unacked = dict(messages(node, end))
        self.rows = node["days"] * DAY_S // EVERY_S
        self._news = threading.Event()

    @property
    def done(self) -> bool:
        return not self._unacked

    def tell(self) -> None:
        name = self.node["node"]
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
        client.username_pw_set(name, self.node["password"])
        client.max_inflight_messages_set(20)
        client.on_connect = self._subscribe
        client.on_subscribe = self._subscribed
        client.on_message = self._acked
        client.reconnect_delay_set(1, 2)
        client.connect_async("127.0.0.1", self._port)
        client.loop_start()
        try:
            self._until_acked(client)
            if self.node["silent_days"] and self.done:
                status = topics.topic(name, "status")
                client.publish(status, self._last_status(), 1, retain=True).wait_for_publish(
                    PATIENCE_S
                )
        finally:
            client.disconnect()
            client.loop_stop()

    def _subscribe(self, client: mqtt.Client, *_: object) -> None:
        client.subscribe(topics.topic(self.node["node"], "ack"), 1)

    def _subscribed(self, *_: object) -> None:
        self._news.set()

    def _until_acked(self, client: mqtt.Client) -> None:
        self._news.wait(PATIENCE_S)
        while self._unacked and not self._stopping.is_set():
            for payload in list(self._unacked.values()):
                client.publish(topics.topic(self.node["node"], "data"), payload, 1)
            self._listen()

    def _listen(self) -> None:
        """Return when everything is acked, or nothing was for a while."""
        while self._unacked and not self._stopping.is_set():
            self._news.clear()
            if self._unacked and not self._news.wait(PATIENCE_S):
                return

    def _acked(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        ack = json.loads(message.payload)
        if ack["b"] == life(self.node):
            for q in range(ack["q"], ack["q"] + ack["n"]):
                self._unacked.pop(q, None)
            self._news.set()

    def _last_status(self) -> str:
        heard = int(self._end - self.node["silent_days"] * DAY_S)
        return json.dumps({
            "s": "asleep", "next": heard + EVERY_S, "iv": EVERY_S, "bv": 3312, "fw": "0.1.0",
            "cfg": 0, "q0": self.rows, "q1": self.rows - 1, "lost": 0, "skip": 0, "rssi": -84,
        })  # fmt: skip
