"""The pages in a real browser: narrow, without JavaScript, live, and with the server gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from surco_service.app import Parts
from tests.builders import a_watering
from tests.service.web.conftest import serving
from tests.service.web.screens import ARGS, CHROMIUM

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"{CHROMIUM} is not installed"),
]


@pytest.fixture
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


def test_nothing_scrolls_sideways_on_the_narrowest_phone(parts: Parts, browser) -> None:
    with serving(parts) as (url, _):
        page = browser.new_page(viewport={"width": 320, "height": 640}, locale="es-MX")
        for path in (
            "/", "/huerto/el-mezquite", "/cama/cama-3", "/cama/cama-3/cosecha", "/salud",
            "/cama/cama-3/riego", "/pantalla", "/taller/n-cama-3", "/sensores",
            "/cama/cama-3/porque", "/cama/cama-6", "/huerto/el-mezquite/lluvia", "/cargar",
        ):  # fmt: skip
            page.goto(url + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, (path, wide)


def test_a_watering_is_noted_without_javascript(parts: Parts, browser) -> None:
    with serving(parts) as (url, _):
        page = browser.new_context(java_script_enabled=False, locale="es-MX").new_page()
        page.goto(url + "/huerto/el-mezquite")
        page.get_by_role("button", name="Ya regué").first.click()
        page.get_by_text("Anotado: 30 litros.").first.wait_for()
        page.get_by_role("button", name="Deshacer").wait_for()


def test_an_open_page_hears_of_a_watering(parts: Parts, browser) -> None:
    with serving(parts) as (url, _):
        page = browser.new_page(locale="es-MX")
        troubles: list[str] = []
        page.on("console", lambda said: troubles.append(said.text))
        with page.expect_response("**/eventos"):
            page.goto(url + "/cama/cama-3")
        now = parts.clock()
        parts.stores.records.record_watering(a_watering(35, at=now, recorded=now))
        parts.events.publish("cama-3")
        page.get_by_text("35 litros").first.wait_for(timeout=10_000)
        assert not troubles  # nor does the content security policy refuse anything
        page.close()


def test_the_fair_screen_keeps_its_data_when_the_server_is_gone(parts: Parts, browser) -> None:
    with serving(parts) as (url, server):
        page = browser.new_page(locale="es-MX")
        page.clock.install()
        page.goto(url + "/pantalla")
        before = page.get_by_role("heading").inner_text()
        server.should_exit = True
        server.force_exit = True
        lost = page.get_by_text("Sin conexión desde")
        for _ in range(20):
            page.clock.run_for(16_000)
            if lost.is_visible():
                break
            page.wait_for_timeout(250)
        assert lost.is_visible()
        assert page.get_by_role("heading").inner_text() == before
