"""Run by MicroPython: commits rows to the ring of a simulated node, a line of its trace for each.

FOLDER FIRMWARE BLOCKS ROWS; the flash is the chip in FOLDER. Faster than a wake for every row.
"""

import json
import sys
import time

sys.path.insert(0, sys.argv[2])

from hal.sim_flash import ROOT, mount
from node.keep.flash import Flash
from node.keep.outbox import Outbox
from node.keep.rtc_rows import pack_values
from node.keep.state import State

mount(sys.argv[1], None, int(sys.argv[3]))
flash = Flash(ROOT + "/flash")
state = State(flash, lambda count: b"\0" * count)
outbox = Outbox(flash, state, 192)
for _ in range(int(sys.argv[4])):
    q = outbox.append(int(time.time()), 2, state["p"], pack_values([("r1", 150000)]))
    print(json.dumps({"committed": q, "b": state["b"]}))
state.save()
