"""Setting a node up with a phone: opens the portal with what there is of this node so far."""

import asyncio
import json

from micropython import const
from node.unload import collect_every, unload
from node.wake import power

FILE = "config.json"
_COLLECT_BYTES = const(2048)  # nobody saves power here, and phones are many
_MINUTES = const(10)  # without anybody asking for anything
DONE = ("node.wake.before_visit", "node.wake.sample", "node.keep.rtc_rows")  # before it opens
PORTS = (80, 53)  # a simulated board may have others


def open_portal(board, slots, minutes=_MINUTES):
    """Open the portal for a phone, until it is over; return whether it could be opened."""
    label = _label(board)
    if label is None or power.tier(board.battery().read()["bv"], power.OK) == power.EMPTY:
        board.light("fault" if label is None else "weak")
        return False
    collect_every(_COLLECT_BYTES)
    node = _node(board, slots)
    config = mule = None
    if node is not None:
        config = node.config if node.config["node"] == label["node"] else None
        mule = _mule(node)
    unload(DONE)
    from node.portal.portal import Portal

    portal = Portal(board, label, config, mule, getattr(board, "portal_ports", PORTS))
    try:
        asyncio.run(portal.run(minutes))
        return True
    except OSError as error:
        board.memory["crash"] = ("portal: %s" % error)[:60]
        board.light("fault")
        return False
    finally:
        unload(("node.portal", "node.carry"))


def _label(board):
    """Return label.json, None when it is not whole: without its password nothing is opened."""
    try:
        label = json.loads(board.files.read("label.json"))
        whole = len(label["node"]) >= 3 and len(label["ap_password"]) >= 8
        return label if whole else None
    except (ValueError, KeyError, TypeError):
        return None


def _node(board, slots):
    """Return the node with its ring open, None when it was never set up, or is damaged."""
    if board.files.size(FILE) < 0:
        return None
    from node.keep.config import ConfigError
    from node.wake.before_visit import open_ring
    from node.wake.node import Node

    try:
        node = Node(board, slots)
        open_ring(node)
        return node
    except (ConfigError, ValueError, OSError):
        return None


def _mule(node):
    """Return what lets a phone carry rows, None for a node without a key."""
    from node.carry.mule import Mule

    return Mule(node) if len(node.config["key"]) == 64 else None
