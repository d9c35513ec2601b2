"""The one button of a Pico W."""

import world


def bootsel_button():
    return world.bootsel
