"""Opens the portal of a simulated node, on both interpreters.

FIRMWARE FOLDER PORT NAMES_PORT MINUTES [MODULE.NAME=SECONDS …], such as http.REQUEST_S=3.
"""

import gc
import sys

sys.path.insert(0, sys.argv[1])

from hal.sim import Board
from node.portal.open_portal import open_portal
from slots import Slots

for given in sys.argv[6:]:
    module, name = given.partition("=")[0].split(".")
    __import__("node.portal." + module)
    setattr(sys.modules["node.portal." + module], name, float(given.partition("=")[2]))
folder = sys.argv[2]
board = Board(folder)
board.portal_ports = (int(sys.argv[3]), int(sys.argv[4]))
opened = open_portal(board, Slots(folder), float(sys.argv[5]))
gc.collect()
print("opened", opened, "free", gc.mem_free() if hasattr(gc, "mem_free") else -1)
