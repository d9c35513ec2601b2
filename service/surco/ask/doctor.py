"""`surco doctor`: what is running, what is wrong, what to do, in words."""

import json
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from surco.machine.up import Site
from surco.words import Words
from surco_contract.settings import SettingsError

LEAST_FREE_GB = 1.0
LATE = timedelta(minutes=15)


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
            print(f"{'✓' if finding.good else '✗'} {finding.words}", flush=True)
    print(words("doctor-wrong", count=wrong) if wrong else words("doctor-good"))
    return 1 if wrong else 0


def data_folder(site: Site, words: Words) -> Iterator[Finding]:
    path = site.folder.path
    try:
        (path / ".writable").touch()
        (path / ".writable").unlink()
    except OSError:
        yield Finding(False, words("doctor-folder-bad", path=path))
    else:
        yield Finding(True, words("doctor-folder", path=path))
    free = shutil.disk_usage(path).free / 1e9
    key = "doctor-disk" if free >= LEAST_FREE_GB else "doctor-disk-bad"
    yield Finding(free >= LEAST_FREE_GB, words(key, free=free))


def clock(site: Site, words: Words) -> Iterator[Finding]:
    from surco_gateway.clock import Clock

    sure = Clock(site.value("gateway", "clock", "auto")).ok()
    yield Finding(sure, words("doctor-clock" if sure else "doctor-clock-bad"))


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
    health = _health(host, site.number("gateway", "health_port", 8081))
    yield _answer(health, "gateway", host, site.number("gateway", "health_port", 8081), words)
    for alarm in (health or {}).get("alarms", []):
        yield Finding(False, words("doctor-alarm", part="gateway", words=alarm))


def service(site: Site, words: Words) -> Iterator[Finding]:
    port = site.number("service", "port", 8000)
    health = _health("127.0.0.1", port)
    if health is None or health.get("status") == "ok":
        yield _answer(health, "service", "127.0.0.1", port, words)
    else:
        state = " ".join(f"{part}={how}" for part, how in health.get("parts", {}).items())
        log = site.folder.logs / "service.log"
        yield Finding(False, words("doctor-health-bad", part="service", state=state, log=log))
    if count := (health or {}).get("quarantine"):
        yield Finding(False, words("doctor-quarantine", count=count))


def nodes(site: Site, words: Words) -> Iterator[Finding]:
    from babel.dates import format_timedelta

    from surco.machine.stores import stores_of

    try:
        with stores_of(site) as stores:
            known = stores.registry.nodes()
    except SettingsError as error:
        yield Finding(False, str(error))
        return
    now, late = datetime.now(UTC), 0
    for node in known:
        due = node.status.next_at if node.status else None
        if due is not None and now > due + LATE:
            late += 1
            told = format_timedelta(now - due, locale=words.language)
            yield Finding(False, words("doctor-node-late", node=node.id, late=told))
    if not late:
        yield Finding(True, words("doctor-nodes", count=len(known)))


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
    data_folder, clock, broker, gateway, service, nodes, influx,
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
