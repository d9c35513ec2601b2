"""What a program asks about readings: the latest of a node, one column over time, an export."""

from datetime import datetime, timedelta

from surco_contract.quantities import QUANTITIES
from surco_service.errors import Invalid, NotFound
from surco_service.ports.intake import Reading
from surco_service.ports.stores import Stores

MOST_BUCKETS = 10_000
MOST_ROWS = 50_000
LONGEST = timedelta(days=366 * 10)


def latest(stores: Stores, node: str) -> Reading:
    """Return the newest reading of a node. Raises `NotFound`."""
    found = stores.readings.latest([node]).get(node)
    if found is None:
        raise NotFound(f"no reading of node {node} was ever stored")
    return found


def series(
    stores: Stores, node: str, code: str, start: datetime, end: datetime, every_s: int
) -> list[tuple[int, float]]:
    """Return means of one column, one for each `every_s` seconds. Raises `Invalid`."""
    first, last = _span(start, end)
    if code not in QUANTITIES:
        raise Invalid({"code": "one of " + ", ".join(QUANTITIES)})
    if (last - first) / every_s > MOST_BUCKETS:
        raise Invalid({"every": f"at most {MOST_BUCKETS} values; ask for fewer or a shorter time"})
    return stores.readings.means(node, code, first, last, every_s)


def rows(stores: Stores, node: str, start: datetime, end: datetime) -> list[Reading]:
    """Return every reading of a node in a time. Raises `Invalid`."""
    first, last = _span(start, end)
    found = stores.readings.series(node, first, last)
    if len(found) > MOST_ROWS:
        raise Invalid({"end": f"at most {MOST_ROWS} rows; ask for a shorter time"})
    return found


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    if not start < end:
        raise Invalid({"end": "later than start"})
    if end - start > LONGEST:
        raise Invalid({"end": "at most ten years after start"})
    return int(start.timestamp()), int(end.timestamp())
