"""Which names of a chip's modules a file of the firmware uses, and which of them a port lacks.

`hal/ports/*.json` has the names that real builds have. A name of later builds or of one port only is
used behind `hasattr(module, "name")` or by `getattr(module, "name", otherwise)`.
"""

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PORTS = ("esp32", "rp2")
OF_A_CHIP = {"machine", "network", "esp32", "rp2"}  # the lists of other modules may lack one
RUNS_ON = {"hal/esp32.py": ("esp32",), "hal/rp2.py": ("rp2",)}
LATER = {"machine.wake_pins"}  # in no release up to 1.28


@cache
def names_of(port: str) -> dict[str, set[str]]:
    """Return the names of a port by module or class: {"machine": …, "machine.Pin": …}."""
    text = (Path(__file__).parent / f"hal/ports/{port}-1.28.json").read_text()
    return {path: set(names) for path, names in json.loads(text)["modules"].items()}


def ports_of(file: str) -> tuple[str, ...]:
    """Return the ports that a file of the firmware runs on."""
    if file.startswith("hal/sim") or file == "micropython.py":
        return ()
    return RUNS_ON.get(file, PORTS)


def missing(source: str, ports: tuple[str, ...]) -> list[str]:
    """Return every name that a file uses and one of these ports has not: "rp2: machine.SOFT_RESET"."""
    uses = list(Uses(ast.parse(source)).found())
    return [f"{port}: {use}" for port in ports for use in uses if not _is_there(use, port)]


def _is_there(use: str, port: str) -> bool:
    path, _, name = use.lstrip("?").rpartition(".")
    if not path:
        return name in names_of(port) or name not in OF_A_CHIP
    there = [name in names_of(one).get(path, {name}) for one in PORTS]
    if use[0] == "?":  # behind a guard: one port must have it, else it is a slip of the pen
        return any(there) or f"{path}.{name}" in LATER
    return there[PORTS.index(port)]


class Uses:
    """The names that one file uses; what a variable holds is known from its assignments."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._above = {child: one for one in self._nodes for child in ast.iter_child_nodes(one)}
        self._holds: dict[str, set[str | None]] = {}
        for node in self._nodes:
            self._import(node)
        for node in self._nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    for one, value in _pairs(target, node.value):
                        self._holds.setdefault(ast.unparse(one), set()).add(self._path(value))

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for one in node.names:
                self._holds[one.asname or one.name] = {one.name}
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                self._holds[one.asname or one.name] = {f"{node.module}.{one.name}"}

    def _path(self, value: ast.expr) -> str | None:
        """Return "machine.Pin" for `machine.Pin`, an instance of it, and what holds one."""
        if isinstance(value, ast.Call):
            return self._path(value.func)
        held = self._holds.get(ast.unparse(value), set())
        if len(held) == 1:
            return next(iter(held))
        if isinstance(value, ast.Attribute) and not held:
            above = self._path(value.value)
            return above and f"{above}.{value.attr}"
        return None

    def found(self) -> Iterator[str]:
        """Yield the names: "?machine.wake_pins" is guarded, "machine.*" one that nobody can check."""
        for node in self._nodes:
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""
                yield from (f"{node.module}.{one.name}" for one in node.names)
            elif isinstance(node, ast.Attribute) and (path := self._path(node.value)):
                yield ("?" if self._is_guarded(node, path) else "") + f"{path}.{node.attr}"
            elif isinstance(node, ast.Call) and _called(node) in ("getattr", "hasattr"):
                yield from self._asked_for(node)

    def _asked_for(self, call: ast.Call) -> Iterator[str]:
        path, name = self._path(call.args[0]), call.args[1]
        if path and isinstance(name, ast.Constant):
            guarded = _called(call) == "hasattr" or len(call.args) == 3
            yield ("?" if guarded else "") + f"{path}.{name.value}"
        elif path:
            yield f"{path}.*"

    def _is_guarded(self, node: ast.AST, path: str) -> bool:
        """Return whether an `if` or `and` around it asks for this very name."""
        below, attribute = node, getattr(node, "attr", "")
        while (above := self._above.get(below)) is not None:
            tests: list[ast.expr] = []
            if isinstance(above, ast.If | ast.IfExp | ast.While) and below is not above.test:
                orelse = above.orelse if isinstance(above.orelse, list) else [above.orelse]
                tests = [] if below in orelse else [above.test]
            elif isinstance(above, ast.BoolOp) and isinstance(above.op, ast.And):
                tests = above.values[: above.values.index(below)]  # type: ignore[arg-type]
            if any(self._asks(test, path, attribute) for test in tests):
                return True
            below = above
        return False

    def _asks(self, test: ast.expr, path: str, name: str) -> bool:
        parts = (
            test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
        )
        return any(
            isinstance(part, ast.Call)
            and _called(part) == "hasattr"
            and self._path(part.args[0]) == path
            and isinstance(part.args[1], ast.Constant)
            and part.args[1].value == name
            for part in parts
        )


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Return (target, value) of `a = b` and of `a, b = c, d`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    return [(target, value)]
