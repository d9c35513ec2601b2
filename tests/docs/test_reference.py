"""The reference pages say what the tables of the code say."""

import re
from pathlib import Path

from surco_contract.quantities import QUANTITIES
from surco_contract.reasons import REASONS
from surco_contract.senml import ALIASES
from surco_contract.topics import RETAINED, TO_GATEWAY, TO_NODE
from surco_contract.troubles import TROUBLES
from surco_service.domain.nodes.probe_doctor import RULES
from surco_service.domain.stewardship.garden import SUN
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water import bed_days, belief, dose, reasons, watch, watering
from surco_service.domain.water.science.crops import CROPS, Crop
from surco_service.domain.water.science.soils import SOILS
from surco_service.web.frame.reasons import REASONS as SAID
from surco_service.web.nodes.repair import CARDS
from surco_service.web.nodes.troubles import TELLINGS

DOCS = Path(__file__).parents[2] / "docs"


def table(page: str, columns: int) -> list[list[str]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = [
        re.split(r" \| ", row.strip("| ")) for row in re.findall(r"^ *\| `.*$", text, re.MULTILINE)
    ]
    return [row for row in rows if len(row) == columns]


def test_quantities() -> None:
    assert table("reference/quantities.md", 7) == [
        [f"`{q.code}`", q.name, q.unit, f"{q.low:g}", f"{q.high:g}", q.es, q.en]
        for q in QUANTITIES.values()
    ]


def test_units_of_a_harvest() -> None:
    assert table("reference/units.md", 7) == [
        [f"`{u.id}`", f"{u.most:.0f}", "–" if u.kg is None else f"{u.kg:g}", *u.es, *u.en]
        for u in UNITS.values()
    ]


def test_reasons() -> None:
    wanted = [[f"`{code}`", words.replace("|", "/")] for code, words in REASONS.items()]
    assert table("reference/reasons.md", 2) == wanted


def test_names_of_others() -> None:
    wanted = [
        [f"`{code}`", ", ".join(f"`{name}`" for name in names)] for code, names in ALIASES.items()
    ]
    assert [
        row for row in table("reference/messages.md", 2) if row[0].strip("`") in ALIASES
    ] == wanted


def test_troubles() -> None:
    shown = {
        "node": "the white box",
        "box": "the network box",
        "rows": "1,152",
        "n": "3",
        "free_mb": "800",
        "setting": "service.influx_token",
    }
    wanted: list[list[str]] = []
    for code, kind in TROUBLES.items():
        telling = TELLINGS[code]
        title, to_do = telling.title % shown, [*filter(None, [telling.calm]), *telling.steps]
        wanted.append([
            f"`{code}`", kind.urgency, kind.mender, title[:1].upper() + title[1:], " ".join(to_do)
        ])  # fmt: skip
    assert table("reference/troubles.md", 5) == wanted


def test_topics() -> None:
    rows = {row[0].strip("`").rpartition("/")[2]: row for row in table("reference/messages.md", 5)}
    for kind, qos in (TO_GATEWAY | TO_NODE).items():
        _, who, said, retained, _ = rows[kind]
        assert (int(said), retained == "yes") == (qos, kind in RETAINED)
        assert who == ("node →" if kind in TO_GATEWAY else "→ node")


def test_every_reason_of_a_verdict_has_its_words_and_stands_on_the_page() -> None:
    page = (DOCS / "why/watering.md").read_text(encoding="utf-8")
    service = Path(watering.__file__).parents[2]
    rooms = [*(service / "domain/water").glob("*.py"), *(service / "usecases/water").glob("*.py")]
    code = "".join(module.read_text(encoding="utf-8") for module in rooms)
    used = set(re.findall(r'Reason\(\s*"([a-z-]+)"', code))
    used |= set(re.findall(r'doubt(?:=| = )"([a-z-]+)"', code))
    used |= {"dry", "drying", "enough", "soaked", "stale", "sensor-silent", "learning", "off-scale"}
    used |= set(re.findall(r'_with_litres\(\w+\.bed, "([a-z-]+)"', code))
    used |= {"no-crop", "curing", "seed-bed", "seed-wet", "water-seen", "thirsty-bed", "easy-bed"}
    used |= {"contradiction", "odd", "unplaced", "poured-stays"}
    assert used - SAID.keys() == set()
    assert {reason for reason in used if f"`{reason}`" not in page} == set()


def test_the_constants_of_a_verdict_are_on_the_page() -> None:
    page = (DOCS / "why/watering.md").read_text(encoding="utf-8")
    for value in (
        belief.AHEAD,
        watering.SOON_DAYS,
        belief.REFILL,
        dose.LEAST_MM,
        watering.WET_MARGIN,
        watering.WET_MM,
        watering.AGREEMENT,
        watering.MODEL_DAYS,
        reasons.HEAT_C,
        reasons.FROST_C,
        dose.USUAL_CAP_MM,
        dose.CAP_MM["clay"],
        *dose.SEED_MM,
        dose.SEED_CM,
        dose.HOSE_L_MIN,
        100 * watering.RAIN_CHANCE,
        belief.EFFICIENCY,
        bed_days.CONTAINER,
        watch.NEWS,
        *SUN.values(),
    ):
        assert f"{value:g}" in page, value


def test_crops() -> None:
    assert table("reference/crops.md", 11) == [cells(crop) for crop in CROPS.values()]


def cells(crop: Crop) -> list[str]:
    spring = f" from {crop.spring[1]}.{crop.spring[0]}." if crop.spring else ""
    return [
        f"`{crop.id}`", crop.es, crop.en, "/".join(f"{kc:g}" for kc in crop.kc),
        "/".join(map(str, crop.stages_d or "–")) + spring,
        f"{crop.root_depth_m:g}", "{:g}–{:g}".format(*crop.roots_m or (0, 0)), f"{crop.p:g}",
        "set out" if crop.transplanted else "sown", f"{crop.cures_d or '–'}", crop.quality,
    ]  # fmt: skip


def test_the_soils_of_the_table_are_on_the_page() -> None:
    assert table("why/watering.md", 6) == [
        [
            f"`{soil.id}`", soil.es, f"{soil.field_capacity:g}", f"{soil.wilting_point:g}",
            f"{100 * (soil.field_capacity - soil.wilting_point):.1f}",
            f"{soil.field_capacity_sd:g}",
        ]
        for soil in SOILS.values()
    ]  # fmt: skip


def test_every_diagnosis_has_a_repair_card_with_a_picture() -> None:
    pictures = (Path(watering.__file__).parents[2] / "web/static/repair.svg").read_text("utf-8")
    assert CARDS.keys() == RULES.keys()
    for card in CARDS.values():
        assert card.steps
        assert f'<symbol id="{card.picture}"' in pictures
