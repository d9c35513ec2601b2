"""The one button of a Pico W."""

import world as _world


def bootsel_button():
    return _world.bootsel
