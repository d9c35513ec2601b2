"""What a person reads, in both languages, and what the forms do."""

import html
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from uuid import uuid4

import httpx
import pytest
import segno
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from starlette.testclient import TestClient

from surco_service.app import Parts
from surco_service.domain.nodes.node import NodeStatus, Placement, Probe
from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.advice import Reason
from surco_service.ports.intake import Reading, Refused
from surco_service.ports.nodes import Claim
from surco_service.usecases.water import advice
from surco_service.web.frame.site import WEB
from surco_service.web.intake.quarantine import SHOWN
from tests.builders import LONG_AGO, a_watering
from tests.service.web.conftest import SESSION, serving

PAGES = [
    "/", "/huerto/el-mezquite", "/huerto/los-nopales", "/cama/cama-3", "/cama/cama-6",
    "/huerto/el-mezquite/lluvia", "/cama/cama-3/porque", "/cama/la-acequia-2/porque",
    "/cama/cama-3/riego", "/cama/cama-3/cosecha", "/pantalla", "/pantalla/el-mezquite", "/taller",
    "/taller/n-cama-3", "/salud", "/sensores", "/sensores/calibrar/p-cama-3", "/cuarentena", "/cargar",
    "/suelo", "/suelo?ball=yes&ribbon=medium&feel=even", "/no-such-page",
]  # fmt: skip
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
SAME_IN_BOTH = {"Cable", "Sensor"}


@cache
def spanish() -> Catalog:
    with (WEB / "locale" / "es.po").open("rb") as written:
        return read_po(written, locale="es")


def read(page: str) -> str:
    """Return what a person reads: text and labels, without what is written in another language."""
    page = re.sub(r'<(\w+)[^>]* lang="(en|es|zxx)"[^>]*>.*?</\1>', " ", page[page.index("<body") :])
    labels = " | ".join(re.findall(r'aria-label="([^"]*)"', page))
    return html.unescape(" | ".join(re.split(r"<[^>]*>", page)) + " | " + labels)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "other"), [("es", 0), ("en", 1)])
def test_a_page_speaks_one_language(
    reader: TestClient, path: str, language: str, other: int
) -> None:
    reader.cookies.set("surco_session", SESSION)
    text = read(reader.get(path, params={"lang": language}).text)
    pieces = {piece.strip() for piece in text.split("|")}
    for message in spanish():
        if not message.id or message.id in SAME_IN_BOTH:
            continue
        both = [one if isinstance(one, tuple) else (one,) for one in (message.id, message.string)]
        for foreign in set(both[other]) - set(both[1 - other]):
            pattern = re.escape(foreign)
            pattern = re.sub(r"%\\?\(\w+\\?\)s", ".+", pattern)
            found = [piece for piece in pieces if re.fullmatch(pattern, piece)]
            ours = [
                piece for piece in found
                if not any(re.fullmatch(re.sub(r"%\\?\(\w+\\?\)s", ".+", re.escape(good)), piece)
                           for good in both[1 - other])
            ]  # fmt: skip
            assert not ours, (path, foreign)


def test_the_spanish_catalogue_is_complete_and_holds_nothing_else() -> None:
    methods = [("**.py", "python"), ("*/templates/**.html", "jinja2")]
    said = {found[2] for found in extract_from_dir(WEB, methods, {}, KEYWORDS)}
    known = {message.id for message in spanish() if message.id}
    assert said == known
    for message in spanish():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        assert all(len(s.split()) <= 12 for t in texts for s in re.split(r"[.:?] ", t)), message.id


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_and_holds_nothing_inline_nor_foreign(
    reader: TestClient, path: str
) -> None:
    reader.cookies.set("surco_session", SESSION)
    page = reader.get(path)
    assert "style=" not in page.text
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|javascript:|https?://", page.text)
    assert "'unsafe" not in page.headers["content-security-policy"]
    files = [reader.get(f"/static/{name}") for name in ("garden.css", "live.js", "icons.svg")]
    assert {answer.headers["content-encoding"] for answer in (page, *files)} == {"gzip"}
    assert sum(int(answer.headers["content-length"]) for answer in (page, *files)) <= 60_000


def test_the_stream_of_changes_arrives_at_once_and_unpacked(parts: Parts) -> None:
    asking = {"Accept-Encoding": "gzip"}
    with (
        serving(parts) as (url, _),
        httpx.stream("GET", f"{url}/eventos", headers=asking, timeout=10) as stream,
    ):
        assert "content-encoding" not in stream.headers
        assert next(stream.iter_raw()) == b"retry: 3000\n\n"


def test_a_node_says_how_it_is_in_the_language_of_the_page(phone: TestClient, parts: Parts) -> None:
    words = "no Wi-Fi: wrong password"
    said = NodeStatus(
        LONG_AGO, "asleep", battery_mv=3400, rssi_dbm=-88, firmware="0.2.0", held=24, bad="0.3.0",
        error=words,
    )  # fmt: skip
    parts.stores.registry.set_status("n-cama-3", said)
    text = read(phone.get("/salud").text)
    for sentence in (
        "Pila: casi vacía.", "Wi-Fi: débil.", "Lecturas que todavía guarda: 24.",
        "La contraseña de una de sus redes Wi-Fi está mal.",
        "La versión 0.3.0 no le sirvió; regresó solo a la anterior.",
    ):  # fmt: skip
        assert sentence in text
    assert "Battery: nearly empty." in read(phone.get("/salud", params={"lang": "en"}).text)
    assert words not in phone.get("/salud").text
    phone.cookies.set("surco_session", SESSION)
    assert words in phone.get("/salud").text  # whoever mends it sees its own words


def test_a_probe_that_hangs_in_the_air_is_known_by_what_it_said_at_its_set_up(
    phone: TestClient, parts: Parts
) -> None:
    now, node = parts.clock(), "n-cama-6"
    hours = [int(now.timestamp()) - 3600 * ago for ago in range(3)]
    in_air = {"r1": 2290.0, "bv": 3900.0}
    parts.stores.readings.add(
        [Reading(node, "0000aaaa", q, t, 2, in_air) for q, t in enumerate(hours)]
    )
    parts.stores.registry.set_status(node, NodeStatus(now, "asleep", interval_s=900))
    assert "fuera de la tierra" not in phone.get("/cama/cama-6").text
    parts.stores.keys.label(node, "hash", now)
    parts.stores.keys.claim(Claim(node, "hash", "0a" * 32, 2300.0, 900.0), now)
    text = read(phone.get("/cama/cama-6").text)
    assert "La sonda parece estar fuera de la tierra." in text
    assert "Agua en la tierra: 0 de 100" in text  # not less than nothing


def test_a_garden_says_what_to_water_first_and_how_much(reader: TestClient) -> None:
    text = read(reader.get("/huerto/el-mezquite").text)
    assert re.search(r"Hoy toca regar 2 camas", text)
    words = ["Riega", "No sabemos", "Pronto", "Muy mojado", "Bien"]
    pieces = [piece.strip() for piece in text.split("|")]
    places = [pieces.index(word) for word in words]
    assert places == sorted(places)
    assert "regaderas" in text
    assert "Dato de hace" in text


def test_a_silent_bed_reads_unknown_and_says_what_to_do(reader: TestClient) -> None:
    text = read(reader.get("/cama/cama-6").text)
    assert "No sabemos" in text
    assert "Mete el dedo 10 cm." in text
    assert "Último dato: " in text
    assert "Después no hay datos." in text


def test_a_double_tap_records_one_watering(phone: TestClient, parts: Parts) -> None:
    tap = {"id": str(uuid4()), "litres": "12,5"}
    answers = [phone.post("/cama/cama-3/riego", data=tap, follow_redirects=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [w.litres for w in parts.stores.records.waterings(bed="cama-3")] == [12.5, 16.0]
    text = read(phone.get(answers[0].headers["location"]).text)
    assert "Anotado: 12.5 litros." in text
    assert "Deshacer" in text


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("riego", {"litres": "2.5"}),
        ("cosecha", {"crop": "chile", "unit": "kg", "amount": "2.5"}),
    ],
)
def test_undo_under_another_beds_address_is_not_there_and_undoes_nothing(
    phone: TestClient, parts: Parts, what: str, form: dict[str, str]
) -> None:
    def kept() -> tuple[int, int]:
        records = parts.stores.records
        return len(records.waterings()), len(records.harvests())

    tap = {"id": str(uuid4()), **form}
    phone.post(f"/cama/cama-3/{what}", data=tap)
    noted = kept()
    for bed in ("cama-4", "cama-nada"):
        assert phone.post(f"/cama/{bed}/{what}/{tap['id']}/deshacer").status_code == 404
    assert phone.post(f"/cama/cama-3/{what}/{uuid4()}/deshacer").status_code == 404
    assert kept() == noted
    assert phone.post(f"/cama/cama-3/{what}/{tap['id']}/deshacer").status_code == 200
    assert sum(kept()) == sum(noted) - 1


def test_undo_takes_a_watering_back_even_twice(phone: TestClient, parts: Parts) -> None:
    tap = {"id": str(uuid4()), "litres": "2.5"}
    phone.post("/cama/cama-3/riego", data=tap)
    for _ in range(2):
        undone = phone.post(f"/cama/cama-3/riego/{tap['id']}/deshacer")
        assert undone.status_code == 200
    assert sum(w.litres for w in parts.stores.records.waterings(bed="cama-3")) == 16.0


@pytest.mark.parametrize(
    "amount",
    ["dos y medio", "", "-1", "0", "nan", "1e9", "<b>", "1e3", "1_000", "0,0001", "1,250", "5\x00"],
)
def test_a_wrong_amount_is_explained_under_its_field(phone: TestClient, amount: str) -> None:
    form = {"id": str(uuid4()), "crop": "chile", "unit": "kg", "amount": amount}
    answer = phone.post("/cama/cama-3/cosecha", data=form)
    assert answer.status_code == 422
    assert 'aria-describedby="amount-error"' in answer.text
    assert f'value="{html.escape(amount)}"' in answer.text
    assert form["id"] in answer.text


def test_a_bed_says_when_it_does_not_show_all_that_was_done(
    phone: TestClient, parts: Parts
) -> None:
    now, more = parts.clock(), "Esto es lo último. Lo demás está guardado."
    for number in range(9):
        text = phone.get("/cama/cama-4").text
        assert (text.count("<p>Riego<br>"), more in text) == (number, False)
        at = now - timedelta(minutes=number)
        parts.stores.records.record_watering(a_watering(1, bed="cama-4", at=at, recorded=at))
    text = phone.get("/cama/cama-4").text
    assert (text.count("<p>Riego<br>"), more in text) == (8, True)


def test_every_message_of_a_long_quarantine_can_be_reached(phone: TestClient, parts: Parts) -> None:
    phone.cookies.set("surco_session", SESSION)
    refused = [
        Refused("t", f"message {n}".encode(), parts.clock(), "gateway-1", "bad-value", "")
        for n in range(SHOWN + 1)
    ]
    parts.stores.ledger.settle((), refused=refused)
    newest = phone.get("/cuarentena").text
    assert ("message 50<" in newest, "message 0<" in newest) == (True, False)
    (older,) = re.findall(r'href="(/cuarentena\?antes=\d+)"', newest)
    oldest = phone.get(older).text
    assert re.findall(r"message (\d+)<", oldest) == ["0"]
    assert "antes=" not in oldest


def test_a_harvest_is_noted_in_its_unit(phone: TestClient, parts: Parts) -> None:
    form = {"id": str(uuid4()), "crop": "chile", "unit": "bunch", "amount": "1"}
    text = read(phone.post("/cama/cama-1/cosecha", data=form).text)
    assert "Anotado: 1 manojo." in text
    assert parts.stores.records.harvests(bed="cama-1")[0].amount == 1


def test_every_unit_of_the_table_is_in_the_form_and_said_in_both_languages(
    phone: TestClient, parts: Parts
) -> None:
    for language in ("es", "en"):
        query = {"lang": language}
        form = phone.get("/cama/cama-1/cosecha", params=query).text
        assert re.findall(r'name="unit" value="(\w+)"', form) == list(UNITS)
        for unit in UNITS.values():
            one, several = unit.es if language == "es" else unit.en
            assert f">{several}</label>" in form
            for amount, said in (("1", f"1 {one}"), ("2.5", several)):
                given = {"id": str(uuid4()), "crop": "chile", "unit": unit.id, "amount": amount}
                text = read(phone.post("/cama/cama-1/cosecha", data=given, params=query).text)
                assert said in text


@pytest.mark.parametrize("path", ["/cama/nada", "/huerto/nada", "/taller/nada", "/nada"])
def test_what_is_not_there_is_said_kindly(reader: TestClient, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert "Esta página no está aquí" in answer.text


def test_names_are_text_and_never_markup(phone: TestClient, parts: Parts) -> None:
    name = "<script>alert(1)</script>"
    parts.stores.records.save_bed(Bed("malo", "el-mezquite", name, 1.0))
    for path in ("/huerto/el-mezquite", "/cama/malo", "/cama/malo/riego", "/pantalla", "/"):
        assert name not in phone.get(path).text


def test_programs_still_get_problems(reader: TestClient) -> None:
    answer = reader.get("/api/v1/beds/nada")
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_the_administrator_changes_sensors(phone: TestClient, parts: Parts) -> None:
    form = {"id": "nuevo", "name": "Nuevo", "can_litres": "8"}
    assert phone.post("/sensores/huerto", data=form).status_code == 401
    assert phone.get("/cuarentena").status_code == 401
    phone.cookies.set("surco_session", SESSION)
    assert phone.post("/sensores/huerto", data=form).status_code == 200
    assert parts.stores.records.garden("nuevo").can_litres == 8


@pytest.mark.parametrize(
    ("path", "form", "nodes"),
    [
        ("calibrar", {"probe": "p-cama-3", "dry_mv": "2400", "wet_mv": "1000"}, {"n-cama-3"}),
        ("lugar", {"node": "n-cama-3", "probe": "p-cama-3", "bed": "cama-6"}, {"n-cama-3"}),
        ("cama", {"id": "cama-3", "name": "Cama 3", "garden": "el-mezquite", "area_m2": "2"},
         {"n-cama-3"}),
    ],
)  # fmt: skip
def test_what_is_corrected_is_drawn_and_advised_anew(
    phone: TestClient, parts: Parts, path: str, form: dict[str, str], nodes: set[str]
) -> None:
    phone.cookies.set("surco_session", SESSION)
    assert phone.post(f"/sensores/{path}", data=form).status_code == 200
    assert parts.follow_up.take_nodes() == nodes
    ((first, last),) = parts.follow_up.take_spans().values()
    assert first == int(LONG_AGO.timestamp())
    assert last == int(parts.clock().timestamp())


def test_the_administrator_link_works_once(phone: TestClient, parts: Parts) -> None:
    from surco_service.usecases.people.sessions import new_link

    token = new_link(parts.stores, parts.clock())
    first = phone.get(f"/entrar/{token}", follow_redirects=False)
    assert first.status_code == 303
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "Secure" not in first.headers["set-cookie"]
    phone.cookies.clear()
    assert phone.get(f"/entrar/{token}").status_code == 401


@pytest.mark.parametrize(
    ("language", "words"),
    [("es-MX", "No podemos leer nuestros apuntes"), ("en", "We cannot reach our notes")],
)
def test_when_the_notebook_is_away_a_page_says_so_in_its_language(
    phone: TestClient, parts: Parts, language: str, words: str
) -> None:
    with closing(sqlite3.connect(parts.settings.data / "notebook.db")) as stores:
        stores.execute("ALTER TABLE beds RENAME TO elsewhere")
    answer = phone.get("/cama/cama-1", headers={"Accept-Language": language})
    assert answer.status_code == 503
    assert words in read(answer.text)
    assert "elsewhere" not in answer.text


def test_a_bed_is_shown_while_its_readings_are_away(phone: TestClient, parts: Parts) -> None:
    parts.stores.readings.close()
    assert phone.get("/cama/cama-1").status_code == 200


def test_the_code_of_a_bed_leads_to_its_page(reader: TestClient) -> None:
    drawn = reader.get("/codigo/cama-1.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawn.text)}
    code = segno.make_qr("http://surco/cama/cama-1", error="q").matrix
    assert dark == {(x, y) for y, row in enumerate(code) for x, cell in enumerate(row) if cell}
    assert reader.get("/codigo/no-such-bed.svg").status_code == 404


def test_rain_is_noted_in_a_form_and_credited(phone: TestClient, parts: Parts) -> None:
    page = phone.get("/huerto/el-mezquite/lluvia").text
    day = re.findall(r'value="(\d{4}-\d\d-\d\d)"', page)[1]  # yesterday
    wrong = phone.post("/huerto/el-mezquite/lluvia", data={"rain_mm": "mucho", "day": day})
    assert wrong.status_code == 422
    assert "Escribe un número" in wrong.text
    assert (
        phone.post("/huerto/el-mezquite/lluvia", data={"rain_mm": "1", "day": "x"}).status_code
        == 422
    )
    noted = phone.post("/huerto/el-mezquite/lluvia", data={"rain_mm": "12,5", "day": day})
    assert "llovieron 12.5 mm" in noted.text
    assert parts.follow_up.take_all_beds()
    assert phone.get("/huerto/nada/lluvia").status_code == 404


def test_a_probe_is_calibrated_in_two_taps(phone: TestClient, parts: Parts) -> None:
    phone.cookies.set("surco_session", SESSION)
    first = phone.get("/sensores/calibrar/p-cama-3").text
    (now_mv,) = re.findall(r'name="dry" value="([\d.]+)"', first)
    second = phone.get("/sensores/calibrar/p-cama-3", params={"dry": "2400"}).text
    assert f'name="wet" value="{now_mv}"' in second
    close = phone.post("/sensores/calibrar/p-cama-3", data={"dry": now_mv, "wet": now_mv})
    assert close.status_code == 422
    assert "Seco y lleno se parecen demasiado" in close.text
    assert phone.post(
        "/sensores/calibrar/p-cama-3", data={"dry": "2400", "wet": now_mv}
    ).status_code == 200  # fmt: skip
    newest = parts.stores.registry.calibrations("p-cama-3")[-1]
    assert (newest.dry_mv, newest.wet_mv) == (2400, float(now_mv))
    assert phone.get("/sensores/calibrar/p-nada").status_code == 404


def test_a_probe_is_where_it_is_now_and_not_where_it_will_be(
    phone: TestClient, parts: Parts
) -> None:
    phone.cookies.set("surco_session", SESSION)
    moved = Placement(
        "n-cama-3", "r1", "p-cama-3", "cama-6", 0.15, parts.clock() + timedelta(days=1)
    )
    parts.stores.registry.place(moved)
    assert "cama-3, p-cama-3" in phone.get("/sensores").text
    assert ' value="' in phone.get("/sensores/calibrar/p-cama-3").text  # what it says now
    parts.stores.registry.save_probe(Probe("p-nueva"))
    parts.stores.registry.place(replace(moved, node="n-cama-1", probe="p-nueva"))
    assert phone.get("/sensores/calibrar/p-nueva").status_code == 404


def test_a_bed_keeps_what_its_form_said(phone: TestClient, parts: Parts) -> None:
    phone.cookies.set("surco_session", SESSION)
    form = {"id": "cama-9", "name": "Cama 9", "garden": "el-mezquite", "area_m2": "1,5", "crop": "chile",
            "planted": "2026-09-01", "depth_cm": "30", "sun": "half", "container": "1",
            "mulch": "1"}  # fmt: skip
    assert phone.post("/sensores/cama", data=form).status_code == 200
    bed = parts.stores.records.bed("cama-9")
    assert (bed.planted, bed.depth_m, bed.sun) == (date(2026, 9, 1), 0.3, "half")
    assert (bed.container, bed.mulch) == (True, True)
    del form["mulch"]
    phone.post("/sensores/cama", data=form)
    assert not parts.stores.records.bed("cama-9").mulch, "the straw was taken away"
    for field, value in (("planted", "ayer"), ("sun", "luna"), ("depth_cm", "9000")):
        assert phone.post("/sensores/cama", data=form | {field: value}).status_code == 422, field
    form = {"id": "nuevo", "name": "Nuevo", "can_litres": "8", "latitude": "20.6", "longitude": "-100.4",
            "water_days": ["mon", "thu"]}  # fmt: skip
    assert phone.post("/sensores/huerto", data=form).status_code == 200
    assert parts.stores.records.garden("nuevo").water_days == "mon,thu"
    assert phone.post("/sensores/huerto", data=form | {"latitude": "200"}).status_code == 422


def test_the_account_of_a_bed_says_that_its_mulch_saves_water(
    phone: TestClient, parts: Parts
) -> None:
    said = "Bajo la paja o las hojas la tierra pierde menos agua."
    assert said not in phone.get("/cama/cama-3/porque").text
    bed = parts.stores.records.bed("cama-3")
    parts.stores.records.save_bed(replace(bed, mulch=True))
    assert said in phone.get("/cama/cama-3/porque").text


def test_a_sick_probe_shows_its_repair_card(reader: TestClient) -> None:
    sick = reader.get("/cama/cama-6").text
    assert "La caja blanca no habla." in sick
    assert "Mira si su luz parpadea." in sick
    assert "La caja blanca no habla." not in reader.get("/cama/cama-4").text


def test_the_account_of_a_bed_shows_each_day(reader: TestClient) -> None:
    page = reader.get("/cama/cama-3/porque").text
    assert "Así lo calculamos" in page
    assert page.count('<th scope="row">') >= 7
    assert reader.get("/cama/nada/porque").status_code == 404


# ---------------------------------------------------------------- beds as they are


def test_a_bed_of_which_we_doubt_is_touched_before_it_gets_litres(reader: TestClient) -> None:
    text = read(reader.get("/cama/la-acequia-1").text)
    assert "Toca la tierra" in text
    assert "Si sale seco, dale 30 litros." in text
    assert "Puede que esté seca, pero tenemos dudas." in text
    garden = read(reader.get("/huerto/la-acequia").text)
    assert "Toca primero la tierra de estas" in garden
    assert "sin noticias" not in garden
    assert 'value="30"' in reader.get("/cama/la-acequia-1/riego").text


def test_who_keeps_the_beds_says_what_grows_there_and_that_it_is_over(
    phone: TestClient, parts: Parts
) -> None:
    bed = parts.stores.records.bed("cama-3")
    parts.stores.records.save_bed(replace(bed, crop=None))
    advice.refresh(parts.stores, parts.events, ["cama-3"], parts.clock())
    page = phone.get("/cama/cama-3").text
    assert "Nada sembrado" in read(page)
    assert "/siembra" not in page, "not everybody may"
    phone.cookies.set("surco_session", SESSION)
    assert 'action="/cama/cama-3/siembra"' in phone.get("/cama/cama-3").text
    wrong = phone.post("/cama/cama-3/siembra", data={"crop": "chile", "planted": "ayer"})
    assert wrong.status_code == 422
    assert "planted-error" in wrong.text
    phone.post("/cama/cama-3/siembra", data={"crop": "lechuga", "planted": "2026-03-21"})
    sown = parts.stores.records.bed("cama-3")
    assert (sown.crop, sown.planted, sown.soil) == ("lechuga", date(2026, 3, 21), bed.soil)
    advice.refresh(parts.stores, parts.events, ["cama-3"], parts.clock())
    text = read(phone.get("/cama/cama-3").text)
    assert "Su temporada ya pasó. ¿Ya la cosecharon?" in text
    assert "Sí, la cama está vacía" in text
    phone.post("/cama/cama-3/siembra", data={})
    assert parts.stores.records.bed("cama-3").crop is None


def test_a_watering_that_was_seen_is_noted_with_one_tap_on_its_own_day(
    phone: TestClient, parts: Parts
) -> None:
    (known,) = [a for a in parts.stores.diary.advice().values() if a.bed == "cama-3"]
    seen = Reason("water-seen", {"litres": 30.0, "hours": 44.0})
    told = replace(known, reasons=(known.reasons[0], seen))
    parts.stores.diary.save_advice([told], [])
    page = phone.get("/cama/cama-3").text
    assert "unos 30 litros. ¿Fuiste tú? Anótalo." in read(page)
    form = re.search(
        r'<form class="box steps" method="post" action="/cama/cama-3/riego">.*?</form>', page
    )
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    phone.post("/cama/cama-3/riego", data=fields)
    noted = parts.stores.records.waterings(bed="cama-3")[0]
    assert noted.litres == 30
    assert parts.clock() - noted.at == pytest.approx(timedelta(hours=44), abs=timedelta(minutes=1))
