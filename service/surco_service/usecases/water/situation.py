"""What a verdict rests on now: the belief of this morning, moved on to this moment.

Since six the plants have drunk, people may have watered, it may have rained, and the probe may have
said something that nobody expected. All that is brought into one `Situation`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from surco_service.domain.stewardship.garden import WEEK
from surco_service.domain.water import fusion, learnt, watch
from surco_service.domain.water.advice import Reason
from surco_service.domain.water.bed_days import (
    BedDay,
    Evidence,
    bed_etc_mm,
    day_inputs,
    poured_mm,
    prior_of,
)
from surco_service.domain.water.belief import (
    BELIEVED,
    EFFICIENCY,
    MISSING,
    UNLOGGED,
    Belief,
    Day,
    Track,
    unknown_bed,
    with_probes,
)
from surco_service.domain.water.room import room_mm
from surco_service.domain.water.root_zone import RootZone, crop_of, root_zone
from surco_service.domain.water.science.crop_growth import stage
from surco_service.domain.water.science.evapotranspiration import reference_et
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.situation import Situation
from surco_service.domain.water.watering import AGREEMENT
from surco_service.ports.intake import Reading
from surco_service.usecases.sensors import Sensors
from surco_service.usecases.water.diary import ASKED_DAYS, Known, Past
from surco_service.usecases.water.live import RAIN_MM, Live, live

DAYLIGHT = (7.0, 19.0)  # local hours in which plants drink
MENTIONED = timedelta(days=2)  # a watering is worth mentioning for so long
NOON = time(12)


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
    page = pages[-1] if pages else None
    thirst = page.belief.thirst if page is not None else 1.0
    etc_mm = thirst * bed_etc_mm(bed, expected, et0, today)
    zone = root_zone(bed, today, etc_mm)
    said = [live(p, sensors, latest.get(p.node), past, pages, known, now) for p in probes]
    belief = _until_now(known, page, [p.probe for p in probes], now)
    belief, used, rose = _heard(belief, said, known, page, now, zone_of_now=zone)
    fresh = [one for one in said if one.probe in used]
    return Situation(
        bed=bed, zone=zone, belief=belief, etc_mm=etc_mm, climate=et0.method,
        doubts=_doubts(said, used, bool(probes)), probed=bool(fresh),
        theta=_mean_theta(belief, fresh),
        data_at=max((one.at for one in said if one.at), default=None),
        expires=min((one.expires for one in fresh if one.expires), default=None),
        seen=_seen(known, pages, now, rose=rose), water_in_days=_water_in(known, now),
        next_water_days=_water_in(known, now + timedelta(days=1), 1), coming=_coming(known, now),
        stage=stage(crop_of(bed), _days_planted(known, now)), topped_mm=_topped_mm(known, now),
        room_mm=_room_mm(belief, said, zone),
        efficiency=belief.efficiency if belief is not None else EFFICIENCY,
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
                 known.litres_since_morning(now)),
    )  # fmt: skip
    share = drunk_share(known, now)
    inputs = replace(inputs, etc_mm=inputs.etc_mm * share, et0_mm=inputs.et0_mm * share)
    last = page.belief if page is not None else unknown_bed(inputs.zone, prior=prior_of(known.bed))
    last = with_probes(last, probes)
    belief, balance = fusion.predict(last, inputs)
    wetted = inputs.poured_mm + inputs.rain_mm >= fusion.WETTED_MM
    poured = inputs.poured_mm >= fusion.WETTED_MM
    return replace(  # the day is not over: what counts days stands as it did this morning
        belief, tracks=last.tracks, drained_mm=last.drained_mm + balance.percolation_mm,
        wet_days=0 if wetted else last.wet_days,
        anchored_days=0 if belief.anchored_days == 0 else last.anchored_days,
        due_days=0 if wetted else last.due_days, noted=belief.noted if poured else last.noted,
    )  # fmt: skip


def drunk_share(known: Known, now: datetime) -> float:
    """Return how much of a day's water the plants have drunk since this morning, 0 to 1."""
    local = now.astimezone(known.zone)
    hours = (now - known.morning(known.day(now))).total_seconds() / 3600
    begin, end = DAYLIGHT
    since_midnight = local.hour + local.minute / 60 + (24 if hours >= 18 else 0)
    return min(max((since_midnight - begin) / (end - begin), 0.0), 1.0)


def _heard(
    belief: Belief | None, said: Sequence[Live], known: Known, page: BedDay | None, now: datetime,
    *, zone_of_now: RootZone,
) -> tuple[Belief | None, set[str], bool]:  # fmt: skip
    """Return the belief after the probes' news, who is believed, and whether untold water came.

    Untold: since this morning, seen by a probe and noted by nobody.
    """
    if belief is None or not said:
        return belief, set(), False
    poured = known.litres_since_morning(now) > 0
    tracks = {track.probe: track for track in (page.belief.tracks if page else ())}
    thetas = [one.theta if _is_news(one, tracks.get(one.probe), poured) else None for one in said]
    if _contradict(belief, said):
        return belief, set(), False
    if any(theta is not None for theta in thetas):
        day = Day(zone_of_now, 0.0, 0.2, 0.0)
        belief = fusion.heard(belief, thetas, day)
    used: set[str] = set()
    rose = False
    for one, theta, track in zip(said, thetas, belief.tracks, strict=True):
        finding = track.finding
        if theta is None:
            known_track = tracks.get(one.probe)
            finding = known_track.finding if known_track else MISSING
        rose |= theta is not None and finding == UNLOGGED
        if one.theta is not None and finding in BELIEVED:
            used.add(one.probe)
    return belief, used, rose


def _is_news(said: Live, track: Track | None, poured: bool) -> bool:
    """Tell whether a probe's newest value says more than its value of this morning."""
    if said.theta is None:
        return False
    if track is None or track.theta is None or track.finding == MISSING:
        return True
    return not poured and said.theta - track.theta > watch.NEWS


def _contradict(belief: Belief, said: Sequence[Live]) -> bool:
    unbiased = [
        one.theta - bias
        for one, bias in zip(said, belief.biases, strict=True)
        if one.theta is not None
    ]
    return len(unbiased) > 1 and max(unbiased) - min(unbiased) > AGREEMENT


def _mean_theta(belief: Belief | None, said: Sequence[Live]) -> float | None:
    if belief is None:
        return None
    biases = {t.probe: b for t, b in zip(belief.tracks, belief.biases, strict=True)}
    found = [one.theta - biases[one.probe] for one in said if one.theta is not None]
    return sum(found) / len(found) if found else None


def _room_mm(belief: Belief | None, said: Sequence[Live], zone: RootZone) -> float | None:
    return None if belief is None else room_mm(belief, [one.theta for one in said], zone)


# ---------------------------------------------------------------- what else is known


def _doubts(said: Sequence[Live], used: set[str], placed: bool) -> tuple[str, ...]:
    """Return why probes are not used, most telling first."""
    if not placed:
        return ("unplaced",)
    unused = [one for one in said if one.doubt] if used else said
    several = sum(one.theta is not None for one in said) > 1
    whole = "contradiction" if several else "odd"  # each is well by itself
    return tuple(dict.fromkeys(one.doubt or whole for one in unused))


def _seen(
    known: Known, pages: Sequence[BedDay], now: datetime, *, rose: bool
) -> tuple[Reason, ...]:
    """Return what was seen in the last days that explains the verdict, most telling first."""
    seen: list[Reason] = []
    page = pages[-1] if pages else None
    if rose:
        seen.append(Reason("water-inferred"))
    seen += _unnoted(known, pages, now)
    if page is not None and page.arrived is not None and page.arrived < 0.3:
        seen.append(Reason("water-not-seen"))
    last = max(known.waterings, key=lambda w: w.at, default=None)
    if last is not None and now - last.at < MENTIONED:
        hours = max((now - last.at).total_seconds() / 3600, 0.0)
        seen.append(Reason("water-logged", {"litres": last.litres, "hours": round(hours, 1)}))
    yesterday = known.weather.get(known.day(now) - timedelta(days=1))
    if yesterday is not None and not yesterday.forecast and (yesterday.rain_mm or 0) >= RAIN_MM:
        seen.append(Reason("rain-credit", {"mm": round(yesterday.rain_mm or 0.0, 1)}))
    return tuple(seen)


def _unnoted(known: Known, pages: Sequence[BedDay], now: datetime) -> list[Reason]:
    """Return the newest watering that nobody noted: about when it came (its noon), and litres."""
    since = known.day(now) - timedelta(days=ASKED_DAYS)
    newest = learnt.unnoted(known.bed, [page for page in pages if page.day > since])[-1:]
    return [
        Reason("water-seen", {"litres": one.litres, "hours": _hours_since(known, one.day, now)})
        for one in newest
    ]


def _hours_since(known: Known, day: date, now: datetime) -> float:
    noon = datetime.combine(day, NOON, known.zone)
    return round((now - noon).total_seconds() / 3600, 2)


def _days_planted(known: Known, now: datetime) -> int | None:
    planted = known.bed.planted
    return None if planted is None else (now.astimezone(known.zone).date() - planted).days


def _topped_mm(known: Known, now: datetime) -> float:
    """Return what wetted the surface: rain of yesterday and today, and water since this morning."""
    today = now.astimezone(known.zone).date()
    days = [known.weather.get(day) for day in (today - timedelta(days=1), today)]
    rain_mm = sum(max(day.rain_mm or 0.0, 0.0) for day in days if day and not day.forecast)
    poured = poured_mm(known.bed, known.litres_since_morning(now))
    return rain_mm + EFFICIENCY * poured


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
