"""What ends deep sleep; `world.on` gives every chip the functions that it has."""

import world

WAKEUP_ALL_LOW = False


def _wake_on_ext0(pin, level):
    world.armed["ext0"] = [pin.number]


def wake_on_ext1(pins, level):
    assert len(pins) == 1, "on an ESP32 all of them would have to be low"
    world.armed["ext1"] = [pins[0].number]


def _wake_on_gpio(pins, level):
    world.armed["gpio"] = [pin.number for pin in pins]


def gpio_deep_sleep_hold(on):
    """The pins hold anyway, here."""
