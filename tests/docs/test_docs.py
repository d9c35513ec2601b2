"""Documentation that can lie is tested."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            if "://" not in target:
                yield page, target


@pytest.mark.parametrize(
    ("page", "target"), [pytest.param(p, t, id=f"{p.relative_to(ROOT)}:{t}") for p, t in links()]
)
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    assert (page.parent / target).exists()


def test_the_map_names_every_page() -> None:
    docs = ROOT / "docs"
    named = {(docs / target).resolve() for page, target in links() if page == docs / "index.md"}
    there = {page for page in docs.glob("**/*.md") if "decisions" not in page.parts}
    assert there - named <= {docs / "index.md", docs / "LICENSE.md"}


def test_every_promise_names_a_test_that_is_there() -> None:
    text = (ROOT / "docs/why/promises.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(P\d+) .*\| ([^|]+) \|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == [*(f"P{number}" for number in range(1, 11)), "P12"]
    for name, tests in rows:
        for path in re.findall(r"`(tests/[^`:]+)", tests):
            assert (ROOT / path).exists(), f"{name} names {path}"
        assert "`tests/" in tests, f"{name} names no test"


@pytest.mark.parametrize(
    ("section", "module"),
    [
        ("broker", "surco_gateway.broker.config"),
        ("gateway", "surco_gateway.config"),
        ("service", "surco_service.config"),
    ],
)
def test_every_setting_is_documented(section: str, module: str) -> None:
    from dataclasses import fields
    from importlib import import_module

    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    names = {field.name for field in fields(import_module(module).Settings)}
    missing = {f"SURCO_{section}_{name}".upper() for name in names}
    assert {name for name in missing if name not in text} == set()


def test_the_readme_points_at_folders_that_are_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooted = r"`((?:contract|firmware|gateway|service|dashboards|docs|tests)/[\w/.{},-]*)`"
    for path in re.findall(rooted, text):
        for found in _expand(path):
            assert (ROOT / found).exists(), found


def _expand(path: str) -> list[str]:
    before, brace, rest = path.partition("{")
    if not brace:
        return [path]
    names, _, after = rest.partition("}")
    return [before + name + after for name in names.split(",")]
