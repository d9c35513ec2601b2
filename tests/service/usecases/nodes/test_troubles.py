"""What is wrong is found from everywhere, said once, the worst first, with its beginning (18.9)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.troubles import TROUBLES, URGENCIES, kind_of
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Alarm, GatewayReport, Reading, Refused
from surco_service.usecases.nodes.troubles import (
    LEAST_FREE_BYTES,
    Lookout,
    Machine,
    Notice,
    keep,
    look,
    node_of,
    worst_first,
)
from tests.service.deliveries import NOON, Inlet

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.gateways.add("gateway-1", "hash")
        inlet.stores.gateways.seen("gateway-1", NOON)
        yield inlet


WELL = Machine()


def codes(inlet: Inlet, machine: Machine = WELL) -> dict[str, str]:
    """Return what is wrong, and what each is about."""
    return {one.code: one.about for one in look(inlet.stores, inlet.now, machine).notices}


def spoke(inlet: Inlet, node: str, ago: timedelta, **more: int) -> None:
    status = NodeStatus(inlet.now - ago, "asleep", interval_s=900, **more)
    inlet.stores.registry.set_status(node, status)


def refuse(inlet: Inlet) -> None:
    one = Refused("surco/v1/n-1/data", b"?", inlet.now, "gateway-1", "not-json", "")
    inlet.stores.ledger.settle([], refused=[one])


def test_when_all_is_well_nothing_is_said(inlet: Inlet) -> None:
    spoke(inlet, "n-1", 10 * MINUTE, battery_mv=3900)
    assert codes(inlet) == {}


class Copies:
    def __init__(self, newest: datetime | None) -> None:
        self._newest = newest

    def newest(self) -> datetime | None:
        return self._newest

    def make(self, day: date) -> str:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("newest", "said"), [(NOON - 3 * DAY, NOON - 3 * DAY), (NOON - DAY, None), (None, None)]
)
def test_a_copy_of_the_notebook_that_is_old_is_said_with_its_day(
    inlet: Inlet, newest: datetime | None, said: datetime | None
) -> None:
    stores = replace(inlet.stores, backups=Copies(newest))
    found = [one for one in look(stores, NOON, WELL).notices if one.code == "backup-old"]
    assert [one.since for one in found] == ([said] if said else [])


def test_a_node_that_is_late_one_that_never_spoke_and_one_whose_battery_is_low(
    inlet: Inlet,
) -> None:
    spoke(inlet, "n-1", 3 * DAY)
    spoke(inlet, "n-2", 10 * MINUTE, battery_mv=3300)
    inlet.stores.registry.save_node(Node("n-3", "", NOON - DAY))
    state = look(inlet.stores, NOON, Machine())
    assert [(one.code, one.about, one.since) for one in state.notices] == [
        ("node-late", "n-1", NOON - 3 * DAY),
        ("node-unheard", "n-3", NOON - DAY),
        ("node-battery", "n-2", None),
    ]


def test_a_box_of_others_making_is_heard_by_its_readings_alone(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    for node in ("n-1", "n-2", "n-3"):
        inlet.stores.registry.save_node(Node(node, "", NOON - 9 * DAY))
    for node, ago in (("n-1", HOUR), ("n-2", 3 * DAY)):
        at = int((NOON - ago).timestamp())
        inlet.stores.readings.add([Reading(node, "0000aaaa", 1, at, 2, {"r1": 1500.0})])
    state = look(inlet.stores, NOON, WELL)
    assert [(one.code, one.about, one.since) for one in state.notices] == [
        ("node-late", "n-2", NOON - 3 * DAY), ("node-unheard", "n-3", NOON - 9 * DAY),
    ]  # fmt: skip

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(inlet.stores.readings, "latest", away)
    assert codes(inlet) == {"readings-away": ""}, "nobody knows who spoke"


def test_no_node_is_called_late_for_what_only_its_gateway_can_know(inlet: Inlet) -> None:
    spoke(inlet, "n-1", 5 * HOUR)
    spoke(inlet, "n-2", 3 * DAY)
    inlet.stores.gateways.seen("gateway-1", NOON - 5 * HOUR + MINUTE)
    assert codes(inlet) == {"gateway-silent": "gateway-1", "node-late": "n-2"}
    inlet.stores.gateways.seen("gateway-1", NOON)
    assert "gateway-silent" not in codes(inlet)
    assert look(inlet.stores, NOON, Machine()).late == {"n-1", "n-2"}


def test_who_just_started_gives_the_gateways_time_to_speak(inlet: Inlet) -> None:
    inlet.stores.gateways.seen("gateway-1", NOON - HOUR)
    assert codes(inlet, Machine(started=NOON - 4 * MINUTE)) == {}
    assert codes(inlet, Machine(started=NOON - 6 * MINUTE)) == {"gateway-silent": "gateway-1"}


def test_a_gateways_alarms_are_told_while_it_is_heard(inlet: Inlet) -> None:
    inlet.stores.gateways.add("gateway-2", "hash 2")
    alarms = [Alarm("clock", NOON - DAY, "set gateway.clock", {}), Alarm("newer", NOON, "?", {})]
    report = GatewayReport(NOON, alarms, "0.1.0", 3, 4096)
    inlet.stores.gateways.keep_report("gateway-1", report)
    assert inlet.stores.gateways.reports() == {"gateway-1": report}
    assert codes(inlet) == {
        "clock": "gateway-1", "gateway-unheard": "gateway-2", "newer": "gateway-1"
    }  # fmt: skip
    inlet.now += 10 * MINUTE
    inlet.stores.gateways.seen("gateway-1", inlet.now)  # it asks for orders, and reports no more
    assert "clock" not in codes(inlet)


def test_what_this_machine_knows(inlet: Inlet) -> None:
    full = Machine(free_bytes=LEAST_FREE_BYTES - 1, mirror_away=True, refused_since=NOON - HOUR)
    assert codes(inlet, full).keys() == {"disk-low", "mirror-away", "deliveries-refused"}
    assert codes(inlet, Machine(free_bytes=LEAST_FREE_BYTES)) == {}


def test_a_cause_is_told_without_its_consequences(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = GatewayReport(NOON, [Alarm("service", NOON, "503", {})], "0.1.0", 3, 4096)
    inlet.stores.gateways.keep_report("gateway-1", report)
    refused = Machine(refused_since=NOON)
    assert codes(inlet).keys() == {"service"}
    assert codes(inlet, refused).keys() == {"deliveries-refused"}

    def away(*_: object) -> None:
        raise StoreUnavailable("malformed")

    monkeypatch.setattr(inlet.stores.readings, "latest", away)
    assert codes(inlet, refused) == {"readings-away": ""}


def test_a_beginning_outlives_a_restart_and_an_end_is_an_end(inlet: Inlet) -> None:
    refuse(inlet)
    keep(inlet.stores, look(inlet.stores, NOON, Machine()), NOON)
    inlet.now += DAY
    keep(inlet.stores, look(inlet.stores, inlet.now, Machine()), inlet.now)
    inlet.stores.gateways.seen("gateway-1", inlet.now)
    (one,) = look(inlet.stores, inlet.now, Machine()).notices
    assert (one.code, one.since, one.facts["n"]) == ("quarantine", NOON, 1)
    inlet.stores.ledger.discard(inlet.stores.ledger.quarantine()[0].id)
    assert look(inlet.stores, inlet.now, Machine()).notices == ()
    keep(inlet.stores, look(inlet.stores, inlet.now, Machine()), inlet.now)
    assert inlet.stores.troubles.all() == []


def test_what_others_raised_is_told_and_never_ended_here(inlet: Inlet) -> None:
    inlet.stores.troubles.raised("rows-missing", "n-1/9f3a01c7", NOON - DAY, {"rows": 7})
    inlet.stores.troubles.raised("disk-low", "/data", NOON - DAY, {"free_mb": 5})
    state = look(inlet.stores, NOON, Machine(free_bytes=1))
    assert [(one.code, one.about) for one in state.notices] == [
        ("disk-low", "/data"), ("rows-missing", "n-1/9f3a01c7"),
    ]  # fmt: skip
    assert node_of(state.notices[1]) == "n-1"
    keep(inlet.stores, state, NOON)
    assert len(inlet.stores.troubles.all()) == 2


def test_while_the_notebook_is_away_the_last_that_was_known_is_told(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoke(inlet, "n-1", 3 * DAY)
    lookout = Lookout()
    assert [one.code for one in lookout.look(inlet.stores, NOON).notices] == ["node-late"]

    def away() -> None:
        raise StoreUnavailable("the notebook is away")

    monkeypatch.setattr(inlet.stores.troubles, "all", away)
    for later in (MINUTE, HOUR):
        state = lookout.look(inlet.stores, NOON + later)
        assert not state.known
        assert not state.readings
        assert state.at == NOON
        first, second = state.notices
        assert (first.code, first.since) == ("notebook-away", NOON + MINUTE)
        assert second.code == "node-late"
    fresh = Lookout().look(inlet.stores, NOON)
    assert [one.code for one in fresh.notices] == ["notebook-away"]
    keep(inlet.stores, fresh, NOON)  # nothing can be written, and nothing is tried


@given(st.lists(st.sampled_from([*TROUBLES, "newer"]), unique=True))
def test_the_worst_comes_first_and_nothing_but_consequences_is_left_out(found: list[str]) -> None:
    told = [one.code for one in worst_first([Notice(code) for code in found], NOON)]
    places = [URGENCIES.index(kind_of(code).urgency) for code in told]
    assert places == sorted(places)
    assert set(found) - set(told) <= {"deliveries-refused", "service"}
    assert [
        one.code for one in worst_first([Notice(code) for code in reversed(told)], NOON)
    ] == told
