"""What a verdict rests on now: the belief of this morning, moved on to this moment.

Since six the plants have drunk, people may have watered, it may have rained, and the probe may have
said something that nobody expected. All that is brought into one `Situation`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from surco_contract.quantities import QUANTITIES
from surco_service.domain.nodes.node import Placement
from surco_service.domain.stewardship.garden import WEEK
from surco_service.domain.water import fusion
from surco_service.domain.water.advice import Reason
from surco_service.domain.water.bed_days import (
    BedDay,
    Evidence,
    bed_etc_mm,
    day_inputs,
    net_mm,
)
from surco_service.domain.water.fusion import Belief, Day
from surco_service.domain.water.moisture import theta_in_bed
from surco_service.domain.water.root_zone import RootZone, crop_of, root_zone
from surco_service.domain.water.science.crop_growth import stage
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import AGREEMENT, stale_from
from surco_service.ports.intake import Reading
from surco_service.usecases.sensors import Sensors
from surco_service.usecases.water.diary import Known, Past

RECENT = timedelta(days=2)  # a probe that says the very same for so long is stuck
BUCKET_S = 6 * 3600
USUAL_INTERVAL_S = 900.0
DAYLIGHT = (7.0, 19.0)  # local hours in which plants drink
RAIN_MM = 3.0  # worth mentioning


@dataclass(frozen=True, slots=True)
class Live:
    """What one probe says now. `theta` None: nothing that can be believed, see `doubt`."""

    probe: str
    theta: float | None = None  # m3/m3
    at: datetime | None = None
    expires: datetime | None = None
    doubt: str = ""


def situation(
    known: Known, sensors: Sensors, latest: Mapping[str, Reading], past: Past,
    pages: Sequence[BedDay], now: datetime,
) -> Situation:  # fmt: skip
    """Put together everything that the verdict of a bed rests on."""
    bed, today = known.bed, known.day(now)
    probes = sorted(sensors.here(bed.id, now), key=lambda p: (p.depth_m, p.probe))
    weather = known.weather.get(now.astimezone(known.zone).date())
    expected = weather or WeatherDay(today)
    et0 = reference_et(expected, known.site)
    etc_mm = bed_etc_mm(bed, expected, et0, today)
    zone = root_zone(bed, today, etc_mm)
    page = pages[-1] if pages else None
    live = [_live(p, sensors, latest.get(p.node), past, page, known, now) for p in probes]
    belief = _until_now(known, page, [p.probe for p in probes], now)
    belief, used = _heard(belief, live, known, page, now, zone_of_now=zone)
    fresh = [one for one in live if one.probe in used]
    return Situation(
        bed=bed, zone=zone, belief=belief, etc_mm=etc_mm, climate=et0.method,
        doubts=_doubts(live, used, bool(probes)), probed=bool(fresh),
        theta=_mean_theta(belief, fresh),
        data_at=max((one.at for one in live if one.at), default=None),
        expires=min((one.expires for one in fresh if one.expires), default=None),
        seen=_seen(known, pages, belief, now), water_in_days=_water_in(known, now),
        next_water_days=_water_in(known, now + timedelta(days=1), 1), coming=_coming(known, now),
        stage=stage(crop_of(bed), _days_planted(known, now)), topped_mm=_topped_mm(known, now),
    )  # fmt: skip


# ---------------------------------------------------------------- since this morning


def _until_now(
    known: Known, page: BedDay | None, probes: Sequence[str], now: datetime
) -> Belief | None:
    """Return this morning's belief after what was drunk and poured since; None without a diary."""
    if page is None and not probes:
        return None
    today = known.day(now)
    inputs, _ = day_inputs(
        known.bed, known.site,
        Evidence(today + timedelta(days=1), known.weather.get(today),
                 known.litres(known.morning(today), now)),
    )  # fmt: skip
    share = drunk_share(known, now)
    inputs = replace(inputs, etc_mm=inputs.etc_mm * share, et0_mm=inputs.et0_mm * share)
    last = page.belief if page is not None else fusion.unknown_bed(inputs.zone)
    last = fusion.with_probes(last, probes)
    belief, balance = fusion.predict(last, inputs)
    wetted = inputs.irrigation_mm + inputs.rain_mm >= fusion.WETTED_MM
    anchored = balance.percolation_mm > 0 or inputs.irrigation_mm >= fusion.WETTED_MM
    return replace(  # the day is not over: what counts days stands as it did this morning
        belief, tracks=last.tracks, drained_mm=last.drained_mm + balance.percolation_mm,
        wet_days=0 if wetted else last.wet_days, anchored_days=0 if anchored else last.anchored_days,
    )  # fmt: skip


def drunk_share(known: Known, now: datetime) -> float:
    """Return how much of a day's water the plants have drunk since this morning, 0 to 1."""
    local = now.astimezone(known.zone)
    hours = (now - known.morning(known.day(now))).total_seconds() / 3600
    begin, end = DAYLIGHT
    since_midnight = local.hour + local.minute / 60 + (24 if hours >= 18 else 0)
    return min(max((since_midnight - begin) / (end - begin), 0.0), 1.0)


def _heard(
    belief: Belief | None, live: Sequence[Live], known: Known, page: BedDay | None, now: datetime,
    *, zone_of_now: RootZone,
) -> tuple[Belief | None, set[str]]:  # fmt: skip
    """Return the belief after the probes' newest words where these are news, and who is believed."""
    if belief is None or not live:
        return belief, set()
    poured = known.litres(known.morning(known.day(now)), now) > 0
    tracks = {track.probe: track for track in (page.belief.tracks if page else ())}
    thetas = [one.theta if _is_news(one, tracks.get(one.probe), poured) else None for one in live]
    if _contradict(belief, live):
        return belief, set()
    if any(theta is not None for theta in thetas):
        day = Day(zone_of_now, 0.0, 0.2, 0.0)
        belief = fusion.correct(belief, thetas, day)
    used: set[str] = set()
    for one, theta, track in zip(live, thetas, belief.tracks, strict=True):
        finding = track.finding
        if theta is None:
            known_track = tracks.get(one.probe)
            finding = known_track.finding if known_track else fusion.MISSING
        if one.theta is not None and finding in (fusion.GOOD, fusion.UNLOGGED):
            used.add(one.probe)
    return belief, used


def _is_news(live: Live, track: fusion.Track | None, poured: bool) -> bool:
    """Tell whether a probe's newest value says more than its value of this morning."""
    if live.theta is None:
        return False
    if track is None or track.theta is None or track.finding == fusion.MISSING:
        return True
    return not poured and live.theta - track.theta > fusion.RISE


def _contradict(belief: Belief, live: Sequence[Live]) -> bool:
    unbiased = [
        one.theta - bias
        for one, bias in zip(live, belief.mean[1:], strict=True)
        if one.theta is not None
    ]
    return len(unbiased) > 1 and max(unbiased) - min(unbiased) > AGREEMENT


def _mean_theta(belief: Belief | None, live: Sequence[Live]) -> float | None:
    if belief is None:
        return None
    biases = {t.probe: b for t, b in zip(belief.tracks, belief.mean[1:], strict=True)}
    found = [one.theta - biases[one.probe] for one in live if one.theta is not None]
    return sum(found) / len(found) if found else None


# ---------------------------------------------------------------- one probe now


def _live(
    placement: Placement, sensors: Sensors, reading: Reading | None, past: Past,
    page: BedDay | None, known: Known, now: datetime,
) -> Live:  # fmt: skip
    probe = placement.probe
    if reading is None or reading.t < placement.since.timestamp():
        return Live(probe, doubt="no-reading")
    at = datetime.fromtimestamp(reading.t, UTC)
    node = sensors.nodes.get(placement.node)
    status = node.status if node else None
    interval_s = float(status.interval_s) if status and status.interval_s else USUAL_INTERVAL_S
    expires = stale_from(at, status.next_at if status else None, interval_s)
    if now >= expires:
        return Live(probe, None, at, expires, "stale")
    raw = reading.values.get(placement.channel)
    doubt = "" if raw is not None else "sensor-silent"
    if raw is not None and not QUANTITIES[placement.channel].plausible(raw):
        doubt = "implausible"
    if not doubt and _stuck(placement, past, now):
        doubt = "stuck"
    if doubt or raw is None:
        return Live(probe, None, at, expires, doubt)
    calibration = sensors.calibration(probe, at)
    scale = page.scale(probe) if page is not None else None
    theta, doubt = theta_in_bed(known.bed, raw, calibration, scale)
    return Live(probe, theta, at, expires, doubt)


def _stuck(placement: Placement, past: Past, now: datetime) -> bool:
    """Tell whether a probe said the very same for days: real soil and real converters never do."""
    if now - placement.since < RECENT:
        return False
    start, end = int((now - RECENT).timestamp()), int(now.timestamp()) + 1
    values = [mv for _, mv in past.means(placement.node, placement.channel, start, end, BUCKET_S)]
    return len(values) >= 8 and max(values) - min(values) < 0.01


def _doubts(live: Sequence[Live], used: set[str], placed: bool) -> tuple[str, ...]:
    """Return why probes are not used, most telling first."""
    if not placed:
        return ("unplaced",)
    unused = [one for one in live if one.doubt] if used else live
    several = sum(one.theta is not None for one in live) > 1
    whole = "contradiction" if several else "odd"  # each is well by itself
    return tuple(dict.fromkeys(one.doubt or whole for one in unused))


# ---------------------------------------------------------------- what else is known


def _seen(
    known: Known, pages: Sequence[BedDay], belief: Belief | None, now: datetime
) -> tuple[Reason, ...]:
    """Return what was seen in the last days that explains the verdict, most telling first."""
    seen: list[Reason] = []
    page = pages[-1] if pages else None
    findings = {t.finding for t in belief.tracks} if belief else set[str]()
    if fusion.UNLOGGED in findings:
        seen.append(Reason("water-inferred"))
    if page is not None and page.arrived is not None and page.arrived < 0.3:
        seen.append(Reason("water-not-seen"))
    last = max(known.waterings, key=lambda w: w.at, default=None)
    if last is not None and now - last.at < RECENT:
        hours = max((now - last.at).total_seconds() / 3600, 0.0)
        seen.append(Reason("water-logged", {"litres": last.litres, "hours": round(hours, 1)}))
    yesterday = known.weather.get(known.day(now) - timedelta(days=1))
    if yesterday is not None and not yesterday.forecast and (yesterday.rain_mm or 0) >= RAIN_MM:
        seen.append(Reason("rain-credit", {"mm": round(yesterday.rain_mm or 0.0, 1)}))
    return tuple(seen)


def _days_planted(known: Known, now: datetime) -> int | None:
    planted = known.bed.planted
    return None if planted is None else (now.astimezone(known.zone).date() - planted).days


def _topped_mm(known: Known, now: datetime) -> float:
    """Return what wetted the surface: rain of yesterday and today, and water since this morning."""
    today = now.astimezone(known.zone).date()
    days = [known.weather.get(day) for day in (today - timedelta(days=1), today)]
    rain_mm = sum(max(day.rain_mm or 0.0, 0.0) for day in days if day and not day.forecast)
    return rain_mm + net_mm(known.bed, known.litres(known.morning(known.day(now)), now))


def _coming(known: Known, now: datetime) -> WeatherDay | None:
    """Return what is expected within a day: the more rain, the warmer day, the coming night."""
    today = now.astimezone(known.zone).date()
    days = [known.weather.get(today), known.weather.get(today + timedelta(days=1))]
    coming = [day for day in days if day is not None and day.forecast]
    if not coming:
        return None
    night = known.weather.get(today + timedelta(days=1)) or coming[0]
    return WeatherDay(
        today, night.temp_min_c, coming[0].temp_max_c,
        rain_mm=max(day.rain_mm or 0.0 for day in coming),
        rain_chance=max(day.rain_chance or 0.0 for day in coming), forecast=True,
    )  # fmt: skip


def _water_in(known: Known, now: datetime, offset: int = 0) -> int | None:
    """Return in how many days the network brings water; None when it is always there."""
    days = [WEEK.index(name) for name in known.garden.water_days.split(",") if name in WEEK]
    if not days:
        return None
    today = now.astimezone(known.zone).weekday()
    return offset + min((day - today) % 7 for day in days)
