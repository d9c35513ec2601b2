"""TABLE of soils by three questions to a moist handful: does it hold, how long a ribbon, how gritty.

The key is the "Guide to texture by feel" of the US soil service (NRCS, after Thien 1979). The table
of soils has no clay loams and no sandy clay: those take the neighbour on the texture triangle that
holds water most alike, by Saxton & Rawls (2006).
"""

from dataclasses import dataclass

RIBBONS = ("none", "short", "medium", "long")  # before it breaks: none, < 2.5, < 5, 5 cm and more
FEELS = ("gritty", "even", "smooth")  # a pinch, made very wet


@dataclass(frozen=True, slots=True)
class Handful:
    """What a hand finds: the name of the texture, and the soil of the table that stands for it."""

    texture: str
    soil: str  # id in the soil table

    @property
    def exact(self) -> bool:
        return self.texture == self.soil


SAND = Handful("sand", "sand")  # it makes no ball
LOAMY_SAND = Handful("loamy_sand", "loamy_sand")  # a ball, but no ribbon

_TABLE = {
    "short": (Handful("sandy_loam", "sandy_loam"), Handful("loam", "loam"),
              Handful("silt_loam", "silt_loam")),
    "medium": (Handful("sandy_clay_loam", "loam"), Handful("clay_loam", "clay"),
               Handful("silty_clay_loam", "silty_clay")),
    "long": (Handful("sandy_clay", "clay"), Handful("clay", "clay"),
             Handful("silty_clay", "silty_clay")),
}  # fmt: skip

HANDFULS = (SAND, LOAMY_SAND, *(handful for row in _TABLE.values() for handful in row))


def by_hand(ball: bool, ribbon: str, feel: str) -> Handful | None:
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
