"""What is wrong with the machine at present, so that Salud, the doctor and /metrics can say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: a code, what it is about, and since when."""

    code: str  # what kind: the words for people belong to it
    about: str  # a file, a node, a gateway; "" when there is only one
    since: datetime
    facts: Mapping[str, object]  # numbers and names that the words mention


class Troubles(Protocol):
    """Troubles that outlive a restart. Raises `StoreUnavailable`."""

    def raised(self, code: str, about: str, at: datetime, facts: Mapping[str, object]) -> None:
        """Note a trouble. One that is known keeps its `since` and takes the new facts."""
        ...

    def ended(self, code: str, about: str) -> None:
        """Forget a trouble; one that is not known is no error."""
        ...

    def all(self) -> list[Trouble]:
        """Return what is wrong now, the oldest first."""
        ...
