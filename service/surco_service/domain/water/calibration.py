"""From a probe's millivolts to water content, applied when reading, never when storing.

A straight line through the two points of a calibration. A value far outside both points is not
believed: the probe is in air, in a puddle, or broken.
"""

from dataclasses import dataclass
from datetime import datetime

MARGIN = 0.25
"""How far beyond its two points, as a share of their distance, a probe is still believed."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two points of a probe: raw millivolts and water content there; valid from a time on."""

    probe: str
    dry_mv: float
    dry_theta: float  # m3/m3
    wet_mv: float
    wet_theta: float
    since: datetime
    id: int = 0


def water_content(calibration: Calibration, raw_mv: float) -> float | None:
    """Return θ in m3/m3, or None when the value is off the calibrated scale."""
    span = calibration.wet_mv - calibration.dry_mv
    if span == 0:
        return None
    share = (raw_mv - calibration.dry_mv) / span
    if not -MARGIN <= share <= 1 + MARGIN:
        return None
    theta = calibration.dry_theta + share * (calibration.wet_theta - calibration.dry_theta)
    return max(theta, 0.0)
