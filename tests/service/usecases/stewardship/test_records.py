from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surco_service.domain.stewardship.units import UNITS, Unit
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.ports.stores import Stores
from surco_service.usecases.nodes import registry
from surco_service.usecases.people import sessions
from surco_service.usecases.stewardship import gardens, records
from tests.builders import DAWN, a_bed, a_calibration, a_garden, a_watering, plant
from tests.databases import new_notebook
from tests.service.stores import stores_on


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    engine = new_notebook(tmp_path)
    stores = stores_on(engine)
    plant(stores)
    yield stores
    engine.dispose()


def water(stores: Stores, litres: float = 20, **changes: Any) -> None:
    usual = {"id": str(uuid4()), "at": DAWN, "now": DAWN}
    records.record_watering(stores, "cama-3", litres, **{**usual, **changes})


@pytest.mark.parametrize(
    ("litres", "changes", "wrong"),
    [
        (0, {}, {"litres": "not-positive"}),
        (-5, {}, {"litres": "not-positive"}),
        (float("nan"), {}, {"litres": "not-positive"}),
        (1e6, {}, {"litres": "too-much"}),
        (0.0001, {}, {"litres": "too-fine"}),
        (1e-320, {}, {"litres": "too-fine"}),
        (2.1234, {}, {"litres": "too-fine"}),
        (20, {"at": DAWN + timedelta(days=1)}, {"at": "in-the-future"}),
        (20, {"at": DAWN - timedelta(days=4000)}, {"at": "too-long-ago"}),
        (20, {"id": "12"}, {"id": "not-a-uuid"}),
        (20, {"note": "x" * 501}, {"note": "too-long"}),
    ],
)
def test_a_wrong_watering_names_its_field(
    stores: Stores, litres: float, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as error:
        water(stores, litres, **changes)
    assert error.value.fields == wrong
    assert stores.records.waterings() == []


def test_a_double_tap_records_once(stores: Stores) -> None:
    once = str(uuid4())
    water(stores, id=once)
    water(stores, id=once)
    assert [w.litres for w in stores.records.waterings()] == [20]


def test_an_amount_that_a_program_reckoned_is_kept_as_it_is_meant(stores: Stores) -> None:
    water(stores, 0.1 + 0.2)
    assert [w.litres for w in stores.records.waterings()] == [0.3]


@pytest.mark.parametrize(
    "change",
    [{"litres": 7.0}, {"at": DAWN - timedelta(hours=1)}, {"note": "otra"}, {"bed": "cama-1"}],
)
def test_an_id_that_stands_for_another_watering_is_a_conflict(
    stores: Stores, change: dict[str, Any]
) -> None:
    """Issue 18: the same UUID with other content was answered as if it had been stored."""
    stores.records.save_bed(replace(a_bed(), id="cama-1"))
    once = str(uuid4())
    given = {"bed": "cama-3", "litres": 1.0, "id": once, "at": DAWN, "now": DAWN}

    def record(bed: str, litres: float, **rest: Any) -> None:
        records.record_watering(stores, bed, litres, **rest)

    record(**given)
    record(**given | {"now": DAWN + timedelta(days=1), "id": once.upper()})
    with pytest.raises(Conflict):
        record(**given | change)
    assert [(w.bed, w.litres) for w in stores.records.waterings()] == [("cama-3", 1.0)]


@pytest.mark.parametrize(
    "change", [{"amount": 7.0}, {"crop": "jitomate"}, {"unit": "bunch"}, {"bed": "cama-1"}]
)
def test_an_id_that_stands_for_another_harvest_is_a_conflict(
    stores: Stores, change: dict[str, Any]
) -> None:
    stores.records.save_bed(replace(a_bed(), id="cama-1"))
    given = {
        "bed_id": "cama-3", "crop": "chile", "amount": 1.0, "unit": "kg", "id": str(uuid4()), "now": DAWN
    }  # fmt: skip
    first = records.record_harvest(stores, **given)
    again = records.record_harvest(stores, **given | {"now": DAWN + timedelta(hours=1)})
    assert again == first, "a form that is sent again is the same entry, of the first time"
    change = {"bed_id" if name == "bed" else name: value for name, value in change.items()}
    with pytest.raises(Conflict):
        records.record_harvest(stores, **given | change)
    assert stores.records.harvests() == [first]


def pick(stores: Stores, amount: float = 2.5, **changes: Any) -> None:
    usual = {"id": str(uuid4()), "at": DAWN, "now": DAWN}
    records.record_harvest(stores, "cama-3", "chile", amount, "kg", **{**usual, **changes})


def test_what_was_written_by_mistake_is_taken_back_once(stores: Stores) -> None:
    water(stores)
    pick(stores)
    (watering,), (harvest,) = stores.records.waterings(), stores.records.harvests()
    records.undo_watering(stores, "cama-3", watering.id, DAWN)
    records.undo_harvest(stores, "cama-3", harvest.id, DAWN)
    assert stores.records.waterings() == stores.records.harvests() == []
    with pytest.raises(Conflict):
        records.undo_watering(stores, "cama-3", watering.id, DAWN)
    with pytest.raises(Conflict):
        records.undo_harvest(stores, "cama-3", harvest.id, DAWN)


def test_only_the_bed_of_an_event_takes_it_back(stores: Stores) -> None:
    stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    water(stores)
    pick(stores)
    (watering,), (harvest,) = stores.records.waterings(), stores.records.harvests()
    for deed, id in ((records.undo_watering, watering.id), (records.undo_harvest, harvest.id)):
        for bed, wrong in (("cama-4", id), ("cama-3", str(uuid4()))):
            with pytest.raises(NotFound):
                deed(stores, bed, wrong, DAWN)
    assert (stores.records.waterings(), stores.records.harvests()) == ([watering], [harvest])


def test_a_taking_back_is_not_taken_back(stores: Stores) -> None:
    water(stores)
    pick(stores)
    records.undo_watering(stores, "cama-3", stores.records.waterings()[0].id, DAWN)
    records.undo_harvest(stores, "cama-3", stores.records.harvests()[0].id, DAWN)
    for deed, all_events in (
        (records.undo_watering, stores.records.all_waterings()),
        (records.undo_harvest, stores.records.all_harvests()),
    ):
        (back,) = (event for event, old in all_events if old is not None)
        with pytest.raises(NotFound):
            deed(stores, "cama-3", back.id, DAWN)


def test_an_event_is_taken_back_however_many_are_newer(stores: Stores) -> None:
    water(stores, at=DAWN - timedelta(days=300))
    (old,) = stores.records.waterings()
    for minute in range(1001):
        at = DAWN - timedelta(minutes=minute)
        stores.records.record_watering(a_watering(at=at, recorded=at))
    records.undo_watering(stores, "cama-3", old.id, DAWN)
    assert old not in stores.records.waterings()


def test_a_harvest_needs_a_crop_and_a_unit_that_are_known(stores: Stores) -> None:
    with pytest.raises(Invalid) as error:
        records.record_harvest(
            stores, "cama-3", "dragones", 2, "barril", id=str(uuid4()), at=DAWN, now=DAWN
        )
    assert error.value.fields == {"crop": "unknown-crop", "unit": "unknown-unit"}


@pytest.mark.parametrize("unit", UNITS.values(), ids=lambda unit: unit.id)
def test_the_most_of_a_unit_is_still_a_harvest_and_more_is_a_slip(
    stores: Stores, unit: Unit
) -> None:
    def pick_some(amount: float) -> None:
        records.record_harvest(
            stores, "cama-3", "chile", amount, unit.id, id=str(uuid4()), at=DAWN, now=DAWN
        )

    pick_some(unit.most)
    with pytest.raises(Invalid) as error:
        pick_some(unit.most + 1)
    assert error.value.fields == {"amount": "too-much"}
    assert [h.amount for h in stores.records.harvests()] == [unit.most]


def test_the_most_of_a_watering_is_five_cubic_metres(stores: Stores) -> None:
    water(stores, 5000)
    with pytest.raises(Invalid):
        water(stores, 5001)


@pytest.mark.parametrize(
    ("deed", "wrong"),
    [
        (lambda n: gardens.save_garden(n, a_garden(name=" ")), {"name": "empty-or-long"}),
        (lambda n: gardens.save_garden(n, a_garden(id="El Mezquite")), {"id": "not-a-slug"}),
        (lambda n: gardens.save_garden(n, a_garden(timezone="Marte")), {"timezone": "unknown-timezone"}),
        (lambda n: gardens.save_bed(n, a_bed(area_m2=0)), {"area_m2": "out-of-range"}),
        (lambda n: gardens.save_bed(n, a_bed(crop="x", soil="y")),
         {"crop": "unknown-crop", "soil": "unknown-soil"}),
        (lambda n: registry.add_node(n, "bed", DAWN), {"node": "reserved-name"}),
        (lambda n: registry.place_probe(n, "n-777", "r9", "p-0001", "cama-3", 0.1, DAWN),
         {"node": "unknown-node", "channel": "unknown-channel"}),
        (lambda n: registry.calibrate(n, a_calibration(wet_mv=2250)), {"wet_mv": "too-close"}),
        (lambda n: registry.calibrate(n, a_calibration(probe="p-9999")), {"probe": "unknown-probe"}),
    ],
)  # fmt: skip
def test_a_wrong_registry_entry_names_its_field(
    stores: Stores, deed: Any, wrong: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as error:
        deed(stores)
    assert error.value.fields == wrong


def test_the_administrators_link_opens_one_session(stores: Stores) -> None:
    token = sessions.new_link(stores, DAWN)
    session = sessions.enter(stores, token, DAWN)
    assert session is not None
    assert sessions.enter(stores, token, DAWN) is None
    assert sessions.enter(stores, "guessed", DAWN) is None
