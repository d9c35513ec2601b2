"""The smallest heap in which a node still brings its rows home, found by trying."""

import tempfile
from pathlib import Path

from tests.firmware import wakes
from tests.firmware.fake_gateway import FakeGateway

ROWS = 30  # a full message and a second one
STEP_KB = 2
KEY = "5a" * 32


def smallest_heap_kb(interpreter: str, most_kb: int = 128) -> int:
    """Return the smallest heap, in KB of this machine's 64-bit words, from which every larger one does.

    Raises AssertionError when even `most_kb` is not enough.
    """
    smallest = None
    for heap_kb in range(most_kb, 0, -STEP_KB):
        if not brings_rows_home(interpreter, heap_kb):
            break
        smallest = heap_kb
    assert smallest is not None, f"{most_kb} KB are not enough"
    return smallest


def brings_rows_home(interpreter: str, heap_kb: int) -> bool:
    """Let a node with many waiting rows do one wake; return whether all of them arrived."""
    with tempfile.TemporaryDirectory() as folder, FakeGateway() as gateway:
        gateway.tells_time = True
        node = wakes.SimulatedNode(
            Path(folder) / "n-001", gateway.port, "", interpreter, upload_every=96, key=KEY
        )
        for _ in range(ROWS):
            node.wake()
        node.configure(upload_every=1)
        node.command[2] = f"heapsize={heap_kb}k"
        code, _ = node.wake()
        arrived = {message["q"] + n for message in gateway.data for n in range(len(message["d"]))}
        return code == 0 and len(arrived) == ROWS + 1
