"""Releases and rollouts on SQLite and PostgreSQL; and the orders that nodes get, signed for each."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.domain.nodes.release import BadRelease, make_release
from surco_service.domain.nodes.rollout import Rollout, Seen, advance
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.usecases.nodes import firmware as use
from surco_service.usecases.nodes.configure import Wish, configure
from tests.service.stores import stores_on

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD = {"node/duty.mpy": b"old", "node/version.mpy": b"1"}
NEW = {"node/duty.mpy": b"new", "node/version.mpy": b"2"}


class Programme:
    """Three nodes with keys and one without, and a gateway that reads its orders."""

    def __init__(self, engine: Engine) -> None:
        self.stores = stores_on(engine)
        self.stores.gateways.add("gateway-1", "one")
        for node in ("n-001", "n-002", "n-003", "n-004"):
            self.stores.registry.save_node(Node(node, added=NOON))
            if node != "n-004":
                self.stores.keys.give(
                    node, "$7$hash", hashlib.sha256(node.encode()).hexdigest(), NOON
                )
            self.says(node, NOON, "1", battery_mv=3800 + int(node[-1]))
        self.after = 0
        self.orders()

    def says(self, node: str, at: datetime, version: str, **more: object) -> None:
        status = NodeStatus(
            at, "asleep", at + HOUR, interval_s=3600, firmware=version, rssi_dbm=-60, **more
        )  # type: ignore[arg-type]
        self.stores.registry.set_status(node, status)

    def orders(self) -> dict[str, dict[str, object]]:
        """Return the orders for nodes since the last call, by node."""
        found = self.stores.gateways.commands("gateway-1", self.after, limit=1000)
        self.after = max([self.after, *(one.id for one in found)])
        return {str(one.node): dict(one.body) for one in found if one.kind in ("ota", "cfg")}

    def step(self, now: datetime) -> str:
        rollout = use.step(self.stores, now)
        assert rollout is not None
        return rollout.state


@pytest.fixture
def programme(engine: Engine) -> Programme:
    one = Programme(engine)
    use.publish(one.stores, "1", 6, OLD, NOON)
    use.publish(one.stores, "2", 6, NEW, NOON)
    return one


def begin(programme: Programme) -> str:
    plan = use.Plan("2", share=0.5, patience=timedelta())
    rollout = use.start(programme.stores, plan, NOON)
    (canary,) = [node for node, step in rollout.steps.items() if step.ordered]
    return canary


def test_a_version_is_kept_once_and_never_changes(programme: Programme) -> None:
    assert not use.publish(programme.stores, "2", 6, NEW, NOON)
    with pytest.raises(Conflict, match="other content"):
        use.publish(programme.stores, "2", 6, OLD, NOON)
    release = programme.stores.firmware.releases()["2"]
    for body in (*NEW.values(), release.manifest):
        assert programme.stores.firmware.file(hashlib.sha256(body).hexdigest()) == body
    assert programme.stores.firmware.file("0" * 64) is None


def test_every_node_gets_an_order_that_only_it_believes(programme: Programme) -> None:
    canary = begin(programme)
    assert canary == "n-003", "the fullest battery"
    order = programme.orders()[canary]
    signed = "surco-ota-1\n{ver}\n{mpy}\n{size}\n{sha}\n".format(**order)
    key = bytes.fromhex(programme.stores.firmware.keys()[canary])
    assert order["mac"] == hmac.new(key, signed.encode(), "sha256").hexdigest()
    manifest = programme.stores.firmware.file(str(order["sha"]))
    assert manifest is not None
    assert manifest.decode().splitlines()[0] == "2 6"


def test_a_rollout_goes_through_its_stages_and_survives_a_restart(
    programme: Programme, engine: Engine
) -> None:
    begin(programme)
    told = list(programme.orders())
    for hour in range(1, 6):
        for node in told:
            programme.says(node, NOON + hour * HOUR, "2")
        for node in {"n-001", "n-002", "n-003"} - set(told):
            programme.says(node, NOON + hour * HOUR, "1")
        programme.stores = stores_on(engine)
        state = programme.step(NOON + hour * HOUR)
        told += programme.orders()
    assert state == "done"
    assert sorted(told) == ["n-001", "n-002", "n-003"]


def test_a_bad_canary_stops_it_and_the_order_is_withdrawn(programme: Programme) -> None:
    canary = begin(programme)
    programme.orders()
    programme.says(canary, NOON + HOUR, "1", bad="2")
    assert programme.step(NOON + HOUR) == "stopped"
    assert programme.orders() == {canary: {"ver": None}}
    states = {one.node: one.state for one in use.overview(programme.stores)}
    assert states == {"n-001": "—", "n-002": "—", "n-003": "went-back", "n-004": "no-key"}


def test_a_node_that_had_the_new_version_gets_the_one_before(programme: Programme) -> None:
    canary = begin(programme)
    programme.orders()
    programme.says(canary, NOON + HOUR, "2")
    programme.step(NOON + HOUR)
    stopped = use.stop(programme.stores)
    assert stopped.reason == "by-hand"
    assert programme.orders()[canary]["ver"] == "1"


def test_a_stop_is_never_undone_by_a_look_that_began_before_it(programme: Programme) -> None:
    canary = begin(programme)
    late = programme.stores.firmware.rollout()
    assert late is not None
    use.stop(programme.stores)
    programme.orders()
    goes_on, orders = advance(late, {canary: Seen(NOON + HOUR, "2")}, NOON + HOUR)
    assert goes_on.state == "running"
    assert len(orders) == 1
    assert programme.stores.firmware.settle(late, goes_on, {node: {} for node, _ in orders}) is None
    assert programme.step(NOON + 2 * HOUR) == "stopped"
    assert not programme.orders()


def test_a_node_that_keeps_the_version_after_the_stop_is_sent_back(programme: Programme) -> None:
    canary = begin(programme)
    programme.says(canary, NOON + HOUR, "2", trial=True)
    use.stop(programme.stores)
    assert programme.orders() == {canary: {"ver": None}}
    programme.says(canary, NOON + 2 * HOUR, "2")
    programme.step(NOON + 2 * HOUR)
    assert programme.orders()[canary]["ver"] == "1"
    (found,) = (one for one in use.overview(programme.stores) if one.node == canary)
    assert (found.version, found.wanted, found.state) == ("2", "1", "waits")


def test_a_version_that_is_not_published_is_no_way_back(programme: Programme) -> None:
    assert use.no_way_back(programme.stores, _started(programme)) == []
    use.stop(programme.stores)
    programme.says("n-001", NOON, "0.9")
    assert use.no_way_back(programme.stores, _started(programme)) == ["0.9"]


def _started(programme: Programme) -> Rollout:
    return use.start(programme.stores, use.Plan("2"), NOON)


def test_when_every_node_is_silent_nothing_begins(programme: Programme) -> None:
    with pytest.raises(Conflict, match="late or lost"):
        use.start(programme.stores, use.Plan("2"), NOON + 99 * HOUR)
    assert programme.stores.firmware.rollout() is None


def test_a_second_rollout_waits_for_the_first(programme: Programme) -> None:
    begin(programme)
    with pytest.raises(Conflict, match="still runs"):
        begin(programme)
    use.stop(programme.stores)
    begin(programme)


def test_what_cannot_be_rolled_out_is_said(programme: Programme) -> None:
    for plan, words in (
        (use.Plan("9"), "not published"),
        (use.Plan("2", nodes=["n-004"]), "no key"),
        (use.Plan("1"), "runs another version"),
    ):
        with pytest.raises(NotFound, match=words):
            use.start(programme.stores, plan, NOON)
    with pytest.raises(NotFound, match="no rollout runs"):
        use.stop(programme.stores)


@pytest.mark.parametrize(
    ("version", "bodies", "words"),
    [
        ("", NEW, "version"), ("2 3", NEW, "version"), ("2", {}, "1 to"),
        ("2", {"../main.py": b""}, "name"), ("2", {"manifest": b""}, "name"),
        ("2", {"a.mpy": b"x" * 70_000}, "at most 65536"),
        ("2", {f"{n}.mpy": b"" for n in range(70)}, "1 to"),
    ],
)  # fmt: skip
def test_a_release_that_no_node_would_take_is_refused(
    version: str, bodies: dict[str, bytes], words: str
) -> None:
    with pytest.raises(BadRelease, match=words):
        make_release(version, 6, bodies, NOON)


# ---------------------------------------------------------------- how a node shall work


def test_a_configuration_says_again_what_was_wished_before(programme: Programme) -> None:
    p = programme
    first = configure(p.stores, "n-001", Wish(interval_s=600), NOON)
    assert p.orders() == {"n-001": {"rev": first, "interval_s": 600}}
    wish = Wish(upload_every=2, networks=(("Casa", "clave"),), fast_min=30)
    second = configure(p.stores, "n-001", wish, NOON + HOUR)
    assert second > first
    assert p.orders() == {
        "n-001": {
            "rev": second, "interval_s": 600, "upload_every": 2,
            "networks": [{"ssid": "Casa", "password": "clave"}],
            "fast_until": int(NOON.timestamp()) + 3600 + 1800,
        }
    }  # fmt: skip
    assert "clave" not in str(p.stores.registry.wished("n-001"))


def test_a_workshop_goes_on_when_something_else_is_ordered(programme: Programme) -> None:
    p = programme
    configure(p.stores, "n-001", Wish(fast_min=30), NOON)
    ends = int(NOON.timestamp()) + 1800
    configure(p.stores, "n-001", Wish(interval_s=600), NOON + HOUR / 4)
    assert p.orders()["n-001"]["fast_until"] == ends
    configure(p.stores, "n-001", Wish(interval_s=900), NOON + HOUR)
    assert "fast_until" not in p.orders()["n-001"]


def test_new_networks_are_not_replaced_before_the_node_has_heard_of_them(
    programme: Programme,
) -> None:
    p = programme
    wifi = configure(p.stores, "n-001", Wish(networks=(("Casa", "clave"),)), NOON)
    with pytest.raises(Invalid) as refused:
        configure(p.stores, "n-001", Wish(interval_s=600), NOON + HOUR)
    assert refused.value.fields == {"networks": "not-heard-yet"}
    assert p.orders()["n-001"]["rev"] == wifi
    p.stores.registry.set_status("n-001", NodeStatus(NOON + HOUR, "asleep", cfg=wifi))
    configure(p.stores, "n-001", Wish(interval_s=600), NOON + HOUR)
    assert p.orders()["n-001"]["interval_s"] == 600


def test_two_orders_of_one_second_are_two(programme: Programme) -> None:
    p = programme
    first = configure(p.stores, "n-001", Wish(interval_s=600), NOON)
    second = configure(p.stores, "n-001", Wish(interval_s=900), NOON)
    assert p.orders() == {"n-001": {"rev": second, "interval_s": 900}}
    assert second > first


@pytest.mark.parametrize(
    "wish",
    [
        Wish(), Wish(interval_s=1), Wish(upload_every=0), Wish(fast_min=500), Wish(spill_rows=99),
        Wish(networks=(("x" * 40, ""),)), Wish(networks=(("", ""),)),
        Wish(networks=(("a", ""), ("b", ""), ("c", ""))),
    ],
)  # fmt: skip
def test_what_a_node_would_refuse_is_refused_here(programme: Programme, wish: Wish) -> None:
    with pytest.raises(Invalid):
        configure(programme.stores, "n-001", wish, NOON)
    assert not programme.orders()
