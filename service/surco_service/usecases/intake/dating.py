"""Rows whose node did not know the time: dated once, by the first gateway that did.

A node's clock has a life `p`. The first message of (node, b, p) that reaches a gateway with a
trusted clock fixes how far that clock is off: `received_at − u`. The offset is kept for ever, so
that the same row always gets the same time: in the notebook, and beside the readings it dated. A
notebook from an older backup finds it there. Until then rows wait on the shelf.
"""

from collections.abc import Iterable, Mapping, Sequence

from surco_contract.messages import UNDATED
from surco_service.ports.intake import Life, Waiting
from surco_service.ports.stores import Stores
from surco_service.usecases.intake.sorting import FUTURE_S, Sorting, Undated


def date(stores: Stores, undated: Sequence[Undated], sorting: Sorting) -> None:
    """Date rows whose clock is known by now, and free their kin from the shelf; others wait."""
    if not undated:
        return
    known = {
        life: stores.ledger.offset(*life) for life in dict.fromkeys(one.life for one in undated)
    }
    unknown = [life for life, offset in known.items() if offset is None]
    used = {
        life: offset for life in unknown if (offset := stores.readings.clock(*life)) is not None
    }
    fixed = stores.ledger.keep_offsets(_first_arrivals(undated, known) | used)
    offsets = {life: offset for life, offset in known.items() if offset is not None} | fixed
    for one in undated:
        offset = offsets.get(one.life)
        for row in one.rows:
            waiting = Waiting(one.node, one.b, row.q, one.p, row.t, UNDATED, row.values)
            if offset is None:
                sorting.waiting.append(waiting)
            else:
                sorting.keep_waiting(waiting, offset)
    for node in {life[0] for life in fixed}:
        for row in stores.ledger.shelf(node):
            if row.p is not None and (row.node, row.b, row.p) in fixed:
                sorting.keep_waiting(row, fixed[(row.node, row.b, row.p)])


def due(stores: Stores, sorting: Sorting) -> None:
    """Take the rows from the shelf that can be kept now: dated since, or no longer in the future."""
    end = sorting.now.timestamp() + FUTURE_S
    offsets: dict[Life, int | None] = {}
    for row in stores.ledger.shelf():
        if row.p is None:
            if row.t <= end:
                sorting.keep_waiting(row, 0)
            continue
        life = (row.node, row.b, row.p)
        if life not in offsets:
            offsets[life] = stores.ledger.offset(*life)
        offset = offsets[life]
        if offset is not None and row.t + offset <= end:
            sorting.keep_waiting(row, offset)


def _first_arrivals(
    undated: Iterable[Undated], known: Mapping[Life, int | None]
) -> dict[Life, int]:
    found: dict[Life, int] = {}
    for one in undated:
        if one.message.clock_ok and known[one.life] is None:
            found.setdefault(one.life, round(one.message.received_at) - one.u)
    return found
