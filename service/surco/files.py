"""Finds what is not Python but travels with it: the firmware and the dashboards.

In an installed wheel they are in `surco_files/`, in a checkout where people edit them.
"""

from pathlib import Path


def folder(name: str) -> Path:
    """Return the folder `firmware` or `dashboards`. Raises `FileNotFoundError`."""
    here = Path(__file__).resolve()
    places = (here.parents[1] / "surco_files" / name, here.parents[2] / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}: in none of {', '.join(map(str, places))}")
