"""Both languages say everything, with the same values."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Self

import pytest

from surco.sentences import WORDS
from surco.words import Words, language
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.usecases.nodes.configure import Wish, configure

SERVICE = Path(__file__).parents[2] / "service/surco_service"


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_name_the_same_values(key: str) -> None:
    es, en = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in WORDS[key])
    assert es == en


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, "es"), ({"LANG": "en_GB.UTF-8"}, "en"), ({"LANG": "C.UTF-8"}, "es"),
     ({"LANG": "en_US", "LC_ALL": "es_MX"}, "es")],
)  # fmt: skip
def test_spanish_unless_the_locale_asks_for_english(environment, expected: str) -> None:
    assert language(environment) == expected


def test_values_are_put_in() -> None:
    assert Words("es")("running", url="x") == "Surco está listo: x"


def test_a_refusal_is_said_in_the_language_of_the_person() -> None:
    error = Conflict("the rollout of 0.3.0 still runs", "still-runs", version="0.3.0")
    assert Words("es").refusal(error).startswith("la versión 0.3.0 todavía se está repartiendo")
    assert Words("es").refusal(NotFound("there is no map")) == "there is no map"


def test_every_code_that_a_use_case_gives_has_its_words() -> None:
    codes: set[str] = set()
    for file in (
        "usecases/nodes/firmware.py",
        "usecases/nodes/configure.py",
        "adapters/sql/firmware.py",
    ):
        tree = ast.parse((SERVICE / file).read_text())
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in ("Conflict", "NotFound"):
                assert len(call.args) == 2, ast.unparse(call)
                codes.add(ast.literal_eval(call.args[1]))
    assert len(codes) == 9
    assert {"refused-" + code for code in codes} <= WORDS.keys()


def test_a_setting_out_of_its_bounds_is_said_with_its_bounds() -> None:
    wish = Wish(interval_s=1, upload_every=99, spill_rows=0, networks=(("", ""),), fast_min=9999)
    with pytest.raises(Invalid) as refused:
        configure(KnowsOne(), "n-1", wish, datetime.now(UTC))  # type: ignore[arg-type]
    told = Words("es").refusal(refused.value)
    for option in (
        "--interval va de 5 a 86400",
        "--upload-every",
        "--spill-rows",
        "--fast",
        "--wifi",
    ):
        assert option in told


class KnowsOne:
    """Stores with one node."""

    @property
    def registry(self) -> Self:
        return self

    def nodes(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(id="n-1")]
