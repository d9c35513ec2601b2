"""From a probe's millivolts to water content, applied when reading, never when storing.

A straight line through the two points of a calibration. A value far outside both points is not
believed: the probe is in air, in a puddle, or broken.
"""

from surco_service.domain.stewardship.garden import Calibration

MARGIN = 0.25
"""How far beyond its two points, as a share of their distance, a probe is still believed."""


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
