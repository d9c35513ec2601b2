"""What ends deep sleep, on every ESP32; `world.LACKS` says which chip has no such circuit."""

import world as _world

WAKEUP_ALL_LOW = False


def wake_on_ext0(pin, level):
    _world.armed["ext0"] = [pin._number]


def wake_on_ext1(pins, level):
    assert len(pins) == 1, "on an ESP32 all of them would have to be low"
    _world.armed["ext1"] = [pins[0]._number]


def wake_on_gpio(pins, level):
    _world.armed["gpio"] = [pin._number for pin in pins]


def gpio_deep_sleep_hold(on):
    """The pins hold anyway, here."""
