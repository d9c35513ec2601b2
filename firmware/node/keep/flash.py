"""Files on a flash file system, with the few operations that survive a power cut.

An append is committed when the file is closed; a replacement when it is renamed. Always `with`:
MicroPython has no reference counting, and what is not closed is lost at power-off.
"""

import os

from micropython import const

_ENOENT = const(2)


def make_folder(path):
    try:
        os.mkdir(path)
    except OSError:
        pass  # it is there


class Flash:
    """The files of one folder."""

    def __init__(self, folder):
        self.folder = folder
        make_folder(folder)

    def _path(self, name):
        return self.folder + "/" + name

    def names(self):
        return os.listdir(self.folder)

    def size(self, name):
        """Return the size in bytes, or -1 when there is no such file."""
        try:
            return os.stat(self._path(name))[6]
        except OSError:
            return -1

    def read(self, name):
        """Return a whole file; empty when there is no such file. Raises OSError when it fails."""
        return b"".join(self.pieces(name, 0, 256))

    def pieces(self, name, start, size, most=-1):
        """Return pieces of a file as a list, none when there is no such file. Raises OSError.

        Small pieces, because in a heap in use there may be no large room in one place. A file that
        cannot be read just now is not one that is not there: the ring rests on that.
        """
        found = []
        try:
            with open(self._path(name), "rb") as file:
                file.seek(start)
                while len(found) != most:
                    piece = file.read(size)
                    if not piece:
                        break
                    found.append(piece)
        except OSError as error:
            if error.args[0] != _ENOENT:
                raise
        return found

    def append(self, name, data):
        with open(self._path(name), "ab") as file:
            file.write(data)

    def replace(self, name, data):
        """Write a whole file: afterwards it is the old one or the new one, never half."""
        with open(self._path(name + ".new"), "wb") as file:
            file.write(data)
        os.rename(self._path(name + ".new"), self._path(name))

    def remove(self, name):
        try:
            os.remove(self._path(name))
        except OSError:
            pass  # it is gone already
