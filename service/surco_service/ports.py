"""What the service asks of the outside, as promises in words.

Every promise is held by one test suite that runs over all adapters of its port. Times are aware
datetimes in UTC, except row times, which are whole seconds since 1970 (`t`) as on the wire.

* `ReadingStore`  readings, for ever: SQLite or InfluxDB
* `Ledger`        book-keeping of deliveries: ranges, clock offsets, shelf, quarantine, commands
* `Keys`          what makes a node ours: its label, its claim, its own key
* `Firmware`      published versions, and how far one has been rolled out
* `Notebook`      what people edit: gardens, beds, sensors, harvests, waterings; and their outbox
* `Diary`         the day by day of each bed that advice rests on, and the weather of gardens
* `Mirror`        line protocol into InfluxDB for Grafana; the embedded size has none
* `Events`        tells open pages that something about a bed changed
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from surco_service.domain.nodes.release import Release
from surco_service.domain.nodes.rollout import Rollout
from surco_service.domain.stewardship.garden import (
    Bed,
    Calibration,
    Garden,
    Harvest,
    Node,
    NodeStatus,
    Placement,
    Probe,
    StoredAdvice,
    Watering,
)
from surco_service.domain.water.bed_days import BedDay
from surco_service.domain.water.science.weather import WeatherDay

# ---------------------------------------------------------------- readings


class Reading(NamedTuple):
    """One stored row. (node, b, q) names it for ever."""

    node: str
    b: str
    q: int
    t: int  # seconds since 1970
    tq: int  # 2 synced, 1 extrapolated; undated rows are dated before they get here
    values: Mapping[str, float]  # by column code, in the unit of the quantities table
    plausible: bool = True  # False: some value is outside its plausible range


class ReadingStore(Protocol):
    """Readings, kept for ever. Raises `StoreUnavailable` when the engine does not answer."""

    def add(self, readings: Sequence[Reading]) -> list[tuple[Reading, str]]:
        """Keep readings; returns when they are durable. Adding (node, b, q) again changes nothing.

        Returns the readings that the engine will never take, each with the engine's words.
        """
        ...

    def latest(self, nodes: Sequence[str]) -> dict[str, Reading]:
        """Return the newest reading of each node by its own time, not by arrival."""
        ...

    def series(self, node: str, start: int, end: int) -> list[Reading]:
        """Return the readings of a node with start <= t < end, oldest first."""
        ...

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]:
        """Return (start of bucket, mean of plausible values) of one column, oldest first.

        Buckets begin at multiples of `every_s` since 1970; those without values are left out.
        """
        ...

    def nodes(self) -> list[str]:
        """Return every node that ever stored a reading, sorted."""
        ...

    def close(self) -> None: ...


class Mirror(Protocol):
    """Line protocol into InfluxDB. Raises `StoreUnavailable`; writing a line again changes nothing."""

    def write(self, lines: Sequence[str]) -> None: ...


# ---------------------------------------------------------------- ledger


@dataclass(frozen=True, slots=True)
class Refused:
    """A message, or one row of it, that could not be taken; `id` is given by the ledger."""

    topic: str
    payload: bytes
    received_at: datetime
    gateway: str
    code: str  # a key of surco_contract.reasons.REASONS
    detail: str
    q: int | None = None  # the row, when only one row was refused
    id: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row on the shelf: undated (`p` set), or dated too far in the future."""

    node: str
    b: str
    q: int
    p: int | None  # life of the node's clock; None when the row has a date in the future
    t: int  # on the node's own clock when `p` is set, else seconds since 1970
    tq: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Command:
    """Something a gateway must do. `id` rises; the next poll's `after` confirms."""

    id: int
    kind: str  # "cfg" | "ota" | "resend" | "advice" | "credentials"
    node: str | None
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Settled:
    """What the ledger knew before it settled a delivery."""

    duplicate: int  # of the received rows: known before, or twice in this delivery
    gaps: frozenset[tuple[str, str]]  # (node, b) of this delivery with rows missing in between


class Ledger(Protocol):
    """Book-keeping of deliveries, in the Notebook's database. Every call is one transaction."""

    def known(self, node: str, b: str, first: int, end: int) -> set[int]:
        """Return which q of first <= q < end were received before."""
        ...

    def settle(
        self,
        received: Iterable[tuple[str, str, int]],
        waiting: Iterable[Waiting] = (),
        refused: Iterable[Refused] = (),
        aside: Iterable[tuple[str, str, int]] = (),
    ) -> Settled:
        """Record one delivery in one transaction: (node, b, q) received, shelf, quarantine.

        Rows set `aside` in quarantine count as received for the gaps. Both leave the shelf. The
        same refusal is kept once.
        """
        ...

    def keep_offsets(
        self, offsets: Mapping[tuple[str, str, int], int]
    ) -> dict[tuple[str, str, int], int]:
        """Keep (node, b, p) → seconds to add to that clock; the first one stays for ever.

        Returns the offsets that stay.
        """
        ...

    def offset(self, node: str, b: str, p: int) -> int | None: ...

    def shelf(self, node: str | None = None) -> list[Waiting]: ...

    def shelf_count(self) -> int: ...

    def gaps(self, node: str, b: str) -> list[tuple[int, int]]:
        """Return missing ranges (q, n) between the lowest and highest q received."""
        ...

    def quarantine(self, limit: int = 100, before: int | None = None) -> list[Refused]: ...
    def quarantined(self, id: int) -> Refused | None: ...
    def discard(self, id: int) -> bool: ...
    def quarantine_count(self) -> int: ...
    def quarantine_moved(self) -> int:
        """Return how many refusals went to the file because the quarantine was full."""
        ...

    def commands(self, gateway: str, after: int, limit: int = 100) -> list[Command]:
        """Return commands with id > after, and forget those up to `after` for this gateway."""
        ...

    def order(
        self, kind: str, node: str | None, body: Mapping[str, object], gateway: str | None = None
    ) -> None:
        """Queue a command for one gateway, or for all. A newer cfg, ota or advice replaces an older."""
        ...

    def add_gateway(self, gateway: str, token_hash: str) -> None: ...
    def gateway_by_token(self, token_hash: str) -> str | None: ...
    def gateway_seen(self, gateway: str, at: datetime) -> None: ...
    def gateways(self) -> dict[str, datetime | None]: ...


# ---------------------------------------------------------------- keys


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the set-up of a node has come."""

    key: str | None = field(default=None, repr=False)  # 32 bytes in hex; the node has the same
    labelled: datetime | None = None  # its label waits for a phone since
    claimed: datetime | None = None
    air_mv: float | None = None  # its probe at the set-up, in air and in water
    water_mv: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a node says of itself when a phone sets it up."""

    node: str
    hash: str = field(repr=False)  # of its new password, as a broker keeps it
    key: str = field(repr=False)
    air_mv: float | None = None
    water_mv: float | None = None


class Keys(Protocol):
    """Labels, claims and keys of nodes. Every call is one transaction, `credentials` included."""

    def standing(self, node: str) -> Standing | None:
        """Return how far a node has come, None when there is no such node."""
        ...

    def label(self, node: str, hash: str, now: datetime) -> Standing | None:
        """Open a label whose code has this hash; return how the node stood, None when it is new.

        What the node had before (label, password, key) is worth nothing any more.
        """
        ...

    def claim(self, claim: Claim, now: datetime) -> str:
        """Take a claim as `usecases.claims.judge` says; return that verdict."""
        ...

    def give(self, node: str, hash: str, key: str, now: datetime) -> None:
        """Give a node a password and a key without a claim; an open label is closed."""
        ...


class Firmware(Protocol):
    """Published versions, their files, and the rollout. Raises `StoreUnavailable`."""

    def publish(self, release: Release, bodies: Mapping[str, bytes]) -> bool:
        """Keep a version and its files; False when it is known. Raises `Conflict` (other content)."""
        ...

    def releases(self) -> dict[str, Release]:
        """Return the published versions, the oldest first."""
        ...

    def file(self, sha256: str) -> bytes | None: ...
    def keys(self) -> dict[str, str]:
        """Return the keys of the nodes that have one."""
        ...

    def rollout(self) -> Rollout | None:
        """Return the newest rollout."""
        ...

    def settle(
        self, before: Rollout | None, after: Rollout, orders: Mapping[str, Mapping[str, object]]
    ) -> Rollout | None:
        """Keep how the newest rollout stands, and its orders by node, in one transaction.

        None, and nothing is kept, when it does not stand as `before` any more. A new one (id 0)
        gets an id.
        """
        ...


# ---------------------------------------------------------------- notebook


class Notebook(Protocol):
    """What people edit. Raises `NotFound`, `Conflict`, or `StoreUnavailable`."""

    def gardens(self) -> list[Garden]: ...
    def garden(self, garden: str) -> Garden: ...
    def save_garden(self, garden: Garden) -> None: ...
    def beds(self, garden: str | None = None) -> list[Bed]: ...
    def bed(self, bed: str) -> Bed: ...
    def save_bed(self, bed: Bed) -> None: ...

    def nodes(self) -> list[Node]: ...
    def save_node(self, node: Node) -> None: ...
    def set_status(self, node: str, status: NodeStatus) -> None:
        """Keep what a node last said of itself; makes the node when it is new."""
        ...

    def wished(self, node: str) -> dict[str, int]:
        """Return how a node shall work, as far as somebody said it."""
        ...

    def wish(self, node: str, wished: Mapping[str, int]) -> None: ...
    def probes(self) -> list[Probe]: ...
    def save_probe(self, probe: Probe) -> None: ...
    def placements(self, node: str | None = None, bed: str | None = None) -> list[Placement]: ...
    def place(self, placement: Placement) -> None:
        """Put a probe in a bed from a time on; ends the placement its channel had until then."""
        ...

    def calibrations(self, probe: str | None = None) -> list[Calibration]: ...
    def calibrate(self, calibration: Calibration) -> None: ...

    def record_harvest(self, harvest: Harvest) -> bool:
        """Record a harvest and its mirror lines in one transaction; False when the id is known."""
        ...

    def record_watering(self, watering: Watering) -> bool:
        """Record a watering and its mirror lines in one transaction; False when the id is known."""
        ...

    def harvests(
        self,
        *,
        garden: str | None = None,
        bed: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Harvest]: ...  # newest first

    def waterings(
        self,
        *,
        garden: str | None = None,
        bed: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Watering]: ...  # newest first

    def all_harvests(self) -> Iterable[tuple[Harvest, Harvest | None]]:
        """Return all ever recorded with what each replaced, corrections and taken back included."""
        ...

    def all_waterings(self) -> Iterable[tuple[Watering, Watering | None]]:
        """Return all ever recorded with what each replaced, corrections and taken back included."""
        ...

    def save_advice(self, advice: Sequence[StoredAdvice], lines: Sequence[str] = ()) -> None:
        """Keep the latest advice of beds, and its lines for the outbox, in one transaction."""
        ...

    def advice(self) -> dict[str, StoredAdvice]:
        """Return the latest advice of each bed, by bed."""
        ...

    def enqueue(self, lines: Sequence[str]) -> None:
        """Put derived lines (bed_moisture, advice, node_health) in the outbox."""
        ...

    def outbox(self, limit: int = 1000) -> list[tuple[int, str]]:
        """Return the oldest (id, line) that the mirror has not confirmed."""
        ...

    def mirrored(self, ids: Sequence[int]) -> None:
        """Forget these outbox lines. Not "up to": a lower id may be committed later."""
        ...

    def new_admin_link(self, token_hash: str, expires: datetime) -> None: ...
    def use_admin_link(self, token_hash: str, now: datetime) -> bool:
        """Consume a one-time link; False when it is unknown, used or expired."""
        ...

    def open_session(self, token_hash: str, expires: datetime) -> None: ...
    def session_valid(self, token_hash: str, now: datetime) -> bool: ...


class Diary(Protocol):
    """The days of each bed, derived, and the weather. Raises `StoreUnavailable`.

    Whatever the `Notebook` changes in the past forgets the pages from that day on.
    """

    def pages(
        self, beds: Sequence[str], first: date, last: date | None = None
    ) -> dict[str, list[BedDay]]:
        """Return the pages of beds since a day, oldest first; those of an older method are not there."""
        ...

    def save_pages(self, pages: Iterable[BedDay]) -> None: ...
    def forget_pages(self, bed: str, since: date) -> None: ...

    def weather(self, garden: str, first: date, last: date) -> list[WeatherDay]:
        """Return what is known of some days, one each, oldest first; rain from who knows best."""
        ...

    def save_weather(self, garden: str, days: Sequence[WeatherDay], source: str) -> None:
        """Keep what a source ("person", "gauge", "api") says; no forecast replaces what happened."""
        ...


class Events(Protocol):
    """Tells open pages that something about a bed changed. Thread-safe; never waits."""

    ended: bool  # the service stops: whoever waits for news goes

    def publish(self, bed: str) -> None: ...
    def end(self) -> None: ...


class Clock(Protocol):
    def __call__(self) -> datetime: ...
