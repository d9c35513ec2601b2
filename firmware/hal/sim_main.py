"""`main.py` for whoever starts it from elsewhere: finds the firmware one folder up."""

import json
import sys

_parts = __file__.rsplit("/", 2)
sys.path.insert(0, (_parts[0] or "/") if len(_parts) == 3 else ("." if len(_parts) == 2 else ".."))

from main import main  # noqa: E402


def flash_of(folder):
    """Return where the flash of the node is, its folder or a chip in a file, and that chip or None."""
    try:
        with open(folder + "/soil.json") as file:
            soil = json.loads(file.read())
    except (OSError, ValueError):
        return folder, None
    if not soil.get("littlefs"):
        return folder, None
    from hal.sim_flash import BLOCKS, ROOT, mount

    return ROOT, mount(folder, soil.get("cut"), soil.get("blocks", BLOCKS))


root, chip = flash_of(sys.argv[1])
try:
    main(root)
finally:
    if chip is not None:
        with open(sys.argv[1] + "/operations", "w") as file:
            file.write(str(chip.operations))
