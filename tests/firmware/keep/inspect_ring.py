"""Run by MicroPython on the flash image of a simulated node: the oldest q that its ring still holds."""

import os
import sys

sys.path.insert(0, sys.argv[2])

from hal.sim_flash import ROOT, mount

mount(sys.argv[1], None, int(sys.argv[3]))
names = os.listdir(ROOT + "/flash")  # noqa: PTH208  MicroPython has no pathlib
print(min([int(name[:8], 16) for name in names if name.endswith(".row")] or [0]))
