"""What all tests of the firmware share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def little_garbage_to_look_at() -> Iterator[None]:
    """Keep what pytest and other tests made out of the collector's sight.

    The firmware collects at every packet, as a chip must. In a process of a few hundred megabytes
    that takes a tenth of a second each time.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
