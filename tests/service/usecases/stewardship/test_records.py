from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.errors import Invalid, NotFound
from surco_service.usecases.nodes import registry
from surco_service.usecases.people import sessions
from surco_service.usecases.stewardship import records
from tests.builders import DAWN, a_bed, a_calibration, a_garden, plant


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator[SqlNotebook]:
    engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
    notebook = SqlNotebook(engine)
    plant(notebook)
    yield notebook
    engine.dispose()


def water(notebook: SqlNotebook, litres: float = 20, **changes: Any) -> None:
    usual = {"id": str(uuid4()), "at": DAWN, "now": DAWN}
    records.record_watering(notebook, "cama-3", litres, **{**usual, **changes})


@pytest.mark.parametrize(
    ("litres", "changes", "wrong"),
    [
        (0, {}, {"litres": "not-positive"}),
        (-5, {}, {"litres": "not-positive"}),
        (float("nan"), {}, {"litres": "not-positive"}),
        (1e6, {}, {"litres": "too-much"}),
        (20, {"at": DAWN + timedelta(days=1)}, {"at": "in-the-future"}),
        (20, {"at": DAWN - timedelta(days=4000)}, {"at": "too-long-ago"}),
        (20, {"id": "12"}, {"id": "not-a-uuid"}),
        (20, {"note": "x" * 501}, {"note": "too-long"}),
    ],
)
def test_a_wrong_watering_names_its_field(
    notebook: SqlNotebook, litres: float, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as error:
        water(notebook, litres, **changes)
    assert error.value.fields == wrong
    assert notebook.waterings() == []


def test_a_double_tap_records_once(notebook: SqlNotebook) -> None:
    once = str(uuid4())
    water(notebook, id=once)
    water(notebook, id=once)
    assert [w.litres for w in notebook.waterings()] == [20]


def test_what_was_written_by_mistake_is_taken_back(notebook: SqlNotebook) -> None:
    water(notebook)
    (watering,) = notebook.waterings()
    records.undo_watering(notebook, "cama-3", watering.id, DAWN)
    assert notebook.waterings() == []
    with pytest.raises(NotFound):
        records.undo_watering(notebook, "cama-3", watering.id, DAWN)


def test_a_harvest_needs_a_crop_and_a_unit_that_are_known(notebook: SqlNotebook) -> None:
    with pytest.raises(Invalid) as error:
        records.record_harvest(
            notebook, "cama-3", "dragones", 2, "barril", id=str(uuid4()), at=DAWN, now=DAWN
        )
    assert error.value.fields == {"crop": "unknown-crop", "unit": "unknown-unit"}


@pytest.mark.parametrize(
    ("deed", "wrong"),
    [
        (lambda n: registry.save_garden(n, a_garden(name=" ")), {"name": "empty-or-long"}),
        (lambda n: registry.save_garden(n, a_garden(id="El Mezquite")), {"id": "not-a-slug"}),
        (lambda n: registry.save_garden(n, a_garden(timezone="Marte")), {"timezone": "unknown-timezone"}),
        (lambda n: registry.save_bed(n, a_bed(area_m2=0)), {"area_m2": "out-of-range"}),
        (lambda n: registry.save_bed(n, a_bed(crop="x", soil="y")),
         {"crop": "unknown-crop", "soil": "unknown-soil"}),
        (lambda n: registry.add_node(n, "bed", DAWN), {"node": "not-a-node-id"}),
        (lambda n: registry.place_probe(n, "n-777", "r9", "p-0001", "cama-3", 0.1, DAWN),
         {"node": "unknown-node", "channel": "unknown-channel"}),
        (lambda n: registry.calibrate(n, a_calibration(wet_mv=2250)), {"wet_mv": "too-close"}),
        (lambda n: registry.calibrate(n, a_calibration(probe="p-9999")), {"probe": "unknown-probe"}),
    ],
)  # fmt: skip
def test_a_wrong_registry_entry_names_its_field(
    notebook: SqlNotebook, deed: Any, wrong: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as error:
        deed(notebook)
    assert error.value.fields == wrong


def test_the_administrators_link_opens_one_session(notebook: SqlNotebook) -> None:
    token = sessions.new_link(notebook, DAWN)
    session = sessions.enter(notebook, token, DAWN)
    assert session is not None
    assert sessions.enter(notebook, token, DAWN) is None
    assert sessions.enter(notebook, "guessed", DAWN) is None
