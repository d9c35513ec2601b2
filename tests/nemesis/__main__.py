"""`make nemesis`: faults drawn from seeds, over both stacks, with a judge after each.

    python -m tests.nemesis [--seeds 1-10] [--stack small] [--kind old-spool-stopped] [--short]

A seed is a run of ten faults on each stack, one after the other: what one leaves the next one finds.
The same seed draws the same faults. Columns m/d/s: rows acked and missing, stored twice, never measured.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks.report import Figure, publish, write
from tests.nemesis.episodes import HEADING, Story, line_of
from tests.nemesis.faults import BY_NAME, INFLUX, SHORT, SMALL, STACKS, Episode, drawn, named
from tests.nemesis.judge import BACK_S
from tests.nemesis.machine import Disk
from tests.nemesis.world import World
from tests.servers import Influxd, program

EPISODES = 10
WORLDS = 3  # of a run: how often a lost world is made again


def main() -> int:
    asked = _arguments()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(130))  # and everything is tidied up
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="surco-nemesis-") as folder, ExitStack() as stack:
        can = _can(Path(folder) / "try")
        print(HEADING, flush=True)
        influxd: Influxd | None = None
        for place, (name, seed, episodes) in enumerate(_runs(asked, can)):
            if name == INFLUX and influxd is None:
                influxd = stack.enter_context(Influxd(Path(folder) / "influxd"))
            database = influxd if name == INFLUX else None
            for record in _run(Path(folder) / f"run-{place}", name, seed, episodes, database):
                print(line_of(record), flush=True)
                for word in record["words"] if asked.words else ():
                    print(f"    {word}", flush=True)
                records.append(record)
                publish_quietly(records)
    print()
    return 0 if publish("nemesis", figures(records), {"episodes": records}) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1", help="such as 7, 1-10 or 3,5,8")
    parser.add_argument("--episodes", type=int, default=EPISODES, help="faults of a seed")
    parser.add_argument("--stack", choices=STACKS, action="append", help="only this one")
    parser.add_argument("--kind", choices=BY_NAME, action="append", help="draw from these alone")
    parser.add_argument("--each", action="store_true", help="every kind once, in the table's order")
    parser.add_argument("--short", action="store_true", help="what .ci/run has time for")
    parser.add_argument("--words", action="store_true", help="print what the doctor said")
    return parser.parse_args()


def seeds_of(text: str) -> list[int]:
    """Read 7, 1-10 or 3,5,8."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


Run = tuple[str, int, list[Episode]]


def _runs(asked: argparse.Namespace, can: Sequence[str]) -> Iterator[Run]:
    stacks = [name for name in asked.stack or STACKS if name != INFLUX or _both_servers()]
    if asked.short or asked.each:
        for name in stacks:
            yield (
                name,
                0,
                named(name, SHORT[name] if asked.short else tuple(asked.kind or BY_NAME), can),
            )
        return
    for seed in seeds_of(asked.seeds):
        for name in stacks:
            yield name, seed, drawn(name, seed, asked.episodes, asked.kind or (), can)


def _both_servers() -> bool:
    return all(program(name) for name in ("mosquitto", "influxd"))


def _can(folder: Path) -> list[str]:
    disk = Disk(folder)
    disk.close()
    there = {"mount": disk.there, "cc": program("cc"), "toxiproxy": program("toxiproxy-server")}
    for what in [what for what, found in there.items() if not found]:
        print(f"without {what}: its faults are left out", flush=True)
    if not _both_servers():
        print(f"without Mosquitto or InfluxDB: only {STACKS[SMALL]}", flush=True)
    return [what for what, found in there.items() if found]


def _run(
    folder: Path, name: str, seed: int, episodes: list[Episode], influxd: Influxd | None
) -> Iterator[dict[str, Any]]:
    """Play the episodes of a run on one world; on another one when it was lost."""
    left = list(episodes)
    for attempt in range(WORLDS):
        if not left:
            return
        with World(folder / str(attempt), name, seed, influxd) as world:
            story = Story(world)
            world.take_copies()
            while left:
                episode = left.pop(0)
                try:
                    record = story.play(episode)
                except Exception as error:  # noqa: BLE001  # the run goes on in another world
                    yield _broken(episode, error)
                    break
                yield record
                if record["back_s"] is None:
                    break
            else:
                yield story.end(name, seed)


def _broken(episode: Episode, error: Exception) -> dict[str, Any]:
    return {
        "stack": episode.stack, "seed": episode.seed, "number": episode.number,
        "kind": episode.kind.name, "detail": "", "acked": 0, "missing": 0, "doubled": 0,
        "strange": 0, "back_s": None, "told": [], "red": [f"the world broke: {error!r}"[:300]],
        "seconds": 0.0, "told_s": None, "words": [], "resent": 0,
    }  # fmt: skip


def figures(records: Sequence[dict[str, Any]]) -> list[Figure]:
    """Return the figures of each stack."""
    found: list[Figure] = []
    for name in STACKS:
        mine = [record for record in records if record["stack"] == name]
        played = [record for record in mine if record["number"] >= 0]
        if not played:
            continue
        backs = sorted(record["back_s"] for record in played if record["back_s"] is not None)
        untold = sum(
            any("no words" in why or "nobody says" in why for why in r["red"]) for r in played
        )
        silent = sum(r["missing"] for r in played if any("nobody says" in why for why in r["red"]))
        gone = sum(len(r["red"]) > 0 for r in mine if r["number"] < 0)
        found += [
            Figure(f"{name}: episodes", len(played), "episodes"),
            Figure(f"{name}: rows acked", max(record["acked"] for record in mine), "rows"),
            Figure.most(f"{name}: acked, gone and nobody says so", silent, "rows", 0),
            Figure.most(f"{name}: runs whose rows never came back", gone, "runs", 0),
            Figure.most(f"{name}: stored twice", sum(r["doubled"] for r in mine), "rows", 0),
            Figure.most(f"{name}: never measured so", sum(r["strange"] for r in mine), "rows", 0),
            Figure.most(f"{name}: never back", sum(r["back_s"] is None for r in played), "episodes", 0),
            Figure.most(f"{name}: back, the slowest", max(backs, default=0.0), "s", BACK_S),
            Figure.most(f"{name}: faults without words", untold, "episodes", 0),
            Figure.most(f"{name}: red", sum(bool(r["red"]) for r in mine), "episodes", 0),
        ]  # fmt: skip
    return found


def publish_quietly(records: Sequence[dict[str, Any]]) -> None:
    """Write what is known so far: a run that is broken off leaves its figures too."""
    write("nemesis-samples.json", {"at": time.time(), "episodes": list(records)})


if __name__ == "__main__":
    sys.exit(main())
