"""What every room asks of a field that a person filled in."""

import re
from collections.abc import Mapping

from surco_service.errors import Invalid

SLUG = re.compile(r"[a-z0-9-]{3,32}\Z")


def slug(id: str, field: str = "id") -> dict[str, str]:
    """Return what is wrong with a short name."""
    return {} if SLUG.match(id) else {field: "not-a-slug"}


def refuse(wrong: Mapping[str, str]) -> None:
    """Raise `Invalid` when a field is wrong."""
    if wrong:
        raise Invalid(dict(wrong))
