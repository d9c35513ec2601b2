"""Rows that never came: they are asked for until they come, or are known to be lost.

What is missing follows from the ranges in the notebook, whatever came in between, after any restart
and any restore. A node may send its newest rows first, so a hole is normal for a while. One that
is still there ten minutes later is asked for, newest rows first, so many at a time that a node's
radio stays bounded. It is asked again an hour later at the earliest, and only if the node was heard
since. What a node was asked for three times without a single row in return, it does not hold: that
is lost, and said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from surco_service.ports.intake import Hole, Wanted
from surco_service.ports.stores import Stores

PATIENCE = timedelta(minutes=10)
PAUSE = timedelta(hours=1)
ATTEMPTS = 3
MOST_PIECES = 4  # of a ring, asked for at a time
MOST_ROWS = 240  # of a piece
SAID_FOR = timedelta(days=30)  # how long a loss is shown

MISSING, LOST = "rows-missing", "rows-lost"

Ring = tuple[str, str]  # node, b


class Plan(NamedTuple):
    """What is wanted of a ring from now on, and the part of it that is asked for now."""

    wanted: list[Wanted]
    ask: list[Wanted]


def ask(stores: Stores, now: datetime) -> int:
    """Order what is missing, note what is lost, and say both; return the number of orders."""
    holes = {ring: list(found) for ring, found in groupby(stores.ledger.holes(), _ring)}
    before = {ring: list(found) for ring, found in groupby(stores.ledger.wanted(), _ring)}
    if not holes and not before and not stores.troubles.all():
        return 0
    heard = {node.id: node.status.at for node in stores.registry.nodes() if node.status}
    plans = {
        ring: plan(holes.get(ring, []), before.get(ring, []), heard.get(ring[0]), now)
        for ring in holes.keys() | before.keys()
    }
    old = {one for wanted in before.values() for one in wanted}
    new = {one for made in plans.values() for one in made.wanted}
    asked = sorted((one for made in plans.values() for one in made.ask), key=lambda w: w.first)
    for one in asked:  # before it is noted: asked twice does no harm, never asked does
        body = {"b": one.b, "q": one.first, "n": one.end - one.first}
        stores.gateways.order("resend", one.node, body)
    stores.ledger.want(old - new, new - old)
    _say(stores, holes, plans, now)
    return len(asked)


def plan(
    holes: Sequence[Hole], before: Sequence[Wanted], heard: datetime | None, now: datetime
) -> Plan:
    """Decide about one ring. `holes` are newest first; `heard`: when its node last spoke."""
    lost = [piece for one in before if one.lost_at for piece in _still_missing(one, holes)]
    wanted = [one for one in before if not one.lost_at]
    waiting = [piece for one in wanted for piece in _still_missing(one, holes)]
    if _rows(waiting) < _rows(wanted):  # it is sending: what has not come yet was not asked in vain
        waiting = [replace(one, asked=0) for one in waiting]
    since = min((one.since for one in wanted), default=now)
    for hole in holes:
        for first, end in _pieces(hole, lost + waiting, MOST_PIECES - len(waiting)):
            waiting.append(Wanted(hole.node, hole.b, first, end, since))
    waiting = sorted(waiting, key=lambda w: -w.first)[:MOST_PIECES]  # what came may have split one
    kept: list[Wanted] = []
    asked: list[Wanted] = []
    for one in waiting:
        if not _due(one, heard, now):
            kept.append(one)
        elif one.asked >= ATTEMPTS:
            lost += _given_up(replace(one, lost_at=now), holes, lost + waiting)
        else:
            asked.append(replace(one, asked=one.asked + 1, asked_at=now))
    return Plan(_joined(lost) + kept + asked, asked)


def _due(one: Wanted, heard: datetime | None, now: datetime) -> bool:
    if one.asked_at is None:
        return not one.since <= now < one.since + PATIENCE  # also when the clock was set back
    if heard is not None and heard <= one.asked_at <= now:
        return False  # it sleeps, or is ill: it does not know yet
    return not one.asked_at <= now < one.asked_at + PAUSE


def _still_missing(one: Wanted, holes: Iterable[Hole]) -> list[Wanted]:
    """Return what is left of it."""
    parts = [(max(one.first, hole.first), min(one.end, hole.end)) for hole in holes]
    return [replace(one, first=first, end=end) for first, end in parts if first < end]


def _rows(pieces: Iterable[Wanted]) -> int:
    return sum(one.end - one.first for one in pieces)


def _pieces(hole: Hole, taken: Sequence[Wanted], most: int) -> list[tuple[int, int]]:
    """Cut what is not taken of a hole in pieces, newest first."""
    found: list[tuple[int, int]] = []
    end = hole.end
    for one in [*sorted(taken, key=lambda w: -w.first), None]:
        low = hole.first if one is None else max(hole.first, min(one.end, end))
        while end > low and len(found) < most:
            found.append((max(low, end - MOST_ROWS), end))
            end = found[-1][0]
        end = end if one is None else min(end, max(one.first, hole.first))
    return found


def _given_up(one: Wanted, holes: Iterable[Hole], taken: Sequence[Wanted]) -> list[Wanted]:
    """Return what is lost with it.

    A ring gives up its oldest rows first: before the oldest row that ever came it holds nothing
    older than what it does not hold.
    """
    leading = [hole for hole in holes if hole.leading and hole.first < one.end <= hole.end]
    if not leading:
        return [one]
    older = [w.end for w in taken if w.end <= one.first]
    return [replace(one, first=max([leading[0].first, *older]))]


def _joined(lost: Sequence[Wanted]) -> list[Wanted]:
    joined: list[Wanted] = []
    for one in sorted(lost, key=lambda w: w.first):
        if joined and joined[-1].end == one.first and joined[-1].lost_at and one.lost_at:
            newest = max(joined[-1].lost_at, one.lost_at)
            joined[-1] = replace(joined[-1], end=one.end, lost_at=newest)
        else:
            joined.append(one)
    return joined


def _ring(one: Hole | Wanted) -> Ring:
    return one.node, one.b


# ---------------------------------------------------------------- what people are told


def _say(
    stores: Stores, holes: dict[Ring, list[Hole]], plans: dict[Ring, Plan], now: datetime
) -> None:
    missing: dict[str, int] = {}
    lost: dict[str, int] = {}
    for ring, made in plans.items():
        ours = [hole for hole in holes.get(ring, []) if not hole.leading]
        gone = [one for one in made.wanted if one.lost_at]
        lost_here = sum(_overlap(one, ours) for one in gone)
        left = sum(hole.end - hole.first for hole in ours) - lost_here
        if left and any(one.asked_at for one in made.wanted if not one.lost_at):
            missing[ring[0]] = missing.get(ring[0], 0) + left
        if lost_here and any(one.lost_at and now - one.lost_at < SAID_FOR for one in gone):
            lost[ring[0]] = lost.get(ring[0], 0) + lost_here
    for code, counts in ((MISSING, missing), (LOST, lost)):
        told = {one.about: one.facts for one in stores.troubles.all() if one.code == code}
        for node in told.keys() - counts.keys():
            stores.troubles.ended(code, node)
        for node, count in counts.items():
            if told.get(node) != {"count": count}:
                stores.troubles.raised(code, node, now, {"count": count})


def _overlap(one: Wanted, holes: Iterable[Hole]) -> int:
    return sum(max(0, min(one.end, hole.end) - max(one.first, hole.first)) for hole in holes)
