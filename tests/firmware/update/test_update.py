"""Updates over the air on real MicroPython and a real littlefs: whole, or as if there were none."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slots import AWAY, FIRST, TRIES
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.smallest_heap import takes_a_version
from tests.firmware.update.releases import BROKEN, Release, a_release, digest_of
from tests.firmware.update.update_trial import UpdateTrial, a_node, offer, slots
from tests.firmware.wakes import SimulatedNode
from tests.long import LONG

pytestmark = [pytest.mark.micropython, pytest.mark.timeout(300)]


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway() as one:
        one.tells_time = True
        yield one


def wake_until_settled(node: SimulatedNode, gateway: FakeGateway, most: int = 12) -> dict[str, Any]:
    """Wake until no version is wanted or on trial any more; return the last status."""
    for _ in range(most):
        node.wake()
        state = slots(node)["state"]
        if not state["trial"] and (state["good"] or state["bad"]):
            break
    node.lose_power()  # else it would wait longer before it speaks again
    code, words = node.wake()
    assert code == 0, words
    return gateway.status()


def test_a_new_version_is_fetched_tried_and_kept(tmp_path: Path, gateway: FakeGateway) -> None:
    node = a_node(tmp_path, gateway.port)
    offer(gateway, a_release("0.3.0"))
    assert wake_until_settled(node, gateway)["fw"] == "0.3.0"
    found = slots(node)
    assert found["state"]["good"] == "a"
    assert found["a"] == "0.3.0"
    offer(gateway, a_release("0.4.0"))
    for _ in range(5):
        node.wake()
    assert gateway.status()["fw"] == "0.4.0"
    assert slots(node)["state"]["good"] == "b", "the version before stays where it was"


def test_a_file_that_is_here_already_is_not_fetched_again(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    node = a_node(tmp_path, gateway.port)
    offer(gateway, a_release("0.3.0"))
    wake_until_settled(node, gateway)
    gateway.said.clear()
    offer(gateway, a_release("0.4.0"))
    for _ in range(5):
        node.wake()
    asked = {said["sha"] for kind, said in gateway.said if kind == "get"}
    assert gateway.status()["fw"] == "0.4.0"
    assert len(asked) == 2, "the manifest, and the file with the number"


@pytest.mark.parametrize("folder", ["n", "a-folder/whose-name/is-longer/and-takes/more-memory"])
def test_a_version_is_taken_with_memory_to_spare(folder: str) -> None:
    assert takes_a_version("littlefs", 92, folder)


def test_a_version_is_not_fetched_again_when_the_power_failed_as_it_was_taken(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    node = a_node(tmp_path, gateway.port)
    offer(gateway, a_release("0.3.0"))
    assert node.wake() == (0, "")
    rtc = (node.folder / "rtc").read_bytes()
    assert b'"order"' in rtc
    assert node.wake() == (0, "")
    assert slots(node)["state"]["trial"] == "a"
    (node.folder / "rtc").write_bytes(rtc)
    gateway.said.clear()
    assert node.wake() == (0, "")
    assert not [said for kind, said in gateway.said if kind == "get"]
    assert gateway.status()["fw"] == "0.3.0", "it went on as if nothing had been ordered"
    assert slots(node)["state"]["good"] == "a"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_version_that_does_not_work_is_given_up_after_three_starts(
    tmp_path: Path, gateway: FakeGateway, fault: str
) -> None:
    node = a_node(tmp_path, gateway.port)
    offer(gateway, a_release("0.3.0", fault))
    status = wake_until_settled(node, gateway)
    assert (status["fw"], status["bad"]) == ("0.2.0", "0.3.0")
    for _ in range(3):
        node.wake()
    assert not slots(node)["state"]["trial"], "what was bad is not tried again"


def begin_trial(node: SimulatedNode, gateway: FakeGateway) -> None:
    offer(gateway, a_release("0.3.0"))
    node.wake()
    node.wake()
    assert slots(node)["state"]["trial"] == "a"


def test_a_garden_without_power_costs_a_version_on_trial_no_try(tmp_path: Path) -> None:
    with FakeGateway() as gateway:
        gateway.tells_time = True
        node = a_node(tmp_path, gateway.port)
        begin_trial(node, gateway)
    for _ in range(6):
        node.wake()
    assert slots(node)["state"] == {**FIRST, "trial": "a", "away": 6}
    with FakeGateway(port=gateway.port) as again:
        again.tells_time = True
        assert node.wake() == (0, "")
        assert (again.status()["fw"], again.status().get("bad")) == ("0.3.0", None)
    assert slots(node)["state"]["good"] == "a"


def test_a_version_that_never_finds_the_gateway_is_given_up_and_may_be_ordered_again(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    node = a_node(tmp_path, gateway.port)
    begin_trial(node, gateway)
    node.soil(littlefs=True, networks={})
    for _ in range(AWAY + TRIES):
        node.wake()
        assert slots(node)["state"]["trial"] == "a"
    node.wake()
    assert slots(node)["state"]["bad"] == "0.3.0"

    node.soil(littlefs=True)
    node.lose_power()
    assert node.wake() == (0, "")
    assert gateway.status()["bad"] == "0.3.0", "its order is still there, and is not followed"
    for _ in range(2):
        node.wake()
    assert not slots(node)["state"]["trial"]

    gateway.first = (("ota", b'{"ver":null}'),)
    assert node.wake() == (0, "")
    assert slots(node)["state"]["bad"] == ""
    offer(gateway, a_release("0.3.0"))
    assert wake_until_settled(node, gateway)["fw"] == "0.3.0"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda order: order.replace(b'"mac":"', b'"mac":"00')[:-3] + b'"}',
        lambda order: order.replace(b"0.3.0", b"0.3.1"),
        lambda order: order.replace(b'"mpy":6', b'"mpy":5'),
        lambda order: order[:100],
        lambda order: b"[" * 3000,
        lambda order: json.dumps({**json.loads(order), "size": "7"}).encode(),
        lambda order: b"7",
        lambda order: b"x" * 9000,
    ],
)
def test_an_order_that_is_not_signed_or_makes_no_sense_changes_nothing(
    tmp_path: Path, gateway: FakeGateway, spoil: Any
) -> None:
    node = a_node(tmp_path, gateway.port)
    release = a_release("0.3.0")
    offer(gateway, release, spoil(release.order()))
    for _ in range(3):  # it hears of the order, looks at it, tells what became of it
        assert node.wake() == (0, "")
    assert slots(node)["a"] is None
    assert not [said for kind, said in gateway.said if kind == "get"]
    assert gateway.status()["fw"] == "0.2.0"


def test_a_piece_that_was_changed_on_the_way_is_never_run(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    node = a_node(tmp_path, gateway.port)
    release = a_release("0.3.0")
    offer(gateway, release)
    gateway.parts = {sha: b"\0" * len(body) for sha, body in release.parts.items()}
    for _ in range(3):
        assert node.wake()[0] == 0
    assert slots(node)["a"] is None
    assert gateway.status()["fw"] == "0.2.0"


def test_a_version_may_have_deeper_folders_and_a_file_where_another_had_a_folder(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    node, body = a_node(tmp_path, gateway.port), a_release("0.3.0").files["node/__init__.mpy"]
    deep = Release("0.3.0", {"node/far/deep/down.mpy": body, **a_release("0.3.0").files})
    offer(gateway, deep)
    number = deep.files["node/version.mpy"]
    gateway.parts[digest_of(number)] = b"\0" * len(number)  # so that it is never whole
    for _ in range(2):
        assert node.wake() == (0, "")
    found = slots(node)
    assert "a/node/far/deep/down.mpy" in found["a files"]
    assert found["a"] is None
    flat = Release("0.4.0", {**a_release("0.4.0").files, "node/far.mpy": body})
    offer(gateway, flat)
    assert wake_until_settled(node, gateway)["fw"] == "0.4.0"
    files = set(slots(node)["a files"])
    assert "a/node/far.mpy" in files
    assert "a/node/far" not in files, "a chip would take the folder for the module"


@pytest.mark.parametrize(
    "name", ["../duty.mpy", "/main.py", "node/../../boot", "./manifest", "manifest.new", "a b"]
)
def test_a_file_that_would_be_written_elsewhere_is_refused(
    tmp_path: Path, gateway: FakeGateway, name: str
) -> None:
    node = a_node(tmp_path, gateway.port)
    release = a_release("0.3.0")
    offer(gateway, Release("0.3.0", {**release.files, name: b"x"}))
    for _ in range(3):  # it hears of the order, looks at it, tells what became of it
        assert node.wake() == (0, "")
    assert slots(node)["a"] is None
    assert "update" in gateway.status()["err"]


def test_a_power_cut_at_any_flash_operation_leaves_a_node_that_starts(
    tmp_path: Path, gateway: FakeGateway
) -> None:
    chance = random.Random(7)
    trial = UpdateTrial(tmp_path, gateway)
    assert trial.operations > 200
    for cut in sorted(chance.sample(range(trial.operations), 24 if LONG else 6)):
        assert trial.run(cut, 1) == "updated"
    assert trial.run(2, 2) == "updated"
    assert trial.run(1, 3) == "updated"
