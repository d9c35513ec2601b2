"""TABLE of troubles: what can be wrong, who can mend it, and how soon it should be done.

Whoever finds something wrong raises its code: the gateway as an alarm, the service as a trouble.
Salud, `surco doctor` and /metrics tell all of them. What a person reads is a second table,
`service/surco_service/web/nodes/troubles.py`.
"""

from dataclasses import dataclass
from typing import Literal

Mender = Literal["volunteer", "keeper"]
Urgency = Literal["now", "today", "soon"]

URGENCIES: tuple[Urgency, ...] = ("now", "today", "soon")
"""now: readings are not taken, or are being lost · today: part of it stands still, nothing is lost ·
soon: it becomes one of those if nobody looks."""

MENDERS: tuple[Mender, ...] = ("volunteer", "keeper")
"""Somebody in the garden with their hands, or the person who keeps the machine that runs Surco."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble; its code never changes its meaning."""

    code: str
    mender: Mender
    urgency: Urgency


TROUBLES: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        # raised by the service: databases and files
        Kind("readings-away", "keeper", "now"),
        Kind("notebook-away", "keeper", "now"),
        Kind("notebook-refuses", "keeper", "now"),
        Kind("notebook-newer", "keeper", "now"),
        Kind("mirror-away", "keeper", "today"),
        Kind("influx-token", "keeper", "now"),
        Kind("influx-bucket", "keeper", "now"),
        Kind("influx-refuses", "keeper", "now"),
        Kind("readings-damaged", "keeper", "today"),
        Kind("readings-replaced", "keeper", "today"),
        Kind("readings-incomplete", "keeper", "soon"),
        Kind("notebook-damaged", "keeper", "now"),
        Kind("notebook-gone", "keeper", "now"),
        Kind("notebook-restored", "keeper", "soon"),
        Kind("backup-old", "keeper", "soon"),
        Kind("backup-failed", "keeper", "soon"),
        Kind("backup-damaged", "keeper", "soon"),
        Kind("disk-low", "keeper", "now"),
        # raised by the service: what came, and what did not
        Kind("deliveries-refused", "keeper", "now"),
        Kind("rows-missing", "volunteer", "soon"),
        Kind("rows-lost", "volunteer", "soon"),
        Kind("quarantine", "keeper", "soon"),
        Kind("undated", "volunteer", "soon"),
        # raised by the service: who does not speak
        Kind("gateway-silent", "volunteer", "now"),
        Kind("gateway-unheard", "keeper", "today"),
        Kind("node-late", "volunteer", "today"),
        Kind("node-unheard", "volunteer", "soon"),
        Kind("node-battery", "volunteer", "soon"),
        # raised by a gateway
        Kind("spool", "keeper", "now"),
        Kind("spool-removed", "keeper", "now"),
        Kind("spool-gone", "keeper", "now"),
        Kind("damage", "keeper", "today"),
        Kind("queue", "keeper", "today"),
        Kind("broker", "keeper", "now"),
        Kind("broker-frozen", "keeper", "now"),
        Kind("credentials", "keeper", "today"),
        Kind("commands", "keeper", "today"),
        Kind("forward", "keeper", "today"),
        Kind("service", "keeper", "today"),
        Kind("refused", "keeper", "soon"),
        Kind("slow-link", "volunteer", "soon"),
        Kind("clock", "keeper", "today"),
    )
}

UNKNOWN = Kind("unknown", "keeper", "today")
"""What a newer gateway raises and this version has no line for."""


def kind_of(code: str) -> Kind:
    """Return the line of a code."""
    return TROUBLES.get(code, UNKNOWN)
