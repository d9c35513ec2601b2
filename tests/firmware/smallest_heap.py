"""The smallest heap in which a node still brings its rows home, or takes a new version; by trying."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.firmware import wakes
from tests.firmware.fake_gateway import FakeGateway
from tests.firmware.update.releases import a_release
from tests.firmware.update.update_trial import a_node, offer

ROWS = 30  # a full message and a second one
STEP_KB = 2
KEY = "5a" * 32


def smallest_heap_kb(does: Callable[[str, int], bool], interpreter: str, most_kb: int = 112) -> int:
    """Return the smallest heap, in KB of this machine's words, from which every larger one does.

    Raises AssertionError when even `most_kb` is not enough.
    """
    smallest = None
    for heap_kb in range(most_kb, 0, -STEP_KB):
        if not does(interpreter, heap_kb):
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


def takes_a_version(interpreter: str, heap_kb: int, folder: str = "n") -> bool:
    """Let a node with a flash chip, whose version came over the air, take the next one in one wake."""
    with tempfile.TemporaryDirectory() as root, FakeGateway() as gateway:
        gateway.tells_time = True
        node = a_node(Path(root) / folder, gateway.port, interpreter)
        usual = node.command[2]
        for version in ("0.3.0", "0.4.0"):
            offer(gateway, a_release(version))
            node.wake()  # it hears of it
            node.command[2] = f"heapsize={heap_kb}k"
            node.wake()  # it takes it
            node.command[2] = usual
            node.wake()  # it runs on trial
            if gateway.status()["fw"] != version:
                return False
        return True
