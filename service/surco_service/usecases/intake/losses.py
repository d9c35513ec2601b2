"""Readings that were lost with their file come back by themselves: the gateways send what they keep.

The file and the notebook keep the same mark. When they differ, the file is a new one or an older
copy: every gateway is ordered to send again what it keeps of the last days, which the service
recognises. When all have, what can be read of a broken file is taken over as well. Until then it is
a trouble whose facts say how far it is. A notebook that was restored from a backup needs the same.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from surco_service.ports.losses import Mark
from surco_service.ports.stores import Stores
from surco_service.ports.troubles import Trouble

log = logging.getLogger(__name__)

READINGS = "readings.db"
DAMAGED, REPLACED, RESTORED = "readings-damaged", "readings-replaced", "notebook-restored"
INCOMPLETE = "readings-incomplete"
HEALING = (DAMAGED, REPLACED, RESTORED)  # while gateways send again
REMEMBERED = timedelta(days=30)  # a gateway silent for longer keeps nothing that could be sent
TOLD = timedelta(days=30)  # for so long a loss that nobody can mend is told


def notice(stores: Stores, now: datetime) -> bool:
    """Compare the marks; order a replay when the readings are not those that were. Return whether."""
    file = stores.readings_file
    if file is None:
        return False
    there, known = file.mark(), stores.marks.mark(READINGS)
    why = _why(there, known)
    if why is None:
        if known is None or there.number > known.number:
            stores.marks.keep(READINGS, there)
        return False
    code = DAMAGED if there.aside and why == "damaged" else REPLACED
    if not why:
        why = "replaced" if file.rows() else "removed"
    order_replay(stores, code, now, {"why": why, "file": there.aside, "rows": file.rows()})
    stores.marks.keep(READINGS, there)
    log.error("readings lost why=%s aside=%s: the gateways send again", why, there.aside)
    return True


def order_replay(stores: Stores, code: str, now: datetime, facts: Mapping[str, object]) -> None:
    """Let every gateway send again what it keeps, and say so until all have."""
    gateways = {
        name: None
        for name, seen in stores.gateways.all().items()
        if seen is None or now - seen < REMEMBERED
    }
    stores.troubles.raised(code, "", now, {**facts, "gateways": gateways})
    stores.gateways.order("replay", None, {})


def follow(stores: Stores, gateway: str, left: int, now: datetime) -> None:
    """Note how many messages a gateway has still to send again, since it took the order."""
    for trouble in _replaying(stores):
        gateways = _gateways(trouble)
        if gateway in gateways and gateways[gateway] != left:
            facts: dict[str, object] = {**trouble.facts, "gateways": {**gateways, gateway: left}}
            if stores.readings_file is not None:
                facts["rows"] = stores.readings_file.rows()
            stores.troubles.raised(trouble.code, trouble.about, now, facts)


def finish(stores: Stores, now: datetime) -> None:
    """End the replays that all gateways are done with, and say what did not come back."""
    for trouble in _replaying(stores):
        if any(left != 0 for left in _gateways(trouble).values()):
            continue
        _salvage(stores, str(trouble.facts.get("file") or ""))
        stores.troubles.ended(trouble.code, trouble.about)
        log.warning("replayed code=%s", trouble.code)
        if missing := _missing(stores):
            facts = {"missing": missing, "file": trouble.facts.get("file", "")}
            stores.troubles.raised(INCOMPLETE, "", now, facts)
    for trouble in stores.troubles.all():
        if trouble.code == INCOMPLETE and (now - trouble.since > TOLD or not _missing(stores)):
            stores.troubles.ended(trouble.code, trouble.about)


def _why(there: Mark, known: Mark | None) -> str | None:
    """Return why the file is not the one that was, "" when nobody saw it; None when it is."""
    if known is None:
        return there.why or None
    if there.life != known.life:
        return there.why
    return "older" if there.number < known.number else None


def _salvage(stores: Stores, aside: str) -> None:
    if stores.readings_file is None or not aside:
        return
    nodes = {node.id for node in stores.registry.nodes()} | set(stores.readings.nodes())
    rows = stores.readings_file.salvage(aside, sorted(nodes))
    log.warning("salvaged rows=%d file=%s", rows, aside)


def _missing(stores: Stores) -> int:
    if stores.readings_file is None:
        return 0
    aside = stores.ledger.quarantine_count() + stores.ledger.quarantine_moved()
    return max(0, stores.marks.received() - stores.readings_file.rows() - aside)


def _replaying(stores: Stores) -> list[Trouble]:
    return [trouble for trouble in stores.troubles.all() if trouble.code in HEALING]


def _gateways(trouble: Trouble) -> dict[str, int | None]:
    found: Any = trouble.facts.get("gateways")
    return cast(dict[str, int | None], found) if isinstance(found, dict) else {}
