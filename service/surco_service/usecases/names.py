"""The words by which Grafana calls gardens and beds. Tags carry ids, which never change; fields carry words.

A name that was changed is drawn from then on, and everywhere after `surco rebuild`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surco_service.domain.stewardship.garden import Bed, Garden


@dataclass(frozen=True, slots=True)
class Named:
    """What people call a bed and its garden; no two beds of a garden are called the same."""

    garden: str
    bed: str

    @property
    def place(self) -> str:
        return f"{self.garden} · {self.bed}"

    def fields(self) -> dict[str, str]:
        return {"garden_name": self.garden, "bed_name": self.bed, "place": self.place}


Names = Mapping[str, Named]
"""Bed → its names."""

NO_NAMES: Names = {}


def names_of(gardens: Iterable[Garden], beds: Iterable[Bed]) -> Names:
    """Return the names of beds; one that is another's as well has the id behind it."""
    gardens, beds = list(gardens), list(beds)
    garden_names = told_apart({garden.id: ("", garden.name) for garden in gardens})
    bed_names = told_apart({bed.id: (bed.garden, bed.name) for bed in beds})
    return {
        bed.id: Named(garden_names.get(bed.garden, bed.garden), bed_names[bed.id]) for bed in beds
    }


def named(names: Names, garden: str, bed: str) -> Named:
    """Return the names of a bed; its ids when it has none."""
    return names.get(bed) or Named(garden, bed)


def told_apart(called: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return id → name, from id → (within what a name must be its own, name)."""
    used = Counter(called.values())
    return {
        id: (name or id) if used[within, name] == 1 else f"{name} ({id})".strip()
        for id, (within, name) in called.items()
    }
