"""Brings the advice of beds up to date: newest readings in, verdicts out, to all who show them.

A verdict is saved (so that it outlives an outage of the readings), written for Grafana, sent to the
gateways when it changed, and open pages are told. While the readings cannot be had, the last advice
stays until it expires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from surco_contract.quantities import QUANTITIES
from surco_service.domain import watering
from surco_service.domain.calibration import water_content
from surco_service.domain.garden import Bed, Calibration, Node, Placement, StoredAdvice
from surco_service.ports import Events, Ledger, Notebook, Reading, ReadingStore
from surco_service.usecases.lines import line

RECENT = timedelta(days=2)  # what a probe said so long tells how fast it dries, or that it is stuck
BUCKET_S = 6 * 3600
USUAL_INTERVAL_S = 900.0


Means = Sequence[tuple[int, float]]  # (start of bucket, mean in mV), oldest first


class Past(Protocol):
    """What a decision asks of the time before it; a `ReadingStore` knows."""

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]: ...


@dataclass(frozen=True, slots=True)
class Registry:
    """What the notebook knows of sensors, read once for many beds."""

    nodes: Mapping[str, Node]
    placements: Sequence[Placement]
    calibrations: Sequence[Calibration]

    def here(self, bed: str, at: datetime) -> list[Placement]:
        """Return the placements of a bed at a time."""
        return [p for p in self.placements if p.bed == bed and holds(p, at)]

    def calibration(self, probe: str, at: datetime) -> Calibration | None:
        """Return the newest calibration of a probe that was valid at a time."""
        valid = [c for c in self.calibrations if c.probe == probe and c.since <= at]
        return max(valid, key=lambda c: (c.since, c.id), default=None)


def read_registry(notebook: Notebook) -> Registry:
    nodes = {node.id: node for node in notebook.nodes()}
    return Registry(nodes, notebook.placements(), notebook.calibrations())


def holds(placement: Placement, at: datetime) -> bool:
    return placement.since <= at and (placement.until is None or at < placement.until)


def refresh(
    notebook: Notebook, readings: ReadingStore, ledger: Ledger, events: Events,
    beds: Sequence[str] | None, now: datetime,
) -> list[StoredAdvice]:  # fmt: skip
    """Decide for some beds, or all. Raises `StoreUnavailable` when there are no readings to be had."""
    wanted = [bed for bed in notebook.beds() if beds is None or bed.id in beds]
    registry, before = read_registry(notebook), notebook.advice()
    latest = readings.latest(sorted({p.node for b in wanted for p in registry.here(b.id, now)}))
    decided = [decide(bed, registry, latest, readings, now) for bed in wanted]
    lines: list[str] = []
    for bed, advice in zip(wanted, decided, strict=True):
        old = before.get(bed.id)
        changed = _changed(old, advice)
        if changed:
            lines.append(advice_line(bed, advice, now))
            ledger.order("advice", None, _message(advice))
        if old is not None and old.at < _hour(now):
            lines.append(advice_line(bed, advice, _hour(now)))
    notebook.save_advice(decided, lines)
    for bed in wanted:
        events.publish(bed.id)
    return decided


def decide(
    bed: Bed, registry: Registry, latest: Mapping[str, Reading], past: Past, now: datetime
) -> StoredAdvice:
    """Decide for one bed from the newest readings of its probes."""
    placements = registry.here(bed.id, now)
    recent = [_recent(placement, past, now) for placement in placements]
    probes = [
        _probe(placement, registry, latest.get(placement.node), means, now)
        for placement, means in zip(placements, recent, strict=True)
    ]
    drying = _drying(placements[0], registry, recent[0], now) if placements else None
    return watering.advise(bed, probes, now=now, drying_per_day=drying)


def moisture(
    placement: Placement, registry: Registry, reading: Reading
) -> tuple[float, int] | None:
    """Return (θ in m3/m3, calibration id) of a reading, or None when it is not to be believed."""
    raw = reading.values.get(placement.channel)
    if raw is None or not QUANTITIES[placement.channel].plausible(raw):
        return None
    calibration = registry.calibration(placement.probe, datetime.fromtimestamp(reading.t, UTC))
    theta = None if calibration is None else water_content(calibration, raw)
    return None if theta is None or calibration is None else (theta, calibration.id)


def advice_line(bed: Bed, advice: StoredAdvice, at: datetime) -> str:
    """Write a verdict as a number for Grafana (`watering.CODES`)."""
    fields: dict[str, float | int | str | None] = {
        "code": watering.CODES[advice.status],
        "needs": int(advice.status == "water"),
        "litres": float(advice.litres),
        "depletion_mm": advice.depletion_mm,
    }
    return line(
        "advice", {"garden": bed.garden, "bed": bed.id}, fields, int(at.timestamp()) * 10**9
    )


# ---------------------------------------------------------------- one probe


def _probe(
    placement: Placement, registry: Registry, reading: Reading | None, recent: Means, now: datetime
) -> watering.Probe:
    if reading is None or reading.t < placement.since.timestamp():
        return watering.Probe(None, None, None, "no-reading")
    at = datetime.fromtimestamp(reading.t, UTC)
    node = registry.nodes.get(placement.node)
    status = node.status if node else None
    interval_s = float(status.interval_s) if status and status.interval_s else USUAL_INTERVAL_S
    expires = watering.stale_from(at, status.next_at if status else None, interval_s)
    if now >= expires:
        return watering.Probe(0.0, at, expires)  # stale comes first: its value does not matter
    doubt = _doubt(placement, registry, reading, recent, now)
    if doubt:
        return watering.Probe(None, at, expires, doubt)
    found = moisture(placement, registry, reading)
    return watering.Probe(found[0] if found else None, at, expires, "off-scale")


def _doubt(
    placement: Placement, registry: Registry, reading: Reading, recent: Means, now: datetime
) -> str:
    """Return why a fresh reading is not to be believed, or nothing."""
    raw = reading.values.get(placement.channel)
    if raw is None:
        return "sensor-silent"
    if not QUANTITIES[placement.channel].plausible(raw):
        return "implausible"
    if registry.calibration(placement.probe, datetime.fromtimestamp(reading.t, UTC)) is None:
        return "uncalibrated"
    return "stuck" if _stuck(placement, recent, now) else ""


def _recent(placement: Placement, past: Past, now: datetime) -> Means:
    """Return what the probe said in the last days, since it is where it is."""
    start = max(placement.since, now - RECENT)
    return past.means(
        placement.node,
        placement.channel,
        int(start.timestamp()),
        int(now.timestamp()) + 1,
        BUCKET_S,
    )


def _stuck(placement: Placement, recent: Means, now: datetime) -> bool:
    """Tell whether a probe said the very same for days: real soil and real converters never do."""
    if now - placement.since < RECENT or len(recent) < 8:
        return False
    values = [mv for _, mv in recent]
    return max(values) - min(values) < 0.01


def _drying(placement: Placement, registry: Registry, recent: Means, now: datetime) -> float | None:
    """Return the loss of water content a day since the last rise, from means of six hours."""
    calibration = registry.calibration(placement.probe, now)
    if calibration is None:
        return None
    points = [
        (t, theta) for t, mv in recent if (theta := water_content(calibration, mv)) is not None
    ]
    falling: list[tuple[int, float]] = []
    for t, theta in reversed(points):
        if falling and theta < falling[-1][1] - 1e-4:
            break  # before that it was wetted
        falling.append((t, theta))
    if len(falling) < 3:
        return None
    (end_t, end), (start_t, begin) = falling[0], falling[-1]
    return (begin - end) / ((end_t - start_t) / 86_400)


# ---------------------------------------------------------------- who is told


def _changed(before: StoredAdvice | None, advice: StoredAdvice) -> bool:
    if before is None:
        return True
    renewed = advice.expires - before.expires >= timedelta(minutes=30)
    return renewed or (before.status, before.litres) != (advice.status, advice.litres)


def _hour(now: datetime) -> datetime:
    """Return the beginning of the hour: Grafana's timeline needs a verdict in each."""
    return now.replace(minute=0, second=0, microsecond=0)


def _message(advice: StoredAdvice) -> dict[str, object]:
    return {
        "bed": advice.bed,
        "status": advice.status,
        "litres": advice.litres,
        "expires": int(advice.expires.timestamp()),
    }
