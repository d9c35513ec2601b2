"""Gardens, beds, sensors and what people record: plain values, no behaviour that needs a store."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

SUN: dict[str, float] = {"full": 1.0, "half": 0.75, "shade": 0.5}
"""How much of the open field's evaporation a bed sees: all day, half a day, little sun."""

TIMEZONE = "America/Mexico_City"
"""Where a garden is that says nothing else, and what a page of many gardens shows."""

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Garden:
    id: str  # slug, [a-z0-9-]{3,32}
    name: str
    latitude: float | None = None
    longitude: float | None = None
    can_litres: float = 10.0  # the garden's watering can
    timezone: str = TIMEZONE
    elevation_m: float = 1820.0
    water_days: str = ""  # when the network brings water (tandeo): "mon,thu"; "": always
    cistern_litres: float | None = None  # what it holds when full
    roof_m2: float | None = None  # that feeds the cistern


def common_timezone(gardens: Iterable[Garden]) -> str:
    """Return the time zone that all these gardens share; the usual one when they share none."""
    zones = {garden.timezone for garden in gardens}
    return zones.pop() if len(zones) == 1 else TIMEZONE


@dataclass(frozen=True, slots=True)
class Bed:
    id: str  # slug, unique over all gardens
    garden: str
    name: str  # "Cama 3"
    area_m2: float
    crop: str | None = None  # id in the crop table
    planted: date | None = None
    soil: str = "mix"  # id in the soil table
    depth_m: float | None = None  # of the soil in a raised bed; None = open ground
    sun: str = "full"  # key of SUN
    container: bool = False  # a pot or a sack, warmed from all sides
    mulch: bool = False  # straw or leaves cover the ground
    field_capacity: float | None = None  # m3/m3, measured in this bed; None: the soil table's
    wilting_point: float | None = None


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What a node last said of itself; `at` is when the gateway heard it."""

    at: datetime
    state: str  # "asleep" | "lost" | "awake"
    next_at: datetime | None = None  # when it promised to speak again
    interval_s: int | None = None
    battery_mv: int | None = None
    firmware: str | None = None
    cfg: int | None = None
    held: int | None = None  # rows the node still holds unacked
    lost: int = 0
    skipped: int = 0
    rssi_dbm: int | None = None
    error: str | None = None
    bad: str | None = None  # a version that it tried and gave up
    trial: bool = False  # `firmware` runs on trial
    update: str | None = None  # how far a new version is, "40%"
    cause: str | None = (
        None  # of its last start: "power" | "sleep" | "watchdog" | "reset" | "crash"
    )


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    name: str = ""
    added: datetime | None = None
    status: NodeStatus | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    id: str  # printed on it, e.g. "p-0007"
    kind: str = "capacitive"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a probe hangs and in which bed, for a time. `until` None: still there."""

    node: str
    channel: str  # column code, "r1" or "r2"
    probe: str
    bed: str
    depth_m: float
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the probe hangs there at a time: `since` counts, `until` does not."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two points of a probe: raw millivolts and water content there; valid from a time on."""

    probe: str
    dry_mv: float
    dry_theta: float  # m3/m3
    wet_mv: float
    wet_theta: float
    since: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class Harvest:
    """What was picked. A correction names the harvest it replaces; nothing is overwritten."""

    id: str  # UUID, given by the form so that a second tap changes nothing
    bed: str
    garden: str
    crop: str
    amount: float
    unit: str  # id in the table of units
    at: datetime
    recorded: datetime
    note: str = ""
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Watering:
    id: str
    bed: str
    garden: str
    litres: float
    at: datetime
    recorded: datetime
    note: str = ""
    replaces: str | None = None


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
