"""18.6, P1: an older spool is put back over rows that nobody delivered; the node sends them again."""

import json
import shutil
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from surco_service.adapters.sql.engine import open_engine
from tests.journeys.nodes import value_of
from tests.journeys.stack import Stack
from tests.servers import Influxd, wait_until
from tests.service.stores import stores_on

pytestmark = [
    pytest.mark.journey,
    pytest.mark.mosquitto,
    pytest.mark.influxdb,
    pytest.mark.timeout(300),
]

IMPATIENT = """
import sys, datetime
import surco_service.usecases.intake.missing as missing, surco_service.worker as worker
missing.PATIENCE = datetime.timedelta(seconds=1)
worker.Worker.__init__.__defaults__ = (0.5,)
from surco_service.start import main
sys.exit(main())
"""
B = "00c0ffee"


class Node:
    """A node that keeps every row, sends what it is told to, and answers `resend`."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.name, self.acked, self.asked = name, set[int](), set[int]()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self.client.username_pw_set(name, stack.secrets[name])
        self.client.on_connect = lambda *_: self.client.subscribe(f"surco/v1/{name}/+", 1)
        self.client.on_message = self._hear
        self.client.connect_async("127.0.0.1", stack.broker.port)
        self.client.loop_start()

    def _hear(self, _: object, __: object, message: mqtt.MQTTMessage) -> None:
        kind = message.topic.rpartition("/")[2]
        if kind not in ("ack", "resend"):
            return
        said = json.loads(message.payload)
        numbers = range(said["q"], said["q"] + said["n"])
        if kind == "ack":
            self.acked |= set(numbers)
            return
        self.asked |= set(numbers)
        for first in range(said["q"], numbers.stop, 24):
            self.send(first, min(24, numbers.stop - first))

    def send(self, q: int, n: int) -> None:
        rows = [[60 * place, value_of(self.name, q + place)] for place in range(n)]
        message = {"v": 1, "b": B, "q": q, "t0": 1_795_000_000 + 60 * q, "tq": 2,
                   "f": ["dt", "r1"], "d": rows}  # fmt: skip
        self.client.publish(f"surco/v1/{self.name}/data", json.dumps(message), 1)

    def measure(self, first: int, end: int) -> None:
        for q in range(first, end, 10):
            self.send(q, 10)
        wait_until(lambda: set(range(first, end)) <= self.acked, "the rows are acknowledged")

    def hello(self) -> None:
        self.client.publish(f"surco/v1/{self.name}/hello", json.dumps({"b": B, "u": 1}), 1)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_an_older_spool_is_made_whole_by_the_nodes(tmp_path: Path) -> None:
    with (
        Influxd(tmp_path / "influxd") as influxd,
        Stack(tmp_path, ["n001"], mosquitto=True, influxd=influxd) as stack,
        closing(Node(stack, "n001")) as node,
    ):
        stack.service.kill()
        stack.service.command = lambda: [sys.executable, "-c", IMPATIENT]
        stack.service.start()

        def stored() -> Counter[int]:
            rows = influxd.query('SELECT "q" FROM "reading"', stack.bucket)
            return Counter(int(str(row["q"])) for row in rows)

        node.measure(0, 100)
        wait_until(lambda: len(stored()) == 100, "the first rows are stored")
        stack.gateway.stop()
        shutil.copytree(stack.gateway.data, tmp_path / "older")
        stack.service.kill()
        stack.gateway.start()
        node.measure(100, 400)
        stack.gateway.kill()
        shutil.rmtree(stack.gateway.data)
        shutil.copytree(tmp_path / "older", stack.gateway.data)
        stack.gateway.start()
        stack.service.start()
        node.measure(400, 410)
        wait_until(lambda: 409 in stored(), "what came since is stored")
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        stores = stores_on(engine)

        def troubles() -> list[tuple[str, str, object]]:
            return [(one.code, one.about, one.facts["count"]) for one in stores.troubles.all()]

        wait_until(lambda: ("rows-missing", "n001", 300) in troubles(), "they are missed")
        stack.service.kill()  # nothing of it is only in memory
        stack.service.start()

        def whole() -> bool:
            node.hello()
            return len(stored()) == 410

        wait_until(whole, "the node has sent them again", 90)
        assert set(stored().values()) == {1}
        assert node.asked == set(range(100, 400))
        wait_until(lambda: not troubles(), "nothing is wrong any more")
        engine.dispose()
