"""A verdict as it is kept, and its reasons."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code and its numbers; pages and messages put it into words."""

    code: str
    values: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class StoredAdvice:
    """The latest verdict of a bed, kept so that it survives an outage of the readings."""

    bed: str
    status: str  # "wet" | "ok" | "soon" | "water" | "unknown"
    litres: float
    reasons: tuple[Reason, ...]
    at: datetime  # when it was decided
    data_at: datetime | None  # time of the reading it rests on
    expires: datetime  # from then on it reads "unknown"
    theta: float | None = None
    wetness: float | None = None  # 0 = dry (wilting point), 1 = full (field capacity)
    depletion_mm: float | None = None
    days_left: float | None = None
    litres_low: float = 0.0  # the dose lies between these two with 80 %
    litres_high: float = 0.0
    confidence: str = ""  # "high" | "medium" | "low"; "" of a verdict that was kept before 0.2
    basis: str = ""  # "fused" (model and probe) | "model" | "none"
    look_at: datetime | None = None  # when to look again
    notes: tuple[Reason, ...] = ()  # heat, frost, water days: good to know besides
    change: Reason | None = None  # what would change the verdict

    @property
    def silent(self) -> bool:
        """Tell whether nothing at all is known now; a bed of which we only doubt still speaks."""
        return self.status == "unknown" and self.basis in ("", "none")
