"""What the battery allows, and when to try the network again. Pure.

Writing flash on a dying battery destroys file systems (pycom-micropython-sigfox#447), and a node
that searches for Wi-Fi every few minutes empties its battery in weeks. Both are decided here.
"""

EMPTY_MV = 3300  # below: no flash, no radio, long sleep
WEAK_MV = 3500  # below: measure, keep in RTC memory, no flash, no radio
RECOVERED_MV = 3600  # above: as usual again
LONG_SLEEP_S = 6 * 3600
BACK_OFF = (1, 2, 4, 12, 24)  # times the interval, by failures in a row
LONGEST_BACK_OFF_S = 6 * 3600

OK, WEAK, EMPTY = "ok", "weak", "empty"


def tier(battery_mv, before):
    """Return what the battery allows; `before` is the last answer, so that it does not flicker.

    A battery that cannot be measured is taken for good: a node on mains has none.
    """
    if battery_mv is None:
        return OK
    if battery_mv < EMPTY_MV:
        return EMPTY
    if battery_mv < WEAK_MV or (before != OK and battery_mv < RECOVERED_MV):
        return WEAK
    return OK


def back_off_s(failures, interval_s, spread):
    """Return how long not to use the radio after failures in a row; `spread` is 0 to 255."""
    if failures <= 0:
        return 0
    wait_s = min(interval_s * BACK_OFF[min(failures, len(BACK_OFF)) - 1], LONGEST_BACK_OFF_S)
    return (
        wait_s + wait_s * spread // 1024
    )  # up to a quarter more, so that nodes do not march in step
