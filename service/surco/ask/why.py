"""`surco explain` and `surco forecast`: the account behind a verdict, and the model on a table."""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from surco.ask.table import read_table
from surco.machine.up import Site as OneSite
from surco.words import Words
from surco_contract.logs import plain
from surco_contract.settings import SettingsError
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water import learnt
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.forecast import Field, Outlook, field_soil, follow
from surco_service.domain.water.science.crops import CROPS, Crop
from surco_service.domain.water.science.soils import SOILS
from surco_service.domain.water.science.weather import Site

if TYPE_CHECKING:
    from surco_service.web.frame.words import Words as Said

OPTIONS: dict[str, tuple[float, float]] = {  # TABLE: option → from, to
    "latitude": (-66, 66), "elevation": (-430, 6000), "depth": (0.05, 3), "p": (0.05, 0.95),
    "height": (0.01, 20), "ahead": (0, 365),
}  # fmt: skip
OUTPUT = ("day", "taw_mm", "raw_mm", "depletion_mm", "sd_mm", "finding", "ahead_mm")


def moment(text: str | None, now: datetime, words: Words) -> datetime:
    """Return the time that was asked for; without a zone it is this machine's."""
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            words("invalid", what="--at", why=f"{text}: 2026-05-04T07:00")
        ) from None
    return at.astimezone(UTC)


def explain(given: argparse.Namespace, site: OneSite, words: Words) -> int:
    """Print the verdict of a bed at a time, and the days it rests on."""
    from surco.machine.stores import stores_of
    from surco_service.errors import NotFound
    from surco_service.usecases.water.explain import explain as decide_again
    from surco_service.web.frame.site import catalogue
    from surco_service.web.frame.words import Words as Said

    now = datetime.now(UTC)
    at = moment(given.at, now, words)
    with stores_of(site) as stores:
        try:
            found = decide_again(stores, given.bed, at, now, given.days)
        except NotFound as error:
            raise SettingsError(words("invalid", what=given.bed, why=error)) from error
    said = Said(words.language, catalogue(words.language), now)
    verdict, advice = said.verdict(found.advice), found.advice
    print(
        f"{found.bed.name}: {verdict} {said.litres(advice.litres) if advice.litres else ''}".strip()
    )
    drinks = _drinks(found.bed, found.pages, said)
    for text in (*said.reasons(advice), said.confidence(advice), said.spread(advice), *drinks):
        print(f"  {text}" if text else "", end="\n" if text else "")
    print(*account(found.pages, words("account")), sep="\n")
    return 0


def _drinks(bed: Bed, pages: Sequence[BedDay], said: "Said") -> Iterator[str]:
    """Yield how a bed drinks, and the waterings that nobody noted."""
    for way in learnt.ways(pages[-1].belief) if pages else ():
        yield said.reason(way)
    seen = learnt.unnoted(bed, pages)
    if seen:
        yield said.gettext("Waterings that nobody noted") + ":"
    for one in seen:
        yield f"  {said.unnoted(one.day, one.litres)}"


def account(pages: Sequence[BedDay], heads: str) -> Iterator[str]:
    """Yield one line a day, in millimetres."""
    yield "".join(
        f"{head:>12}" if i == 0 else f"{head:>10}" for i, head in enumerate(heads.split())
    )
    for page in pages:
        said = [mm for mm in map(page.probe_mm, range(len(page.thetas))) if mm is not None]
        probe = said[0] if said else None
        numbers = (
            page.transpired_mm, page.rain_mm, page.irrigation_mm, page.seen_mm,
            page.percolation_mm, page.predicted_mm, probe, page.belief.depletion_mm, page.belief.sd_mm,
        )  # fmt: skip
        cells = "".join(f"{'-':>10}" if n is None else f"{n:>10.1f}" for n in numbers)
        found = ", ".join(f"{t.probe}: {t.finding}" for t in page.belief.tracks)
        yield f"{page.day.isoformat():>12}{cells}  {found}"


def forecast(given: argparse.Namespace, words: Words) -> int:
    """Read a table, follow the field, write a table; return 1 when cells of it were not used."""
    where = _field(given, words)
    try:
        data = given.csv.read_bytes()
    except OSError as error:
        raise SettingsError(words("invalid", what=given.csv, why=error.strerror)) from None
    notes: list[str] = []
    rows = read_table(data, words, notes.append)
    for note in notes:
        sys.stderr.write(f"{plain(note)}\n")
    out = csv.writer(sys.stdout)
    out.writerow(OUTPUT)
    for outlook in follow(where, rows, given.ahead):
        out.writerow(_cells(outlook))
    return 1 if notes else 0


def _field(given: argparse.Namespace, words: Words) -> Field:
    for option, (low, high) in OPTIONS.items():
        value = getattr(given, option)
        if value is not None and not low <= value <= high:
            raise SettingsError(words("invalid", what=f"--{option}", why=f"{low} … {high}"))
    crop = CROPS.get(given.crop)
    if crop is None:
        raise SettingsError(words("invalid", what="--crop", why=", ".join(CROPS)))
    if given.kc:
        crop = _crop(given, crop, words)
    try:
        soil = (
            SOILS[given.soil]
            if given.field_capacity is None
            else field_soil(given.field_capacity, given.wilting_point)
        )
        planted = date.fromisoformat(given.planted) if given.planted else None
    except KeyError:
        raise SettingsError(words("invalid", what="--soil", why=", ".join(SOILS))) from None
    except (ValueError, TypeError) as error:
        raise SettingsError(
            words("invalid", what="--field-capacity, --planted", why=error)
        ) from None
    return Field(crop, soil, planted, given.depth, Site(given.latitude, given.elevation))


def _crop(given: argparse.Namespace, usual: Crop, words: Words) -> Crop:
    """Return a crop of one's own, from its coefficients and stages."""
    try:
        initial, mid, end = map(float, given.kc.split(","))
        stages = tuple(map(int, given.stages.split(","))) if given.stages else usual.stages_d
        if stages is not None and len(stages) != 4:
            raise ValueError(given.stages)
    except ValueError as error:
        why = f"{error}: --kc 0.4,1.15,0.5 --stages 30,50,60,55"
        raise SettingsError(words("invalid", what="--kc, --stages", why=why)) from None
    return Crop(
        "own", "Propio", "Own", (initial, mid, end), given.height, stages,  # type: ignore[arg-type]
        given.depth or usual.root_depth_m, given.p, "D",
    )  # fmt: skip


def _cells(outlook: Outlook) -> list[str]:
    values = (getattr(outlook, name) for name in OUTPUT)
    return [f"{value:.2f}" if isinstance(value, float) else str(value) for value in values]
