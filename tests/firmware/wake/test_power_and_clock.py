import json
from pathlib import Path
from typing import Any

import pytest

from node.gateway import orders
from node.keep import config
from node.keep.flash import Flash
from node.wake import power
from node.wake.clock import Clock, sleep_s


@pytest.mark.parametrize(
    ("battery_mv", "before", "tier"),
    [
        (3950, "ok", "ok"), (3499, "ok", "weak"), (3299, "ok", "empty"), (3550, "weak", "weak"),
        (3550, "ok", "ok"), (3600, "weak", "ok"), (3550, "empty", "weak"), (None, "ok", "ok"),
    ],
)  # fmt: skip
def test_a_weak_battery_is_spared_until_it_has_recovered(
    battery_mv: int | None, before: str, tier: str
) -> None:
    assert power.tier(battery_mv, before) == tier


def test_a_missing_network_is_tried_less_and_less_often() -> None:
    waits = [power.back_off_s(failures, 900, 0) for failures in range(7)]
    assert waits == [0, 900, 1800, 3600, 10_800, 21_600, 21_600]
    assert power.back_off_s(1, 900, 255) > 900


def test_nodes_wake_on_a_grid_of_their_own() -> None:
    for now in range(1_795_000_000, 1_795_000_000 + 2000, 7):
        seconds = sleep_s(now, 900, 123)
        assert 1 <= seconds <= 900
        assert (now + seconds - 123) % 900 == 0


def test_the_clock_is_honest_about_what_it_knows() -> None:
    count, memory = [100], {}
    clock = Clock(lambda: count[0], memory, 1)
    assert clock.stamp() == (100, 0)
    assert clock.set(1_795_000_000)
    count[0] += 60
    assert clock.stamp() == (1_795_000_060, 2)
    count[0] += 25 * 3600
    assert clock.stamp()[1] == 1


@pytest.mark.parametrize("epoch", [0, 946_684_800, 2**40, -1, 1.8e9, "now", None, True])
def test_a_time_that_makes_no_sense_is_not_taken(epoch: object) -> None:
    clock = Clock(lambda: 5, {}, 1)
    assert not clock.set(epoch)
    assert clock.stamp() == (5, 0)


def load(folder: Path, given: str) -> dict[str, Any]:
    """Read a configuration that a person wrote."""
    (folder / "config.json").write_text(given)
    return config.load(Flash(str(folder)), Flash(str(folder)))


USUAL = {"node": "n-001", "host": "gateway.local"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{", "not JSON"),
        ("[]", "one JSON object"),
        (json.dumps({"host": "x"}), "node is missing"),
        (json.dumps({**USUAL, "port": "1883"}), "port"),
        (json.dumps({**USUAL, "interval_s": 1}), "interval_s: expected a number from 5"),
        (json.dumps({**USUAL, "node": "x"}), "node: expected a text of 3"),
    ],
)
def test_a_wrong_configuration_names_what_is_wrong(tmp_path: Path, given: str, words: str) -> None:
    with pytest.raises(config.ConfigError, match=words):
        load(tmp_path, given)


def test_a_newer_configuration_is_kept_and_an_old_or_bad_one_is_not(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    current = load(tmp_path, json.dumps(USUAL))
    assert orders.apply(b'{"rev":2,"interval_s":60}', current, flash)
    for bad in (
        b'{"rev":2,"interval_s":90}',
        b'{"rev":3,"interval_s":"60"}',
        b"{",
        b'{"rev":"9"}',
        b"[]",
    ):
        assert not orders.apply(bad, current, flash)
    again = config.load(flash, flash)
    assert (again["interval_s"], again["rev"]) == (60, 2)


@pytest.mark.parametrize("raw", [b"", b"noise", b"{}", b'{"rev":1,"interval_s":0}'])
def test_a_damaged_configuration_from_the_gateway_is_as_if_there_were_none(
    tmp_path: Path, raw: bytes
) -> None:
    (tmp_path / "cfg.json").write_bytes(raw)
    assert load(tmp_path, json.dumps(USUAL))["interval_s"] == 900
