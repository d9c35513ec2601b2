"""The page that names a soil by three questions to a handful of it."""

from starlette.testclient import TestClient

from tests.service.web.conftest import SESSION


def test_a_handful_names_the_soil_to_choose_and_what_it_keeps(phone: TestClient) -> None:
    page = phone.get("/suelo?ball=yes&ribbon=short&feel=gritty").text
    assert "Elige «Franca arenosa»" in page
    assert "36 litros" in page  # 1000 (0.23 - 0.11) 0.3
    assert "No está en la lista" not in page


def test_a_soil_that_the_table_lacks_says_which_is_most_like_it(phone: TestClient) -> None:
    page = phone.get("/suelo?ball=yes&ribbon=medium&feel=even").text
    assert "Franca arcillosa" in page
    assert "La que más se le parece es «Arcillosa»" in page


def test_sand_needs_one_answer_and_the_others_all(phone: TestClient) -> None:
    assert "Elige «Arenosa»" in phone.get("/suelo?ball=no").text
    page = phone.get("/suelo?ball=yes&ribbon=long").text
    assert "Contesta también las otras preguntas" in page
    assert 'value="long" checked' in page, "what was answered is kept"
    assert "Elige" not in page


def test_the_form_of_a_bed_leads_there(phone: TestClient) -> None:
    phone.cookies.set("surco_session", SESSION)
    assert 'href="/suelo"' in phone.get("/sensores").text
