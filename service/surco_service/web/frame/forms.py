"""What a form's fields say, read; what cannot be read is said under its field."""

from datetime import date
from typing import Annotated

from fastapi import Form

from surco_contract.numbers import NotANumber, read_number
from surco_service.errors import Invalid

Field = Annotated[str, Form(max_length=2000)]


def maybe(text: str, field: str) -> float | None:
    """Return the number of a field that may stay empty. Raises `Invalid`."""
    return number(text, field) if text.strip() else None


def number(text: str, field: str) -> float:
    """Return the number of a field. Raises `Invalid`."""
    try:
        return read_number(text)
    except NotANumber as error:
        why = ("two-readings", *error.readings) if error.readings else ("not-a-number",)
        raise Invalid({field: " ".join(why)}) from None


def read_day(text: str, field: str) -> date | None:
    """Return the day of a field that may stay empty. Raises `Invalid`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({field: "not-a-day"}) from None
