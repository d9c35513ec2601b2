"""A command is confirmed only after it was carried out; one that makes no sense blocks nobody."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from surco_contract.settings import Secret
from surco_gateway.config import Settings
from surco_gateway.errors import Unreachable
from surco_gateway.health import Alarms
from surco_gateway.service.commands import AFTER, Commander, reload_passwords
from surco_gateway.service.passwords import rewrite
from surco_gateway.spool.spool import Spool, open_spool


class FakeClient:
    def __init__(self, *commands: Any) -> None:
        self.waiting = list(commands)
        self.asked: list[int] = []

    def commands(self, after: int, replaying: int = 0) -> list[Any]:
        self.asked.append(after)
        return [
            c for c in self.waiting if not isinstance(c, dict) or c["id"] not in range(after + 1)
        ]


class Broker:
    away = False

    def __init__(self) -> None:
        self.retained: dict[str, Any] = {}

    def __call__(self, topic: str, payload: bytes, *, retain: bool) -> bool:
        if not self.away:
            assert retain
            self.retained[topic] = json.loads(payload)
        return not self.away


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        yield spool


def a_commander(spool: Spool, client: FakeClient, broker: Broker, **given: Any) -> Commander:
    settings = Settings(Secret("x"), Secret("x"), **given)
    return Commander(settings, spool, client, broker, Alarms(), random.Random(0))


def command(id: int, kind: str, node: str | None = "n01", **body: Any) -> dict[str, Any]:
    return {"id": id, "kind": kind, "node": node, "body": body}


def test_configuration_firmware_and_advice_are_published_retained(spool: Spool) -> None:
    broker = Broker()
    client = FakeClient(
        command(1, "cfg", rev=3),
        command(2, "ota", url="http://x"),
        command(3, "advice", None, bed="b1", status="water", litres=6, expires=9),
    )
    a_commander(spool, client, broker).step()
    assert broker.retained == {
        "surco/v1/n01/cfg": {"rev": 3},
        "surco/v1/n01/ota": {"url": "http://x"},
        "surco/v1/bed/b1/advice": {"bed": "b1", "status": "water", "litres": 6, "expires": 9},
    }
    assert spool.number(AFTER) == 3


def test_what_the_broker_did_not_take_is_not_confirmed(spool: Spool) -> None:
    broker, client = Broker(), FakeClient(command(1, "cfg", rev=1), command(2, "cfg", rev=2))
    broker.away = True
    commander = a_commander(spool, client, broker)
    assert commander.step() > 0
    assert spool.number(AFTER) == 0
    broker.away = False
    commander.step()
    assert broker.retained == {"surco/v1/n01/cfg": {"rev": 2}}
    commander.step()
    assert client.asked == [0, 0, 2]


def test_a_resend_waits_for_the_nodes_hello(spool: Spool) -> None:
    a_commander(spool, FakeClient(command(1, "resend", b="9f3a01c7", q=3, n=2)), Broker()).step()
    assert [json.loads(p) for p in spool.take_held("n01")] == [{"b": "9f3a01c7", "q": 3, "n": 2}]


@pytest.mark.parametrize(
    "senseless",
    [
        command(1, "dance"),
        command(1, "cfg", "N/#"),
        command(1, "cfg", None),
        command(1, "advice", None, bed="../+"),
        command(1, "advice", None),
        command(1, "credentials", None, user="gateway", hash=None),
        command(1, "credentials", None, user="n01", hash="$7$x\nroot:$7$y"),
        {"id": 1, "kind": "cfg"},
        {"id": "1", "kind": "cfg", "body": {}},
        "cfg",
        None,
    ],
)
def test_a_command_that_makes_no_sense_is_passed_over(
    spool: Spool, tmp_path: Path, senseless: Any
) -> None:
    broker, client = Broker(), FakeClient(senseless, command(2, "cfg", rev=1))
    passwords = tmp_path / "passwords"
    a_commander(spool, client, broker, password_file=passwords).step()
    assert broker.retained == {"surco/v1/n01/cfg": {"rev": 1}}
    assert spool.number(AFTER) == 2
    assert not passwords.exists()


def test_commands_in_another_order_are_not_asked_for_again(spool: Spool) -> None:
    client = FakeClient(command(2, "cfg", rev=2), command(1, "cfg", rev=1))
    a_commander(spool, client, Broker()).step()
    assert spool.number(AFTER) == 2


def test_a_command_without_a_number_is_not_asked_for_in_a_tight_loop(spool: Spool) -> None:
    commander = a_commander(spool, FakeClient({"id": "1", "kind": "cfg", "body": {}}), Broker())
    assert commander.step() > 0


def test_a_service_that_is_away_is_asked_again_later(spool: Spool) -> None:
    class Away(FakeClient):
        def commands(self, after: int, replaying: int = 0) -> list[Any]:
            raise Unreachable("away", 7.0)

    assert 7.0 <= a_commander(spool, Away(), Broker()).step() <= 10.5


def test_a_password_is_changed_and_the_others_stay(spool: Spool, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("gateway:$7$1$a$b\nn01:$7$1$old$old\n")
    file.chmod(0o640)
    commander = a_commander(
        spool, FakeClient(command(1, "credentials", None, user="n01", hash="$7$101$x$y")), Broker(),
        password_file=file,
    )  # fmt: skip
    commander.step()
    assert file.read_text() == "gateway:$7$1$a$b\nn01:$7$101$x$y\n"
    assert file.stat().st_mode & 0o777 == 0o640
    rewrite(file, "n01", None)
    assert file.read_text() == "gateway:$7$1$a$b\n"


def test_a_new_password_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    rewrite(tmp_path / "passwords", "n01", "$7$101$x$y")
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600


def test_without_a_password_file_it_says_what_to_set(spool: Spool) -> None:
    commander = a_commander(
        spool, FakeClient(command(1, "credentials", None, user="n01", hash=None)), Broker()
    )
    commander.step()
    assert "gateway.password_file" in commander._alarms.words()[0]


def test_the_broker_is_told_by_a_signal(tmp_path: Path) -> None:
    code = "import signal; print(flush=True); print(signal.sigwait([signal.SIGHUP]))"
    wait = f"import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP]); {code}"
    with subprocess.Popen([sys.executable, "-c", wait], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        (tmp_path / "pid").write_text(f"{child.pid}\n")
        reload_passwords(tmp_path / "pid")
        assert str(int(signal.SIGHUP)) in child.stdout.read() or os.name == "nt"


@pytest.mark.parametrize("content", ["", "0", "-1", "many", "999999999"])
def test_a_broken_pid_file_hurts_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)
    reload_passwords(tmp_path / "pid")
    reload_passwords(tmp_path / "nowhere")
    reload_passwords(None)


def test_a_replay_sends_everything_again_once_and_the_service_hears_how_much_is_left(
    spool: Spool,
) -> None:
    """18.3: what the service lost comes back by itself."""

    class Watched(FakeClient):
        left: ClassVar[list[int]] = []

        def commands(self, after: int, replaying: int = 0) -> list[Any]:
            self.left.append(replaying)
            return super().commands(after)

    spool.put([("surco/v1/n-1/data", b"{}", float(t), True, None) for t in range(5)])
    spool.delivered(spool.waiting(10.0, 100, 1_000_000))
    order = {"id": 1, "kind": "replay", "node": None, "body": {}}
    again = {**order, "id": 2}  # as when the machine failed before the first was confirmed
    commander = a_commander(spool, Watched(order, again), Broker())
    commander.step()
    commander.step()
    assert Watched.left == [0, 5]
    found = spool.waiting(10.0, 100, 1_000_000) or spool.waiting(10.0, 100, 1_000_000)
    assert [one.received_at for one in found] == [0.0, 1.0, 2.0, 3.0, 4.0]
    spool.delivered(found)
    assert spool.state().replaying == 0
