"""CPython's stand-in for MicroPython's own module of this name; not for a chip.

mpy-cross writes the value of `_NAME = const(7)` where the name is used, and forgets the name.
"""


def const(value):
    """Return the value."""
    return value
