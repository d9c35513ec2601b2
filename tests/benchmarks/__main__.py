"""`make bench`: every figure of speed and size, in one table, with the ratios side by side.

    python -m tests.benchmarks [--quick] [--only ingest]

Servers that are not installed leave their lines out and say so; `.ci/servers` installs them.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks import advice, broker, demo, idle, ingest
from tests.benchmarks.report import Figure, publish

Measured = tuple[list[Figure], dict[str, Any]]
PARTS: dict[str, Callable[[bool], Measured]] = {
    "idle": lambda quick: idle.run(),
    "advice": lambda quick: advice.run(),
    "broker": lambda quick: broker.run(12_000 if quick else 60_000),
    "demo": lambda quick: demo.run(),
    "ingest": lambda quick: ingest.run(20_000 if quick else 100_000, 1 if quick else 3),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rows and rounds")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the others out")
    asked = parser.parse_args()
    figures: list[Figure] = []
    samples: dict[str, Any] = {}
    for name in asked.only or PARTS:
        print(f"{name} …", flush=True)
        found, samples[name] = PARTS[name](asked.quick)
        figures += found
    print()
    return 0 if publish("bench", figures, samples) else 1


if __name__ == "__main__":
    sys.exit(main())
