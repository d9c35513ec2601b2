"""Times, amounts and texts as requests give them, made safe to work with."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from surco_contract.numbers import NotANumber, read_number, read_whole

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # not tab, line break


def _within(at: datetime) -> datetime:
    """Return the time in UTC; "since ever" and "for ever" become times that have a day before."""
    return FIRST if at < FIRST else LAST if at > LAST else at.astimezone(UTC)


def _text(text: str) -> str:
    if _UNSEEN.search(text):
        raise ValueError("a text without zero bytes, other control characters or half characters")
    return text


def _read(reader: Callable[[str], float]) -> Callable[[object], object]:
    def read(value: object) -> object:
        try:
            return reader(value) if isinstance(value, str) else value
        except NotANumber:
            raise ValueError("a number in digits, for example 100") from None

    return read


Whole = Annotated[int, BeforeValidator(_read(read_whole))]
Number = Annotated[float, BeforeValidator(_read(read_number))]
"""Numbers of an address, by the reader of all numbers: no `1_0`, no `1e3`."""

Moment = Annotated[AwareDatetime, AfterValidator(_within)]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number of JSON: neither true nor "1"."""
Text = Annotated[str, AfterValidator(_text)]
