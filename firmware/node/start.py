"""The application's own beginning: open the board, do one duty, sleep, whatever happens."""

import sys

from micropython import const
from node.unload import collect_every
from node.version import VERSION

FILE = "config.json"
_COLLECT_BYTES = const(
    8192
)  # seldom enough for the battery: a collection takes a chip some milliseconds
_SHORT_S = const(900)  # to sleep when nobody knows better
_LONG_S = const(6 * 3600)


def start(root, slots):
    """Wake, again and again on a board that does not go off in its sleep."""
    board = open_board(root)
    while True:
        collect_every(_COLLECT_BYTES)
        board.sleep(one_wake(board, slots))
        if not board.stays_awake:
            return


def open_board(root):
    """Return the hardware that this runs on."""
    if sys.platform == "esp32":
        from hal.esp32 import Board
    elif sys.platform == "rp2":
        from hal.rp2 import Board
    else:
        from hal.sim import Board

        return Board(root, sys.argv[1])
    return Board()


def one_wake(board, slots):
    """Set up, or do one duty; return the seconds to sleep."""
    if board.button() or (board.files.size(FILE) < 0 and board.files.size("label.json") >= 0):
        return set_up(board, slots)
    seconds = _SHORT_S
    try:
        order = board.memory.pop("order", None)
        if order and slots.wants(order["ver"], VERSION):  # else the power failed as it was taken
            return update_wake(board, slots, order)
        from node.wake.node import Node

        node = Node(board, slots)
        seconds = node.config["interval_s"]
        return node.wake()
    except Exception as error:  # noqa: BLE001  nobody is there to look
        if type(error).__name__ == "ConfigError" and board.files.size("label.json") >= 0:
            return set_up(board, slots)  # nothing is left of the configuration
        return _after_crash(board, slots, error, seconds)


def update_wake(board, slots, order):
    """Work on the update that the gateway ordered, once; the next visit brings the order again."""
    from node.keep.config import load
    from node.unload import unload

    config = load(board.files, board.flash)
    unload(("node.keep.config",))
    from node.update.update import update

    board.light("updating")
    if update(board, slots, config, order):
        board.restart()
    return 1


def _after_crash(board, slots, error, seconds):
    """Remember what nobody foresaw for the next status; the node goes on at its next wake."""
    slots.crashed()
    board.memory["crash"] = ("%s: %s" % (type(error).__name__, error))[:60]
    board.light("fault")
    board.show_crash(error)
    return seconds


def set_up(board, slots):
    """Open the portal for a phone; only without a configuration, or by the button."""
    from node.portal.open_portal import open_portal

    open_portal(board, slots)
    if board.files.size(FILE) < 0:
        return _LONG_S
    board.memory["asked"] = True  # somebody is waiting to see it speak
    return 1
