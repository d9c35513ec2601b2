"""A real browser, as a person on a phone has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers import program

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def phone(language: str = "es-MX") -> Iterator[Any]:
    """Yield a page of a small phone."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program("chromium"), args=ARGUMENTS)
        yield another_phone(browser, language)
        browser.close()


def another_phone(browser: Any, language: str = "es-MX") -> Any:
    """Return a page of a phone that shares nothing with the others."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale=language, timezone_id="America/Mexico_City"
    )
    return context.new_page()
