"""The domain holds what the product uses; what only tests compare with lives beside those tests."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PRODUCT = ("contract", "gateway", "service", "dashboards")
DOMAIN = "surco_service.domain"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Name = tuple[str, str]  # (module, what it defines at its top)


def test_every_public_function_of_the_domain_has_a_user_in_the_product() -> None:
    defined, users = survey()
    assert len(defined) > 100, "the survey looked at the wrong place"
    lonely = {name for name in defined - reached(users) if not name[1].startswith("_")}
    assert lonely == set(), "wire it, or move it to the tests that need it"


def test_a_function_that_nobody_calls_is_noticed() -> None:
    # what only its own module's dead code calls is dead too
    defined, users = survey({"left": "def dead(): return deader()\ndef deader(): return 1"})
    assert {("left", "dead"), ("left", "deader")} <= defined - reached(users)


def survey(more: dict[str, str] | None = None) -> tuple[set[Name], dict[Name | None, set[Name]]]:
    """Return what the domain defines, and what each of it uses. None: everybody outside."""
    defined: set[Name] = set()
    users: dict[Name | None, set[Name]] = {None: set()}
    for module, text in [*sources(), *(more or {}).items()]:
        tree = ast.parse(text)
        inside = module.startswith(DOMAIN) or module in (more or {})
        known = imported(tree)
        if inside:
            known |= {n.name: (module, n.name) for n in tree.body if isinstance(n, DEFINITIONS)}
        for node in tree.body:
            name = (module, node.name) if inside and isinstance(node, DEFINITIONS) else None
            users.setdefault(name, set()).update(mentioned(node, known))
            if name:
                defined.add(name)
    users[None] |= {name for name in defined if said_on_a_page(name)}
    return defined, users


def sources() -> Iterator[tuple[str, str]]:
    for part in PRODUCT:
        for path in (ROOT / part).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT / part).with_suffix("").parts)
            yield module, path.read_text()


@cache
def pages() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "service").rglob("*.html"))


def said_on_a_page(name: Name) -> bool:
    """Tell whether a page that got a whole module uses this of it: `signs.battery(status)`."""
    return f"{name[0].rpartition('.')[2]}.{name[1]}(" in pages()


def imported(tree: ast.Module) -> dict[str, Name]:
    """Return what names of a file mean that come from the domain."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(DOMAIN)
        for alias in node.names
    }


def mentioned(node: ast.AST, known: dict[str, Name]) -> Iterator[Name]:
    """Yield what a piece of code uses: `name`, or `module.name` of an imported module."""
    own = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in known.keys() - own:
            yield known[part.id]
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            package, module = known.get(part.value.id, ("", ""))
            yield f"{package}.{module}", part.attr


def reached(users: dict[Name | None, set[Name]]) -> set[Name]:
    """Return all that somebody outside the domain uses, directly or through what he uses."""
    found: set[Name] = set()
    waiting = list(users[None])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += users.get(name, ())
    return found
