"""The node: wakes, measures, keeps, sends, sleeps. Runs on MicroPython and, for tests, on CPython."""
