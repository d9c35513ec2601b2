"""`surco label`: what a person needs to set a node up, printed on one sheet; it works once.

    code          opens the broker as the node's password until a phone has claimed the node
    ap_password   opens the node's own Wi-Fi, `surco-<node>`; the node learns it when it is flashed

The code is kept nowhere but on the paper: the gateways get its hash. A newer label of the same node
makes the one before worthless.
"""

import argparse
import ipaddress
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surco.machine.folder import Folder, write_private
from surco.machine.up import TLS_PORT, Site, lan_address
from surco.words import Words
from surco_contract.credentials import broker_hash
from surco_contract.settings import SettingsError
from surco_contract.topics import is_node_id, is_reserved

if TYPE_CHECKING:
    from surco_service.domain.stewardship.garden import Bed
    from surco_service.ports.stores import Stores

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
CODE_LENGTH, GROUP = 12, 4  # 60 bits
AP_LETTERS = "acdefhjkmnprtwxy3479"  # none looks like another, also in small print
AP_LENGTH = 12  # 51 bits behind WPA2's slow hash
PORTAL = "http://192.168.4.1/"
MOST_NODE = 26  # characters: a Wi-Fi's name has 32, and ours begins with surco-
A_SHEET = 8
DEPTH_M = 0.15  # where a probe is put


@dataclass(frozen=True)
class Label:
    """What is printed for one node."""

    node: str
    bed: str  # its name, may be empty
    code: str
    ap_password: str

    @property
    def network(self) -> str:
        return f"surco-{self.node}"

    @property
    def spoken(self) -> str:
        """Return the code in groups, as it is printed; the node ignores the dashes."""
        groups = range(0, len(self.code), GROUP)
        return "-".join(self.code[start : start + GROUP] for start in groups)

    @property
    def wifi(self) -> str:
        """Return what a camera needs to join the node's own Wi-Fi."""
        return f"WIFI:T:WPA;S:{self.network};P:{self.ap_password};;"

    @property
    def page(self) -> str:
        return f"{PORTAL}?c={self.code}"


@dataclass(frozen=True)
class Meeting:
    """Where nodes find the broker."""

    host: str
    port: int
    tls: bool


def new_label(node: str, bed: str = "") -> Label:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return Label(node, bed, code, "".join(secrets.choice(AP_LETTERS) for _ in range(AP_LENGTH)))


def meeting(site: Site, host: str | None = None) -> Meeting:
    """Return where nodes find the broker of a site: the machine's own address, seen from outside."""
    known = site.value("gateway", "broker_host", "127.0.0.1")
    tls = site.value("gateway", "broker_tls", "false").lower() in ("1", "true", "yes")
    reached = host or (lan_address() if _is_loopback(known) else known)
    if not tls and site.value("broker", "tls_folder", ""):
        return Meeting(reached, site.number("broker", "tls_port", TLS_PORT), True)
    return Meeting(reached, site.number("gateway", "broker_port", 1883), tls)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def label_file(folder: Folder, node: str) -> Path:
    """Return where the part of a label is that the node itself is given."""
    return folder.path / "labels" / f"{node}.json"


def label(given: argparse.Namespace, site: Site, words: Words) -> int:
    """Print labels. Raises `SettingsError`."""
    from surco.machine.stores import stores_of

    beds, out = _beds_of(given, words), _out(given.out, site.folder, words)
    where = meeting(site, given.host)
    if _is_loopback(where.host) and given.host is None:
        raise SettingsError(words("label-host"))
    with stores_of(site) as stores:
        if not stores.gateways.all():
            raise SettingsError(words("label-no-gateway"))
        names = _names(stores, beds, words)
        labels = [
            _make(stores, site.folder, where, node, beds.get(node), names.get(node, ""), words)
            for node in given.node
        ]
    write_private(out, sheet(labels))
    print(words("label-made", count=len(labels), file=out))
    print(words("label-next", node=labels[0].node))
    return 0


def _beds_of(given: argparse.Namespace, words: Words) -> dict[str, str]:
    """Return the bed of each node, if beds are given: one for each, in the same order."""
    if reserved := [node for node in given.node if is_reserved(node)]:
        why = words("refused-node-reserved-name")
        raise SettingsError(words("invalid", what=reserved[0], why=why))
    wrong = [node for node in given.node if not is_node_id(node)]
    if wrong:
        raise SettingsError(words("label-node", node=wrong[0]))
    long = [node for node in given.node if len(node) > MOST_NODE]
    if long:
        raise SettingsError(words("label-long", node=long[0], most=MOST_NODE))
    if len(set(given.node)) < len(given.node):
        raise SettingsError(words("label-twice"))
    beds: list[str] = given.bed or []
    if beds and len(beds) != len(given.node):
        raise SettingsError(words("label-beds", nodes=len(given.node), beds=len(beds)))
    return dict(zip(given.node, beds, strict=False))


def _out(asked: Path | None, folder: Folder, words: Words) -> Path:
    """Return the page to write, found out before anything is changed."""
    labels = folder.path / "labels"
    labels.mkdir(mode=0o700, exist_ok=True)
    out = asked or labels / "labels.html"
    if out.is_dir() or not os.access(out.parent, os.W_OK):
        raise SettingsError(words("label-out", file=out))
    return out


def _names(stores: "Stores", beds: dict[str, str], words: Words) -> dict[str, str]:
    """Return what people call the bed of each node, before anything is changed."""
    known: dict[str, Bed] = {bed.id: bed for bed in stores.records.beds()}
    for bed in beds.values():
        if bed not in known:
            raise SettingsError(words("label-bed", bed=bed))
    now = datetime.now(UTC)
    placed = {
        placement.node: placement.bed
        for placement in stores.registry.placements()
        if placement.holds(now)
    }
    return {node: known[bed].name for node, bed in (placed | beds).items() if bed in known}


def _make(
    stores: "Stores", folder: Folder, where: Meeting, node: str, bed: str | None, bed_name: str,
    words: Words,
) -> Label:  # fmt: skip
    made, now = new_label(node, bed_name), datetime.now(UTC)
    told: dict[str, Any] = {
        "node": node, "ap_password": made.ap_password,
        "host": where.host, "port": where.port, "tls": where.tls,
    }  # fmt: skip
    write_private(label_file(folder, node), json.dumps(told, indent=2) + "\n")
    before = stores.keys.label(node, broker_hash(made.code), now)
    if before is not None and before.claimed is not None:
        print(words("label-unclaims", node=node))
    elif before is not None and before.labelled is not None:
        print(words("label-voids", node=node))
    if bed is not None:
        _place(stores, node, bed, now)
    return made


def _place(stores: "Stores", node: str, bed: str, now: datetime) -> None:
    from surco_service.usecases.nodes import registry

    here = [p for p in stores.registry.placements(node=node) if p.holds(now)]
    if not any(p.channel == "r1" and p.bed == bed for p in here):
        registry.place_probe(stores, node, "r1", f"p-{node}"[:32], bed, DEPTH_M, now)


def sheet(labels: Sequence[Label]) -> str:
    """Return a page to print: A4, eight labels a sheet, with lines to cut along."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(
        Path(__file__).with_name("labels.html").read_text(encoding="utf-8")
    )
    sheets = [labels[start : start + A_SHEET] for start in range(0, len(labels), A_SHEET)]
    return template.render(sheets=sheets, qr=_qr, portal=PORTAL.rstrip("/"))


def _qr(text: str) -> Any:
    import segno
    from markupsafe import Markup

    return Markup(segno.make_qr(text, error="m").svg_inline(border=4, omitsize=True))
