"""TABLE of the commands: each gets what was typed and the words, and returns an exit code."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from surco.machine.folder import Folder
from surco.machine.up import Site, Wanted, lan_address, qr, read_site, run_up
from surco.nodes.label import label as print_labels
from surco.nodes.label import meeting
from surco.words import Words
from surco_contract.credentials import broker_hash, new_secret, token_hash
from surco_contract.logs import plain
from surco_contract.settings import SettingsError
from surco_contract.topics import is_gateway_id

if TYPE_CHECKING:
    from surco_service.ports.intake import Refused
    from surco_service.ports.stores import Stores


def up(given: argparse.Namespace, words: Words) -> int:
    if given.install:
        from surco.machine.boot import install

        return install(given, words)
    return run_up(_wanted(given), os.environ, words)


def demo(given: argparse.Namespace, words: Words) -> int:
    from surco.demo.run import run_demo

    return run_demo(_wanted(given), given.nodes, given.days, os.environ, words)


def admin_link(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.stores import service_settings, stores_of
    from surco_service.usecases.people.sessions import first_link, new_link

    site = _site(given, words)
    with stores_of(site) as stores:
        token = (first_link if given.first else new_link)(stores, datetime.now(UTC))
    if token is None:
        print(words("admin-known", data=site.folder.path))
        return 0
    base = (service_settings(site).public_url or site.url).rstrip("/")
    print(words("admin", url=f"{base}/entrar/{token}"))
    return 0


def sessions(given: argparse.Namespace, words: Words) -> int:
    """List who is in as administrator, or end their access."""
    from surco.machine.stores import stores_of
    from surco_service.usecases.people.sessions import end

    now = datetime.now(UTC)
    with stores_of(_site(given, words)) as stores:
        if given.action == "end":
            ended = sum(end(stores, id, now) for id in given.ids or [""])
            print(words("sessions-ended", count=ended))
            return 0 if ended else 1
        found = stores.sessions.sessions(now)
        for one in found:
            times = (f"{at:%Y-%m-%d}" if at else "?" for at in (one.opened, one.seen, one.expires))
            print(one.token_hash[:8], *times, one.device or "?", sep="\t")
        print(words("sessions", count=len(found), links=stores.sessions.admin_links(now)))
    return 0


def introduce(given: argparse.Namespace, words: Words) -> int:
    """Make the databases and tell the service which gateway it has. Run by `up`, once."""
    from surco.demo.run import seed
    from surco.machine.stores import stores_of

    site = _site(given, words)
    token, id = site.value("gateway", "service_token", ""), site.value("gateway", "id", "gateway-1")
    if not is_gateway_id(id):
        raise SettingsError(words("invalid", what=f"gateway.id {id}", why=words("gateway-name")))
    with stores_of(site) as stores:
        stores.gateways.add(id, token_hash(token))
        if given.demo:
            nodes, days = map(int, given.demo.split(":"))
            seed(site.folder, stores, nodes, days, datetime.now(UTC))
    (site.folder.path / "gateway" / ".known").touch()
    return 0


def node(given: argparse.Namespace, words: Words) -> int:
    return {"add": _node_add, "run": _node_run, "set": _node_set}[given.action](given, words)


def _node_set(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.stores import stores_of
    from surco_service.errors import Invalid, NotFound
    from surco_service.usecases.nodes.configure import Wish, configure

    networks = tuple(tuple(one.partition(":")[::2]) for one in given.wifi or ())
    wish = Wish(given.interval, given.upload_every, given.spill_rows, networks, given.fast)
    site = _site(given, words)
    with stores_of(site) as stores:
        try:
            rev = configure(stores, given.node, wish, datetime.now(UTC))
        except (Invalid, NotFound) as error:
            why = words.refusal(error)
            raise SettingsError(words("invalid", what=given.node, why=why)) from error
    print(words("node-configured", node=given.node, rev=rev))
    return 0


def _node_add(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.stores import stores_of
    from surco_service.errors import Invalid, NotFound
    from surco_service.usecases.nodes import registry

    site, now = _site(given, words), datetime.now(UTC)
    secret, key = new_secret(), secrets.token_hex(32)
    with stores_of(site) as stores:
        try:
            if given.bed and given.garden and stores.records.bed(given.bed).garden != given.garden:
                raise SettingsError(words("invalid", what="--garden", why=given.bed))
            registry.add_node(stores, given.node, now, given.name)
            if given.bed:
                probe = f"p-{given.node}"[:32]
                registry.place_probe(stores, given.node, "r1", probe, given.bed, 0.15, now)
        except (Invalid, NotFound) as error:
            why = words.refusal(error)
            raise SettingsError(words("invalid", what=given.node, why=why)) from error
        stores.keys.give(given.node, broker_hash(secret), key, now)
    print(words("node-added", node=given.node), file=sys.stderr)
    where = meeting(site)
    config = {
        "node": given.node, "host": where.host, "port": where.port, "tls": where.tls,
        "user": given.node, "password": secret, "key": key, "interval_s": 900, "upload_every": 4,
    }  # fmt: skip
    print(json.dumps(config, indent=2))
    print(qr(f"http://{lan_address()}:{site.number('service', 'port', 8000)}/"), file=sys.stderr)
    return 0


def label(given: argparse.Namespace, words: Words) -> int:
    return print_labels(given, _site(given, words), words)


def flash(given: argparse.Namespace, words: Words) -> int:
    from surco.nodes.flash import flash as prepare

    return prepare(given, _site(given, words), words)


def _node_run(given: argparse.Namespace, words: Words) -> int:
    from pathlib import Path

    from surco.demo.node import run_node

    password = os.environ.get("SURCO_NODE_PASSWORD")  # arguments are for all eyes on a machine
    if not password:
        raise SettingsError(words("node-password"))
    config = {
        "node": given.node, "host": given.host, "port": given.port, "user": given.node,
        "password": password, "interval_s": given.interval, "upload_every": 1,
    }  # fmt: skip
    return run_node(given.folder or Path(given.node), config, words, given.wakes)


def quarantine(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.stores import stores_of

    site = _site(given, words)
    act = {"list": _list, "retry": _retry, "discard": _discard}[given.action]
    with stores_of(site) as stores:
        return act(stores, given.ids, words)


def _list(stores: "Stores", ids: list[int], words: Words) -> int:
    found = _refused(stores, ids)
    for one in found:
        row = "" if one.q is None else f" q={one.q}"
        told = one.id, f"{one.received_at:%Y-%m-%d %H:%M}", one.topic + row, one.code, one.detail
        print(*(plain(str(cell)) for cell in told), sep="\t")
    print(words("quarantine-done", count=len(found)) if found else words("quarantine-empty"))
    return 0


def _retry(stores: "Stores", ids: list[int], words: Words) -> int:
    from surco_service.usecases.intake.quarantine import retry

    still = 0
    for one in _refused(stores, ids):
        retry(stores, one.id, datetime.now(UTC))
        if left := stores.ledger.quarantined(one.id):
            still += 1
            print(words("quarantine-still", id=one.id, code=left.code))
    return 1 if still else 0


def _discard(stores: "Stores", ids: list[int], words: Words) -> int:
    done = sum(stores.ledger.discard(one.id) for one in _refused(stores, ids))
    print(words("quarantine-done", count=done))
    return 0


def _refused(stores: "Stores", ids: list[int]) -> "list[Refused]":
    if ids:
        return [one for id in ids if (one := stores.ledger.quarantined(id))]
    return stores.ledger.quarantine()


def rebuild(given: argparse.Namespace, words: Words) -> int:
    from dataclasses import asdict

    from surco.machine.stores import stores_of
    from surco_service.usecases.mirror.rebuild import rebuild as make_again

    site = _site(given, words)
    with stores_of(site) as stores:
        if stores.mirror is None:
            raise SettingsError(words("no-mirror", file=site.folder.settings))
        done = make_again(stores, stores.mirror, datetime.now(UTC))
    print("  ".join(f"{name}={count}" for name, count in asdict(done).items()))
    return 0


def gateway(given: argparse.Namespace, words: Words) -> int:
    """Run the gateway's own command with this folder's settings."""
    site = _site(given, words)
    since = ["--since", given.since] if given.since else []
    until = ["--until", given.until] if given.until else []
    command = [sys.executable, "-m", "surco_gateway", given.action, *since, *until]
    sys.stdout.flush()
    os.execve(
        sys.executable, [*command, "--settings", str(site.folder.settings)], dict(site.environment)
    )


def backup(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.backups import back_up_now

    return back_up_now(_site(given, words), words)


def restore(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.backups import restore as put_back

    return put_back(_site(given, words), given.file, words)


def explain(given: argparse.Namespace, words: Words) -> int:
    from surco.ask.why import explain as tell

    return tell(given, _site(given, words), words)


def forecast(given: argparse.Namespace, words: Words) -> int:
    from surco.ask.why import forecast as follow

    return follow(given, words)


def energy(given: argparse.Namespace, words: Words) -> int:
    from surco.nodes.energy_table import tables

    print(*tables(words), sep="\n\n")
    return 0


def doctor(given: argparse.Namespace, words: Words) -> int:
    from surco.ask.doctor import examine

    return examine(_site(given, words), words)


def firmware(given: argparse.Namespace, words: Words) -> int:
    from surco.nodes.firmware import run

    return run(given, lambda: _site(given, words), words)


def certificate(given: argparse.Namespace, words: Words) -> int:
    """Make the authority that nodes trust, and the broker's certificate."""
    import socket
    from importlib.util import find_spec

    from surco.machine.authority import make_authority

    if find_spec("cryptography") is None:
        raise SettingsError(words("certificate-needs"))
    site = _site(given, words)
    if (site.folder.tls / "broker.key").exists() and not given.again:
        raise SettingsError(words("certificate-there", folder=site.folder.tls))
    name = socket.gethostname()
    hosts = [*(given.host or ()), lan_address(), "127.0.0.1", name, f"{name}.local"]
    make_authority(site.folder.tls, list(dict.fromkeys(hosts)))
    print(words("certificate-made", folder=site.folder.tls, hosts=", ".join(dict.fromkeys(hosts))))
    return 0


def setup(given: argparse.Namespace, words: Words) -> int:
    from surco.machine.influx import setup_influx

    return setup_influx(given, words)


COMMANDS: dict[str, Callable[[argparse.Namespace, Words], int]] = {
    "up": up,
    "demo": demo,
    "admin-link": admin_link,
    "sessions": sessions,
    "introduce": introduce,
    "node": node,
    "label": label,
    "flash": flash,
    "quarantine": quarantine,
    "rebuild": rebuild,
    "gateway": gateway,
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
    "energy": energy,
    "firmware": firmware,
    "certificate": certificate,
    "setup": setup,
    "explain": explain,
    "forecast": forecast,
}


def _wanted(given: argparse.Namespace) -> Wanted:
    return Wanted(given.data, given.port, given.lan, given.broker, given.influx, given.verbose)


def _site(given: argparse.Namespace, words: Words) -> Site:
    folder = Folder(given.data.expanduser().resolve())
    if not folder.settings.exists():
        raise SettingsError(words("no-folder", path=given.data))
    try:
        options: dict[str, str] = json.loads(folder.running.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        options = {}  # nothing runs
    return read_site(folder, Wanted(given.data, options=options), os.environ, words)
