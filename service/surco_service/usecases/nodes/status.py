"""What a node says of itself (topic `…/status`), kept in the notebook and drawn by Grafana.

    {"s":"asleep","next":1795365000,"iv":900,"bv":3912,"fw":"0.1.0","cfg":3,"q0":1041,"q1":1064,
     "lost":0,"skip":0,"rssi":-69}

Only `s` must be there. The last will says `{"s":"lost"}` and nothing else, so what was known of
the node before stays known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from surco_contract.messages import FIRST_TIME, LAST_TIME, MAX_COUNT, read_object
from surco_contract.reasons import Malformed
from surco_service.domain.nodes.node import NodeStatus
from surco_service.ports.stores import Stores
from surco_service.usecases.lines import line
from surco_service.usecases.nodes.configure import forget_networks

STATES = ("asleep", "awake", "lost")
_LONGEST = 200  # characters of a word that a node may choose

_NUMBERS: dict[str, tuple[str, int, int]] = {  # key → field of NodeStatus, lowest, end
    "iv": ("interval_s", 1, 10_000_000),
    "bv": ("battery_mv", 0, 100_000),
    "cfg": ("cfg", 0, MAX_COUNT),
    "lost": ("lost", 0, MAX_COUNT),
    "skip": ("skipped", 0, MAX_COUNT),
    "rssi": ("rssi_dbm", -200, 100),
}


def read_status(payload: bytes, at: datetime) -> NodeStatus:
    """Read a status that was heard at a time. Raises `Malformed`.

    A node says it before it wakes again: one that the broker kept, and a new session brought after
    the promised wake, was said by that wake at the latest.
    """
    message = read_object(payload)
    state = message.get("s")
    if state not in STATES:
        code = "bad-field" if "s" in message else "missing-field"
        raise Malformed(code, "s", "one of " + ", ".join(STATES))
    values: dict[str, Any] = {
        name: value
        for key, (name, low, end) in _NUMBERS.items()
        if (value := _integer(message, key, low, end)) is not None
    }
    promised = _integer(message, "next", 0, LAST_TIME) or 0  # a node without the time sends 0
    next_at = datetime.fromtimestamp(promised, UTC) if promised >= FIRST_TIME else None
    oldest = _integer(message, "q0", 0, MAX_COUNT)
    newest = _integer(message, "q1", 0, MAX_COUNT)
    cause = _words(message, "rst")
    return NodeStatus(
        at=at if next_at is None else min(at, next_at),
        state=state,
        next_at=next_at,
        held=None if oldest is None or newest is None else max(0, newest - oldest + 1),
        firmware=_words(message, "fw"),
        error=_words(message, "err") or (cause if cause in ("watchdog", "crash") else None),
        bad=_words(message, "bad"),
        trial=message.get("trial") == 1,
        update=_words(message, "ota"),
        cause=cause,
        **values,
    )


def keep_statuses(stores: Stores, statuses: Mapping[str, Sequence[NodeStatus]]) -> None:
    """Keep the newest status of each node, and all of them for Grafana."""
    if not statuses:
        return
    before = {node.id: node.status for node in stores.registry.nodes()}
    lines: list[str] = []
    for node, heard in statuses.items():
        newest = before.get(node)
        for status in sorted(heard, key=lambda status: status.at):
            if newest is not None and status.at < newest.at:
                continue  # an old one that was replayed
            if newest is not None and status.state == "lost":
                status = replace(newest, at=status.at, state=status.state)
            newest = status
            lines.append(health_line(node, status))
        if newest is not None and newest is not before.get(node):
            stores.registry.set_status(node, newest)
            known = before.get(node)
            if newest.cfg != (known and known.cfg):
                forget_networks(stores, node, newest.cfg)
    if lines:
        stores.outbox.enqueue(lines)


def health_line(node: str, status: NodeStatus) -> str:
    """Write the line that Grafana's node health is drawn from."""
    fields: dict[str, float | int | str | None] = {
        "battery_mv": None if status.battery_mv is None else float(status.battery_mv),
        "rssi_dbm": None if status.rssi_dbm is None else float(status.rssi_dbm),
        "held": status.held,
        "lost": status.lost,
        "skipped": status.skipped,
        "late": 0,
    }
    return line("node_health", {"node": node}, fields, round(status.at.timestamp() * 1e9))


def _integer(message: Mapping[str, Any], key: str, low: int, end: int) -> int | None:
    value = message.get(key)
    if value is None:
        return None
    if type(value) is not int or not low <= value < end:
        raise Malformed("bad-field", key, f"a whole number from {low} to {end - 1}")
    return value


def _words(message: Mapping[str, Any], key: str) -> str | None:
    value = message.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed("bad-field", key, "a text")
    return "".join(c if c.isprintable() else " " for c in value)[:_LONGEST]
