"""Grafana's own components (`@grafana/ui` 10.4, `@grafana/data`) in a browser, fed by a real InfluxDB."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from surco_dashboards.panels import Json
from surco_dashboards.queries import Values, expand
from surco_service.domain.stewardship.garden import TIMEZONE
from tests.servers import Influxd, program

SOURCE = Path(__file__).with_name("grafana_ui")
BUILD = Path(__file__).parents[2] / "build/grafana-ui"
FULL_PX = 1240  # a dashboard on a screen of 1280
_LOADERS = ["--loader:.svg=dataurl", "--loader:.woff2=dataurl"]
_NAMES = ['--define:process.env.NODE_ENV="production"', "--define:process.env={}",
          "--define:global=globalThis"]  # fmt: skip


def bundle() -> Path:
    """Install Grafana's packages and make one script of them, once; other workers wait."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        source = "".join(file.read_text(encoding="utf-8") for file in sorted(SOURCE.iterdir()))
        made = BUILD / "made"
        if not made.exists() or made.read_text(encoding="utf-8") != source:
            _bundle()
            made.write_text(source, encoding="utf-8")
    return BUILD / "draw.js"


def _bundle() -> None:
    for file in SOURCE.iterdir():
        shutil.copy(file, BUILD)
    wanted, got = (SOURCE / "package.json").read_text(), BUILD / "installed"
    if not got.exists() or got.read_text() != wanted:
        npm = [
            "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--legacy-peer-deps",
        ]
        subprocess.run(npm, cwd=BUILD, check=True, capture_output=True, timeout=400)
        got.write_text(wanted)
    esbuild = [
        str(BUILD / "node_modules/.bin/esbuild"), "draw.jsx", "--bundle", "--minify",
        "--format=iife", *_LOADERS, *_NAMES, "--outfile=draw.js", "--log-level=error",
    ]  # fmt: skip
    subprocess.run(esbuild, cwd=BUILD, check=True, capture_output=True, timeout=120)


@dataclass
class Grafana:
    """A page that draws panels as Grafana does, over one bucket."""

    page: Any
    influxd: Influxd
    bucket: str
    now: datetime
    folder: Path = BUILD

    def format(self, unit: str, value: float, decimals: int) -> str:
        return self.page.evaluate("(given) => surco.format(...given)", [unit, value, decimals])

    def curves(self, panel: Json, answer: list[Any], start: datetime, end: datetime) -> Any:
        """Return each curve's values as they are drawn: numbers, "span" (bridged) and "hole"."""
        given = [panel, [answer], self._range(start, end)]
        return self.page.evaluate("([p, a, r]) => surco.curves(p, a, r)", given)

    def interval(self, start: datetime, end: datetime, width_px: int) -> str:
        """Return `$__interval` for a panel, by Grafana's own reckoning."""
        ms = [int(t.timestamp() * 1000) for t in (start, end)]
        return self.page.evaluate("([a, b, w]) => surco.interval(a, b, w)", [*ms, width_px])

    def draw(
        self, panels: Sequence[Json], now: datetime, back: timedelta,
        values: Mapping[str, Values], picture: Path | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Draw panels over a range; return what each says: words, colours, axes, frames."""
        start, end = (int(t.timestamp() * 1000) for t in (now - back, now))
        answers = [
            [
                self._ask(expand(
                    target["query"], start, end,
                    self.interval(now - back, now, FULL_PX * panel["gridPos"]["w"] // 24), values,
                ))
                for target in panel["targets"]
            ]
            for panel in panels
        ]  # fmt: skip
        given = [list(panels), answers, self._range(now - back, now)]
        said = self.page.evaluate("([p, a, r]) => surco.draw(p, a, r)", given)
        if picture is not None:
            lowest = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in panels)
            self.page.set_viewport_size({"width": FULL_PX + 10, "height": lowest * 38 + 10})
            self.page.screenshot(path=str(picture))
        return said

    def _range(self, start: datetime, end: datetime) -> dict[str, Any]:
        ms = [int(t.timestamp() * 1000) for t in (start, end)]
        return {"from": ms[0], "to": ms[1], "zone": TIMEZONE}

    def _ask(self, query: str) -> list[Any]:
        answer = httpx.post(
            f"{self.influxd.url}/query",
            params={"db": self.bucket, "epoch": "ms"},
            data={"q": query},
            headers={"Authorization": f"Token {self.influxd.token}"},
        )
        answer.raise_for_status()
        (result,) = answer.json()["results"]
        assert "error" not in result, (query, result)
        return result.get("series", [])


@contextmanager
def grafana(influxd: Influxd, bucket: str, now: datetime) -> Iterator[Grafana]:
    from playwright.sync_api import sync_playwright

    script = bundle()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(locale="es-MX", viewport={"width": FULL_PX + 10, "height": 2000})
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(script.with_name("draw.html").as_uri())
        assert not troubles, troubles
        yield Grafana(page, influxd, bucket, now)
        browser.close()
        assert not troubles, troubles


def dumped(said: Mapping[str, Any]) -> str:
    """Return what panels say, to be read."""
    return json.dumps(
        {title: {k: v for k, v in one.items() if k != "frames"} for title, one in said.items()},
        indent=1, ensure_ascii=False,
    )  # fmt: skip
