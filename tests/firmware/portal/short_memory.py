"""Opens a portal as open_portal.py does, and for three seconds nobody in it gets any memory at all.

On MicroPython alone. Prints "none left" when that begins, "some again" when it is over.
"""

import asyncio
import sys

sys.path.insert(0, sys.argv[1])

import micropython
from hal.sim import Board
from node.portal.open_portal import open_portal
from slots import Slots

WAIT_S, SHORT_S = 1, 3


async def take_all():
    await asyncio.sleep(WAIT_S)
    print("none left")
    micropython.heap_lock()
    await asyncio.sleep(SHORT_S)  # of whole seconds: it needs none itself
    micropython.heap_unlock()
    print("some again")


folder = sys.argv[2]
board = Board(folder)
board.portal_ports = (int(sys.argv[3]), int(sys.argv[4]))
open_access_point = board.radio.open_access_point


async def open_and_take_all(name, password):
    asyncio.create_task(take_all())  # noqa: RUF006  it ends by itself
    return await open_access_point(name, password)


board.radio.open_access_point = open_and_take_all
open_portal(board, Slots(folder), float(sys.argv[5]))
