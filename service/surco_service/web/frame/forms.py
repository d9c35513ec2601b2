"""What a form's fields say, read; what cannot be read is said under its field."""

from datetime import date
from typing import Annotated

from fastapi import Form

from surco_service.errors import Invalid
from surco_service.web.frame.site import read_number

Field = Annotated[str, Form(max_length=2000)]


def maybe(text: str, field: str) -> float | None:
    """Return the number of a field that may stay empty. Raises `Invalid`."""
    return number(text, field) if text.strip() else None


def number(text: str, field: str) -> float:
    """Return the number of a field. Raises `Invalid`."""
    read = read_number(text)
    if read is None:
        raise Invalid({field: "not-a-number"})
    return read


def read_day(text: str, field: str) -> date | None:
    """Return the day of a field that may stay empty. Raises `Invalid`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({field: "not-a-day"}) from None
