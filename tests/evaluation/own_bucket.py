"""A true garden of our own that has the shape of neither AquaCrop nor the advice.

Ten layers of 5 cm live hour by hour. Each drains as fast as it is wet (unsaturated conductivity,
Campbell 1974, steeper because garden soil has structure), so a soak runs on for a day or two. A share
of every pour falls through cracks to the depth (bypass). Roots take where it is easiest (Feddes 1978
by matric potential, compensated as in Jarvis 1989). The bare soil dries in two stages. The probe
stands in a patch that gets more or less than the bed.
"""

import math
from dataclasses import dataclass
from datetime import date

from tests.evaluation.climate import TrueDay
from tests.evaluation.gardens import Garden
from tests.evaluation.truth import DAWN, DRINKING, HOURS, State, Step, since_dawn

LAYERS, LAYER_MM = 10, 50.0
PROBE_LAYERS = (2, 3)  # 10 to 20 cm
CRACKS_END = (3, 4, 5, 6, 7)  # where water that ran down cracks comes out
CAPACITY_KPA, WILTING_KPA = 33.0, 1500.0
DRAINED_MM_D = 1.0  # conductivity at field capacity
STRUCTURE = 8.0  # added to Campbell's exponent 2 b + 3
DRY = 0.82  # of field capacity: conductivity below is nothing
POND_MM = 15.0  # stands on a bed; more runs off its edge
PATCH_H = 48.0  # in which what a patch has more than its bed is shared out
RAIN_HOURS = (16, 17, 18)
SHARES_HOURS = 4  # how often roots choose anew where to drink
FULL_AIRLESS, AIRLESS = 1.0, 0.94  # of saturation: roots take nothing, roots take all
COMPENSATED = 0.6  # stress that other roots make good
BARE = 0.7  # evaporation of wet bare soil, of ET0
EVAPORATES = ((0, 0.6), (1, 0.3), (2, 0.1))  # (layer, share)
READY_MM, STAGE_TWO_MM = 5.0, 12.0  # of the bare soil's evaporation: stages one and two end


@dataclass(frozen=True)
class Texture:
    """A class of soil: field capacity and available water in m3/m3, and how they scatter in it."""

    capacity: float
    available: float
    saturation: float
    capacity_sd: float = 0.02
    available_sd: float = 0.01


@dataclass(frozen=True)
class Plant:
    """How a crop grows: a cover that rises as a logistic and falls in a line."""

    half_day: float  # half of the ground is covered
    slowness_d: float
    old_day: float  # from then on it ages
    last_day: int
    most: float  # transpiration under full cover, of ET0
    aged: float  # the same on the last day
    seed_roots_m: float
    roots_m: float
    grown_day: float  # roots grow until then
    thirsty_kpa: float  # Feddes h3 at 5 mm a day


TEXTURES = {
    "SandyLoam": Texture(0.23, 0.12, 0.42),
    "Loam": Texture(0.26, 0.13, 0.45),
    "ClayLoam": Texture(0.33, 0.14, 0.48, 0.018),
}
PLANTS = {
    "chile": Plant(48, 8, 100, 120, 1.05, 0.85, 0.15, 0.4, 55, 100),
    "lechuga": Plant(32, 6, 85, 95, 1.0, 0.95, 0.15, 0.3, 40, 80),
}


class OwnBucket:
    """One season. Everything in mm of water in its layer, 5 cm each."""

    def __init__(
        self, crop: str, soil: str, sowing: date, weather: list[TrueDay], garden: Garden,
        shade: float = 1.0,
    ) -> None:  # fmt: skip
        texture, self._plant = TEXTURES[soil], PLANTS[crop]
        self.field_capacity = texture.capacity + texture.capacity_sd * _inner(garden.capacity_z)
        available = texture.available + texture.available_sd * _inner(garden.available_z)
        self.wilting_point = self.field_capacity - available
        self.saturation = texture.saturation
        self._weather, self._shade, self._garden = weather, shade, garden
        span = math.log(WILTING_KPA / CAPACITY_KPA)
        self._b = span / math.log(self.field_capacity / self.wilting_point)
        self._steep = 2 * self._b + 3 + STRUCTURE
        self._full, self._wilted = LAYER_MM * self.field_capacity, LAYER_MM * self.wilting_point
        self._most = LAYER_MM * self.saturation
        self.layers = [self._full] * LAYERS
        self.pond_mm = self.ran_off_mm = self.evaporated_mm = 0.0
        self._days, self._crust_mm, self._extra_mm = 0, 0.0, 0.0

    @property
    def finished(self) -> bool:
        return self._days >= min(self._plant.last_day, len(self._weather) - 1)

    def now(self) -> State:
        shares = self._rooted()
        depletion = sum(s * (self._full - w) for s, w in zip(shares, self.layers, strict=True))
        taw = sum(shares) * (self._full - self._wilted)
        return State(depletion, taw, self._at_probe() / LAYER_MM)

    def step(self, mm: float, hour: int) -> Step:
        today = self._weather[self._days]
        cover, thirst = self._growth()
        et0 = today.et0_mm * self._shade
        wants, bare = thirst * et0, BARE * (1 - cover) * et0
        pours_at, drunk, drained = since_dawn(hour), 0.0, 0.0
        said: list[float] = []
        takes: list[float] = [0.0] * LAYERS
        for i, share in enumerate(DRINKING):
            rained = today.rain_mm / len(RAIN_HOURS) if (i + DAWN) % HOURS in RAIN_HOURS else 0.0
            before = self._at_probe()
            drained += self._wet(rained, 0.0) + self._wet(mm if i == pours_at else 0.0)
            if i % SHARES_HOURS == 0:
                takes = self._uptake(wants)
            drunk += self._drink(takes, wants * share)
            self._dry(bare * share)
            drained += self._drain()
            if i == pours_at and mm > 0:
                self._extra_mm += (self._garden.patch - 1) * max(self._at_probe() - before, 0.0)
            self._extra_mm *= 1 - 1 / PATCH_H
            said.append(min((self._at_probe() + self._extra_mm) / LAYER_MM, self.saturation))
        self._days += 1
        return Step(tuple(said), drunk, wants, drained)

    # ---------------------------------------------------------------- water comes and goes down

    def _wet(self, mm: float, bypass: float | None = None) -> float:
        """Pour; return what ran through the cracks and out below."""
        if mm <= 0:
            return 0.0
        self._crust_mm = max(0.0, self._crust_mm - mm)
        through = mm * (self._garden.bypass if bypass is None else bypass)
        self.pond_mm += mm - through
        out = 0.0
        for layer in CRACKS_END:
            fits = min(through / len(CRACKS_END), self._most - self.layers[layer])
            self.layers[layer] += fits
            out += through / len(CRACKS_END) - fits
        return out

    def _drain(self) -> float:
        """Let an hour of gravity pass; return what left the lowest layer."""
        layers, most, full = self.layers, self._most, self._full
        power = self._steep - 1
        rate = power * DRAINED_MM_D / HOURS / full
        down, self.pond_mm = self.pond_mm, 0.0
        for i in range(LAYERS):
            held = layers[i] + down
            down = 0.0
            if held > DRY * full:
                # dw/dt = -K (w / full)^n, solved over the hour
                wet = min(held, 2 * most) / full
                left = full * (wet**-power + rate) ** (-1 / power)
                down = held - min(left, held)
                held = min(left, held)
            layers[i] = held
        out = down
        for i in range(LAYERS - 1, -1, -1):  # what does not fit stands in the layer above
            excess = layers[i] - most
            if excess > 0:
                layers[i] = most
                if i:
                    layers[i - 1] += excess
                else:
                    self.pond_mm += excess
        if self.pond_mm > POND_MM:
            self.ran_off_mm += self.pond_mm - POND_MM
            self.pond_mm = POND_MM
        return out

    # ---------------------------------------------------------------- roots and sun

    def _growth(self) -> tuple[float, float]:
        """Return (cover of the ground, transpiration without stress as a share of ET0)."""
        plant, day = self._plant, self._days
        cover = 1 / (1 + math.exp((plant.half_day - day) / plant.slowness_d))
        age = max(0.0, (day - plant.old_day) / (plant.last_day - plant.old_day))
        return cover, max(cover, 0.08) * (plant.most + (plant.aged - plant.most) * min(age, 1.0))

    def _rooted(self) -> list[float]:
        """Return which share of each layer the roots have reached."""
        plant = self._plant
        grown = min(self._days / plant.grown_day, 1.0)
        depth = plant.seed_roots_m + (plant.roots_m - plant.seed_roots_m) * grown
        depth_mm = min(1000 * depth * self._garden.roots, LAYERS * LAYER_MM)
        return [min(max(depth_mm / LAYER_MM - i, 0.0), 1.0) for i in range(LAYERS)]

    def _uptake(self, wants: float) -> list[float]:
        """Return the share of the day's thirst that each layer gives; their sum is 1 without stress."""
        rooted = self._rooted()
        density = [share * (1 - 0.06 * i) for i, share in enumerate(rooted)]
        total = sum(density)
        calm = min(max((5 - wants) / 4, 0.0), 1.0)  # on a calm day roots bear twice the tension
        thirsty = math.log(self._plant.thirsty_kpa * (1 + calm))
        span = math.log(WILTING_KPA) - thirsty
        eases: list[float] = []
        for share, water in zip(density, self.layers, strict=True):
            if share <= 0 or water <= self._wilted:
                eases.append(0.0)
                continue
            tension = math.log(CAPACITY_KPA) + self._b * math.log(self._full / water)
            dry = (math.log(WILTING_KPA) - tension) / span
            wet = (FULL_AIRLESS - water / self._most) / (FULL_AIRLESS - AIRLESS)
            eases.append(share / total * max(0.0, min(1.0, dry, wet)))
        return [ease / max(sum(eases), COMPENSATED) for ease in eases]

    def _drink(self, takes: list[float], wants: float) -> float:
        drunk = 0.0
        for i, take in enumerate(takes):
            if take > 0:
                gone = min(take * wants, max(self.layers[i] - self._wilted, 0.0))
                self.layers[i] -= gone
                drunk += gone
        return drunk

    def _dry(self, bare: float) -> None:
        """Let the bare soil evaporate: as fast as it can, then slower as its crust thickens."""
        slow = (STAGE_TWO_MM - self._crust_mm) / (STAGE_TWO_MM - READY_MM)
        wants = bare * min(max(slow, 0.0), 1.0)
        for layer, share in EVAPORATES:
            gone = min(wants * share, max(self.layers[layer] - self._wilted / 2, 0.0))
            self.layers[layer] -= gone
            self.evaporated_mm += gone
            self._crust_mm += gone

    def _at_probe(self) -> float:
        return sum(self.layers[i] for i in PROBE_LAYERS) / len(PROBE_LAYERS)


def _inner(z: float) -> float:
    """Return a draw that stays inside its class."""
    return min(max(z, -1.5), 1.5)
