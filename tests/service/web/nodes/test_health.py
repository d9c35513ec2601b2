"""Salud tells all that is wrong in people's words, since when and what to do (18.9)."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from surco_contract.credentials import token_hash
from surco_contract.troubles import TROUBLES
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.domain.stewardship.garden import Garden
from surco_service.errors import StoreUnavailable
from surco_service.parts import Parts
from surco_service.ports.intake import Alarm, GatewayReport, Refused
from surco_service.usecases.nodes.troubles import Notice, State
from surco_service.web.frame.site import catalogue
from surco_service.web.frame.words import Words
from surco_service.web.nodes.notices import say, since
from tests.service.deliveries import NOON
from tests.service.web.conftest import SESSION
from tests.service.web.test_pages import read

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def well(parts: Parts) -> Parts:
    """The seeded programme in which every box speaks, and one gateway."""
    for node in parts.stores.registry.nodes():
        parts.stores.registry.set_status(node.id, status(parts))
    parts.stores.gateways.add("gateway-1", token_hash("token"))
    parts.stores.gateways.seen("gateway-1", parts.clock())
    return parts


def status(parts: Parts, ago: timedelta = timedelta(minutes=5), **more: int) -> NodeStatus:
    return NodeStatus(parts.clock() - ago, "asleep", interval_s=900, **more)


def salud(phone: TestClient, language: str = "es") -> str:
    answer = phone.get("/salud", params={"lang": language})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", read(answer.text))


def test_when_all_is_well_it_says_so_in_two_lines(phone: TestClient, well: Parts) -> None:
    text = salud(phone)
    assert "Todo va bien." in text
    assert "13 cajas blancas están bien." in text
    for worry in ("Lo primero", "En estos días", "Para quien cuida"):
        assert worry not in text


def test_a_box_that_is_silent_is_told_by_its_bed_and_garden(phone: TestClient, well: Parts) -> None:
    well.stores.registry.set_status("n-cama-3", status(well, 3 * DAY))
    text = salud(phone)
    assert "Sin noticias de la caja blanca de Cama 3 · El Mezquite." in text
    assert "Mira si su luz parpadea." in text
    assert "12 cajas blancas están bien." in text
    assert "Todo va bien." not in text


def test_several_silent_boxes_are_one_notice_that_names_each(
    phone: TestClient, well: Parts
) -> None:
    for node, days in (("n-cama-3", 3), ("n-la-acequia-1", 30)):
        well.stores.registry.set_status(node, status(well, days * DAY))
    text = salud(phone)
    assert "Sin noticias de 2 cajas blancas." in text
    assert text.count("Mira si su luz parpadea.") == 1
    assert "Cama 3 · El Mezquite" in text
    assert "Cama 1 · La Acequia" in text


def test_a_box_that_never_spoke_is_told_as_such(phone: TestClient, well: Parts) -> None:
    well.stores.registry.save_node(Node("nodo-nuevo", "", well.clock() - DAY))
    assert "La caja blanca nodo-nuevo nunca ha hablado." in salud(phone)


def test_while_deliveries_are_refused_no_message_is_said_to_have_been_read(
    phone: TestClient, well: Parts
) -> None:
    phone.cookies.set("surco_session", SESSION)
    assert "Todos los mensajes se pudieron leer." in salud(phone)
    well.tally.could_not(well.clock())
    text = salud(phone)
    assert "No podemos recibir lo que mandan las cajas." in text
    assert "No se pierde nada" in text
    assert "Todos los mensajes se pudieron leer." not in text


def test_readings_that_are_away_are_told_and_the_page_answers(
    phone: TestClient, well: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("malformed")

    monkeypatch.setattr(well.stores.readings, "latest", away)
    phone.cookies.set("surco_session", SESSION)
    text = salud(phone)
    assert "Ahora no podemos guardar lecturas." in text
    assert "Todos los mensajes se pudieron leer." not in text


def test_what_a_gateway_says_is_told_and_its_own_words_only_to_who_keeps_it(
    phone: TestClient, well: Parts
) -> None:
    alarm = Alarm("clock", well.clock() - 2 * DAY, "set gateway.clock to trusted", {})
    report = GatewayReport(well.clock(), [alarm], "0.1.0", 3, 4096)
    well.stores.gateways.keep_report("gateway-1", report)
    text = salud(phone)
    assert "La caja de la red no sabe qué hora es." in text
    assert "Para quien cuida la computadora de Surco" in text
    assert "set gateway.clock to trusted" not in phone.get("/salud").text
    phone.cookies.set("surco_session", SESSION)
    assert "set gateway.clock to trusted" in phone.get("/salud").text


def test_missing_readings_are_counted_and_have_a_bed(phone: TestClient, well: Parts) -> None:
    well.stores.troubles.raised("rows-missing", "n-cama-3", well.clock(), {"rows": 1152})
    text = salud(phone)
    assert re.search(r"Faltan lecturas de la caja blanca de Cama 3 · El Mezquite: 1\D?152\.", text)


def test_messages_that_could_not_be_read_are_for_who_may_look_at_them(
    phone: TestClient, well: Parts
) -> None:
    refused = Refused("surco/v1/n-1/data", b"?", well.clock(), "gateway-1", "not-json", "")
    well.stores.ledger.settle([], refused=[refused])
    assert "Mensajes que no pudimos leer" not in salud(phone)
    phone.cookies.set("surco_session", SESSION)
    assert "Mensajes que no pudimos leer: 1." in salud(phone)


def test_it_answers_without_its_notebook_with_the_last_that_was_known(
    phone: TestClient, well: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    well.stores.registry.set_status("n-cama-3", status(well, 3 * DAY))
    salud(phone)

    def away() -> None:
        raise StoreUnavailable("the notebook is away")

    monkeypatch.setattr(well.stores.registry, "nodes", away)
    text = salud(phone)
    assert "Ahora no podemos leer los datos de los huertos." in text
    assert "Lo demás es lo último que supimos:" in text
    assert "Sin noticias de la caja blanca de Cama 3 · El Mezquite." in text
    assert "están bien" not in text
    assert phone.get("/health").status_code == 503


def test_every_trouble_at_once_is_told_in_one_language_on_a_small_page(
    phone: TestClient, well: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in TROUBLES:
        well.stores.troubles.raised(code, "n-cama-3", well.clock() - DAY, {"rows": 3, "n": 2})
    phone.cookies.set("surco_session", SESSION)
    for language in ("es", "en"):
        text = salud(phone, language)
        assert "Something is wrong that" not in text
        assert "no lo conoce" not in text
        assert "%(" not in text
    page = phone.get("/salud")
    files = [phone.get(f"/static/{name}") for name in ("garden.css", "live.js", "icons.svg")]
    assert sum(int(answer.headers["content-length"]) for answer in (page, *files)) <= 60_000


@pytest.mark.parametrize(
    ("ago", "es", "en"),
    [
        (timedelta(seconds=30), "Desde hace un momento.", "Since a moment ago."),
        (3 * HOUR, "Desde hoy a las 3:00.", "Since today at 3:00."),
        (10 * HOUR, "Desde el lunes 23 a las 20:00.", "Since Monday 23 at 20:00."),
        (20 * DAY, "Desde el 4 de noviembre.", "Since 4 November."),
        (400 * DAY, "Desde el 20 de octubre de 2025.", "Since 20 October 2025."),
    ],
)
def test_since_when_is_said_as_exactly_as_it_helps(ago: timedelta, es: str, en: str) -> None:
    for language, expected in (("es", es), ("en", en)):
        assert since(Words(language, catalogue(language), NOON), NOON - ago) == expected
    assert since(Words("es", catalogue("es"), NOON), None) == "Desde hace un momento."


def test_a_fact_that_was_not_told_leaves_a_sentence_that_can_be_read() -> None:
    words = Words("es", catalogue("es"), NOON)
    (said,) = say(words, State(NOON), [Notice("rows-missing", "n-9")])
    assert said.title == "Faltan lecturas de la caja blanca n-9: …."
    (other,) = say(words, State(NOON, gardens=(Garden("g", "G"),)), [Notice("newer", "gateway-1")])
    assert other.title == "Algo anda mal y esta página no lo conoce."
