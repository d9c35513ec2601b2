"""Make the pictures in docs/screens again: python -m tests.service.web.screens [folder]."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.service.web.conftest import seeded, serving

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESK, FAIR = (360, 740), (1280, 800), (1920, 1080)
PICTURES = [
    ("gardens", "/", (PHONE, DESK)),
    ("garden", "/huerto/el-mezquite", (PHONE, DESK)),
    ("bed", "/cama/cama-3", (PHONE, DESK)),
    ("why", "/cama/cama-3/porque", (PHONE, DESK)),
    ("sick", "/cama/cama-6", (PHONE,)),
    ("rain", "/huerto/el-mezquite/lluvia", (PHONE,)),
    ("harvest", "/cama/cama-3/cosecha", (PHONE, DESK)),
    ("fair", "/pantalla", (FAIR,)),
    ("workshop", "/taller/n-cama-3", (DESK,)),
]


def main(folder: Path) -> None:
    """Take every picture of a seeded service."""
    with tempfile.TemporaryDirectory() as data, seeded(Path(data)) as parts, \
            serving(parts) as (url, _), sync_playwright() as play:  # fmt: skip
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for name, path, sizes in PICTURES:
            for width, height in sizes:
                page = browser.new_page(viewport={"width": width, "height": height}, locale="es-MX")
                page.goto(url + path)
                page.screenshot(full_page=width == PHONE[0], path=folder / f"{name}-{width}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens"))
