"""Brings the advice of beds up to date: newest readings in, verdicts out, to all who show them.

A verdict is saved (so that it outlives an outage of the readings), written for Grafana, sent to the
gateways when it changed, and open pages are told. While the readings cannot be had, the last advice
stays until it expires.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from surco_contract.quantities import QUANTITIES
from surco_service.domain import watering
from surco_service.domain.calibration import water_content
from surco_service.domain.garden import Bed, Calibration, Node, Placement, StoredAdvice
from surco_service.ports import Events, Ledger, Notebook, Reading, ReadingStore
from surco_service.usecases.lines import line

DRYING_WINDOW = timedelta(days=2)
STUCK_AFTER = timedelta(days=2)
BUCKET_S = 6 * 3600
USUAL_INTERVAL_S = 900.0


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
    decided: list[StoredAdvice] = []
    lines: list[str] = []
    for bed in wanted:
        advice = decide(bed, registry, latest, readings, now)
        decided.append(advice)
        notebook.save_advice(advice)
        changed = _changed(before.get(bed.id), advice)
        if changed or _hour_began(before.get(bed.id), now):
            lines.append(advice_line(bed, advice, now))
        if changed:
            ledger.order("advice", None, _message(advice))
        events.publish(bed.id)
    notebook.enqueue(lines)
    return decided


def decide(
    bed: Bed,
    registry: Registry,
    latest: Mapping[str, Reading],
    readings: ReadingStore,
    now: datetime,
) -> StoredAdvice:
    """Decide for one bed from the newest readings of its probes."""
    placements = registry.here(bed.id, now)
    probes = [_probe(p, registry, latest.get(p.node), readings, now) for p in placements]
    drying = _drying(placements[0], registry, readings, now) if placements else None
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
    placement: Placement, registry: Registry, reading: Reading | None, readings: ReadingStore,
    now: datetime,
) -> watering.Probe:  # fmt: skip
    if reading is None or reading.t < placement.since.timestamp():
        return watering.Probe(None, None, None, "no-reading")
    at = datetime.fromtimestamp(reading.t, UTC)
    node = registry.nodes.get(placement.node)
    status = node.status if node else None
    interval_s = float(status.interval_s) if status and status.interval_s else USUAL_INTERVAL_S
    expires = watering.stale_from(at, status.next_at if status else None, interval_s)
    if now >= expires:
        return watering.Probe(0.0, at, expires)  # stale comes first: its value does not matter
    doubt = _doubt(placement, registry, reading, readings, now)
    if doubt:
        return watering.Probe(None, at, expires, doubt)
    found = moisture(placement, registry, reading)
    return watering.Probe(found[0] if found else None, at, expires, "off-scale")


def _doubt(
    placement: Placement,
    registry: Registry,
    reading: Reading,
    readings: ReadingStore,
    now: datetime,
) -> str:
    """Return why a fresh reading is not to be believed, or nothing."""
    raw = reading.values.get(placement.channel)
    if raw is None:
        return "sensor-silent"
    if not QUANTITIES[placement.channel].plausible(raw):
        return "implausible"
    if registry.calibration(placement.probe, datetime.fromtimestamp(reading.t, UTC)) is None:
        return "uncalibrated"
    return "stuck" if _stuck(placement, readings, now) else ""


def _stuck(placement: Placement, readings: ReadingStore, now: datetime) -> bool:
    """Tell whether a probe said the very same for days: real soil and real converters never do."""
    since = max(placement.since, now - STUCK_AFTER)
    if now - since < STUCK_AFTER:
        return False
    start, end = int(since.timestamp()), int(now.timestamp()) + 1
    means = readings.means(placement.node, placement.channel, start, end, BUCKET_S)
    return len(means) >= 8 and max(v for _, v in means) - min(v for _, v in means) < 0.01


def _drying(
    placement: Placement, registry: Registry, readings: ReadingStore, now: datetime
) -> float | None:
    """Return the loss of water content a day since the last rise, from means of six hours."""
    start = int((now - DRYING_WINDOW).timestamp())
    means = readings.means(placement.node, placement.channel, start, int(now.timestamp()), BUCKET_S)
    calibration = registry.calibration(placement.probe, now)
    if calibration is None:
        return None
    points = [
        (t, theta) for t, mv in means if (theta := water_content(calibration, mv)) is not None
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


def _hour_began(before: StoredAdvice | None, now: datetime) -> bool:
    """Tell whether this is the first verdict of its hour: Grafana's timeline needs one in each."""
    return before is None or before.at < now.replace(minute=0, second=0, microsecond=0)


def _message(advice: StoredAdvice) -> dict[str, object]:
    return {
        "bed": advice.bed,
        "status": advice.status,
        "litres": advice.litres,
        "expires": int(advice.expires.timestamp()),
    }
