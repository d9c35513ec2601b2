"""TABLE of soils by three questions to a moist handful: does it hold, how long a ribbon, how gritty.

The key is the "Guide to texture by feel" of the US soil service (NRCS, after Thien 1979). Every
answer is an id of the soil table. Silt is not found by hand: it feels like silt loam.
"""

RIBBONS = ("none", "short", "medium", "long")  # before it breaks: none, < 2.5, < 5, 5 cm and more
FEELS = ("gritty", "even", "smooth")  # a pinch, made very wet

SAND = "sand"  # it makes no ball
LOAMY_SAND = "loamy_sand"  # a ball, but no ribbon

_TABLE = {
    "short": ("sandy_loam", "loam", "silt_loam"),
    "medium": ("sandy_clay_loam", "clay_loam", "silty_clay_loam"),
    "long": ("sandy_clay", "clay", "silty_clay"),
}

BY_HAND = (SAND, LOAMY_SAND, *(soil for row in _TABLE.values() for soil in row))


def by_hand(ball: bool, ribbon: str, feel: str) -> str | None:
    """Return the soil of a handful: `ribbon` is one of RIBBONS, `feel` one of FEELS.

    None: another answer is needed. Sand needs no ribbon, and loamy sand no feel.
    """
    if not ball:
        return SAND
    if ribbon == RIBBONS[0]:
        return LOAMY_SAND
    if ribbon not in _TABLE or feel not in FEELS:
        return None
    return _TABLE[ribbon][FEELS.index(feel)]
