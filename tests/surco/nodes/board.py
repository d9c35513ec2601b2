"""A board on a cable: the real MicroPython behind a pseudo-terminal, with a littlefs of 2 MB in a file.

`python -m tests.surco.nodes.board FILE` prints the name of its port. It answers a serial program as a chip
does; when the interpreter ends, as at a reset, it begins anew on the same flash.
"""

import os
import pty
import select
import sys
import tty
from pathlib import Path

CHIP = """
import os, sys, vfs
class Flash:
    def __init__(self, path, blocks=512, size=4096):
        self.blocks, self.size = blocks, size
        try:
            self.file, self.is_new = open(path, 'r+b'), False
        except OSError:
            with open(path, 'wb') as file:
                for _ in range(blocks):
                    file.write(b'\\xff' * size)
            self.file, self.is_new = open(path, 'r+b'), True
    def readblocks(self, block, buffer, offset=0):
        self.file.seek(block * self.size + offset)
        self.file.readinto(buffer)
    def writeblocks(self, block, buffer, offset=0):
        self.file.seek(block * self.size + offset)
        self.file.write(buffer)
        self.file.flush()
    def ioctl(self, operation, argument):
        return {4: self.blocks, 5: self.size}.get(operation, 0)
flash = Flash(%r)
if flash.is_new:
    vfs.VfsLfs2.mkfs(flash)
vfs.umount('/')
vfs.mount(vfs.VfsLfs2(flash), '/')
os.chdir('/')
sys.path[:] = ['']
"""


def interpreter(flash: Path) -> int:
    """Start MicroPython in a terminal of its own; return the end to speak with."""
    program = Path(sys.executable).parent / "micropython"
    pid, end = pty.fork()
    if pid == 0:
        os.execv(program, [str(program), "-X", "heapsize=512k", "-i", "-c", CHIP % str(flash)])
    tty.setraw(end)
    return end


def main(flash: Path) -> None:
    outside, inside = os.openpty()
    tty.setraw(inside)
    print(os.ttyname(inside), flush=True)
    chip = interpreter(flash)
    while True:
        ready, _, _ = select.select([outside, chip], [], [])
        for end in ready:
            try:
                data = os.read(end, 4096)
            except OSError:  # the interpreter ended
                data = b""
            if data:
                os.write(chip if end == outside else outside, data)
            elif end == chip:
                os.close(chip)
                chip = interpreter(flash)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
