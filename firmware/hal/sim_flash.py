"""A flash chip in a file, with the file system of the real boards and power cuts at any operation.

Only on MicroPython: littlefs is part of it. The n-th erase or program is the last: half of it is
done, then the process dies, as a chip without power does.
"""

import os
import time

BLOCK, BLOCKS = 4096, 512
ROOT = "/board"
ERASED = b"\xff" * 256


def die():
    os.system("kill -9 $PPID")
    time.sleep(5)


class FileDevice:
    """A block device (MicroPython's extended interface) in a file; `cut` operations from the end."""

    def __init__(self, path, cut=None, blocks=BLOCKS):
        self._blocks, self._left, self.operations = blocks, cut, 0
        if not _exists(path):
            with open(path, "wb") as file:
                for _ in range(blocks * BLOCK // len(ERASED)):
                    file.write(ERASED)
        self._file = open(path, "r+b")

    def readblocks(self, block, buffer, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buffer)

    def writeblocks(self, block, buffer, offset=None):
        if offset is None:
            self.ioctl(6, block)
            offset = 0
        self._operate(block * BLOCK + offset, buffer)
        self._file.write(buffer)
        self._file.flush()

    def ioctl(self, operation, argument):
        if operation == 4:
            return self._blocks
        if operation == 5:
            return BLOCK
        if operation == 6:
            self._operate(argument * BLOCK, ERASED)
            for _ in range(BLOCK // len(ERASED)):
                self._file.write(ERASED)
            self._file.flush()
        return 0

    def _operate(self, place, data):
        """Go to a place; at the last operation write half of the data there and die."""
        self._file.seek(place)
        self.operations += 1
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._file.write(memoryview(data)[: len(data) // 2])
            self._file.flush()
            die()


def mount(folder, cut, blocks=BLOCKS):
    """Mount the flash of a simulated node; a new one is formatted first, as a cable does it."""
    import vfs

    path = folder + "/flash.img"
    if not _exists(path):
        device = FileDevice(path + ".new", None, blocks)
        vfs.VfsLfs2.mkfs(device, progsize=256)
        vfs.mount(vfs.VfsLfs2(device, progsize=256), ROOT)
        _copy(folder, ROOT)
        vfs.umount(ROOT)
        os.rename(path + ".new", path)
    device = FileDevice(path, cut, blocks)
    vfs.mount(vfs.VfsLfs2(device, progsize=256), ROOT)
    return device


def _copy(source, target):
    for name in os.listdir(source):
        if name in (
            "flash.img",
            "flash.img.new",
            "operations",
            "soil.json",
            "rtc",
            "sleep.json",
            "trace.jsonl",
            "flash",
        ):
            continue
        path, copied = source + "/" + name, target + "/" + name
        if os.stat(path)[0] & 0x4000:
            os.mkdir(copied)
            _copy(path, copied)
            continue
        with open(path, "rb") as file:
            content = file.read()
        with open(copied, "wb") as file:
            file.write(content)


def _exists(path):
    try:
        os.stat(path)
        return True
    except OSError:
        return False
