"""Run by MicroPython on the flash image of a simulated node: what the slots hold, as one line."""

import json
import os
import sys

sys.path.insert(0, sys.argv[2])

from hal.sim_flash import ROOT, mount
from slots import SLOTS, Slots

mount(sys.argv[1], None)
slots = Slots(ROOT)
found = {"state": slots.state}
for slot in SLOTS:
    try:
        os.stat(ROOT + "/" + slot + "/manifest")  # noqa: PTH116  MicroPython has no pathlib
        found[slot] = slots.version(slot) or "half"
    except OSError:
        found[slot] = None
print(json.dumps(found))
