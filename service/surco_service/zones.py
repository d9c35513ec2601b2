"""Which rules of summer hours are used: those that Surco carries, or the machine's, whichever is newer.

A machine that nobody upgrades still knows the summer time that Mexico gave up in October 2022, and
would show every hour of summer one too late. Versions are IANA's: 2022a, 2026b.
"""

import re
import zoneinfo
from collections.abc import Sequence
from pathlib import Path

import tzdata

_PLACES = zoneinfo.TZPATH  # of the machine's rules, before we prefer others
_VERSION = re.compile(r"(\d{4}[a-z]+)")


def prefer_the_newer() -> str:
    """Use the newer rules in this process; return their version. Called once, before any zone is asked."""
    system = of_system()
    if system is not None and system >= carried():
        return system
    zoneinfo.reset_tzpath(())  # then those of the package are found
    zoneinfo.ZoneInfo.clear_cache()
    return carried()


def carried() -> str:
    """Return the version that travels with Surco."""
    return tzdata.IANA_VERSION


def of_system(places: Sequence[str] = _PLACES) -> str | None:
    """Return the machine's version, None when it does not say."""
    for place in places:
        for name in ("tzdata.zi", "+VERSION"):
            try:
                with (Path(place) / name).open(encoding="utf-8", errors="replace") as file:
                    found = _VERSION.search(file.readline())
            except OSError:
                continue
            if found:
                return found[1]
    return None
