"""What ails a probe: rules over its last week, each with a diagnosis that has a repair card.

A rule says nothing when it cannot know. The values stay as they are; who reads the card decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from surco_service.domain.nodes import quality
from surco_service.domain.water.bed_days import ARRIVED, BedDay
from surco_service.domain.water.belief import MOVED, OUT, STUCK, Track
from surco_service.domain.water.root_zone import PUDDLE

HOUR_S = 3600.0
LEAST_HOURS = 24  # of data before anything is said of the values
SILENT_H = 6.0  # the node speaks, the probe does not
STUCK_S, STUCK_MV = 48 * HOUR_S, 0.5
SPIKE_MV, SPIKE_SHARE = 150.0, 0.10
DRIFT, DRIFT_DAYS = 0.02, 7  # m3/m3: a week's learnt bias against the first; half is learnt
JUMP = 0.05  # m3/m3, of the learnt bias from one morning to the next
MOVED_DAYS = 7  # so long it is said
DEAF_MM, DEAF_TIMES, DEAF_DAYS = 8.0, 2, 14  # waterings that the probe did not see
WATER_MV, AIR_MV = 700.0, 2700.0  # beyond these no capacitive probe sits in soil
NEAR = 0.03  # of what a probe differs between air and water: as good as there
FLOOD_H = 24
LOW_BATTERY_MV = 3500
PAIR = 0.10  # m3/m3 between two probes of a bed


@dataclass(frozen=True, slots=True)
class History:
    """The last week of one probe. `hours`: (second, mean mV or None when the node spoke without it).

    `pages`: of its bed's diary, weeks of them, for what comes slowly.
    """

    probe: str
    hours: Sequence[tuple[int, float | None]]
    pages: Sequence[BedDay] = ()
    neighbour: str | None = None  # another probe of the bed, as deep
    node_silent_h: float = 0.0  # beyond what it promised
    battery_mv: int | None = None
    air_mv: float | None = None  # what it said at the set-up, held in air and in water
    water_mv: float | None = None

    @property
    def outer_mv(self) -> tuple[float, float]:
        """Return (in water, in air): beyond these it sits in no soil."""
        if self.air_mv is None or self.water_mv is None:
            return WATER_MV, AIR_MV
        near = NEAR * (self.air_mv - self.water_mv)
        return self.water_mv + near, self.air_mv - near

    @property
    def values(self) -> list[float]:
        return [mv for _, mv in self.hours if mv is not None]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`code` is a key of the repair cards; `values` its numbers."""

    code: str
    values: dict[str, float]


Rule = Callable[[History], dict[str, float] | None]


def examine(history: History) -> list[Diagnosis]:
    """Return what ails a probe, the most telling first; nothing when it is well."""
    found: list[Diagnosis] = []
    for code, rule in RULES.items():
        values = rule(history)
        if values is not None:
            found.append(Diagnosis(code, values))
    return found


# ---------------------------------------------------------------- rules


def node_silent(h: History) -> dict[str, float] | None:
    return {"hours": round(h.node_silent_h)} if h.node_silent_h > 0 else None


def battery_low(h: History) -> dict[str, float] | None:
    low = h.battery_mv is not None and h.battery_mv < LOW_BATTERY_MV
    return {"mv": float(h.battery_mv or 0)} if low else None


def cable_loose(h: History) -> dict[str, float] | None:
    """The node speaks and the probe is missing from its last hours."""
    end = h.hours[-1][0] if h.hours else 0
    last = next((t for t, mv in reversed(h.hours) if mv is not None), None)
    if not h.hours or h.node_silent_h > 0:
        return None
    silent_h = (end - (h.hours[0][0] if last is None else last)) / HOUR_S
    return {"hours": round(silent_h)} if silent_h >= SILENT_H else None


def connector_noisy(h: History) -> dict[str, float] | None:
    """More than a tenth of the hours are spikes (QARTOD): a contact, or a supply that swings."""
    values = h.values
    if len(values) < LEAST_HOURS:
        return None
    flags = quality.spike(values, SPIKE_MV, 3 * SPIKE_MV)
    share = sum(flag in (quality.SUSPECT, quality.FAIL) for flag in flags) / len(flags)
    return {"share": round(100 * share)} if share > SPIKE_SHARE else None


def out_of_soil(h: History) -> dict[str, float] | None:
    recent = h.values[-3:]
    in_air = len(recent) == 3 and min(recent) > h.outer_mv[1]
    return {"mv": round(median(recent))} if in_air or _finding(h) == OUT else None


def under_water(h: History) -> dict[str, float] | None:
    recent = h.values[-FLOOD_H:]
    wet = len(recent) == FLOOD_H and max(recent) < h.outer_mv[0]
    page = h.pages[-1] if h.pages else None
    theta = None if page is None else _theta(page, h.probe)
    full = theta is not None and page is not None and theta > page.zone.saturation + PUDDLE
    return {"mv": round(median(recent))} if wet or (full and recent) else None


def stuck(h: History) -> dict[str, float] | None:
    """The very same for two days (QARTOD flat line): real soil and real converters move."""
    known = [(t, mv) for t, mv in h.hours if mv is not None]
    if not known:
        return None
    times, values = [float(t) for t, _ in known], [mv for _, mv in known]
    flags = quality.flat_line(values, times, STUCK_S, STUCK_S, STUCK_MV)
    # a workshop's fast hours make the usual step short, and so many of them need not be two days
    before = [mv for t, mv in known if t <= times[-1] - STUCK_S]
    still = flags[-1] == quality.FAIL and bool(before) and abs(before[-1] - values[-1]) < STUCK_MV
    return {"mv": round(values[-1])} if still or _finding(h) == STUCK else None


def moved(h: History) -> dict[str, float] | None:
    """It was pushed or set anew: it says too much for days, or what is learnt of it jumped."""
    places = range(max(len(h.pages) - MOVED_DAYS, 0), len(h.pages))
    days = sum(_jumped(h, place) for place in places)
    return {"days": float(days)} if days else None


def drifts(h: History) -> dict[str, float] | None:
    """What is learnt of it changes week by week. A bias that stays is its soil's, not an illness."""
    biases: list[float] = []
    moved_at = -MOVED_DAYS
    for place, page in enumerate(h.pages):
        if _jumped(h, place):
            biases.clear()
            moved_at = place
        settled = place - moved_at >= MOVED_DAYS  # the rest of a jump is learnt by then
        if settled and _learnt(h, page):
            biases.append(_bias(h, page) or 0.0)
    if len(biases) < 2 * DRIFT_DAYS:
        return None
    change = median(biases[-DRIFT_DAYS:]) - median(biases[:DRIFT_DAYS])
    return {"bias": round(change, 3)} if abs(change) > DRIFT else None


def deaf(h: History) -> dict[str, float] | None:
    """Good waterings came and the probe saw none of the last ones: it is too far, or sealed badly."""
    seen = [
        page.arrived
        for page in h.pages[-DEAF_DAYS:]
        if page.arrived is not None and page.irrigation_mm >= DEAF_MM
    ][-DEAF_TIMES:]
    missed = len(seen) == DEAF_TIMES and max(seen) < ARRIVED
    return {"times": float(DEAF_TIMES)} if missed else None


def contradicts(h: History) -> dict[str, float] | None:
    """Two probes of a bed differ on three mornings in a row: one of them is off."""
    if h.neighbour is None or len(h.pages) < 3:
        return None
    gaps: list[float] = []
    for page in h.pages[-3:]:
        ours, theirs = (_theta(page, probe) for probe in (h.probe, h.neighbour))
        if ours is None or theirs is None:
            return None
        gaps.append(abs(ours - theirs))
    return {"gap": round(median(gaps), 2)} if min(gaps) > PAIR else None


RULES: dict[str, Rule] = {
    "node-silent": node_silent,
    "cable-loose": cable_loose,
    "out-of-soil": out_of_soil,
    "under-water": under_water,
    "stuck": stuck,
    "connector-noisy": connector_noisy,
    "moved": moved,
    "deaf": deaf,
    "contradicts": contradicts,
    "drifts": drifts,
    "battery-low": battery_low,
}


# ---------------------------------------------------------------- what the diary says


def _place(page: BedDay, probe: str) -> int | None:
    names = [track.probe for track in page.belief.tracks]
    return names.index(probe) if probe in names else None


def _track(h: History, page: BedDay) -> Track | None:
    place = _place(page, h.probe)
    return None if place is None else page.belief.tracks[place]


def _finding(h: History) -> str:
    track = _track(h, h.pages[-1]) if h.pages else None
    return track.finding if track else ""


def _learnt(h: History, page: BedDay) -> bool:
    """Tell whether the bias of a probe was ever learnt in a full bed."""
    track = _track(h, page)
    return track is not None and track.anchor is not None


def _jumped(h: History, place: int) -> bool:
    """Tell whether a probe was found moved on a page, or its learnt bias jumped since the page before."""
    track = _track(h, h.pages[place])
    if track is not None and track.finding == MOVED:
        return True
    if place == 0 or not _learnt(h, h.pages[place - 1]):
        return False
    before, now = _bias(h, h.pages[place - 1]), _bias(h, h.pages[place])
    return before is not None and now is not None and abs(now - before) > JUMP


def _theta(page: BedDay, probe: str) -> float | None:
    place = _place(page, probe)
    return None if place is None else page.thetas[place]


def _bias(h: History, page: BedDay) -> float | None:
    place = _place(page, h.probe)
    return None if place is None else page.belief.biases[place]
