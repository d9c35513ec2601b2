"""The gateway's clock, and whether it is known to be right.

A Raspberry Pi has no clock of its own: after a power cut it resumes at an old time until the
network tells it better. A node must never learn such a time, and the service must never date a
reading by it. "auto" asks the kernel (adjtimex: is the clock synchronised?), and stays sure for
a week after that as long as nobody moves the clock. Where the kernel cannot be asked (not Linux)
the clock is trusted: these are desks, with a clock of their own.
"""

import ctypes
import sys
import time
from collections.abc import Callable

ASK_EVERY_S = 10.0
SURE_FOR_S = 7 * 86_400.0  # a quartz drifts less than 10 s in a week
STEP_S = 30.0

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 256  # struct timex has 208 on 64-bit Linux; modes (the first field) 0 only reads


def kernel_is_synchronised() -> bool:
    """Tell whether the kernel says that its clock follows a time server."""
    if not sys.platform.startswith("linux"):
        return True
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):  # a C library without it
        return False
    return 0 <= answer < _TIME_ERROR


class Clock:
    """The time of day in seconds since 1970, and `ok`: may others rely on it?"""

    def __init__(
        self,
        mode: str = "auto",
        *,
        synchronised: Callable[[], bool] = kernel_is_synchronised,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now = now
        self._mode, self._synchronised, self._monotonic = mode, synchronised, monotonic
        self._asked_at = float("-inf")
        self._ok = False
        self._sure: tuple[float, float] | None = None  # (monotonic, wall) when last synchronised

    def ok(self) -> bool:
        if self._mode != "auto":
            return self._mode == "trusted"
        at = self._monotonic()
        if at - self._asked_at >= ASK_EVERY_S:
            self._asked_at, self._ok = at, self._ask(at)
        return self._ok

    def _ask(self, at: float) -> bool:
        wall = self.now()
        if self._synchronised():
            self._sure = at, wall
            return True
        if self._sure is None:
            return False
        then, wall_then = self._sure
        moved = (wall - wall_then) - (at - then)
        return at - then < SURE_FOR_S and abs(moved) < STEP_S
