"""Room on a small board: what has done its work is unloaded before the radio needs the memory."""

import gc
import sys


def collect_every(count):
    """Collect after so many bytes, not only when the heap is full: so it stays in one piece.

    Code and open files need kilobytes that lie side by side.
    """
    if hasattr(gc, "threshold"):
        gc.threshold(count)


def forget(names):
    """Unload modules, as far as nothing else holds them; only where memory is small."""
    if sys.implementation.name != "micropython":
        return
    for name in [name for name in sys.modules if name in names or name.startswith("node.sensors")]:
        parent, _, last = name.rpartition(".")
        del sys.modules[name]
        if hasattr(sys.modules.get(parent), last):
            delattr(sys.modules[parent], last)
    gc.collect()
