from datetime import timedelta

import pytest

from surco_service.domain.nodes.node import Node, NodeStatus, Probe
from surco_service.domain.stewardship.units import UNITS
from surco_service.usecases.water import views
from tests.builders import (
    DAWN,
    LONG_AGO,
    a_bed,
    a_calibration,
    a_harvest,
    a_placement,
    a_watering,
    raw_mv,
)
from tests.service.garden import Garden

MINUTE = timedelta(minutes=1)


def test_the_kilos_of_a_season_are_those_that_were_weighed(garden: Garden) -> None:
    for unit in UNITS:
        garden.stores.records.record_harvest(a_harvest(2.5, unit=unit))
    garden.stores.records.record_harvest(a_harvest(4, at=DAWN - timedelta(days=170)))
    garden.stores.records.record_harvest(a_harvest(8, at=DAWN - timedelta(days=190)))
    totals = views.totals(garden.stores, DAWN)
    assert totals.kg_season == pytest.approx(6.5)
    assert totals.harvests == len(UNITS) + 1


@pytest.mark.parametrize("state", ["asleep", "awake"])
def test_a_node_is_live_until_two_cycles_after_its_promise(state: str) -> None:
    status = NodeStatus(DAWN, state, next_at=DAWN + 15 * MINUTE, interval_s=900)
    node = Node("n-001", status=status)
    assert views.is_live(node, DAWN + 44 * MINUTE)
    assert not views.is_live(node, DAWN + 46 * MINUTE)


def test_a_node_whose_last_will_was_read_is_lost_at_once(garden: Garden) -> None:
    lost = NodeStatus(DAWN, "lost", next_at=DAWN + 15 * MINUTE, interval_s=900)
    assert not views.is_live(Node("n-001", status=lost), DAWN)
    garden.stores.registry.set_status("n-001", lost)
    assert views.totals(garden.stores, DAWN).nodes_live == 0


def test_a_node_that_never_spoke_is_not_live() -> None:
    assert not views.is_live(Node("n-001"), DAWN)


def test_each_bed_shows_its_own_last_watering(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    old = a_watering(5, at=LONG_AGO, recorded=LONG_AGO)
    garden.stores.records.record_watering(old)
    for minute in range(501):
        at = DAWN - minute * MINUTE
        garden.stores.records.record_watering(a_watering(1, bed="cama-4", at=at, recorded=at))
    for view in (
        views.garden_today(garden.stores, "el-mezquite", DAWN),
        views.gardens_today(garden.stores, DAWN)[0],
    ):
        last = {bed.bed.id: bed.last_watering for bed in view.beds}
        assert last["cama-3"] == old
        assert last["cama-4"] is not None
        assert last["cama-4"].at == DAWN


def test_a_week_is_drawn_with_every_watering_of_it(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    for bed, many in (("cama-3", 30), ("cama-4", 1100)):
        for minute in range(many):
            at = DAWN - 8 * minute * MINUTE
            garden.stores.records.record_watering(a_watering(1, bed=bed, at=at, recorded=at))
    beds = garden.stores.records.beds()
    curves = views.bed_curves(garden.stores, beds, DAWN)
    assert [len(curves[bed].waterings) for bed in ("cama-3", "cama-4")] == [30, 1100]
    detail = views.bed_detail(garden.stores, "cama-3", DAWN)
    assert len(detail.curve.waterings) == 30
    assert len(detail.waterings) == views.LATEST


def test_the_litres_of_a_week_are_those_of_seven_days(garden: Garden) -> None:
    for days, litres in ((0, 1), (6.9, 2), (7.1, 4), (60, 8)):
        at = DAWN - timedelta(days=days)
        garden.stores.records.record_watering(a_watering(litres, at=at, recorded=at))
    assert views.totals(garden.stores, DAWN).litres_week == 3


def test_a_garden_needs_the_sum_of_its_doses(garden: Garden) -> None:
    garden.stores.records.save_bed(a_bed(id="cama-4", name="Cama 4", area_m2=1.0))
    garden.stores.registry.save_probe(Probe("p-0002"))
    garden.stores.registry.place(a_placement(channel="r2", probe="p-0002", bed="cama-4"))
    garden.stores.registry.calibrate(a_calibration(probe="p-0002"))
    for bed in ("cama-3", "cama-4"):
        garden.soak(bed)
    garden.measure(0.25, r2=raw_mv(0.25))
    doses = [advice.litres for advice in garden.decide_all()]
    assert min(doses) > 0
    assert views.garden_today(garden.stores, "el-mezquite", DAWN).litres == sum(doses)


@pytest.mark.parametrize(("minutes", "shown"), [(1, True), (14, True), (16, False), (50, False)])
def test_a_workshop_shows_no_number_that_is_older_than_a_quarter_of_an_hour(
    garden: Garden, minutes: int, shown: bool
) -> None:
    garden.measure(0.25, timedelta(minutes=minutes))
    live = views.node_live(garden.stores, "n-001", DAWN)
    assert live.curve.points, "the curve tells it all the same"
    assert (live.wetness is not None) is shown
