"""One suite over the Notebook's two databases."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.domain.stewardship.garden import Node, NodeStatus, Probe, Reason, StoredAdvice
from surco_service.errors import Conflict, NotFound, StoreUnavailable
from surco_service.usecases.mirror.records import harvest_lines
from tests.builders import (
    DAWN,
    a_bed,
    a_calibration,
    a_garden,
    a_harvest,
    a_placement,
    a_watering,
    plant,
)
from tests.servers import Postgres

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notebook.db"
    server: Postgres = request.getfixturevalue("postgres")
    engine = create_engine(server.url)
    with engine.begin() as connection:  # whatever another test left there
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server.url


@pytest.fixture
def notebook(url: str) -> Iterator[SqlNotebook]:
    engine = open_engine(url)
    notebook = SqlNotebook(engine)
    plant(notebook)
    yield notebook
    engine.dispose()


def test_what_is_written_down_is_read_back(notebook: SqlNotebook) -> None:
    assert notebook.gardens() == [a_garden()]
    assert notebook.bed("cama-3") == a_bed()
    assert notebook.placements(bed="cama-3") == [a_placement()]
    (calibration,) = notebook.calibrations("p-0001")
    assert replace(calibration, id=0) == a_calibration()


def test_saving_again_changes_and_does_not_add(notebook: SqlNotebook) -> None:
    notebook.save_bed(a_bed(crop="chile"))
    assert [bed.crop for bed in notebook.beds("el-mezquite")] == ["chile"]


def test_what_is_not_there_is_said_by_name(notebook: SqlNotebook) -> None:
    with pytest.raises(NotFound, match="'nada'"):
        notebook.bed("nada")


def test_a_probe_that_moves_ends_its_placement(notebook: SqlNotebook) -> None:
    notebook.save_bed(a_bed(id="cama-4", name="Cama 4"))
    notebook.place(a_placement(bed="cama-4", since=DAWN))
    before, after = sorted(notebook.placements("n-001"), key=lambda p: p.since)
    assert (before.bed, before.until) == ("cama-3", DAWN)
    assert (after.bed, after.until) == ("cama-4", None)


def test_a_channel_that_gets_another_probe_lets_the_first_one_go(notebook: SqlNotebook) -> None:
    notebook.save_probe(Probe("p-0002"))
    notebook.place(a_placement(probe="p-0002", since=DAWN))
    assert [p.probe for p in notebook.placements() if p.until is None] == ["p-0002"]


def test_a_placement_before_a_later_one_is_refused(notebook: SqlNotebook) -> None:
    notebook.place(a_placement(since=DAWN))
    with pytest.raises(Conflict, match="later"):
        notebook.place(a_placement(since=DAWN - DAY))


def test_the_same_harvest_sent_twice_is_recorded_once(notebook: SqlNotebook) -> None:
    harvest = a_harvest()
    assert notebook.record_harvest(harvest)
    assert not notebook.record_harvest(harvest)
    assert notebook.harvests() == [harvest]
    assert len(notebook.outbox()) == 1


def test_a_correction_replaces_without_overwriting_and_nets_out_in_the_mirror(
    notebook: SqlNotebook,
) -> None:
    wrong = a_watering(litres=200)
    right = a_watering(litres=20, replaces=wrong.id)
    notebook.record_watering(wrong)
    notebook.record_watering(right)
    assert notebook.waterings(bed="cama-3") == [right]
    litres = [float(line.split("litres=")[1].split(",")[0]) for _, line in notebook.outbox()]
    assert litres == [200, -200, 20]
    moments = [line.rpartition(" ")[2] for _, line in notebook.outbox()]
    assert len(set(moments)) == 3, "none may overwrite another"


def test_a_correction_of_nothing_or_of_what_was_corrected_is_refused(notebook: SqlNotebook) -> None:
    with pytest.raises(NotFound):
        notebook.record_watering(a_watering(replaces=str(uuid4())))
    first = a_watering()
    notebook.record_watering(first)
    notebook.record_watering(a_watering(replaces=first.id))
    with pytest.raises(Conflict):
        notebook.record_watering(a_watering(replaces=first.id))


def test_what_was_taken_back_is_not_listed(notebook: SqlNotebook) -> None:
    first = a_watering()
    notebook.record_watering(first)
    notebook.record_watering(a_watering(litres=0, replaces=first.id))
    assert notebook.waterings() == []


def test_events_are_listed_newest_first_and_by_bed_garden_and_date(notebook: SqlNotebook) -> None:
    notebook.save_bed(a_bed(id="cama-4", name="Cama 4"))
    old, new = a_harvest(at=DAWN - DAY), a_harvest(bed="cama-4")
    notebook.record_harvest(old)
    notebook.record_harvest(new)
    assert notebook.harvests(garden="el-mezquite") == [new, old]
    assert notebook.harvests(bed="cama-3") == [old]
    assert notebook.harvests(since=DAWN) == [new]
    assert notebook.harvests(limit=1) == [new]


def test_an_event_and_its_mirror_line_are_written_both_or_not_at_all(
    notebook: SqlNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("the power fails here")

    monkeypatch.setattr(notebook, "_enqueue", break_down)
    with pytest.raises(RuntimeError):
        notebook.record_harvest(a_harvest())
    assert notebook.harvests() == []


def test_the_outbox_is_emptied_in_order_and_only_as_far_as_confirmed(notebook: SqlNotebook) -> None:
    notebook.enqueue(["a v=1 1", "a v=2 2", "a v=3 3"])
    (first, line), (second, _) = notebook.outbox(limit=2)
    assert line == "a v=1 1"
    notebook.mirrored([first, second])
    assert [line for _, line in notebook.outbox()] == ["a v=3 3"]
    assert first < second


def test_what_a_node_says_of_itself_is_kept_and_makes_the_node_known(notebook: SqlNotebook) -> None:
    status = NodeStatus(DAWN, "asleep", next_at=DAWN + DAY, interval_s=900, battery_mv=3900, lost=2)
    notebook.set_status("n-099", status)
    notebook.save_node(Node("n-099", "Junto al pozo", DAWN))
    (node,) = [node for node in notebook.nodes() if node.id == "n-099"]
    assert node == Node("n-099", "Junto al pozo", DAWN, status)


def test_advice_is_kept_whole(notebook: SqlNotebook) -> None:
    advice = StoredAdvice(
        "cama-3",
        "water",
        25.0,
        (Reason("dry", {"wetness": 12.5}),),
        DAWN,
        DAWN,
        DAWN + DAY,
        0.2,
        0.3,
        9.0,
    )
    notebook.save_bed(a_bed(id="cama-4"))
    other = StoredAdvice("cama-4", "unknown", 0.0, (Reason("unplaced"),), DAWN, None, DAWN + DAY)
    notebook.save_advice([replace(advice, status="ok")])
    notebook.save_advice([advice, other], ["advice code=4 1"])
    notebook.save_advice([])
    assert notebook.advice() == {"cama-3": advice, "cama-4": other}
    assert [line for _, line in notebook.outbox()] == ["advice code=4 1"]


def test_an_administrators_link_works_once_and_only_in_its_time(notebook: SqlNotebook) -> None:
    notebook.new_admin_link("one", DAWN + DAY)
    notebook.new_admin_link("late", DAWN)
    assert notebook.use_admin_link("one", DAWN)
    assert not notebook.use_admin_link("one", DAWN)
    assert not notebook.use_admin_link("late", DAWN)
    assert not notebook.use_admin_link("never", DAWN)


def test_a_session_ends(notebook: SqlNotebook) -> None:
    notebook.open_session("token", DAWN + DAY)
    assert notebook.session_valid("token", DAWN)
    assert not notebook.session_valid("token", DAWN + DAY)
    assert not notebook.session_valid("other", DAWN)


def test_a_database_that_is_opened_again_still_knows_everything(url: str) -> None:
    for _ in range(2):
        engine = open_engine(url)
        plant_once = SqlNotebook(engine)
        plant_once.save_garden(a_garden())
        assert plant_once.gardens() == [a_garden()]
        engine.dispose()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all/notebook.db", "unable to open"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "refused"),
        ("no url", "not a database URL"),
        ("oracle9://x", "not a database URL"),
    ],
)
def test_a_database_that_cannot_be_opened_is_said_in_one_line(url: str, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words):
        open_engine(url)


KILLED = """
import sys
from uuid import uuid4
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.notebook import SqlNotebook
from tests.builders import a_harvest

notebook = SqlNotebook(open_engine(sys.argv[1]))
print("ready", flush=True)
while True:
    harvest = a_harvest()
    notebook.record_harvest(harvest)
    print(harvest.id, flush=True)
"""


def test_a_kill_leaves_every_harvest_with_its_line_and_none_that_was_confirmed_is_lost(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/notebook.db"
    engine = open_engine(url)
    notebook = SqlNotebook(engine)
    plant(notebook)
    confirmed: list[str] = []
    for kill in range(6):
        program = [sys.executable, "-c", KILLED, url]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            confirmed += [writer.stdout.readline().strip() for _ in range(3 + 7 * kill)]
            writer.kill()
            confirmed += [line.strip() for line in writer.stdout if line.endswith("\n")]
    kept = notebook.harvests(limit=100_000)
    lines = {line for _, line in notebook.outbox(100_000)}
    engine.dispose()
    assert {harvest.id for harvest in kept} >= set(confirmed)
    assert lines == {line for harvest in kept for line in harvest_lines(harvest)}
