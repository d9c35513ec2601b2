"""A chip that is not there, for MicroPython on a PC: what `machine`, `network` and `time` stand on.

`lives` of a board follow one another in one process; what outlives a reset on the chip stays here.
Time passes by itself and, at once, by `sleep_ms`, which lets the timers fire meanwhile.

A chip has the names that its real port has (`../ports`), and no others: whatever else the fakes
offer, `become` takes away.
"""

import json
import sys

PORTS = {
    "ESP32": "esp32",
    "ESP32C3": "esp32",
    "ESP32C6": "esp32",
    "Pico W": "rp2",
    "Pico 2 W": "rp2",
}
FAKES = ("machine", "network", "time", "esp32", "rp2")
LACKS = {  # of the names that only some chips of a port have
    "ESP32": ("esp32.wake_on_gpio",),
    "ESP32C3": ("esp32.wake_on_ext0", "esp32.wake_on_ext1"),
    "ESP32C6": ("esp32.wake_on_ext0",),
}

rtc_memory = b""
reset_cause = 1  # power
wake_reason = 0
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


class Slept(BaseException):
    """Deep sleep; its value is the time in ms."""


class Restarted(BaseException):
    """A hard reset."""


class TurnedOff(BaseException):
    """The power is off."""


class Ticking:
    """A timer: it fires when so many milliseconds have passed, again and again."""

    def __init__(self, period, callback):
        self.period = self.left = period
        self.callback = callback


def say(value):
    print(json.dumps(value))


CHIPS = __file__.rpartition("/")[0]


def begin_life():
    """Forget what a reset forgets."""
    global first_fed, last_fed, longest_ms
    for one in (outputs, interrupts, timers, armed):
        one.clear()
    first_fed = last_fed = None
    longest_ms = 0


def become(chip):
    """Let every module have the names that this chip has, before the firmware is imported; once."""
    if "sys" in sys.modules:  # the real one is built in and not there
        assert sys.modules["sys"].chip == chip, "one chip for each process"
        return
    port, names = PORTS.get(chip, "esp32"), names_of(chip)
    sys.path.insert(0, "/pc" + CHIPS + "/only_" + port)
    for name in FAKES:
        if name in names:
            fake = __import__(name)
            _keep_only(fake, names[name])
            for path, offered in names.items():
                if path.startswith(name + "."):
                    _keep_only(kind_of(fake, path[len(name) + 1 :]), offered)
    for path in LACKS.get(chip, ()):
        name, _, lacking = path.partition(".")
        delattr(sys.modules[name], lacking)
    sys.modules["sys"] = Sys(port, chip)


def names_of(chip):
    """Return the names of the chip's port, by module or class."""
    path = "/pc" + CHIPS + "/../ports/" + PORTS.get(chip, "esp32") + "-1.28.json"
    with open(path) as file:  # noqa: PTH123
        return json.load(file)["modules"]


def kind_of(fake, name):
    """Return the class whose instances a module hands out under this name, None when it is not faked."""
    return getattr(fake, "_" + name, None) or getattr(fake, name, None)


def offered(thing):
    return [name for name in dir(thing) if name[0] != "_"] if thing else []


def _keep_only(thing, names):
    for name in offered(thing):
        if name not in names:
            delattr(thing, name)


class Sys:
    """The `sys` of a chip: the real one, but it says whose it is and keeps what it should print."""

    def __init__(self, port, chip):
        self._real, self.chip, self.platform, self.argv, self.printed = sys, chip, port, [], []
        self.implementation = Implementation("fake board with " + chip)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def print_exception(self, error):
        self.printed.append(f"{type(error).__name__}: {error}")


class Implementation:
    name, version = "micropython", sys.implementation.version

    def __init__(self, machine):
        self._machine, self._mpy = machine, sys.implementation._mpy


def on(chip):
    """Return the class of a board whose chip this is."""
    become(chip)
    begin_life()
    if PORTS.get(chip) == "rp2":
        from hal.rp2 import Board
    else:
        from hal.esp32 import Board
    return Board


def run_main(chip, firmware, turned_off_after_s=None, ctrl_c_after_s=None):
    """Run main.py as a chip does at a start; return what ended it and what it printed."""
    become(chip)
    begin_life()
    own = sys.modules["sys"]
    own.printed = []
    for name in [name for name in sys.modules if name.split(".")[0] in ("node", "hal")]:
        del sys.modules[name]
    for after_s, end in ((turned_off_after_s, TurnedOff), (ctrl_c_after_s, KeyboardInterrupt)):
        if after_s:
            timers.append(Ticking(after_s * 1000, lambda timer, end=end: _end_with(end)))
    try:
        with open(firmware + "/main.py") as file:  # noqa: PTH123
            exec(file.read(), {"__name__": "__main__"})
    except BaseException as end:  # noqa: BLE001
        return (type(end).__name__,) + end.args, own.printed  # noqa: RUF005
    return ("returned",), own.printed


def _end_with(end):
    raise end()


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
