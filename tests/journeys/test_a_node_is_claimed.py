"""The set-up of a node: a label's code opens the broker once, then only the node's own password does."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from surco_contract.credentials import broker_hash, new_secret
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.keys import SqlKeys
from tests.journeys.stack import Stack
from tests.servers import wait_until

NODE, CODE, KEY = "n-001", "7K3M9QXT2B5D", "0a" * 32

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


class Phone:
    """What the node does while a phone sets it up."""

    def __init__(self, port: int, password: str) -> None:
        self.answers: list[dict[str, Any]] = []
        self.refused = threading.Event()
        self.ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, NODE, clean_session=True)
        self._client.username_pw_set(NODE, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = lambda _, __, m: self.answers.append(json.loads(m.payload))
        self._client.connect_async("127.0.0.1", port)

    def _on_connect(self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self.refused.set()
        else:
            client.subscribe(f"surco/v1/{NODE}/claimed", 1)

    def claim(self, password: str) -> dict[str, Any]:
        before = len(self.answers)
        said = {"password": password, "key": KEY, "air": 2310, "water": 930}
        self._client.publish(f"surco/v1/{NODE}/claim", json.dumps(said), 1)
        wait_until(lambda: len(self.answers) > before, "the gateway answers")
        return self.answers[-1]

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def gets_in(port: int, password: str) -> bool:
    with Phone(port, password) as phone:
        wait_until(lambda: phone.ready.is_set() or phone.refused.is_set(), "the broker answers")
        return phone.ready.is_set()


def secrets_on_disk(folder: Path, *secrets: str) -> list[tuple[str, str]]:
    """Return (file, secret) for every secret found anywhere in the gateway's or broker's files."""
    return [
        (str(file.relative_to(folder)), secret)
        for part in ("gateway", "broker", "passwords")
        for file in (folder / part).rglob("*")
        if file.is_file()
        for secret in secrets
        if secret.encode() in file.read_bytes()
    ]


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.mosquitto)])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Stack:
    return Stack(tmp_path, [], mosquitto=request.param)


def test_a_label_is_claimed_once_and_no_secret_stays_behind(stack: Stack, tmp_path: Path) -> None:
    password = new_secret()
    with stack:
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        keys, port = SqlKeys(engine), stack.broker.port
        assert not gets_in(port, CODE)
        keys.label(NODE, broker_hash(CODE), datetime.now(UTC))
        wait_until(lambda: gets_in(port, CODE), "the code opens the broker")

        with Phone(port, CODE) as phone:
            assert phone.ready.wait(10)
            assert phone.claim(password) == {"ok": True}
            assert phone.claim(password) == {"ok": True}  # as if the answer had been lost
        wait_until(lambda: gets_in(port, password), "the new password opens the broker")
        assert not gets_in(port, CODE)

        standing = keys.enrolment(NODE)
        assert standing is not None
        assert (standing.key, standing.labelled) == (KEY, None)
        assert (standing.air_mv, standing.water_mv) == (2310.0, 930.0)
        engine.dispose()
    assert secrets_on_disk(tmp_path, password, KEY, CODE) == []
    log = (tmp_path / "service/log").read_bytes()
    assert password.encode() not in log
    assert KEY.encode() not in log


def test_a_node_is_told_to_come_later_while_the_service_is_away(
    stack: Stack, tmp_path: Path
) -> None:
    password = new_secret()
    with stack:
        engine = open_engine(f"sqlite:///{stack.service.data}/notebook.db")
        SqlKeys(engine).label(NODE, broker_hash(CODE), datetime.now(UTC))
        engine.dispose()
        wait_until(lambda: gets_in(stack.broker.port, CODE), "the code opens the broker")
        stack.service.stop()
        with Phone(stack.broker.port, CODE) as phone:
            assert phone.ready.wait(10)
            assert phone.claim(password) == {"ok": False, "why": "later"}
            stack.service.start()
            assert phone.claim(password) == {"ok": True}
        wait_until(lambda: gets_in(stack.broker.port, password), "the new password works")
    assert secrets_on_disk(tmp_path, password, KEY, CODE) == []
