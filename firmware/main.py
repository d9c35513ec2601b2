"""What runs at every wake: open the board, do one duty, sleep, whatever happens.

On a PC: `micropython main.py FOLDER` or `python main.py FOLDER` is one wake of a simulated node.
"""

import sys

from node.config import ConfigError
from node.duty import Node


def open_board():
    """Return the hardware that this runs on."""
    from hal.sim import Sim

    return Sim(sys.argv[1])


def main():
    board = open_board()
    try:
        node = Node(board)
    except ConfigError as error:
        print("config.json: %s" % error)
        sys.exit(2)
    try:
        seconds = node.wake()
    except Exception:
        board.sleep(node.config["interval_s"])  # a chip does not come back from here
        raise
    board.sleep(seconds)


if __name__ == "__main__":
    main()
