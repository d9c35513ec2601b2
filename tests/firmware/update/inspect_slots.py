"""Run by MicroPython on the flash image of a simulated node: what the slots hold, as one line."""

import json
import os
import sys

sys.path.insert(0, sys.argv[2])

from hal.sim_flash import ROOT, mount
from slots import SLOTS, Slots


def files_in(root, folder):
    """Return everything in a folder, folders too."""
    found = []
    try:
        entries = os.listdir(root + "/" + folder)  # noqa: PTH208  MicroPython has no pathlib
    except OSError:
        return found
    for entry in entries:
        path = folder + "/" + entry
        found.append(path)
        if os.stat(root + "/" + path)[0] & 0x4000:  # noqa: PTH116
            found += files_in(root, path)
    return found


mount(sys.argv[1], None)
slots = Slots(ROOT)
found = {"state": slots.state}
for slot in SLOTS:
    try:
        os.stat(ROOT + "/" + slot + "/manifest")  # noqa: PTH116  MicroPython has no pathlib
        found[slot] = slots.version(slot) or "half"
    except OSError:
        found[slot] = None
    found[slot + " files"] = files_in(ROOT, slot)
print(json.dumps(found))
