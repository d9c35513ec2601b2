"""Counts what a module of the firmware opens and reads. It runs on MicroPython too."""


class Counting:
    """Takes the place of `open` in a module: `flash.open = Counting()`."""

    def __init__(self):
        self.opens = self.bytes_read = 0

    def __call__(self, path, mode):
        self.opens += 1
        return Counted(open(path, mode), self)  # noqa: PTH123  MicroPython has no Path


class Counted:
    """A file as node.flash uses one."""

    def __init__(self, file, counting):
        self._file, self._counting = file, counting
        self.seek, self.write = file.seek, file.write

    def read(self, size):
        data = self._file.read(size)
        self._counting.bytes_read += len(data)
        return data

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
