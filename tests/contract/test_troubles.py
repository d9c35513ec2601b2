"""Every trouble that code raises is in the table, has its words, and none of the table is idle (18.9)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from surco_contract.troubles import MENDERS, TROUBLES, UNKNOWN, URGENCIES
from surco_service.usecases.nodes.troubles import AWAY, CONSEQUENCES, KEPT, NAMED
from surco_service.web.frame.site import catalogue
from surco_service.web.nodes.troubles import TELLINGS, WHO

ROOT = Path(__file__).parents[2]
CODE = [*ROOT.glob("gateway/surco_gateway/**/*.py"), *ROOT.glob("service/**/*.py")]
RAISING = {"raised": 0, "Notice": 0, "Trouble": 0, "StoreUnavailable": 1}
"""What is called with a code, and the place of the code among what it is given."""
HANDED_ON = {"code", "key"}  # attributes and parts of what was raised elsewhere
SPELLED = re.compile(r"[a-z]+(-[a-z]+)+")  # how a code looks that nothing else looks like


class Module:
    """A file of code: the names it gives to texts, and those it takes from other files of ours."""

    def __init__(self, path: Path) -> None:
        self.path, self.tree = path, ast.parse(path.read_text(encoding="utf-8"))

    def texts(self) -> dict[str, set[str]]:
        """Return the constants of texts, and of tuples of texts, by name."""
        found: dict[str, set[str]] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target, value = node.targets[0], node.value
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs = list(zip(target.elts, value.elts, strict=False))
                else:
                    pairs = [(target, value)]
                for name, text in pairs:
                    if isinstance(name, ast.Name):
                        found[name.id] = _texts(text, found)
        return found

    def taken(self) -> dict[str, set[str]]:
        """Return the constants that are imported from other files of ours."""
        found: dict[str, set[str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("surco"):
                file = FILES.get(node.module or "")
                texts = Module(file).texts() if file else {}
                for alias in node.names:
                    if alias.name.isupper() and alias.name in texts:
                        found[alias.asname or alias.name] = texts[alias.name]
        return found

    def raises(self) -> Iterator[tuple[int, ast.expr]]:
        """Return the line and the code of every call that raises one."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                place = RAISING.get(name)
                if place is not None and len(node.args) > place:
                    yield node.lineno, node.args[place]


def _texts(value: ast.expr, known: dict[str, set[str]]) -> set[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.Name):
        return known.get(value.id, set())
    if isinstance(value, ast.Tuple):
        return set().union(*(_texts(one, known) for one in value.elts))
    return set()


def codes_of(module: Module, given: ast.expr) -> set[str] | None:
    """Return the codes that an argument may be; empty when it is handed on, None when it is unclear."""
    if isinstance(given, ast.Starred):
        given = given.value
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return {given.value}
    if isinstance(given, ast.IfExp | ast.BoolOp):
        parts = [given.body, given.orelse] if isinstance(given, ast.IfExp) else given.values
        found = [codes_of(module, part) for part in parts]
        return None if None in found else set().union(*(one for one in found if one))
    if isinstance(given, ast.Subscript) or getattr(given, "attr", "") in HANDED_ON:
        return set()
    if isinstance(given, ast.Call):  # getattr(error, "code", "") or …
        return set()
    if not isinstance(given, ast.Name):
        return None
    known = module.taken() | module.texts()
    if given.id in known:
        return known[given.id]
    if given.id not in HANDED_ON:
        return None
    # a variable: it holds one of the codes that the file, or what it imports, has names for
    texts: set[str] = set().union(*known.values())
    return {text for text in texts if SPELLED.fullmatch(text) or text in TROUBLES}


FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts[1:]): path for path in CODE
}  # surco_gateway.health → its file
FOUND = [
    (f"{path.relative_to(ROOT)}:{line}", codes_of(module, given))
    for path in CODE
    for module in [Module(path)]
    for line, given in module.raises()
]
RAISED = {code for _, codes in FOUND for code in codes or ()}


def test_the_walk_sees_who_raises() -> None:
    assert {"clock", "broker", "node-late", "quarantine"} <= RAISED
    assert [where for where, codes in FOUND if codes is None] == [], (
        "say the code where it is raised"
    )


def test_every_code_that_is_raised_is_in_the_table() -> None:
    assert RAISED - TROUBLES.keys() == set()


def test_every_code_of_the_table_is_raised_somewhere() -> None:
    assert TROUBLES.keys() - RAISED == set()


def test_a_code_fits_where_it_is_kept_and_its_line_uses_the_known_words() -> None:
    for code, kind in TROUBLES.items():
        assert code == kind.code
        assert len(code) <= 32
        assert kind.urgency in URGENCIES
        assert kind.mender in MENDERS
    assert TROUBLES.keys() >= KEPT | AWAY | CONSEQUENCES.keys()
    assert NAMED <= KEPT


@pytest.mark.parametrize("code", [*TROUBLES, UNKNOWN.code])
def test_every_code_has_words_in_both_languages(code: str) -> None:
    telling, spanish = TELLINGS[code], catalogue("es")
    said = [telling.title, *telling.steps, *filter(None, (telling.calm, telling.many))]
    assert telling.steps, "what to do"
    for words in said:
        assert spanish.gettext(words) != words
        for jargon in ("gateway ", "nodo", "offline", "MQTT", "broker", "spool"):
            assert jargon not in spanish.gettext(words).replace("surco gateway replay", "")
    assert TELLINGS.keys() == {*TROUBLES, UNKNOWN.code}
    assert WHO.keys() == set(MENDERS)
