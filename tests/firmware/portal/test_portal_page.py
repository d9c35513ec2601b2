"""The page of the portal, in a browser as on a small phone, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.portal.portals import (
    BROKER_PASSWORD,
    CODE,
    KEY,
    NODE,
    WIFI_PASSWORD,
    ClaimBroker,
    SimulatedPortal,
    configure,
    make_node,
)
from tests.firmware.wakes import FIRMWARE
from tests.journeys.browser import phone

PAGE = (FIRMWARE / "node/portal/portal.html").read_text()
WHYS = (
    "networks password code host busy wrong-password not-found no-wifi no-gateway no-broker certificate "
    "wrong-code moved unknown-node no-label no-answer later stranger not-again good broken swapped silent "
    "no-rows other-node other-life not-ours wrong-mac queue"
)


def words() -> dict[str, list[str]]:
    """Return what the script says: key → Spanish, English, perhaps advice in both."""
    table = PAGE[PAGE.index("var W={") : PAGE.index("};\nW[")]
    return {
        key.strip("'"): text.split("|") for key, text in re.findall(r"([\w'-]+):'([^']*)'", table)
    }


def pairs() -> list[tuple[str, str]]:
    """Return (Spanish, English) of what stands in the page."""
    return [(es, a or b) for a, b, es in re.findall(r'\ben=(?:"([^"]+)"|(\w+))>([^<]+)', PAGE)]


def test_it_is_one_small_page_that_needs_nothing_from_outside() -> None:
    assert len(PAGE.encode()) <= 14 * 1024
    assert not re.search(r"https?://|src=|url\(|@import", PAGE)


def test_every_word_is_there_in_both_languages() -> None:
    found = words()
    assert all(len(parts) in (2, 4) and all(parts) for parts in found.values())
    aliases = set(re.findall(r"W(?:\['([\w-]+)'\]|\.(\w+))=", PAGE))
    known = found.keys() | {one or other for one, other in aliases}
    assert set(WHYS.split()) <= known
    assert len(pairs()) == len(re.findall(r"\ben=", PAGE)) > 20


def test_no_sentence_has_more_than_twelve_words() -> None:
    texts = [text for parts in [*words().values(), *pairs()] for text in parts]
    for sentence in re.split(r"[.?!:…]\s", " ".join(text + ". " for text in texts)):
        assert len(sentence.split()) <= 12, sentence


def test_what_the_node_can_say_the_page_can_explain() -> None:
    said: set[str] = set()
    for file in [*FIRMWARE.glob("node/portal/*.py"), *FIRMWARE.glob("node/carry/*.py")]:
        text = file.read_text()
        said |= set(re.findall(r'(?:Failed|Refused)\(\s*"([a-z-]+)"', text))
        said |= set(re.findall(r'"why": "([a-z-]+)"', text))
        said |= set(re.findall(r'return "([a-z-]+)"', text))
    assert len(said) > 20
    said -= {"in", "sensors"}  # a program's mistakes: something failed
    assert said <= set(WHYS.split()), said - set(WHYS.split())


def overflows(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.chromium
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("language", "wrong", "done"),
    [
        ("es-MX", "Esa no es la contraseña", "Listo"),
        ("en-US", "That is not the Wi-Fi password", "Done"),
    ],
)
def test_a_person_sets_a_node_up(tmp_path: Path, language: str, wrong: str, done: str) -> None:
    faults: list[str] = []
    asked: list[str] = []
    with ClaimBroker(CODE, verdict={"ok": True}) as broker, phone(language) as page:
        folder = make_node(tmp_path / NODE, broker.port)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        with SimulatedPortal(folder) as portal:
            home = f"http://127.0.0.1:{portal.port}"
            page.goto(f"{home}/?c={CODE}")
            page.locator(".net", has_text="Casa").click()
            assert CODE not in page.url
            assert not overflows(page)
            page.click("form > button")  # an open network? it says no
            page.locator("#told", has_text=wrong).wait_for()
            page.click("#back")
            page.fill("#pass", "short")
            page.click("form > button")
            page.locator("#pass[aria-invalid=true]").wait_for()
            page.fill("#pass", WIFI_PASSWORD)
            assert page.locator("#pass").get_attribute("type") == "password"
            page.locator(".show").first.click()
            assert page.locator("#pass").get_attribute("type") == "text"
            page.click("nav [value=probe]")
            page.click("button[value=air].ghost")
            page.locator("#air", has_text="1425 mV").wait_for()
            page.click("nav [value=join]")
            page.click("form > button")
            page.locator("h1", has_text=done).wait_for(timeout=20_000)
            assert page.locator("li.done").count() == 4
            assert not overflows(page)
            page.click("#lang")
            assert page.locator("h1:visible").inner_text() in ("Done ✓", "Listo ✓")
    assert faults == []
    assert all(url.startswith(home) for url in asked)
    assert (folder / "config.json").exists()


@pytest.mark.chromium
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("language", "words"),
    [("es-MX", "pide otra etiqueta"), ("en-US", "ask for a new label")],
)
def test_who_writes_another_address_is_told_to_ask_for_a_new_label(
    tmp_path: Path, language: str, words: str
) -> None:
    with ClaimBroker(CODE, verdict={"ok": True}) as other, phone(language) as page:
        folder = make_node(tmp_path / NODE, 1)
        configure(folder, 1)
        with SimulatedPortal(folder) as portal:
            page.goto(f"http://127.0.0.1:{portal.port}/")
            page.locator(".net", has_text="Casa").click()
            page.fill("#pass", WIFI_PASSWORD)
            assert not page.locator("#code").is_visible()
            page.click("#where summary")
            page.fill("#host", f"127.0.0.1:{other.port}")
            page.click("form > button")
            page.locator(".error", has_text=words).wait_for()
            assert not overflows(page)
            page.fill("#code", CODE)
            page.click("form > button")
            page.locator("#told .good, #told.good, .box.good").wait_for(timeout=30_000)
    assert BROKER_PASSWORD not in other.heard


@pytest.mark.chromium
@pytest.mark.timeout(120)
def test_a_person_carries_rows_and_brings_the_receipt(tmp_path: Path) -> None:
    from tests.firmware.carry.test_mule import fill, receipt

    folder = fill(make_node(tmp_path / NODE), 40)
    configure(folder, 1)
    b = json.loads((folder / "flash/state").read_bytes()[8:])["b"]
    with SimulatedPortal(folder) as portal, phone() as page:
        page.goto(f"http://127.0.0.1:{portal.port}/")
        page.click("nav [value=data]")
        page.locator("#rows", has_text="40").wait_for()
        assert not overflows(page)
        with page.expect_download() as download:
            page.click("#queue")
        assert download.value.suggested_filename == f"{NODE}-{b}-39.surco"
        assert KEY not in Path(download.value.path()).read_text()
        file = {"name": "r.surco", "mimeType": "text/plain", "buffer": b"a photo"}
        page.set_input_files("#file", files=[file])
        page.locator("#freed.error", has_text="no es un recibo").wait_for()
        page.set_input_files("#file", files=[{**file, "buffer": receipt(NODE, b, (0, 30))}])
        page.locator("#rows", has_text="10").wait_for()
        page.locator("#freed", has_text="30").wait_for()
