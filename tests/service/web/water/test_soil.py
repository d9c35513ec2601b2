"""The page that names a soil by three questions to a handful of it."""

import pytest
from starlette.testclient import TestClient

from tests.service.web.conftest import SESSION


def test_a_handful_names_the_soil_to_choose_and_what_it_keeps(phone: TestClient) -> None:
    page = phone.get("/suelo?ball=yes&ribbon=short&feel=gritty").text
    assert "Elige «Franco arenosa»" in page
    assert "36 litros" in page  # 1000 (0.23 - 0.11) 0.3


@pytest.mark.parametrize(
    ("ribbon", "feel", "soil"),
    [
        ("medium", "gritty", "Franco arcillo arenosa"),
        ("medium", "even", "Franco arcillosa"),
        ("medium", "smooth", "Franco arcillo limosa"),
        ("long", "gritty", "Arcillo arenosa"),
    ],
)
def test_the_form_of_a_bed_has_the_soil_that_the_page_names(
    phone: TestClient, ribbon: str, feel: str, soil: str
) -> None:
    page = phone.get(f"/suelo?ball=yes&ribbon={ribbon}&feel={feel}").text
    assert f"Elige «{soil}» en el formulario" in page
    phone.cookies.set("surco_session", SESSION)
    assert f">{soil}</option>" in phone.get("/sensores").text


def test_sand_needs_one_answer_and_the_others_all(phone: TestClient) -> None:
    assert "Elige «Arenosa»" in phone.get("/suelo?ball=no").text
    page = phone.get("/suelo?ball=yes&ribbon=long").text
    assert "Contesta también las otras preguntas" in page
    assert 'value="long" checked' in page, "what was answered is kept"
    assert "Elige" not in page


def test_the_form_of_a_bed_leads_there(phone: TestClient) -> None:
    phone.cookies.set("surco_session", SESSION)
    assert 'href="/suelo"' in phone.get("/sensores").text
