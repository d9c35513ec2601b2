"""A chip that is not there, for MicroPython on a PC: what `machine`, `network` and `time` stand on.

`lives` of a board follow one another in one process; what outlives a reset on the chip stays here.
Time passes by itself and, at once, by `sleep_ms`, which lets the timers fire meanwhile.
"""

import json
import sys

rtc_memory = b""
reset_cause = 1  # power
wake_reason = 0
wake_pins = ()
low = set()  # pins that something pulls to ground
held = {}  # pins whose level is kept in deep sleep
outputs = {}
interrupts = {}
armed = {}  # pins that end deep sleep, by the circuit that does it
voltages = {}  # in mV
timers = []
first_fed = last_fed = None  # the watchdog, in ticks
longest_ms = 0  # without feeding it
started_watchdogs = 0
networks = {}  # name: (password, dBm)
network_log = []
fixed_address_works = True
since_ms = 0  # passed by sleep_ms
born_s = 0  # what the clock of the chip showed at the start
epoch = 2000
bootsel = 0


class Slept(Exception):
    """Deep sleep; its value is the time in ms."""


class Restarted(Exception):
    """A hard reset."""


def say(value):
    print(json.dumps(value))


def begin_life():
    """Forget what a reset forgets."""
    global first_fed, last_fed, longest_ms
    for one in (outputs, interrupts, timers, armed):
        one.clear()
    first_fed = last_fed = None
    longest_ms = 0


def on(chip):
    """Return the module of a board, whose chip is this."""
    import esp32

    import hal.esp32

    begin_life()
    hal.esp32.chip_name = lambda: chip
    for name, there in (("wake_on_ext0", chip == "ESP32"), ("wake_on_gpio", chip != "ESP32")):
        if there:
            setattr(esp32, name, getattr(esp32, "_" + name))
        elif hasattr(esp32, name):
            delattr(esp32, name)
    return hal.esp32.Board


def wake_pins_armed():
    return sorted(pin for pins in armed.values() for pin in pins)


def sleep(board, seconds):
    """Let a board sleep; return for how many ms it would, and what could wake it."""
    global reset_cause, wake_reason
    try:
        board.sleep(seconds)
    except Slept as slept:
        reset_cause, wake_reason = 4, 4
        return slept.args[0], wake_pins_armed()


def as_root_of_a_chip(pc):
    """Put a littlefs in RAM at "/", as on a chip; the PC is at "/pc" then."""
    import vfs

    class Ram:
        def __init__(self):
            self._bytes = bytearray(64 * 512)

        def readblocks(self, block, buffer, offset=0):
            start = block * 512 + offset
            buffer[:] = self._bytes[start : start + len(buffer)]

        def writeblocks(self, block, buffer, offset=0):
            start = block * 512 + offset
            self._bytes[start : start + len(buffer)] = buffer

        def ioctl(self, operation, value):
            return {4: 64, 5: 512}.get(operation, 0)

    disk = Ram()
    vfs.VfsLfs2.mkfs(disk)
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix("/"), "/pc")
    vfs.mount(vfs.VfsLfs2(disk), "/")
    sys.path[:] = ["/pc" + path for path in pc] + [".frozen"]
