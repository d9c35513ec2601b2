"""From a probe's millivolts to the water in its soil: one rule for verdict, diary, curve and dashboard.

A calibration wins over the scale that a probe has learnt in its bed. A calibrated probe is believed
near its two points; a learnt scale knows only what its bed did so far, so its line goes on as far as
soil can be wet or dry.
"""

import math

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.calibration import Calibration, water_content
from surco_service.domain.water.root_zone import in_soil
from surco_service.domain.water.scale import Scale

LEARNING, OFF_SCALE = "learning", "off-scale"


def theta_of(
    raw_mv: float, calibration: Calibration | None, scale: Scale | None
) -> tuple[float | None, str]:
    """Return (θ in m3/m3, ""), or (None, the reason why there is none)."""
    if calibration is not None:
        theta = water_content(calibration, raw_mv)
    elif scale is not None and scale.learnt:
        theta = scale.theta(raw_mv)
    else:
        return None, LEARNING
    if theta is None or not math.isfinite(raw_mv):
        return None, OFF_SCALE
    return theta, ""


def theta_in_bed(
    bed: Bed, raw_mv: float, calibration: Calibration | None, scale: Scale | None
) -> tuple[float | None, str]:
    """Return θ as `theta_of`, when the soil of a bed can hold so much or so little."""
    theta, doubt = theta_of(raw_mv, calibration, scale)
    return (None, OFF_SCALE) if theta is not None and not in_soil(bed, theta) else (theta, doubt)
