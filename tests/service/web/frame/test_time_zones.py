"""Every page says the time where its garden is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

import surco_dashboards
import surco_service
from surco_service.app import Parts
from surco_service.domain.stewardship.garden import TIMEZONE, common_timezone
from surco_service.ports.intake import Refused
from surco_service.ports.stores import Stores
from surco_service.web.frame.site import catalogue
from surco_service.web.frame.words import Words
from tests.builders import a_garden, a_harvest, a_watering
from tests.service.web.conftest import SESSION

TOKYO = "Asia/Tokyo"
DOCS = Path(__file__).parents[4] / "docs"


def move(stores: Stores, *gardens: str) -> None:
    for garden in stores.records.gardens():
        if not gardens or garden.id in gardens:
            stores.records.save_garden(replace(garden, timezone=TOKYO))


def clock(at: datetime, zone: str = TOKYO) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.hour}:{local.minute:02d}"


@pytest.fixture
def tokyo(parts: Parts) -> Iterator[Parts]:
    """One garden of five has moved to Tokyo; somebody watered and picked there this morning."""
    move(parts.stores, "el-mezquite")
    at = parts.clock() - timedelta(minutes=47)
    parts.stores.records.record_watering(a_watering(7, at=at, recorded=at))
    parts.stores.records.record_harvest(a_harvest(7, at=at, recorded=at))
    return parts


@pytest.mark.parametrize("path", ["/cama/cama-3", "/cama/cama-3/cosecha"])
def test_what_people_did_has_the_hour_of_their_garden(
    phone: TestClient, tokyo: Parts, path: str
) -> None:
    at = tokyo.clock() - timedelta(minutes=47)
    assert f"a las {clock(at)}<" in phone.get(path).text


@pytest.mark.parametrize("path", ["/huerto/el-mezquite", "/pantalla/el-mezquite"])
def test_a_page_of_a_garden_has_its_clock(phone: TestClient, tokyo: Parts, path: str) -> None:
    assert clock(tokyo.clock()) in phone.get(path).text


@pytest.mark.parametrize("path", ["/", "/pantalla"])
def test_a_page_of_many_gardens_has_the_usual_clock_until_all_share_another(
    phone: TestClient, tokyo: Parts, path: str
) -> None:
    now = tokyo.clock()
    assert clock(now, TIMEZONE) in phone.get(path).text
    move(tokyo.stores)
    assert clock(now) in phone.get(path).text


@pytest.mark.parametrize("path", ["/huerto/el-mezquite", "/cama/cama-6"])
def test_a_silent_bed_says_when_it_was_last_heard_where_it_is(
    phone: TestClient, tokyo: Parts, path: str
) -> None:
    (heard,) = re.findall(r"Último dato: [^<]*?(\d+:\d\d)", phone.get(path).text)
    last = tokyo.clock() - timedelta(hours=26)
    assert heard == clock(last)


def test_a_sensor_was_last_heard_where_it_hangs(phone: TestClient, tokyo: Parts) -> None:
    text = phone.get("/salud").text
    for node, zone in (("n-cama-3", TOKYO), ("n-la-acequia-1", TIMEZONE)):
        status = next(n.status for n in tokyo.stores.registry.nodes() if n.id == node)
        assert status is not None
        assert re.search(rf">{node}</code>.{{0,200}} {clock(status.at, zone)}\.", text), node


def test_the_workshop_has_the_clock_of_the_sensors_garden(phone: TestClient, tokyo: Parts) -> None:
    label = re.search(r'aria-label="(Agua en la tierra[^"]*)"', phone.get("/taller/n-cama-3").text)
    assert label is not None
    last = tokyo.clock() - timedelta(hours=0.2)
    hours = {clock(last - timedelta(minutes=m)) for m in range(-2, 3)}
    assert any(hour in label[1] for hour in hours), label[1]


def test_the_account_names_the_days_of_the_calendar_whatever_the_zone(
    phone: TestClient, parts: Parts
) -> None:
    """Noon in London is tomorrow in Kiritimati."""
    garden = parts.stores.records.garden("el-mezquite")
    parts.stores.records.save_garden(replace(garden, timezone="Pacific/Kiritimati"))
    said = re.findall(r'<th scope="row">([^<]*)</th>', phone.get("/cama/cama-3/porque").text)
    days = [page.day for page in parts.stores.diary.pages(["cama-3"], date.min)["cama-3"]]
    words = Words("es", catalogue("es"), parts.clock())
    assert said == [words.short_date(day) for day in reversed(days)][: len(said)]


def test_the_quarantine_has_the_clock_that_all_gardens_share(
    phone: TestClient, parts: Parts
) -> None:
    at = parts.clock() - timedelta(minutes=47)
    parts.stores.ledger.settle((), refused=[Refused("t", b"x", at, "gateway-1", "bad-value", "")])
    phone.cookies.set("surco_session", SESSION)
    for zone in (TIMEZONE, TOKYO):
        assert f"a las {clock(at, zone)}<" in phone.get("/cuarentena").text
        move(parts.stores)


def test_gardens_share_a_zone_only_when_all_of_them_do() -> None:
    here, there = a_garden(), a_garden(timezone=TOKYO)
    assert common_timezone([there, there]) == TOKYO
    assert common_timezone([here, there]) == common_timezone([]) == TIMEZONE


def test_the_usual_zone_stands_in_one_place() -> None:
    found = [
        file.name
        for package in (surco_service, surco_dashboards)
        for file in Path(package.__path__[0]).rglob("*")
        if file.suffix in (".py", ".html", ".js", ".po") and TIMEZONE in file.read_text("utf-8")
    ]
    assert found == ["garden.py"]
    page = (DOCS / "how-to/show-it-in-grafana.md").read_text("utf-8")
    assert re.findall(r"TIMEZONE=(\S+)", page) == [TIMEZONE]
