"""What guards the files: marks by which a lost one is noticed, and backups of the notebook."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol


class Mark(NamedTuple):
    """What names a file of readings: another one has another life, an older copy a lower number."""

    life: str
    number: int  # of additions so far
    why: str = ""  # why this life began: damaged, removed, replaced; "" when nobody saw it
    aside: str = ""  # the broken file, if there is one


class Marks(Protocol):
    """The notebook's side. Raises `StoreUnavailable`."""

    def mark(self, name: str) -> Mark | None: ...
    def keep(self, name: str, mark: Mark) -> None: ...
    def received(self) -> int:
        """Return how many rows came so far, those in quarantine included."""
        ...


class ReadingsFile(Protocol):
    """The file's side: readings that lie in one file, which may break or go. Raises `StoreUnavailable`."""

    def mark(self) -> Mark: ...
    def rows(self) -> int: ...
    def look(self, most_s: float) -> None:
        """Read the file through, for at most so long; a broken one is put aside and begun anew."""
        ...

    def salvage(self, aside: str, nodes: Iterable[str]) -> int:
        """Take over what can be read of a broken file and is not here; return how many rows."""
        ...


class Backups(Protocol):
    """Copies of the notebook, one a day. Raises `StoreUnavailable` when none can be made now."""

    def newest(self) -> datetime | None: ...
    def make(self, day: date) -> str:
        """Make the copy of a day, in place of one that there is; return its name."""
        ...
