"""Passwords of networks in orders are forgotten, once the node has heard of them."""

from pathlib import Path

from surco_service.usecases.nodes import configure
from surco_service.usecases.nodes.configure import NETWORKS_REV, Wish
from surco_service.usecases.nodes.status import keep_statuses, read_status
from tests.builders import DAWN
from tests.service.garden import Garden

SECRET = "WIFI-SECRET-123"


def _says(garden: Garden, node: str, rev: int) -> None:
    status = read_status(b'{"s":"asleep","cfg":%d}' % rev, DAWN)
    keep_statuses(garden.stores, {node: [status]})


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("notebook.db*"))


def test_once_a_node_has_heard_of_its_networks_nobody_else_knows_them(garden: Garden) -> None:
    stores = garden.stores
    node = stores.registry.nodes()[0].id
    wish = Wish(interval_s=900, networks=(("casa", SECRET),))
    rev = configure.configure(stores, node, wish, DAWN)
    (order,) = stores.gateways.commands("gateway-1", 0)
    assert SECRET in str(order.body)
    _says(garden, node, rev - 1)
    assert stores.registry.wished(node)[NETWORKS_REV] == rev, "it has not heard of them yet"
    _says(garden, node, rev)
    (again,) = stores.gateways.commands("gateway-1", order.id)
    assert again.body == {"interval_s": 900, "rev": rev}, "the same order, without them"
    assert NETWORKS_REV not in stores.registry.wished(node)
    stores.gateways.commands("gateway-1", again.id)
    assert SECRET.encode() not in _bytes(garden.folder)
