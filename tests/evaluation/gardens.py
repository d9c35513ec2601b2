"""The gardens of the evaluation: 80 sensors, each with its soil, sun, people, weather and luck.

`gardens.json` is frozen: it was drawn once, by `python -m tests.evaluation.gardens`, before anything
was tuned. Odd seeds are for tuning, even seeds are reported. One seed is one sensor, the unit that is
repeated. Everything is drawn for every seed; a line (`lines`) says what of it is played.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("gardens.json")
SEEDS = range(80)
SOILS = {
    "SandyLoam": ("loamy_sand", "loam"),
    "Loam": ("sandy_loam", "silt_loam"),
    "ClayLoam": ("loam", "silty_clay"),
}
"""True soils, and the rows of our table next to each: what a gardener says who is wrong by one."""

SOWINGS = (2, 6, 10)  # months
FAULTS = ("stuck", "dead", "out", "jump up", "jump down", "drift", "salt")
KINDS = ("at once", "late", "half", "twice")


@dataclass(frozen=True)
class Garden:
    """What is drawn once for a seed; whatever changes daily comes from `Random` of its name."""

    seed: int
    offset: float  # of the sensor, m3/m3
    gain: float  # of the sensor, relative
    drift: float  # of the sensor, m3/m3 a day
    heat: float  # of the sensor, m3/m3 per °C of the soil
    fault: str  # "" or what breaks in a garden as it is
    fault_hour: int  # of the day when it breaks
    noted: float  # share of the waterings that are noted, in a garden as it is
    neighbours: float  # pours a week of people whom nobody asked
    shade: float  # share of the open field's evaporation that the bed truly sees
    efficiency: float  # share of the poured water that stays
    planted_off_days: int  # told planting date less the true one
    wrong_rows: dict[str, str]  # true soil: the wrong row that is told
    mistaken: bool  # whether the wrong row is told in a garden as it is
    kind: str  # of gardener, in a garden as it is
    pour_hour: int
    capacity_z: float  # the true soil inside its class, standard normal
    available_z: float
    bypass: float  # share of a pour that runs down cracks
    patch: float  # water where the probe stands, relative to the bed's mean
    roots: float  # depth, relative to the table's
    weather: int  # seed of the years


def draw() -> list[Garden]:
    """Return the gardens as they were drawn for the file."""
    return [_garden(seed, Random(f"garden {seed}")) for seed in SEEDS]


def _garden(seed: int, random: Random) -> Garden:
    return Garden(
        seed, offset=random.gauss(0, 0.03), gain=random.gauss(0, 0.12),
        drift=random.gauss(0, 0.00025), heat=random.uniform(-0.0006, 0.0006),
        fault=random.choice(FAULTS) if random.random() < 0.3 else "",
        fault_hour=random.randrange(24), noted=random.random(), neighbours=random.random(),
        shade=random.uniform(0.5, 1.0), efficiency=random.uniform(0.7, 1.0),
        planted_off_days=random.randint(-30, 30),
        wrong_rows={soil: random.choice(rows) for soil, rows in SOILS.items()},
        mistaken=random.random() < 0.3,
        kind=random.choices(KINDS, (0.55, 0.25, 0.1, 0.1))[0], pour_hour=random.randint(6, 19),
        capacity_z=random.gauss(0, 1), available_z=random.gauss(0, 1),
        bypass=random.uniform(0, 0.3), patch=random.uniform(0.7, 1.3),
        roots=random.uniform(0.9, 1.1), weather=random.randrange(10**6),
    )  # fmt: skip


def load() -> list[Garden]:
    return [Garden(**one) for one in json.loads(FILE.read_text(encoding="utf-8"))]


def freeze() -> str:
    return "[\n" + ",\n".join(json.dumps(asdict(one)) for one in draw()) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(freeze(), encoding="utf-8")
