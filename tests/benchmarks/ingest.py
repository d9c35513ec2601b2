"""Ingest, side by side: ours into SQLite and InfluxDB 2, the real Telegraf, and the ceiling.

    python -m tests.benchmarks.ingest [--rows 60000] [--rounds 3]

Rounds are interleaved (A B C, A B C, …) with the same broker configuration and the same number
of rows from 200 nodes. A run ends when the sink's own count is the number of rows sent. Ours
acknowledges only what is on disk after fsync, and the nodes count those acks. The ceiling is a raw
subscriber that stores nothing and acks in batches, best of its rounds.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surco_contract.credentials import broker_hash, new_secret
from surco_gateway.broker.mosquitto import prepare
from tests.benchmarks.contenders import (
    DEFAULTS,
    GATEWAY_USER,
    TUNED,
    Contender,
    Ours,
    OursOnInflux,
    Telegraf,
)
from tests.benchmarks.load import Load
from tests.benchmarks.report import Figure, publish
from tests.servers import Influxd, Server, program

NODES = 200
MOST_ROWS = 100_000  # what our Mosquitto holds for a gateway that is slower than the nodes


class Mosquitto(Server):
    """Mosquitto as `surco up` configures it, saving as rarely as a programme would."""

    def __init__(self, folder: Path, passwords: dict[str, str]) -> None:
        super().__init__(folder)
        self.passwords = passwords

    def command(self) -> list[str]:
        lines = [f"{user}:{broker_hash(secret)}\n" for user, secret in self.passwords.items()]
        passwords = self.folder / "passwords"
        passwords.write_text("".join(lines))
        return prepare(self.folder / "data", passwords, self.port, save_every_s=60)


def measure(contender: Contender, load: Load) -> dict[str, Any]:
    """Run one contender once; return what came of it."""
    with contender:
        load.prepare()
        before = {name: cpu_s(pid) for name, pid in contender.pids().items()}
        start = time.perf_counter()
        deadline = start + 180
        load.run()
        while (stored := contender.count()) < load.rows and time.perf_counter() < deadline:
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        if contender.listen:
            load.run(until=lambda: load.rows_acked >= load.rows, seconds=10)
        spent = {name: cpu_s(pid) - before[name] for name, pid in contender.pids().items()}
        memory = {name: peak_mb(pid) for name, pid in contender.pids().items()}
        load.close()
    acked = sum(map(len, load.acked.values()))
    return {
        "contender": contender.name, "rows": load.rows, "stored": stored, "acked": acked,
        "seconds": round(seconds, 3), "rows_per_s": round(load.rows / seconds),
        "cpu_us_per_row": {n: round(s / load.rows * 1e6, 1) for n, s in spent.items()},
        "peak_mb": memory, "whole": stored == load.rows and acked in (load.rows, 0),
    }  # fmt: skip


def ceiling(port: int, password: str, load: Load) -> float:
    """Return the messages per second of a subscriber that keeps nothing."""
    code = "import sys; from tests.benchmarks.load import receive; "
    code += "print(receive(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))"
    command = [sys.executable, "-c", code, str(port), GATEWAY_USER, password, str(load.rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as receiver:
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == "ready\n"
        load.prepare()
        load.run()
        load.close()
        return float(receiver.stdout.readline())


def run(rows: int, rounds: int) -> tuple[list[Figure], dict[str, Any]]:
    """Measure everybody; return the figures and the raw samples."""
    with tempfile.TemporaryDirectory() as name, Influxd(Path(name) / "influxd") as influxd:
        samples = [
            sample
            for turn in range(rounds)
            for sample in one_round(Path(name), influxd, rows, turn)
        ]
    return figures(samples), {"rows": rows, "rounds": rounds, "nodes": NODES, "runs": samples}


def one_round(folder: Path, influxd: Influxd, rows: int, turn: int) -> Iterator[dict[str, Any]]:
    passwords = {f"n{index:05d}": new_secret() for index in range(NODES)}
    secret = new_secret()
    everybody = {GATEWAY_USER: secret, **passwords}

    @contextmanager
    def broker(name: str) -> Iterator[Mosquitto]:
        with Mosquitto(folder / f"broker-{turn}-{name}", everybody) as mosquitto:
            yield mosquitto

    makers: dict[str, Callable[[Path, int], Contender]] = {
        "ours, SQLite": lambda f, p: Ours("ours, SQLite", f, p, secret),
        "ours, InfluxDB 2": lambda f, p: OursOnInflux(
            "ours, InfluxDB 2", f, p, secret, influxd=influxd, bucket=f"ours-{turn}"
        ),
    }
    if program("telegraf"):
        makers |= {
            "Telegraf, defaults": lambda f, p: Telegraf(
                "Telegraf, defaults", f, p, secret,
                influxd=influxd, bucket=f"defaults-{turn}", options=DEFAULTS,
            ),
            "Telegraf, tuned": lambda f, p: Telegraf(
                "Telegraf, tuned", f, p, secret,
                influxd=influxd, bucket=f"tuned-{turn}", options=TUNED,
            ),
        }  # fmt: skip
    else:
        print("Telegraf: skipped, it is not installed (.ci/servers telegraf)")
    with broker("ceiling") as mosquitto:
        rate = ceiling(mosquitto.port, secret, Load(mosquitto.port, passwords, rows, listen=False))
        yield {"contender": "ceiling", "rows_per_s": round(rate), "whole": True}
    for index, (name, make) in enumerate(makers.items()):
        with broker(str(index)) as mosquitto:
            contender = make(folder / f"contender-{turn}-{index}", mosquitto.port)
            load = Load(mosquitto.port, passwords, rows, contender.encode, contender.listen)
            before = cpu_s(mosquitto.pid)
            sample = measure(contender, load)
            sample["cpu_us_per_row"]["mosquitto"] = round(
                (cpu_s(mosquitto.pid) - before) / rows * 1e6, 1
            )
            print(
                f"  {turn + 1}. {name}: {sample['rows_per_s']:,} rows/s, {sample['cpu_us_per_row']} µs"
            )
            yield sample


def figures(samples: list[dict[str, Any]]) -> list[Figure]:
    rates = {
        name: statistics.median(s["rows_per_s"] for s in samples if s["contender"] == name)
        for name in dict.fromkeys(s["contender"] for s in samples)
    }
    rates["ceiling"] = max(s["rows_per_s"] for s in samples if s["contender"] == "ceiling")
    found = [Figure(f"ingest: {name}", rate, "rows/s") for name, rate in rates.items()]
    for ours in ("ours, SQLite", "ours, InfluxDB 2"):
        found.append(
            Figure(f"ingest: {ours} ÷ ceiling", round(rates[ours] / rates["ceiling"], 3), "×")
        )
        if "Telegraf, tuned" in rates:
            tuned, defaults = (rates[f"Telegraf, {which}"] for which in ("tuned", "defaults"))
            found += [
                Figure.least(f"ingest: {ours} ÷ Telegraf, tuned", rates[ours] / tuned, "×", 1.0),
                Figure(
                    f"ingest: {ours} ÷ Telegraf, defaults", round(rates[ours] / defaults, 3), "×"
                ),
            ]
    broken = sum(not sample["whole"] for sample in samples)
    return [
        *found,
        Figure.most("ingest: runs with a row lost, doubled or unacked", broken, "runs", 0),
    ]


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak_mb(pid: int) -> float:
    """Return the largest resident size that a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if asked.rows > MOST_ROWS or asked.rows % NODES:
        parser.error(
            f"--rows: a multiple of {NODES}, at most {MOST_ROWS}: Mosquitto queues no more"
        )
    return 0 if publish("bench-ingest", *run(asked.rows, asked.rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
