"""Thirty gardens and more, and what a good gardener does there: docs/why/situations.md is the table."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.bed_days import bed_etc_mm
from surco_service.domain.water.belief import Track, unknown_bed
from surco_service.domain.water.root_zone import crop_of, root_zone
from surco_service.domain.water.science.crop_growth import stage
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.weather import Site, WeatherDay
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import advise
from tests.builders import DAWN, a_bed

PAGE = Path(__file__).parents[4] / "docs/why/situations.md"
CELLS = 6
SEEN = {
    "water-logged": ("litres", "hours"),
    "water-seen": ("litres", "hours"),
    "rain-credit": ("mm",),
}


def rows() -> list[list[str]]:
    """Return what the page says: situation, gardener, given, verdict, litres, codes."""
    lines = re.findall(r"^\| (\d+ \|.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [line.split(" | ")[1:] for line in lines]


def given_of(cell: str) -> dict[str, str]:
    """Read "crop=ajo days=155 pot": what is not said has its usual value."""
    words = (word.partition("=") for word in cell.strip("`").split())
    return {name: value or "yes" for name, _, value in words}


def a_day(given: dict[str, str]) -> date:
    month, _, day = given.get("on", "04-20").partition("-")
    return date(2026, int(month), int(day))


def bed_of(given: dict[str, str]) -> Bed:
    planted = a_day(given) - timedelta(days=int(given["days"])) if "days" in given else None
    return a_bed(
        crop=given.get("crop"), planted=planted, area_m2=float(given.get("area", 2)),
        soil=given.get("soil", "mix"), sun=given.get("sun", "full"), mulch="mulch" in given,
        container="pot" in given, depth_m=float(given["depth"]) if "depth" in given else None,
    )  # fmt: skip


def numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def seen_of(given: dict[str, str]) -> tuple[Reason, ...]:
    if "seen" not in given:
        return ()
    code, *values = given["seen"].split(":")
    return (Reason(code, dict(zip(SEEN[code], map(float, values), strict=True))),)


def situation_of(given: dict[str, str]) -> Situation:
    bed, day = bed_of(given), a_day(given)
    weather = WeatherDay(day, et0_mm=float(given["et0"]))
    etc_mm = bed_etc_mm(bed, weather, reference_et(weather, Site()), day)
    zone, probed = root_zone(bed, day, etc_mm), not {"unprobed", "unknown"} & given.keys()
    lacks = float(given.get("lacks", float(given.get("full", 0)) * etc_mm))
    stranger, anchored = unknown_bed(zone, ["p-1"]), int(given.get("anchored", 2))
    dissent_days, dissent_mm = numbers(given.get("dissent", "0,0"))
    belief = replace(
        stranger, mean=(min(lacks, zone.taw_mm), *stranger.mean[1:]),
        covariance=((16.0, *stranger.covariance[0][1:]), *stranger.covariance[1:]),
        tracks=(Track("p-1", finding="good", full_days=int(given.get("full", anchored))),),
        wet_days=5, anchored_days=anchored, drained_mm=float(given.get("drained", 0)),
        due_days=int(given.get("due", 0)), dissent_days=int(dissent_days), dissent_mm=dissent_mm,
    )  # fmt: skip
    rain, chance = numbers(given.get("rain", "0,0"))
    coming = WeatherDay(
        day, float(given.get("frost", 9)), float(given.get("heat", 27)), rain_mm=rain,
        rain_chance=chance / 100, forecast=True,
    )  # fmt: skip
    tandeo: dict[str, Any] = {}
    if "tandeo" in given:
        here, after = numbers(given["tandeo"])
        tandeo = {"water_in_days": int(here), "next_water_days": int(after)}
    if "cistern" in given:
        tandeo |= {"available_litres": float(given["cistern"]), "short": True}
    days = int(given["days"]) if "days" in given else None
    return Situation(
        bed, zone, None if "unknown" in given else belief, etc_mm,
        doubts=(given["doubt"],) if "doubt" in given else (), probed=probed,
        theta=float(given["theta"]) if "theta" in given else None, data_at=DAWN,
        expires=DAWN + timedelta(hours=2), climate="penman", seen=seen_of(given), coming=coming,
        stage=stage(crop_of(bed), days), topped_mm=float(given.get("topped", 0)),
        room_mm=float(given["room"]) if "room" in given else None, **tandeo,
    )  # fmt: skip


def decide(cell: str) -> StoredAdvice:
    return advise(situation_of(given_of(cell)), DAWN)


def litres_of(advice: StoredAdvice) -> float:
    """Return the dose, or the one for a finger that feels dry soil."""
    return advice.litres or advice.litres_high


def codes_of(advice: StoredAdvice) -> str:
    return " ".join(f"`{one.code}`" for one in (*advice.reasons, *advice.notes))


def test_there_are_thirty_situations_and_each_has_all_its_cells() -> None:
    assert len(rows()) >= 30
    assert {len(row) for row in rows()} == {CELLS}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_the_advice_is_what_a_good_gardener_does(row: list[str]) -> None:
    _, _, given, verdict, litres, codes = row
    advice = decide(given)
    assert (advice.status, codes_of(advice)) == (verdict, codes)
    least, _, most = litres.removeprefix("if dry ").partition(" to ")
    assert float(least) <= litres_of(advice) <= float(most or least)
    assert litres.startswith("if dry") == (advice.status == "unknown" and litres != "0")
