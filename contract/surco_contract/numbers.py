"""The one reader of numbers that people write: in forms, tables and on the command line.

What Surco's own pages print can be typed back. A point is always a decimal point, as in Mexico; a
comma is a decimal comma, or groups thousands; spaces group thousands (NOM-008-SCFI, SI). `1,250` is
both, so nobody guesses: `NotANumber` has both readings. No exponents, no `_`, only the digits 0-9.
"""

import math
import re
from typing import Final

DIGITS: Final = 15  # of a double that are kept whatever they are

_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2212": "-"})
_TWO_READINGS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}\Z", re.ASCII)
_SHAPES: Final = tuple(
    (re.compile(rf"[+-]?{shape}\Z", re.ASCII), group)
    for shape, group in (  # TABLE: how a number is written → what groups its thousands
        (r"\d+[.,]?", ""),
        (r"\d*[.,]\d+", ""),
        (r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?", " "),
        (r"\d{1,3}(?:,\d{3})+\.\d+", ","),
        (r"\d{1,3}(?:,\d{3}){2,}", ","),
        (r"\d{1,3}(?:\.\d{3})+,\d+", "."),
        (r"\d{1,3}(?:\.\d{3}){2,}", "."),
    )
)


class NotANumber(ValueError):
    """A text that is no number, or two: `readings` has both, each in a way that is only one."""

    def __init__(self, text: str, *readings: str) -> None:
        self.readings = readings
        super().__init__(" or ".join(readings) if readings else f"{text[:40]!r} is no number")


def read_number(text: str) -> float:
    """Read "2.5", "2,5", "1 250", "1,250.5" or "1.250,5". Raises `NotANumber`."""
    given = text.translate(_SPACES).strip(" \t\r\n")
    if _TWO_READINGS.match(given):
        decimal = given.replace(",", ".").rstrip("0").rstrip(".")
        raise NotANumber(text, given.replace(",", ""), decimal)
    for shape, group in _SHAPES:
        if shape.match(given) and sum(map(str.isdigit, given)) <= DIGITS:
            return float(
                given.replace(group, "").replace(",", ".") if group else given.replace(",", ".")
            )
    raise NotANumber(text)


def read_whole(text: str) -> int:
    """Read a number without a fraction. Raises `NotANumber`."""
    number = read_number(text)
    if not number.is_integer():
        raise NotANumber(text)
    return int(number)


def json_number(value: object) -> float:
    """Return a number of JSON: no text, no truth, and finite. Raises `NotANumber`."""
    if type(value) is not int and type(value) is not float:
        raise NotANumber(str(value))
    try:
        number = float(value)
    except OverflowError:
        raise NotANumber("a number of so many digits") from None
    if not math.isfinite(number):
        raise NotANumber(str(value))
    return number
