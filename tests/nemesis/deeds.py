"""How each fault is done to a world. Each is entered when the fault begins and left when it ends."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.nemesis.faults import Kind
from tests.nemesis.machine import PAGE
from tests.nemesis.world import World

BACKLOG_S = 3.0
READER = {"spool": "gateway", "readings": "service", "notebook": "service"}


@contextmanager
def kill(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    times = chance.choice((1, 1, 2))
    for _ in range(times):
        _signal(world, kind.target, signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 0.8))
    yield f"{times} times"


@contextmanager
def power_cut(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    database = world.influxd is not None and chance.random() < 0.5
    world.kill()
    if database and world.influxd:
        world.influxd.kill()
        world.influxd.start()
    world.start(whole=False)
    yield "with the database" if database else ""


@contextmanager
def take_away(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    assert world.influxd is not None
    world.influxd.kill()
    try:
        yield ""
    finally:
        world.influxd.start()


@contextmanager
def away_at_start(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    with take_away(world, kind, chance):
        _signal(world, "service", signal.SIGKILL)
        yield "and the service starts meanwhile"


@contextmanager
def freeze(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    pid = world.pid(kind.target)
    assert pid is not None, f"{kind.target} does not run"
    os.kill(pid, signal.SIGSTOP)
    try:
        yield ""
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def fill_disk(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    world.disk.fill()
    try:
        if killed := chance.choice(("", "gateway", "service")):
            time.sleep(1.0)
            _signal(world, killed, signal.SIGKILL)
        yield f"and {killed} is killed" if killed else ""
    finally:
        world.disk.empty()


@contextmanager
def jump_clock(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    world.clock.set(int(kind.target))
    try:
        if killed := chance.choice(("", "gateway", "service")):
            _signal(world, killed, signal.SIGKILL)
        yield f"and {killed} starts then" if killed else ""
    finally:
        world.clock.set(0)


# ---------------------------------------------------------------- links


@contextmanager
def cut(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    with _link(world, kind, "cut"):
        yield ""


@contextmanager
def stall(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    with _link(world, kind, "stall"):
        yield ""


@contextmanager
def slow(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    with _link(world, kind, "slow"):
        yield ""


@contextmanager
def _link(world: World, kind: Kind, how: str) -> Iterator[None]:
    assert world.links is not None
    getattr(world.links, how)(kind.target)
    try:
        yield
    finally:
        world.links.mend(kind.target)


# ---------------------------------------------------------------- files


@contextmanager
def put_back(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    copies = world.copies[kind.target]
    place = chance.randrange(len(copies))

    def put() -> None:
        _restore(world, kind.target, copies[place])

    with _on_file(world, kind, chance, put):
        if kind.target == "notebook":
            _replay(world)
        yield f"copy {place} of {len(copies)}"


@contextmanager
def remove(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    with _on_file(world, kind, chance, lambda: _remove(world.file(kind.target))):
        yield ""
    if kind.target == "notebook":
        _as_documented(world)


@contextmanager
def damage(world: World, kind: Kind, chance: Random) -> Iterator[str]:
    said: list[str] = []
    file = world.file(kind.target)
    with _on_file(world, kind, chance, lambda: said.append(overwrite_pages(file, chance))):
        yield said[0]
    if kind.target == "notebook":
        _as_documented(world)


@contextmanager
def _on_file(world: World, kind: Kind, chance: Random, do: Callable[[], object]) -> Iterator[None]:
    """Do something to a file, with Surco stopped or running; to a spool, perhaps with a backlog."""
    backlog = kind.target == "spool" and world.links is not None and chance.random() < 0.6
    if backlog and world.links:
        world.links.cut("service")
        time.sleep(BACKLOG_S)
    if kind.name.endswith("stopped"):
        world.stop()
        do()
        world.start(whole=kind.target != "notebook" and not backlog)
    else:
        do()
        time.sleep(chance.uniform(1.0, 3.0))
        if kind.deed == "damage" or chance.random() < 0.5:  # what it had in memory is gone too
            _signal(world, READER[kind.target], signal.SIGKILL)
    try:
        yield
    finally:
        if backlog and world.links:
            world.links.mend("service")


def overwrite_pages(file: Path, chance: Random) -> str:
    """Put random bytes over some pages of a file; say which."""
    count = max(1, file.stat().st_size // PAGE)
    pages = chance.sample(range(count), max(1, round(count * chance.uniform(0.05, 0.35))))
    with file.open("r+b") as out:
        for page in pages:
            out.seek(page * PAGE)
            out.write(chance.randbytes(PAGE))
    return f"{len(pages)} of {count} pages{', the first too' if 0 in pages else ''}"


def _restore(world: World, name: str, copy: Path) -> None:
    file = world.file(name)
    fresh = file.with_suffix(".putback")
    shutil.copy(copy, fresh)
    _remove(file)
    fresh.replace(file)


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _as_documented(world: World) -> None:
    """Do what the page on backups tells: stop, put the newest good copy back, start, replay."""
    world.stop()
    _restore(world, "notebook", world.copies["notebook"][-1])
    world.start()
    _replay(world)


def _replay(world: World) -> None:
    world.run("gateway", "replay", "--since", f"{datetime.now(UTC):%Y-%m-%d}")


def _signal(world: World, part: str, number: signal.Signals) -> None:
    pid = world.pid(part)
    if pid is not None:  # it may just be coming back
        with suppress(ProcessLookupError):
            os.kill(pid, number)


DEEDS: dict[str, Callable[[World, Kind, Random], AbstractContextManager[str]]] = {
    deed.__name__: deed
    for deed in (
        kill, power_cut, take_away, away_at_start, freeze, fill_disk, jump_clock,
        cut, stall, slow, put_back, remove, damage,
    )
}  # fmt: skip
