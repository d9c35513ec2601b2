"""A watering that nobody noted, on the pages: told in words, and noted with one tap."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from surco_service.domain.water.advice import Reason
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.belief import STAYS, THIRST
from surco_service.parts import Parts
from surco_service.usecases.water import advice
from tests.builders import a_watering
from tests.service.web.test_pages import read

DAY, ZONE = timedelta(days=1), ZoneInfo("America/Mexico_City")
BED, WHY = "/cama/cama-4", "/cama/cama-4/porque"


def forms(page: str) -> list[dict[str, str]]:
    """Return the fields of each form that notes what was seen."""
    found = re.findall(
        r'<form class="[\w ]+" method="post" action="/cama/[\w-]+/riego">.*?</form>', page
    )
    return [
        dict(re.findall(r'name="(\w+)" value="([^"]*)"', one))
        for one in found
        if 'name="at"' in one
    ]


@pytest.fixture
def seen(parts: Parts) -> BedDay:
    """The page of yesterday's morning, on which a probe saw water: 20 mm on 0.6 m2."""
    pages = parts.stores.diary.pages(["cama-4"], parts.clock().date() - 10 * DAY)["cama-4"]
    belief = replace(pages[-1].belief, mean=(5.0, 1.2, 0.8, *pages[-1].belief.mean[3:]))
    rows = [list(row) for row in belief.covariance]
    rows[THIRST][THIRST] = rows[STAYS][STAYS] = 0.01**2
    belief = replace(belief, covariance=tuple(map(tuple, rows)))
    told = [replace(page, seen_mm=0.0) for page in pages]
    told[-2:] = [replace(pages[-2], seen_mm=20.0, belief=belief), replace(pages[-1], belief=belief)]
    parts.stores.diary.save_pages(told)
    return told[-2]


def waterings(parts: Parts) -> list[tuple[float, datetime]]:
    found = parts.stores.records.waterings(bed="cama-4")
    return [(one.litres, one.at.astimezone(ZONE)) for one in found]


def test_the_page_tells_how_its_bed_drinks_and_who_watered(
    phone: TestClient, parts: Parts, seen: BedDay
) -> None:
    said = read(phone.get(WHY).text)
    assert "Esta cama es sedienta: toma 20 litros más por cada cien." in said
    assert "De diez litros que le das, se quedan 8." in said
    assert "Riegos que nadie anotó" in said
    assert ", unos 15 litros" in said
    assert not re.search(r"\bmm\b|milímetro", said)


def test_what_is_not_learnt_is_not_told(reader: TestClient) -> None:
    said = read(reader.get("/cama/cama-3/porque").text)
    assert "Esta cama es sedienta" not in said
    assert "Esta cama gasta poco" not in said
    assert "Riegos que nadie anotó" not in said


def test_one_tap_notes_it_on_the_day_on_which_it_came(
    phone: TestClient, parts: Parts, seen: BedDay
) -> None:
    (tap,) = forms(phone.get(WHY).text)
    for id in (tap["id"], tap["id"], str(uuid4())):  # an impatient thumb, and another phone
        assert phone.post(f"{BED}/riego", data=tap | {"id": id}).status_code == 200
    noon = datetime.combine(seen.day - DAY, datetime.min.time(), ZONE).replace(hour=12)
    assert waterings(parts) == [(15.0, noon)]
    assert not forms(phone.get(WHY).text), "the diary was written again, with it"


def test_both_pages_note_the_same_watering(phone: TestClient, parts: Parts, seen: BedDay) -> None:
    advice.refresh(parts.stores, parts.events, ["cama-4"], parts.clock())
    (here,), (there,) = forms(phone.get(BED).text), forms(phone.get(WHY).text)
    assert here["at"] == there["at"]
    assert float(here["litres"]) == float(there["litres"])


def test_a_verdict_of_before_asks_no_more_when_it_was_noted(
    phone: TestClient, parts: Parts
) -> None:
    known = parts.stores.diary.advice()["cama-4"]
    asks = Reason("water-seen", {"litres": 15.0, "hours": 20.0})
    parts.stores.diary.save_advice([replace(known, reasons=(known.reasons[0], asks))], [])
    assert len(forms(phone.get(BED).text)) == 1
    at = known.at - timedelta(hours=19)
    parts.stores.records.record_watering(
        a_watering(10, bed="cama-4", at=at, recorded=parts.clock())
    )
    assert not forms(phone.get(BED).text)


def test_who_taps_after_an_undo_notes_it_again(
    phone: TestClient, parts: Parts, seen: BedDay
) -> None:
    (first,) = forms(phone.get(WHY).text)
    phone.post(f"{BED}/riego", data=first)
    phone.post(f"{BED}/riego/{first['id']}/deshacer")
    parts.stores.diary.save_pages([seen])
    (again,) = forms(phone.get(WHY).text)
    phone.post(f"{BED}/riego", data=again)
    assert [litres for litres, _ in waterings(parts)] == [15.0]
