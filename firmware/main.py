"""What runs at every start: pick the version of the application, let it run, whatever happens.

On a chip this file and `slots.py` are written by cable only. On a PC: `micropython main.py FOLDER`
or `python main.py FOLDER` is one wake of the simulated node whose root is FOLDER.
"""

import os
import sys
import time

from slots import Slots

PAUSE_S = 60  # after a crash that came before anybody knew how long to sleep


EXT0_WAKE, EXT1_WAKE, GPIO_WAKE = 2, 3, 7  # esp_sleep_source_t


def why(root):
    """Return what began this start: "sleep" was over, a "pin" ended it, or the board starts "anew"."""
    try:
        import machine

        cause = machine.reset_cause()
    except (ImportError, AttributeError):  # a PC
        try:
            os.stat(root + "/rtc")
            return "sleep"
        except OSError:
            return "anew"
    if cause != getattr(machine, "DEEPSLEEP_RESET", None):  # a Pico has none: it begins anew always
        return "anew"
    return (
        "pin"
        if getattr(machine, "wake_reason", int)() in (EXT0_WAKE, EXT1_WAKE, GPIO_WAKE)
        else "sleep"
    )


def main(root):
    slots = Slots(root)
    slot = slots.choose(why(root))
    if slot:
        sys.path.insert(0, root + "/" + slot)
    try:
        from node.start import start
    except Exception:
        slots.crashed()
        raise
    start(root, slots)


def restart_after_a_crash():
    """Start again in a while; on a PC whoever started the wake does that.

    A Pico is on mains and waits awake: asleep it would not hear its cable, awake Ctrl-C ends this.
    """
    try:
        from machine import deepsleep, reset
    except ImportError:
        return
    if sys.platform == "esp32":
        deepsleep(PAUSE_S * 1000)
    time.sleep(PAUSE_S)
    reset()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "")
    except Exception as error:  # noqa: BLE001  nobody is there to look
        sys.print_exception(error) if hasattr(sys, "print_exception") else print(repr(error))
        restart_after_a_crash()
        sys.exit(1)
