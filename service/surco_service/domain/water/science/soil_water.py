"""What a soil holds and what roots can take from it. FAO-56 chapter 8.

Water contents θ in m3 of water per m3 of soil, depths of water in mm.
"""

LEAST_P, MOST_P = 0.1, 0.8


def total_available_mm(field_capacity: float, wilting_point: float, depth_m: float) -> float:
    """Return TAW (Eq. 82)."""
    return 1000 * (field_capacity - wilting_point) * depth_m


def readily_available_share(p: float, etc_mm: float = 5.0) -> float:
    """Return the share of TAW used without stress on a day of so much ETc (FAO-56 p. 162, Table 22).

    `p` is the table's, for 5 mm a day. Between 0.1 and 0.8.
    """
    return min(max(p + 0.04 * (5 - etc_mm), LEAST_P), MOST_P)


def stress(depletion_mm: float, taw_mm: float, raw_mm: float) -> float:
    """Return Ks, 1 without stress and 0 at wilting point (Eq. 84)."""
    if depletion_mm <= raw_mm:
        return 1.0
    if depletion_mm >= taw_mm or taw_mm <= raw_mm:
        return 0.0
    return (taw_mm - depletion_mm) / (taw_mm - raw_mm)


def depletion_mm(field_capacity: float, theta: float, depth_m: float) -> float:
    """Return the missing water; negative above field capacity (Eq. 87)."""
    return 1000 * (field_capacity - theta) * depth_m


def theta(field_capacity: float, depletion: float, depth_m: float) -> float:
    """Return the mean water content of the root zone at a depletion in mm (Eq. 87 turned round)."""
    return field_capacity - depletion / (1000 * depth_m)
