"""One suite over the Notebook's two databases."""

import subprocess
import sys
import threading
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from surco_service.adapters.sql import records, schema
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import Node, NodeStatus, Probe
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.errors import Conflict, NotFound, ServiceError, StoreUnavailable
from surco_service.ports.stores import Stores
from surco_service.usecases.mirror.records import harvest_lines
from surco_service.usecases.names import names_of
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
from tests.service.stores import stores_on

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def stores(engine: Engine) -> Stores:
    stores = stores_on(engine)
    plant(stores)
    return stores


def test_what_is_written_down_is_read_back(stores: Stores) -> None:
    assert stores.records.gardens() == [a_garden()]
    assert stores.records.bed("cama-3") == a_bed()
    assert stores.registry.placements(bed="cama-3") == [a_placement()]
    (calibration,) = stores.registry.calibrations("p-0001")
    assert replace(calibration, id=0) == a_calibration()


def test_saving_again_changes_and_does_not_add(stores: Stores) -> None:
    stores.records.save_bed(a_bed(crop="chile"))
    assert [bed.crop for bed in stores.records.beds("el-mezquite")] == ["chile"]


def test_what_is_not_there_is_said_by_name(stores: Stores) -> None:
    with pytest.raises(NotFound, match="'nada'"):
        stores.records.bed("nada")


def test_a_probe_that_moves_ends_its_placement(stores: Stores) -> None:
    stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    stores.registry.place(a_placement(bed="cama-4", since=DAWN))
    before, after = sorted(stores.registry.placements("n-001"), key=lambda p: p.since)
    assert (before.bed, before.until) == ("cama-3", DAWN)
    assert (after.bed, after.until) == ("cama-4", None)


def test_a_channel_that_gets_another_probe_lets_the_first_one_go(stores: Stores) -> None:
    stores.registry.save_probe(Probe("p-0002"))
    stores.registry.place(a_placement(probe="p-0002", since=DAWN))
    assert [p.probe for p in stores.registry.placements() if p.until is None] == ["p-0002"]


def test_a_placement_before_a_later_one_is_refused(stores: Stores) -> None:
    stores.registry.place(a_placement(since=DAWN))
    with pytest.raises(Conflict, match="later"):
        stores.registry.place(a_placement(since=DAWN - DAY))


def test_the_same_harvest_sent_twice_is_recorded_once(stores: Stores) -> None:
    harvest = a_harvest()
    assert stores.records.record_harvest(harvest)
    assert not stores.records.record_harvest(harvest)
    assert stores.records.harvests() == [harvest]
    assert len(stores.outbox.waiting()) == 1


def test_a_correction_replaces_without_overwriting_and_nets_out_in_the_mirror(
    stores: Stores,
) -> None:
    wrong = a_watering(litres=200)
    right = a_watering(litres=20, replaces=wrong.id)
    stores.records.record_watering(wrong)
    stores.records.record_watering(right)
    assert stores.records.waterings(bed="cama-3") == [right]
    litres = [float(line.split("litres=")[1].split(",")[0]) for _, line in stores.outbox.waiting()]
    assert litres == [200, 200, -200, 20]
    moments = [line.rpartition(" ")[2] for _, line in stores.outbox.waiting()]
    assert moments[0] == moments[1], "its words are written over"
    assert len(set(moments)) == 3, "no other may overwrite another"


@pytest.mark.parametrize("again", ["the same id", "another correction"])
def test_two_services_that_record_at_once_are_no_database_that_is_away(
    stores: Stores, engine: Engine, again: str
) -> None:
    """Issue 18: a double tap on PostgreSQL was answered "the database does not answer"."""
    first = a_watering()
    stores.records.record_watering(first)
    once = replace(first, id=str(uuid4()), litres=5.0, replaces=first.id)
    twice = once if again == "the same id" else replace(once, id=str(uuid4()))
    told: list[object] = []

    def record() -> None:
        try:
            told.append(stores.records.record_watering(twice))
        except ServiceError as error:
            told.append(type(error))

    other = threading.Thread(target=record)
    with engine.begin() as faster:
        faster.execute(schema.waterings.insert().values(asdict(once)))
        other.start()
        other.join(0.3)  # it waits for the lock, or has not begun: either way it is second
    other.join(10)
    assert told == [False if again == "the same id" else Conflict]


def test_a_correction_of_nothing_or_of_what_was_corrected_is_refused(stores: Stores) -> None:
    with pytest.raises(NotFound):
        stores.records.record_watering(a_watering(replaces=str(uuid4())))
    first = a_watering()
    stores.records.record_watering(first)
    stores.records.record_watering(a_watering(replaces=first.id))
    with pytest.raises(Conflict):
        stores.records.record_watering(a_watering(replaces=first.id))


def test_what_was_taken_back_is_not_listed(stores: Stores) -> None:
    first = a_watering()
    stores.records.record_watering(first)
    stores.records.record_watering(a_watering(litres=0, replaces=first.id))
    assert stores.records.waterings() == []


def test_events_are_listed_newest_first_and_by_bed_garden_and_date(stores: Stores) -> None:
    stores.records.save_bed(a_bed(id="cama-4", name="Cama 4"))
    old, new = a_harvest(at=DAWN - DAY), a_harvest(bed="cama-4")
    stores.records.record_harvest(old)
    stores.records.record_harvest(new)
    assert stores.records.harvests(garden="el-mezquite") == [new, old]
    assert stores.records.harvests(bed="cama-3") == [old]
    assert stores.records.harvests(since=DAWN) == [new]
    assert stores.records.harvests(limit=1) == [new]


def test_every_event_is_listed_unless_a_number_is_asked_for(stores: Stores) -> None:
    for minute in range(130):
        at = DAWN - minute * MINUTE
        stores.records.record_watering(a_watering(at=at))
        stores.records.record_harvest(a_harvest(at=at))
    assert len(stores.records.waterings()) == len(stores.records.harvests()) == 130
    assert len(stores.records.waterings(limit=7)) == len(stores.records.harvests(limit=7)) == 7


def test_a_list_goes_on_after_any_place_also_among_events_of_one_moment(stores: Stores) -> None:
    for minute in (0, 1, 1, 1, 2, 2):
        stores.records.record_harvest(a_harvest(at=DAWN - minute * MINUTE))
        stores.records.record_watering(a_watering(at=DAWN - minute * MINUTE))
    for listed in (stores.records.harvests, stores.records.waterings):
        whole, walked, after = listed(), [], None
        while page := listed(after=after, limit=2):
            walked += page
            after = page[-1].at, page[-1].id
        assert walked == whole
        assert len(whole) == 6
        assert listed(after=(DAWN - 2 * MINUTE, "~"), since=DAWN - DAY) == []


def test_one_event_is_found_by_its_id_also_when_it_was_taken_back(stores: Stores) -> None:
    harvest, watering = a_harvest(), a_watering()
    stores.records.record_harvest(harvest)
    stores.records.record_watering(watering)
    stores.records.record_watering(a_watering(0, replaces=watering.id))
    assert stores.records.harvest(harvest.id) == harvest
    assert stores.records.watering(watering.id) == watering
    for missing in (stores.records.harvest, stores.records.watering):
        with pytest.raises(NotFound):
            missing(str(uuid4()))


def test_each_bed_remembers_its_last_watering_whatever_happens_elsewhere(stores: Stores) -> None:
    stores.records.save_garden(a_garden(id="otro", name="Otro"))
    for bed, garden in (("cama-4", "el-mezquite"), ("cama-5", "otro"), ("cama-6", "otro")):
        stores.records.save_bed(a_bed(id=bed, garden=garden))
    old = a_watering(5, at=DAWN - 30 * DAY)
    first, gone = a_watering(6, bed="cama-4", at=DAWN), a_watering(7, bed="cama-4", at=DAWN + DAY)
    for event in (a_watering(4, at=DAWN - 31 * DAY), old, first, gone):
        stores.records.record_watering(event)
    stores.records.record_watering(a_watering(0, bed="cama-4", at=DAWN + DAY, replaces=gone.id))
    for minute in range(600):
        at = DAWN + minute * MINUTE
        stores.records.record_watering(a_watering(1, bed="cama-5", garden="otro", at=at))
    last = stores.records.last_waterings()
    assert set(last) == {"cama-3", "cama-4", "cama-5"}
    assert (last["cama-3"], last["cama-4"]) == (old, first)
    assert last["cama-5"].at == DAWN + 599 * MINUTE
    assert stores.records.last_waterings("el-mezquite") == {"cama-3": old, "cama-4": first}


def test_an_event_and_its_mirror_line_are_written_both_or_not_at_all(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("the power fails here")

    monkeypatch.setattr(records, "put_in_outbox", break_down)
    with pytest.raises(RuntimeError):
        stores.records.record_harvest(a_harvest())
    assert stores.records.harvests() == []


def test_the_outbox_is_emptied_in_order_and_only_as_far_as_confirmed(stores: Stores) -> None:
    stores.outbox.enqueue(["a v=1 1", "a v=2 2", "a v=3 3"])
    (first, line), (second, _) = stores.outbox.waiting(limit=2)
    assert line == "a v=1 1"
    stores.outbox.mirrored([first, second])
    assert [line for _, line in stores.outbox.waiting()] == ["a v=3 3"]
    assert first < second


def test_what_a_node_says_of_itself_is_kept_and_makes_the_node_known(stores: Stores) -> None:
    status = NodeStatus(DAWN, "asleep", next_at=DAWN + DAY, interval_s=900, battery_mv=3900, lost=2)
    stores.registry.set_status("n-099", status)
    stores.registry.save_node(Node("n-099", "Junto al pozo", DAWN))
    (node,) = [node for node in stores.registry.nodes() if node.id == "n-099"]
    assert node == Node("n-099", "Junto al pozo", DAWN, status)


def test_advice_is_kept_whole(stores: Stores) -> None:
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
    stores.records.save_bed(a_bed(id="cama-4"))
    other = StoredAdvice("cama-4", "unknown", 0.0, (Reason("unplaced"),), DAWN, None, DAWN + DAY)
    stores.diary.save_advice([replace(advice, status="ok")])
    stores.diary.save_advice([advice, other], ["advice code=4 1"])
    stores.diary.save_advice([])
    assert stores.diary.advice() == {"cama-3": advice, "cama-4": other}
    assert [line for _, line in stores.outbox.waiting()] == ["advice code=4 1"]


def test_an_administrators_link_works_once_and_only_in_its_time(stores: Stores) -> None:
    stores.sessions.new_admin_link("one", DAWN + DAY)
    stores.sessions.new_admin_link("late", DAWN)
    assert stores.sessions.use_admin_link("one", DAWN)
    assert not stores.sessions.use_admin_link("one", DAWN)
    assert not stores.sessions.use_admin_link("late", DAWN)
    assert not stores.sessions.use_admin_link("never", DAWN)


def test_a_session_ends(stores: Stores) -> None:
    stores.sessions.open_session("token", DAWN + DAY)
    assert stores.sessions.session_valid("token", DAWN)
    assert not stores.sessions.session_valid("token", DAWN + DAY)
    assert not stores.sessions.session_valid("other", DAWN)


def test_a_database_that_is_opened_again_still_knows_everything(url: str) -> None:
    for _ in range(2):
        engine = open_engine(url)
        plant_once = stores_on(engine)
        plant_once.records.save_garden(a_garden())
        assert plant_once.records.gardens() == [a_garden()]
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
from surco_service.ports.stores import Stores
from tests.service.stores import stores_on
from tests.builders import a_harvest

stores = stores_on(open_engine(sys.argv[1]))
print("ready", flush=True)
while True:
    harvest = a_harvest()
    stores.records.record_harvest(harvest)
    print(harvest.id, flush=True)
"""


def test_a_kill_leaves_every_harvest_with_its_line_and_none_that_was_confirmed_is_lost(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/notebook.db"
    engine = open_engine(url)
    stores = stores_on(engine)
    plant(stores)
    confirmed: list[str] = []
    for kill in range(6):
        program = [sys.executable, "-c", KILLED, url]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            confirmed += [writer.stdout.readline().strip() for _ in range(3 + 7 * kill)]
            writer.kill()
            confirmed += [line.strip() for line in writer.stdout if line.endswith("\n")]
    kept = stores.records.harvests(limit=100_000)
    lines = {line for _, line in stores.outbox.waiting(100_000)}
    names = names_of(stores.records.gardens(), stores.records.beds())
    engine.dispose()
    assert {harvest.id for harvest in kept} >= set(confirmed)
    assert lines == {line for harvest in kept for line in harvest_lines(harvest, None, names)}
