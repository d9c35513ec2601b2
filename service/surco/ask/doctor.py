"""`surco doctor`: what is running, what is wrong, what to do, in words."""

import json
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from surco.machine.up import Site
from surco.words import Words
from surco_contract.logs import plain
from surco_contract.settings import SettingsError

if TYPE_CHECKING:
    from surco_service.usecases.nodes.troubles import Notice, State
    from surco_service.web.nodes.notices import Said

OF_NODES = {"node-late", "node-unheard"}


@dataclass(frozen=True)
class Finding:
    good: bool
    words: str


def examine(site: Site, words: Words) -> int:
    """Print every finding; return 0 when all is well, else 1."""
    wrong = 0
    for check in CHECKS:
        for finding in check(site, words):
            wrong += not finding.good
            told = "\n".join(map(plain, finding.words.split("\n")))
            print(f"{'✓' if finding.good else '✗'} {told}", flush=True)
    print(words("doctor-wrong", count=wrong) if wrong else words("doctor-good"))
    return 1 if wrong else 0


def data_folder(site: Site, words: Words) -> Iterator[Finding]:
    from surco_service.usecases.nodes.troubles import LEAST_FREE_BYTES

    path = site.folder.path
    try:
        (path / ".writable").touch()
        (path / ".writable").unlink()
    except OSError:
        yield Finding(False, words("doctor-folder-bad", path=path))
    else:
        yield Finding(True, words("doctor-folder", path=path))
    if (free := shutil.disk_usage(path).free) >= LEAST_FREE_BYTES:
        yield Finding(True, words("doctor-disk", free=free / 1e9))


def backup(site: Site, words: Words) -> Iterator[Finding]:
    """Say how old the newest copy of the notebook is, when it is a file; `backup-old` is a trouble."""
    from babel.dates import format_timedelta

    from surco.machine.stores import service_settings
    from surco_service.adapters.sql import backups as copies
    from surco_service.usecases.nodes.troubles import OLD_BACKUP

    settings = service_settings(site)
    notebook = settings.data / "notebook.db"
    if settings.notebook_url is not None or not notebook.exists():
        return
    newest = next(reversed(copies.backups(notebook)), None)
    made = copies.made_at(newest) if newest else None
    if newest is None or made is None:
        yield Finding(False, words("doctor-backup-none", folder=notebook.parent / copies.FOLDER))
        return
    age = datetime.now(UTC) - made
    if age <= OLD_BACKUP:
        told = format_timedelta(age, locale=words.language)
        yield Finding(True, words("doctor-backup", age=told, file=newest))


def zones(site: Site, words: Words) -> Iterator[Finding]:
    """Say by whose rules the hours of summer are kept."""
    from surco_service.zones import carried, of_system

    used, system = carried(), of_system()
    old = system is not None and system < used
    key = "doctor-zones-system-old" if old else "doctor-zones"
    yield Finding(True, words(key, used=max(used, system or used), system=system))


def clock(site: Site, words: Words) -> Iterator[Finding]:
    if _clock_is_sure(site):
        yield Finding(True, words("doctor-clock"))


def broker(site: Site, words: Words) -> Iterator[Finding]:
    host = site.value("gateway", "broker_host", "127.0.0.1")
    port = site.number("gateway", "broker_port", 1883)
    try:
        socket.create_connection((host, port), timeout=3).close()
        key = "doctor-port"
    except OSError:
        key = "doctor-port-bad"
    yield Finding(key == "doctor-port", words(key, part="broker", host=host, port=port))


def gateway(site: Site, words: Words) -> Iterator[Finding]:
    host = site.value("gateway", "health_host", "127.0.0.1")
    port = site.number("gateway", "health_port", 8081)
    yield _answer(_health(host, port), "gateway", host, port, words)


def service(site: Site, words: Words) -> Iterator[Finding]:
    port = site.number("service", "port", 8000)
    health = _health("127.0.0.1", port)
    if health is None or health.get("status") == "ok":
        yield _answer(health, "service", "127.0.0.1", port, words)
    else:
        state = " ".join(f"{part}={how}" for part, how in health.get("parts", {}).items())
        log = site.folder.logs / "service.log"
        yield Finding(False, words("doctor-health-bad", part="service", state=state, log=log))


def troubles(site: Site, words: Words) -> Iterator[Finding]:
    """Say what Salud says, also when the service or its Notebook is away."""
    state = _state(site)
    for one in _said(state, words):
        yield Finding(False, "\n  ".join(_lines(one, words)))
    if state.known and not {one.code for one in state.notices} & OF_NODES:
        yield Finding(True, words("doctor-nodes", count=len(state.nodes)))


def _state(site: Site) -> "State":
    """Return how everything is, with what this machine and its gateway say at present."""
    from surco.machine.stores import stores_of
    from surco_service.errors import ServiceError
    from surco_service.usecases.nodes.troubles import (
        Machine,
        Notice,
        State,
        look,
        of_machine,
        worst_first,
    )

    now = datetime.now(UTC)
    machine = Machine(free_bytes=shutil.disk_usage(site.folder.path).free)
    try:
        with stores_of(site) as stores:
            state = look(stores, now, machine)
    except (SettingsError, ServiceError) as error:
        away = Notice(getattr(error, "code", "") or "notebook-away", words=str(error))
        state = State(now, notices=(away, *of_machine(machine)))
    name, alarms = _gateway_here(site, now)
    if not _clock_is_sure(site) and "clock" not in {one.code for one in alarms}:
        alarms.append(Notice("clock", name))
    others = [one for one in state.notices if not name or one.about != name]
    return replace(state, notices=worst_first([*others, *alarms], now))


def _gateway_here(site: Site, now: datetime) -> "tuple[str, list[Notice]]":
    """Return this machine's gateway and its alarms; ("", []) when it does not run."""
    from surco_service.usecases.nodes.troubles import Notice

    host = site.value("gateway", "health_host", "127.0.0.1")
    health = _health(host, site.number("gateway", "health_port", 8081)) or {}
    name = str(health.get("gateway", ""))
    return name, [
        Notice(one["code"], name, now - timedelta(seconds=one["for_s"]), one["facts"], one["words"])
        for one in health.get("alarms", [])
    ]


def _clock_is_sure(site: Site) -> bool:
    from surco_gateway.clock import Clock

    return Clock(site.value("gateway", "clock", "auto")).ok()


def _said(state: "State", words: Words) -> "list[Said]":
    from surco_service.domain.stewardship.garden import common_timezone
    from surco_service.web.frame.site import catalogue
    from surco_service.web.frame.words import Words as PageWords
    from surco_service.web.nodes.notices import say

    language = words.language
    timezone = common_timezone(state.gardens)
    return say(PageWords(language, catalogue(language), state.at, timezone), state, state.notices)


def _lines(one: "Said", words: Words) -> Iterator[str]:
    """Write a notice: what, since when, of which, what it means, what to do, the machine's words."""
    if len(one.items) == 1:
        about = f" ({one.items[0].id})" if one.items[0].id else ""
        yield f"{one.title}{about} {one.since}"
    else:
        yield one.title
        for item in one.items:
            yield f"- {f'{item.name} ({item.id})' if item.name else item.id} {item.since}"
    if one.calm:
        yield one.calm
    for number, step in enumerate(one.steps, 1):
        yield f"{number}. {step}"
    for item in one.items:
        if item.words:
            yield words("doctor-machine-says", words=item.words)


def influx(site: Site, words: Words) -> Iterator[Finding]:
    """Run a real SELECT with the very token of the service."""
    from surco_contract.settings import read_settings
    from surco_service.config import Settings

    settings = read_settings(Settings, "service", site.folder.settings, site.environment)
    if settings.influx_url is None:
        return
    query = f"db={settings.influx_bucket}&q=SELECT+*+FROM+reading+LIMIT+1"
    request = urllib.request.Request(
        f"{settings.influx_url.rstrip('/')}/query?{query}",
        headers={"Authorization": f"Token {settings.influx_token}"},
    )
    values = {"bucket": settings.influx_bucket, "url": settings.influx_url}
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            found = json.load(answer)["results"][0]
    except (OSError, ValueError, LookupError) as error:
        yield Finding(False, words("doctor-influx-bad", why=error, **values))
        return
    if "error" in found:
        yield Finding(False, words("doctor-influx-bad", why=found["error"], **values))
    else:
        yield Finding(True, words("doctor-influx", **values))


CHECKS: list[Callable[[Site, Words], Iterator[Finding]]] = [
    data_folder, backup, zones, clock, broker, gateway, service, troubles, influx,
]  # fmt: skip


def _answer(
    health: dict[str, Any] | None, part: str, host: str, port: int, words: Words
) -> Finding:
    if health is None:
        return Finding(False, words("doctor-port-bad", part=part, host=host, port=port))
    return Finding(True, words("doctor-health", part=part))


def _health(host: str, port: int) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:  # 503 has a body too
        with error:
            try:
                return json.load(error)
            except ValueError:
                return None
    except (OSError, ValueError):
        return None
