"""18.7: nodes that were registered before the first `surco up` are let in by its broker."""

import json
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from surco.machine import folder as folders
from tests.servers import wait_until
from tests.surco.programs import Surco

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


def lets_in(port: int, node: str, password: str) -> bool:
    answers: list[bool] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=node)
    client.username_pw_set(node, password)
    client.on_connect = lambda _, __, ___, reason, ____: answers.append(not reason.is_failure)
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_until(lambda: bool(answers), "the broker answers")
    client.disconnect()
    client.loop_stop()
    return answers[0]


@pytest.mark.parametrize("broker", [
    "small", pytest.param("mosquitto", marks=pytest.mark.mosquitto),
])  # fmt: skip
def test_nodes_of_before_are_let_in(tmp_path: Path, broker: str) -> None:
    surco = Surco(tmp_path / "data", "up", "--broker", broker)
    folders.make(surco.data)
    nodes = [f"n-{number:03d}" for number in range(3)]
    made = [json.loads(surco.run("node", "add", node).stdout.partition("}")[0] + "}")
            for node in nodes]  # fmt: skip
    with surco:
        surco.wait_for("Ctrl-C", 120)
        for one in made:
            wait_until(
                lambda one=one: lets_in(surco.broker_port, one["node"], one["password"]),
                f"{one['node']} is let in",
            )
        told = surco.run("doctor").stdout
        assert "nunca han hablado" in told
        assert all(node in told for node in nodes)
