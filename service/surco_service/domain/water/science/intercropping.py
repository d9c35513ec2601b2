"""Crops that share a bed drink as one: FAO-56 chapter 10."""

from collections.abc import Sequence
from math import fsum


def intercropped(parts: Sequence[tuple[float, float, float]]) -> float:
    """Return Kc of crops that share a bed (Eq. 104): (share of the ground, height in m, Kc) each.

    Raises `ValueError` when nothing grows.
    """
    # fsum is exact; what sum makes of the same numbers depends on the version of Python
    weights = fsum(share * height for share, height, _ in parts)
    if weights <= 0:
        raise ValueError("at least one crop must cover ground and have a height")
    return fsum(share * height * kc for share, height, kc in parts) / weights
