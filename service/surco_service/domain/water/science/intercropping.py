"""Crops that share a bed drink as one: FAO-56 chapter 10."""

from collections.abc import Sequence


def intercropped(parts: Sequence[tuple[float, float, float]]) -> float:
    """Return Kc of crops that share a bed (Eq. 104): (share of the ground, height in m, Kc) each.

    Raises `ValueError` when nothing grows.
    """
    weights = sum(share * height for share, height, _ in parts)
    if weights <= 0:
        raise ValueError("at least one crop must cover ground and have a height")
    return sum(share * height * kc for share, height, kc in parts) / weights
