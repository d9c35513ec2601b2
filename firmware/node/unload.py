"""Memory on a small board: modules that have done their work are unloaded before the radio is on."""

import gc
import sys


def collect_every(count):
    """Collect after so many bytes, not only when the heap is full: so it stays in one piece.

    Code and open files need kilobytes that lie side by side.
    """
    if hasattr(gc, "threshold"):
        gc.threshold(count)


def unload(beginnings):
    """Unload the sensors and every module whose name begins so; only where memory is small.

    What somebody still holds stays in memory.
    """
    if sys.implementation.name != "micropython":
        return
    beginnings += ("node.sensors",)
    for name in [name for name in sys.modules if any(map(name.startswith, beginnings))]:
        parent, _, last = name.rpartition(".")
        del sys.modules[name]
        if hasattr(sys.modules.get(parent), last):
            delattr(sys.modules[parent], last)
    gc.collect()
