"""The node: wakes, measures, keeps, sends, sleeps. Runs on MicroPython and, for tests, on CPython.

    start    what `main.py` starts at every wake: one of wake, update, portal
    wake     one wake: measure, keep, and perhaps visit the gateway
    keep     what lasts: the flash ring, the state, the configuration, what outlives deep sleep
    gateway  the way to the broker, and the messages of both directions
    portal   a phone sets the node up
    carry    a phone carries the rows of a node without a network (the data mule)
    update   a new version over the air
    sensors  a driver each

`main.py` is written by cable only, so `start` keeps its place and its name. The files of a room have
no `__init__`: on a chip each file costs a block of flash. tests/firmware/test_files.py says which
room may import which.
"""
