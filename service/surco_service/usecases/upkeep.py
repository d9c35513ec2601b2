"""What is looked after by itself: the engine of the readings, and the nightly backup of the notebook."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from surco_service.domain.stewardship.garden import TIMEZONE
from surco_service.errors import StoreUnavailable
from surco_service.ports.stores import Stores

NIGHT = timedelta(hours=3)  # the day of a backup begins when nobody writes
READINGS = ("readings-away", "influx-token", "influx-bucket")  # codes of the engine's troubles
BACKUP = ("backup-failed", "backup-damaged")


def look_at_readings(stores: Stores, now: datetime) -> None:
    """Say that the engine of the readings does not answer, or refuses us; or that it does again."""
    _told(stores, READINGS, now, stores.check_readings)


def back_up(stores: Stores, now: datetime) -> None:
    """Make the copy of the night, once a day."""
    backups = stores.backups
    if backups is None:
        return
    newest = backups.newest()
    if newest is not None and newest <= now and night(newest) == night(now):
        return
    _told(stores, BACKUP, now, lambda: backups.make(night(now)))


def night(at: datetime) -> date:
    """Return the day to which a backup belongs."""
    return (at.astimezone(ZoneInfo(TIMEZONE)) - NIGHT).date()


def _told(stores: Stores, codes: tuple[str, ...], now: datetime, do: Callable[[], object]) -> None:
    code = ""
    try:
        do()
    except StoreUnavailable as error:
        code = error.code or codes[0]
        stores.troubles.raised(code, "", now, {"why": str(error), **error.values})
    there = {(one.code, one.about) for one in stores.troubles.all()}
    for over in codes:
        if over != code and (over, "") in there:
            stores.troubles.ended(over, "")
