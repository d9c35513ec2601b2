"""Opens the portal of a simulated node: FIRMWARE FOLDER PORT NAMES_PORT MINUTES. On both interpreters."""

import gc
import sys

sys.path.insert(0, sys.argv[1])

from hal.sim import Board
from node.portal.open_portal import open_portal
from slots import Slots

folder = sys.argv[2]
board = Board(folder)
board.portal_ports = (int(sys.argv[3]), int(sys.argv[4]))
opened = open_portal(board, Slots(folder), float(sys.argv[5]))
gc.collect()
print("opened", opened, "free", gc.mem_free() if hasattr(gc, "mem_free") else -1)
