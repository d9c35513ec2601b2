"""When a gateway was last heard."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from surco_service.usecases.intake.gateways import Presence
from tests.service.deliveries import NOON, Inlet


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        inlet.stores.gateways.add("gateway-1", "hash")
        yield inlet


def test_presence_is_written_down_now_and_then(inlet: Inlet) -> None:
    presence = Presence()
    for seconds in (0, 10, 29, 31):
        presence.seen(inlet.stores, "gateway-1", NOON + timedelta(seconds=seconds))
    assert inlet.stores.gateways.all() == {"gateway-1": NOON + timedelta(seconds=31)}
