"""Readings, the book-keeping of deliveries, and the gateways that bring them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

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


Life = tuple[str, str, int]
"""node, b, p: one life of a node's clock."""


class ReadingStore(Protocol):
    """Readings, kept for ever. Raises `StoreUnavailable` when the engine does not answer."""

    names_by_time: bool
    """True: to this engine a row of another time is another row. So what was received before is to be
    sifted by `absent` before it is added again."""

    def add(
        self, readings: Sequence[Reading], clocks: Mapping[Life, int] = MappingProxyType({})
    ) -> list[tuple[Reading, str]]:
        """Keep readings; returns when they are durable. Adding (node, b, q) again changes nothing.

        `clocks`: the offsets by which some of them were dated are kept beside them. Returns the
        readings that the engine will never take, each with the engine's words.
        """
        ...

    def absent(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return those whose (node, b, q) is not here, under whatever time."""
        ...

    def clock(self, node: str, b: str, p: int) -> int | None:
        """Return the offset by which readings of this life of a clock were dated."""
        ...

    def identities(self, node: str) -> Iterable[tuple[str, int]]:
        """Return (b, q) of every reading of a node."""
        ...

    def stamp(self) -> int:
        """Return the number that was set last, 0 at first."""
        ...

    def set_stamp(self, number: int) -> None:
        """Keep a number with the readings, to see which notebook belongs to them."""
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
class Settled:
    """What the ledger knew before it settled a delivery."""

    duplicate: int  # of the received rows: known before, or twice in this delivery


class Hole(NamedTuple):
    """Rows first <= q < end of a ring that never came, though newer ones did."""

    node: str
    b: str
    first: int
    end: int
    leading: bool = False  # before the oldest row that ever came: perhaps they never were ours


@dataclass(frozen=True, slots=True)
class Wanted:
    """Missing rows that a node is asked for, or that are known to be lost."""

    node: str
    b: str
    first: int
    end: int
    since: datetime  # when rows of this ring were first missed
    asked: int = 0  # times without any of them in return
    asked_at: datetime | None = None
    lost_at: datetime | None = None  # the node was asked often enough and does not hold them


class Ledger(Protocol):
    """Book-keeping of deliveries, in the Notebook's database. Every call is one transaction."""

    def known(self, node: str, b: str, first: int, end: int) -> set[int]:
        """Return which q of first <= q < end were received before."""
        ...

    def known_among(self, rows: Iterable[tuple[str, str, int]]) -> set[tuple[str, str, int]]:
        """Return which of these (node, b, q) were received before."""
        ...

    def stamp(self) -> int:
        """Return the number that was set last, 0 at first."""
        ...

    def set_stamp(self, number: int) -> None: ...

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

    def holes(self) -> list[Hole]:
        """Return what neither came nor waits on the shelf, though newer rows did; newest first.

        It follows from what was received and from nothing else. What is before the oldest row of a
        ring counts only as long as a node may still hold it: foreign nodes number as they like.
        """
        ...

    def wanted(self) -> list[Wanted]: ...

    def want(self, gone: Iterable[Wanted], new: Iterable[Wanted]) -> None:
        """Replace some of `wanted` by others."""
        ...

    def quarantine(self, limit: int | None = None, before: int | None = None) -> list[Refused]:
        """Return what was refused, newest first; all of it when no limit is asked for."""
        ...

    def quarantined(self, id: int) -> Refused | None: ...
    def discard(self, id: int) -> bool: ...
    def quarantine_count(self) -> int: ...
    def quarantine_moved(self) -> int:
        """Return how many refusals went to the file because the quarantine was full."""
        ...


# ---------------------------------------------------------------- gateways


@dataclass(frozen=True, slots=True)
class Command:
    """Something a gateway must do. `id` rises; the next poll's `after` confirms."""

    id: int
    kind: str  # "cfg" | "ota" | "resend" | "advice" | "credentials" | "replay"
    node: str | None
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong at a gateway."""

    code: str  # a key of surco_contract.troubles.TROUBLES, or one that is newer than us
    since: datetime
    words: str  # the gateway's own, for whoever keeps the machine
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """What a gateway last said of itself."""

    at: datetime
    alarms: Sequence[Alarm]
    version: str
    undelivered: int | None  # messages that wait for us; None: its spool cannot be read
    spool_bytes: int | None


class Gateways(Protocol):
    """The gateways by their tokens, and their commands. Every call is one transaction."""

    def commands(self, gateway: str, after: int, limit: int = 100) -> list[Command]:
        """Return commands with id > after, and forget those up to `after` for this gateway."""
        ...

    def order(
        self, kind: str, node: str | None, body: Mapping[str, object], gateway: str | None = None
    ) -> None:
        """Queue a command for one gateway, or for all. A newer cfg, ota or advice replaces an older."""
        ...

    def add(self, gateway: str, token_hash: str) -> None: ...
    def by_token(self, token_hash: str) -> str | None: ...
    def seen(self, gateway: str, at: datetime) -> None: ...
    def all(self) -> dict[str, datetime | None]:
        """Return when each gateway was last heard, by its name."""
        ...

    def keep_report(self, gateway: str, report: GatewayReport) -> None:
        """Keep what a gateway says of itself, instead of what it said before."""
        ...

    def reports(self) -> dict[str, GatewayReport]:
        """Return what each gateway last said of itself, by its name."""
        ...
