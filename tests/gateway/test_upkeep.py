"""What the gateway does every few seconds, in the test's own thread."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from surco_contract.settings import Secret
from surco_gateway.__main__ import Gateway
from surco_gateway.config import Settings
from surco_gateway.spool.spool import FILE, Spool, open_spool

DAY_S = 86_400.0


class Hours:
    """A monotonic clock that is told how far it went."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        yield spool


def gateway_on(spool: Spool, folder: Path, clock: str, hours: Hours) -> Gateway:
    settings = Settings(Secret("x"), Secret("x"), data=folder, clock=clock, keep_days=30)
    return Gateway(settings, spool, monotonic=hours)


@pytest.mark.parametrize("clock", ["trusted", "untrusted"])
@pytest.mark.parametrize("at", [1000.0, 4e9])
def test_what_is_forgotten_goes_by_how_long_the_gateway_ran(
    tmp_path: Path, spool: Spool, clock: str, at: float
) -> None:
    """18.4: also when a clock that is trusted is years ahead, or was years behind."""
    spool.put([("surco/v1/n01/data", b"once", at, True, None)])
    spool.delivered(spool.waiting(0, 10, 10**9))
    hours = Hours()
    gateway = gateway_on(spool, tmp_path, clock, hours)
    for _ in range(29 * 24):
        hours.now += 3600.0
        gateway.upkeep()
    assert spool.replay(0, 1e12) == 1
    spool.delivered([*spool.waiting(0, 10, 10**9), *spool.waiting(0, 10, 10**9)])
    for _ in range(2 * 24):
        hours.now += 3600.0
        gateway.upkeep()
    assert spool.replay(0, 1e12) == 0
    assert gateway.alarms.has("clock") is (clock == "untrusted")
    assert gateway.report()["clock_ok"] is (clock == "trusted")


def test_a_spool_that_is_taken_away_while_nothing_comes_is_made_again_and_told(
    tmp_path: Path, spool: Spool
) -> None:
    """18.5: the words are still there after a restart, until somebody confirms them."""
    spool.put([("surco/v1/n01/data", b"once", 1000.0, True, None)])
    (tmp_path / FILE).unlink()
    gateway_on(spool, tmp_path, "trusted", Hours()).upkeep()
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as again:
        assert [one.payload for one in again.waiting(0, 10, 10**9)] == [b"once"]
        gateway = gateway_on(again, tmp_path, "trusted", Hours())
        gateway.upkeep()
        assert "removed or replaced" in gateway.report()["alarms"][0]["words"]
        again.confirm()
        gateway.upkeep()
        assert gateway.report()["alarms"] == []
