"""Both languages say everything, with the same values."""

from string import Formatter

import pytest

from surco.words import WORDS, Words, language


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
