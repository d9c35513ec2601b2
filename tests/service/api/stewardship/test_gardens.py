"""Programs read verdicts and write down waterings and harvests, as the pages do."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.science.crops import CROPS
from surco_service.usecases.water.explain import explain
from tests import builders
from tests.service.deliveries import NOON, Inlet

CROP = next(iter(CROPS))


@pytest.fixture(autouse=True)
def garden(inlet: Inlet) -> None:
    inlet.stores.records.save_garden(Garden("jardin", "El Jardín"))
    inlet.stores.records.save_bed(Bed("cama-1", "jardin", "Cama 1", 2.4, CROP))


def a_watering(**more: object) -> dict[str, object]:
    return {"id": str(uuid4()), "litres": 20, "at": NOON.isoformat()} | more


def a_harvest(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "crop": CROP,
        "amount": 2.5,
        "unit": "kg",
        "at": NOON.isoformat(),
    } | more


@pytest.mark.parametrize("litres", [True, "1", 1e-320, "2,5", None])
def test_an_amount_is_a_number_that_can_be_kept(anybody: TestClient, litres: object) -> None:
    """Issue 18, amounts: `true`, `"1"` and 1e-320 were stored."""
    answer = anybody.post("/api/v1/beds/cama-1/waterings", json=a_watering(litres=litres))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "litres"
    assert anybody.get("/api/v1/beds/cama-1/waterings").json()["waterings"] == []


def test_what_is_answered_is_what_is_stored(anybody: TestClient) -> None:
    """Issue 18: the same UUID with other content was answered 201, with values nobody stored."""
    for kind, entry, other in (
        ("waterings", a_watering(), {"litres": 7}), ("harvests", a_harvest(), {"amount": 7})
    ):  # fmt: skip
        where = f"/api/v1/beds/cama-1/{kind}"
        first = anybody.post(where, json=entry)
        assert (first.status_code, anybody.post(where, json=entry).json()) == (201, first.json())
        refused = anybody.post(where, json=entry | other)
        assert (refused.status_code, refused.json()["status"]) == (409, 409)
        assert anybody.get(where).json()[kind] == [first.json()]


def test_a_bed_without_a_sensor_reads_unknown_never_ok(anybody: TestClient) -> None:
    bed = anybody.get("/api/v1/beds/cama-1").json()
    assert (bed["status"], bed["litres"], bed["age_s"]) == ("unknown", 0.0, None)
    assert bed["reasons"] != []
    (listed,) = anybody.get("/api/v1/gardens/jardin").json()["beds"]
    assert anybody.get("/api/v1/gardens").json()["gardens"][0]["beds"] == [listed]
    assert bed == listed | {"thirst": None, "thirst_sd": None, "efficiency": None, "seen": []}


def test_a_bed_says_how_it_drinks_and_what_nobody_noted(anybody: TestClient, inlet: Inlet) -> None:
    inlet.stores.records.record_watering(
        builders.a_watering(
            30, bed="cama-1", garden="jardin", at=NOON - timedelta(days=3), recorded=NOON
        )
    )
    pages = explain(inlet.stores, "cama-1", NOON, NOON).pages
    inlet.stores.diary.save_pages([replace(pages[-1], seen_mm=10.0)])
    bed = anybody.get("/api/v1/beds/cama-1").json()
    day = pages[-1].day - timedelta(days=1)
    assert bed["seen"] == [{"day": day.isoformat(), "litres": 30.0}]
    assert (bed["thirst"], bed["efficiency"]) == (1.0, 0.85)
    assert bed["thirst_sd"] > 0.15, "nothing was learnt yet"


def test_a_bed_says_everything_that_was_decided_and_no_number_under_another_name(
    anybody: TestClient, inlet: Inlet
) -> None:
    inlet.stores.records.save_garden(
        Garden("jardin", "El Jardín", elevation_m=1900, water_days="mon,thu", cistern_litres=1100, roof_m2=40)
    )  # fmt: skip
    inlet.stores.records.save_bed(
        Bed("cama-1", "jardin", "Cama 1", 2.4, CROP, sun="half", mulch=True)
    )
    inlet.stores.diary.save_advice([StoredAdvice(
        "cama-1", "water", 12, (Reason("dry", {"lacks": 11}),), NOON, NOON - timedelta(minutes=14),
        NOON + timedelta(hours=4), litres_low=10, litres_high=15, confidence="high", basis="fused",
        look_at=NOON + timedelta(days=1), notes=(Reason("heat", {"temp": 34}),),
        change=Reason("if-rain", {"mm": 9}),
    )])  # fmt: skip
    bed = anybody.get("/api/v1/beds/cama-1").json()
    moments = {
        name: datetime.fromisoformat(bed.pop(name)) - NOON for name in ("look_at", "expires")
    }
    assert moments == {"look_at": timedelta(days=1), "expires": timedelta(hours=4)}
    assert bed == {
        "id": "cama-1", "garden": "jardin", "name": "Cama 1", "status": "water", "litres": 12,
        "reasons": [{"code": "dry", "values": {"lacks": 11}}], "litres_low": 10, "litres_high": 15,
        "confidence": "high", "basis": "fused", "notes": [{"code": "heat", "values": {"temp": 34}}],
        "change": {"code": "if-rain", "values": {"mm": 9}}, "age_s": 14 * 60, "sensor": "unplaced",
        "crop": CROP, "area_m2": 2.4, "sun": "half", "container": False, "mulch": True,
        "thirst": None, "thirst_sd": None, "efficiency": None, "seen": [],
    }  # fmt: skip
    garden = anybody.get("/api/v1/gardens/jardin").json()
    del garden["beds"]
    assert garden == {
        "id": "jardin", "name": "El Jardín", "litres": 12, "elevation_m": 1900,
        "water_days": ["mon", "thu"], "cistern_litres": 1100, "roof_m2": 40,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["gardens/none", "beds/none", "beds/none/waterings", "beds/none/harvests"]
)
def test_what_is_not_there_is_not_found(anybody: TestClient, path: str) -> None:
    assert anybody.get(f"/api/v1/{path}").status_code == 404


def test_a_watering_is_written_down_once(anybody: TestClient, inlet: Inlet) -> None:
    watering = a_watering(note="con la manguera")
    answers = [anybody.post("/api/v1/beds/cama-1/waterings", json=watering) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (found,) = anybody.get("/api/v1/beds/cama-1/waterings").json()["waterings"]
    assert (found["id"], found["litres"], found["note"]) == (
        watering["id"],
        20.0,
        "con la manguera",
    )
    assert len([line for line in inlet.lines() if line.startswith("watering,")]) == 1


def test_the_description_names_the_units_of_the_table(anybody: TestClient) -> None:
    schemas = anybody.get("/api/v1/openapi.json").json()["components"]["schemas"]
    for name in ("NewHarvest", "HarvestDone"):
        assert schemas[name]["properties"]["unit"]["enum"] == list(UNITS)


def test_a_harvest_is_written_down_and_drawn(anybody: TestClient, inlet: Inlet) -> None:
    assert anybody.post("/api/v1/beds/cama-1/harvests", json=a_harvest()).status_code == 201
    since = {"since": NOON.isoformat()}
    (found,) = anybody.get("/api/v1/beds/cama-1/harvests", params=since).json()["harvests"]
    assert (found["crop"], found["amount"], found["unit"]) == (CROP, 2.5, "kg")
    assert len([line for line in inlet.lines() if line.startswith("harvest,")]) == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("waterings", a_watering(litres=-1), "litres"),
        ("waterings", a_watering(litres=1e9), "litres"),
        ("waterings", a_watering(litres="lots"), "litres"),
        ("waterings", a_watering(id="1"), "id"),
        ("waterings", a_watering(at="2026-11-24T12:00:00"), "at"),
        ("waterings", a_watering(at="2027-11-24T12:00:00Z"), "at"),
        ("waterings", a_watering(note="x" * 501), "note"),
        ("harvests", a_harvest(crop="dragon-fruit"), "crop"),
        ("harvests", a_harvest(unit="ton"), "unit"),
        ("harvests", a_harvest(amount=0), "amount"),
    ],
)
def test_what_cannot_have_happened_is_refused_and_says_where(
    anybody: TestClient, inlet: Inlet, path: str, body: dict[str, object], field: str
) -> None:
    answer = anybody.post(f"/api/v1/beds/cama-1/{path}", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert inlet.lines() == []


def test_a_page_of_another_site_writes_nothing(anybody: TestClient, inlet: Inlet) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere"},
        {"Origin": "null"},
    ):
        answer = anybody.post("/api/v1/beds/cama-1/waterings", json=a_watering(), headers=headers)
        assert answer.status_code == 403, headers
    assert inlet.lines() == []


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://surco"}]
)
def test_our_own_page_and_programs_write(anybody: TestClient, headers: dict[str, str]) -> None:
    answer = anybody.post("/api/v1/beds/cama-1/waterings", json=a_watering(), headers=headers)
    assert answer.status_code == 201


@pytest.fixture
def long_list(inlet: Inlet) -> dict[str, list[str]]:
    """Return the ids of 130 waterings and harvests, newest first, ten of each moment."""
    written: dict[str, list[str]] = {"waterings": [], "harvests": []}
    for number in range(130):
        at = NOON - timedelta(minutes=number // 10)
        for kind, event, record in (
            ("waterings", builders.a_watering, inlet.stores.records.record_watering),
            ("harvests", builders.a_harvest, inlet.stores.records.record_harvest),
        ):
            made = event(bed="cama-1", garden="jardin", at=at)
            record(made)
            written[kind].append((-at.timestamp(), made.id))
    return {kind: [id for _, id in sorted(found)] for kind, found in written.items()}


@pytest.mark.parametrize("kind", ["waterings", "harvests"])
@pytest.mark.parametrize("limit", [None, 1000, 7, 13, 65, 130])
def test_a_long_list_is_told_to_its_end(
    anybody: TestClient, long_list: dict[str, list[str]], kind: str, limit: int | None
) -> None:
    query: dict[str, str | int] = {} if limit is None else {"limit": limit}
    told: list[str] = []
    answers = 0
    while True:
        answer = anybody.get(f"/api/v1/beds/cama-1/{kind}", params=query).json()
        told += [event["id"] for event in answer[kind]]
        answers += 1
        assert len(answer[kind]) <= (limit or 100)
        if answer["next"] is None:
            break
        query["next"] = answer["next"]
    assert told == long_list[kind]
    assert answers == -(-130 // (limit or 100)), "no empty answer at the end"


@pytest.mark.parametrize("kind", ["waterings", "harvests"])
def test_a_list_since_a_moment_ends_there_on_every_page(
    anybody: TestClient, long_list: dict[str, list[str]], kind: str
) -> None:
    query: dict[str, str | int] = {
        "limit": 20, "since": (NOON - timedelta(minutes=4)).isoformat(),
    }  # fmt: skip
    told: list[str] = []
    while True:
        answer = anybody.get(f"/api/v1/beds/cama-1/{kind}", params=query).json()
        told += [event["id"] for event in answer[kind]]
        if answer["next"] is None:
            break
        query["next"] = answer["next"]
    assert told == long_list[kind][:50]


@pytest.mark.parametrize("kind", ["waterings", "harvests"])
def test_what_is_written_down_between_two_pages_repeats_and_hides_nothing(
    anybody: TestClient, long_list: dict[str, list[str]], inlet: Inlet, kind: str
) -> None:
    path = f"/api/v1/beds/cama-1/{kind}"
    first = anybody.get(path, params={"limit": 65}).json()
    inlet.stores.records.record_watering(
        builders.a_watering(bed="cama-1", garden="jardin", at=NOON)
    )
    inlet.stores.records.record_harvest(builders.a_harvest(bed="cama-1", garden="jardin", at=NOON))
    rest = anybody.get(path, params={"limit": 65, "next": first["next"]}).json()
    assert [event["id"] for event in first[kind] + rest[kind]] == long_list[kind]


@pytest.mark.parametrize(
    "query",
    [
        {"next": ""}, {"next": "tomorrow"}, {"next": "2026-11-24T14:00:00Z"},
        {"next": f"2026-11-24T14:00:00~{uuid4()}"}, {"next": "2026-11-24T14:00:00Z~7"},
        {"next": f"0001-01-01T00:00:00+14:00~{uuid4()}"}, {"limit": "0"}, {"limit": "1001"},
    ],
)  # fmt: skip
def test_a_place_that_nobody_gave_is_refused_by_its_field(
    anybody: TestClient, query: dict[str, str]
) -> None:
    answer = anybody.get("/api/v1/beds/cama-1/harvests", params=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(query)


def test_the_description_says_that_a_list_has_a_next_part(anybody: TestClient) -> None:
    described = anybody.get("/api/v1/openapi.json").json()
    for kind in ("waterings", "harvests"):
        asked = described["paths"][f"/api/v1/beds/{{bed}}/{kind}"]["get"]["parameters"]
        assert {one["name"] for one in asked} == {"bed", "since", "limit", "next"}
        assert "next" in described["components"]["schemas"][kind.capitalize()]["properties"]
