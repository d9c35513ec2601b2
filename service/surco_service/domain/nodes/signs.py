"""What a node's last status tells a person: signs with their values, what was lost first. Pure.

A node says in `err` what went wrong in its last wake, in its own English words (`Node.note` in
`firmware/node`), joined by "; ". COMPLAINTS makes signs of them, so that every page can say them in
its own language.
"""

import re
from dataclasses import dataclass, field

from surco_service.domain.nodes.node import NodeStatus
from surco_service.domain.nodes.probe_doctor import LOW_BATTERY_MV

FULL_MV, HALF_MV = 3900, 3650  # of a lithium cell at rest
GOOD_DBM, WEAK_DBM = -70, -85  # below the second, no update is fetched

COMPLAINTS: tuple[tuple[str, str], ...] = (  # what is found in the words → sign; the first holds
    (r"no Wi-Fi: wrong password", "wifi-password"),
    (r"no Wi-Fi: ", "wifi-missing"),
    (r"the new networks of rev \d+ did not work", "networks-went-back"),
    (r"flash takes no rows: ", "flash-full"),
    (r"rows from \d+: ", "rows-unread"),
    (r"sensors: more than", "values-left-out"),
    (r"sensors: ", "sensor-fails"),
    (r" was damaged", "file-damaged"),
    (r"update: waits for a fuller battery", "update-battery"),
    (r"update: waits for a better signal", "update-signal"),
    (r"update: not signed with this node's key", "update-unsigned"),
    (r"update: made for another MicroPython", "update-cable"),
    (r"update: ", "update-fails"),
    (r"a \w* that makes no sense", "odd-message"),
    (r"stuck in |watchdog", "stuck"),
)
MOST = 120  # characters that a node says at most
OTHER = "fell"  # words that no row has, such as those of an exception nobody foresaw
CODES = {
    "lost", "skipped", "went-back", OTHER, "on-trial", "update", "held",
    *(code for _, code in COMPLAINTS),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that a person should know of a node; `values` are put into its sentence."""

    code: str  # one of CODES
    values: dict[str, int | str] = field(default_factory=dict[str, int | str])


def signs(status: NodeStatus) -> list[Sign]:
    """Return what a status tells, none when all is well."""
    counted = [("lost", status.lost), ("skipped", status.skipped), ("held", status.held or 0)]
    found = [Sign(code, {"n": n}) for code, n in counted if n]
    found += [Sign(code) for code in complaints(status.error)]
    if status.bad:
        found.append(Sign("went-back", {"version": status.bad}))
    if status.trial and status.firmware:
        found.append(Sign("on-trial", {"version": status.firmware}))
    if status.update:
        found.append(Sign("update", {"share": status.update}))
    return found


def complaints(words: str | None) -> list[str]:
    """Return the signs in what a node said went wrong, each once; words that were cut say nothing."""
    pieces = [piece for piece in (words or "").split("; ") if piece]
    if words and len(words) >= MOST and len(pieces) > 1:
        pieces.pop()
    return list(dict.fromkeys(_complaint(piece) for piece in pieces))


def _complaint(words: str) -> str:
    return next((code for pattern, code in COMPLAINTS if re.search(pattern, words)), OTHER)


def battery(status: NodeStatus) -> str | None:
    """Return "full", "half", "low" or "empty"; None for a node on mains."""
    if status.battery_mv is None:
        return None
    steps = [("full", FULL_MV), ("half", HALF_MV), ("low", LOW_BATTERY_MV)]
    return next((step for step, mv in steps if status.battery_mv >= mv), "empty")


def signal(status: NodeStatus) -> str | None:
    """Return "good", "fair" or "weak"; None when the node did not say."""
    if status.rssi_dbm is None:
        return None
    steps = [("good", GOOD_DBM), ("fair", WEAK_DBM)]
    return next((step for step, dbm in steps if status.rssi_dbm >= dbm), "weak")
