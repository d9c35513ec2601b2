"""What the gateway does every few seconds, in the test's own thread."""

from pathlib import Path

import pytest

from surco_contract.settings import Secret
from surco_gateway.__main__ import Gateway
from surco_gateway.config import Settings
from surco_gateway.spool.spool import open_spool


@pytest.mark.parametrize(("clock", "kept"), [("trusted", 0), ("untrusted", 1)])
def test_by_a_clock_that_may_be_wrong_nothing_is_forgotten(
    tmp_path: Path, clock: str, kept: int
) -> None:
    settings = Settings(Secret("x"), Secret("x"), data=tmp_path, clock=clock, keep_days=30)
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        spool.put([("surco/v1/n01/data", b"years ago", 1000.0, True, None)])
        spool.delivered(spool.waiting(0, 10, 10**9))
        gateway = Gateway(settings, spool)
        gateway.upkeep()
        assert spool.replay(0, 1e12) == kept
        assert gateway.alarms.has("clock") is (clock == "untrusted")
        assert gateway.report()["clock_ok"] is (clock == "trusted")
