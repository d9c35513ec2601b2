"""For how much water a probe's own reading leaves room: the bound that no belief can pass.

When a bed was surely full, what its probe said then was its *anchor*: field capacity in the probe's
own words. Its bias may wander from there, but not far; so a bed whose probe says no less than when
it was full is full, whatever the balance says.
"""

from collections.abc import Sequence

from surco_service.domain.water.belief import BELIEVED, MOVED, Belief, Track
from surco_service.domain.water.root_zone import RootZone

BIAS_MOST = 0.12  # m3/m3, of a probe whose bed was never surely full
UP, UP_WALK = 0.02, 0.0005  # m3/m3 that a bias may lie above its anchor, and more each day since
DOWN, DOWN_WALK = 0.04, 0.0005  # the same below it
OF_RAW = 0.8  # of the readily available water: a full bed is never taken for one that is due
LEAST_GAIN = 0.8  # a probe may show so much less than the whole root zone changes


def bias_range(track: Track, zone: RootZone) -> tuple[float, float]:
    """Return the least and the largest bias that a probe can have, m3/m3."""
    if track.anchor is None:
        return -BIAS_MOST, BIAS_MOST
    days, sd = track.full_days, track.anchor_sd
    most = OF_RAW * zone.raw_mm / zone.mm_per_theta
    return (
        track.anchor - DOWN - DOWN_WALK * days - sd,
        track.anchor + min(UP + UP_WALK * days + sd, most),
    )


def room_mm(belief: Belief, thetas: Sequence[float | None], zone: RootZone) -> float | None:
    """Return what can be missing at most by the probes' own readings; None: none is believed.

    A probe that seems to have been moved still holds water back: nobody knows yet that it was.
    """
    rooms = [
        zone.mm_per_theta * (zone.field_capacity + bias_range(track, zone)[1] - theta) / LEAST_GAIN
        for track, theta in zip(belief.tracks, thetas, strict=True)
        if theta is not None and track.finding in (*BELIEVED, MOVED)
    ]
    return max(min(rooms), 0.0) if rooms else None
