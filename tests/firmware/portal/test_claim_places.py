"""Issue 18, the node, 2: a secret of a box is told only where it was made for."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.sim import Board
from node.gateway.mqtt import MqttError
from node.gateway.session import FAULTS
from node.keep import config as configuration
from node.portal import claim
from tests.firmware.portal.portals import (
    BROKER_PASSWORD,
    CODE,
    KEY,
    NODE,
    ClaimBroker,
    SimulatedPortal,
    configure,
    configured,
    make_node,
)

BOTH = pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
TAKEN = {"ok": True}
pytestmark = pytest.mark.timeout(120)


@BOTH
def test_a_claimed_box_tells_another_address_nothing_without_a_new_code(
    tmp_path: Path, interpreter: str
) -> None:
    with ClaimBroker(BROKER_PASSWORD) as garden, ClaimBroker(BROKER_PASSWORD) as stranger:
        folder = make_node(tmp_path / NODE, garden.port)
        configure(folder, garden.port)
        with SimulatedPortal(folder, interpreter, heap="128k") as portal:
            for host in (f"127.0.0.1:{stranger.port}", f"localhost:{garden.port}"):
                answer = portal.connect(host=host)
                assert (answer.status_code, answer.json()) == (400, {"why": "moved"})
            assert portal.http.get("/progress").json()["state"] == "idle"
            assert portal.connect(host=f"127.0.0.1:{garden.port}").status_code == 202
            assert portal.outcome()["state"] == "done"
    assert (stranger.heard, set(garden.heard)) == ([], {BROKER_PASSWORD})


@BOTH
def test_with_a_new_code_it_tells_another_address_that_and_new_secrets(
    tmp_path: Path, interpreter: str
) -> None:
    with ClaimBroker(CODE, verdict=TAKEN) as other:
        folder = make_node(tmp_path / NODE, 1)
        configure(folder, 1)
        with SimulatedPortal(folder, interpreter, heap="128k") as portal:
            portal.connect(host=f"127.0.0.1:{other.port}", code=CODE)
            assert portal.outcome()["state"] == "done"
        (said,) = other.claims
    assert set(other.heard) == {CODE, said["password"]}
    assert not {BROKER_PASSWORD, KEY} & {said["password"], said["key"]}
    found = configured(folder)
    assert (found["port"], found["password"], found["key"]) == (
        other.port,
        said["password"],
        said["key"],
    )


def test_secrets_of_a_claim_that_got_no_answer_are_told_nobody_else(tmp_path: Path) -> None:
    with ClaimBroker(CODE) as silent, ClaimBroker(CODE, verdict=TAKEN) as other:
        folder = make_node(tmp_path / NODE, silent.port)
        with SimulatedPortal(folder, deadlines=("claim.ANSWER_S=2",)) as portal:
            portal.connect(code=CODE)
            assert portal.outcome()["why"] == "no-answer"
            answer = portal.connect(host=f"127.0.0.1:{other.port}")
            assert (answer.status_code, answer.json()) == (400, {"why": "code"})
            portal.connect(host=f"127.0.0.1:{other.port}", code=CODE)
            assert portal.outcome()["state"] == "done"
    (first,), (second,) = silent.claims, other.claims
    assert set(other.heard) == {CODE, second["password"]}
    assert not set(first.values()) & set(second.values()) - {None}


def test_a_box_that_changes_its_wifi_never_tells_its_key(tmp_path: Path) -> None:
    """What a plain network lets an impostor at the garden's own address hear: the password."""
    with ClaimBroker() as impostor:
        folder = make_node(tmp_path / NODE, impostor.port)
        configure(folder, impostor.port)
        with SimulatedPortal(folder) as portal:
            portal.connect()
            assert portal.outcome()["why"] == "stranger"
    assert (impostor.heard, impostor.claims) == ([BROKER_PASSWORD], [])


@pytest.mark.parametrize("payload", [b"[]", b"null", b"7", b'"ok"', b"{", b"\xff"])
def test_an_answer_to_a_claim_that_is_none_is_taken_for_a_broken_line(payload: bytes) -> None:
    class Client:
        async def receive(self) -> tuple[str, bytes]:
            return "claimed", payload

    with pytest.raises(FAULTS):
        asyncio.run(claim._verdict(Client(), "claimed"))


# ---------------------------------------------------------------- the law, without any network

HOSTS, PORTS = ("10.0.0.1", "huerto.local", "Huerto.Local"), (1883, 1884)
PLACES = st.tuples(st.sampled_from(HOSTS), st.sampled_from(PORTS))
TRIES = st.lists(st.tuples(PLACES, st.sampled_from(["", CODE])), min_size=1, max_size=4)
ANSWERS = st.lists(st.sampled_from(["in", "refused", "away"]), max_size=12)


class Brokers:
    """Every broker in the world: notes who was told which password, answers as a test says."""

    def __init__(self, answers: list[str]) -> None:
        self.told: list[tuple[tuple[str, int], str]] = []
        self._answers = iter(answers)

    async def connect(self, _: Any, config: dict[str, Any], __: Any) -> Any:
        self.told.append(((config["host"].lower(), config["port"]), config["password"]))
        answer = next(self._answers, "in")
        if answer == "away":
            raise OSError
        if answer == "refused":
            error = MqttError("refused")
            error.code = 5
            raise error
        return self

    async def publish(self, topic: str, payload: bytes) -> None:
        self._verdict = topic + "ed", json.dumps(TAKEN)

    async def receive(self) -> tuple[str, str]:
        return self._verdict


@settings(deadline=None, max_examples=150)
@given(PLACES, st.booleans(), TRIES, ANSWERS)
def test_no_place_hears_the_secrets_of_another(
    tmp_path_factory: pytest.TempPathFactory,
    home: tuple[str, int],
    claimed: bool,
    tries: list[tuple[tuple[str, int], str]],
    answers: list[str],
) -> None:
    folder = make_node(tmp_path_factory.getbasetemp() / f"n{time.monotonic_ns()}", home[1])
    board, brokers = Board(str(folder)), Brokers(answers)
    label = {"node": NODE, "host": home[0], "port": home[1], "tls": False}
    config = None
    made: dict[str, tuple[str, int]] = {}  # password: where it was made for
    if claimed:
        config = configuration.check(
            {**label, "user": NODE, "password": BROKER_PASSWORD, "key": KEY}
        )
        made[BROKER_PASSWORD] = (home[0].lower(), home[1])

    async def goodbye(_: Any) -> None: ...

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(claim, "connect", brokers.connect)
        patched.setattr(claim, "goodbye", goodbye)
        patched.setattr(claim, "_PAUSE_S", 30)  # one look whether the broker lets it in again
        patched.setattr(claim.asyncio, "sleep", lambda _: goodbye(None))
        for (host, port), code in tries:
            form = {
                "networks": [{"ssid": "Biblioteca"}],
                "host": f"{host}:{port}",
                "code": code,
            }
            one = claim.Claim(board, label, config)
            asyncio.run(_attempt(one, form))
            config = one.config
            for place, password in brokers.told:
                if password not in (CODE, *made):
                    made[password] = place
    assert all(password == CODE or made[password] == place for place, password in brokers.told)


async def _attempt(one: claim.Claim, form: dict[str, Any]) -> None:
    try:
        one.start(form, None, None)
    except claim.Failed:
        return
    await one._work
