"""The gardens of the evaluation: 80 sensors with their soils, weathers, people and faults.

`scenarios.json` is frozen: it was drawn once, by `python -m tests.evaluation.before.scenarios`, before
anything was tuned. Odd seeds are for tuning, even seeds are reported. One seed is one sensor, the
unit that is repeated.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("scenarios.json")
SEEDS = range(80)
CROPS = ("Tomato", "DryBean")
SOILS = ("SandyLoam", "Loam", "ClayLoam")
SOWINGS = (2, 6, 10)  # months
FAULTS = ("stuck", "dead", "out", "jump")
FAULT_DAY = 40
FAULTY_SHARE = 0.30  # of the mix


@dataclass(frozen=True)
class Scenario:
    """What is drawn once for a seed; whatever changes daily comes from `Random(noise)`."""

    seed: int
    offset: float  # of the sensor, m3/m3
    gain: float  # of the sensor, relative
    drift: float  # m3/m3 a day
    texture_error: float  # of field capacity and wilting point alike, as the advisor is told them
    available_error: float  # of field capacity - wilting point (FAO-56 Table 19: it varies less)
    mix_fault: str  # "" or the fault of this seed in the mix


def draw() -> list[Scenario]:
    """Return the scenarios as they were drawn for the file."""
    random = Random(20_261_124)
    return [
        Scenario(
            seed, offset=random.gauss(0, 0.03), gain=random.gauss(0, 0.12),
            drift=random.gauss(0, 0.00025), texture_error=random.gauss(0, 0.025),
            available_error=random.gauss(0, 0.012),
            mix_fault=random.choice(FAULTS) if random.random() < FAULTY_SHARE else "",
        )
        for seed in SEEDS
    ]  # fmt: skip


def load() -> list[Scenario]:
    return [Scenario(**one) for one in json.loads(FILE.read_text())]


def freeze() -> str:
    return "[\n" + ",\n".join(json.dumps(asdict(one)) for one in draw()) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(freeze())
