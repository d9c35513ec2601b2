"""The battery's arithmetic: laws, the firmware's own constants, and the page that shows the tables."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.gateway import session
from node.wake import power
from surco.__main__ import main
from surco.nodes import energy
from surco.nodes.energy_table import tables
from surco.words import Words

PAGE = Path(__file__).parents[3] / "docs/why/energy.md"

currents = st.floats(min_value=1, max_value=50_000)
beside = st.floats(min_value=0, max_value=50)
policies = st.builds(
    energy.Policy,
    sample_min=st.sampled_from([5, 10, 15, 30, 60]),
    upload_every=st.integers(1, 96),
    tls=st.booleans(),
    dhcp=st.booleans(),
    found=st.booleans(),
    back_off=st.booleans(),
)


@given(currents, currents, policies, beside)
def test_more_sleep_current_never_gives_more_days(a, b, policy, beside_ma) -> None:
    low, high = sorted((a, b))
    assert energy.days(high, policy, beside_ma) <= energy.days(low, policy, beside_ma)


@given(currents, policies, st.integers(1, 96))
def test_fewer_uploads_never_give_fewer_days(ua, policy, more) -> None:
    rarer = replace(policy, upload_every=policy.upload_every + more)
    assert energy.days(ua, rarer) >= energy.days(ua, policy)


@given(currents, policies)
def test_what_is_left_out_never_costs_days(ua, policy) -> None:
    found = replace(policy, found=True)
    assert energy.days(ua, replace(found, tls=False)) >= energy.days(ua, replace(found, tls=True))
    assert energy.days(ua, replace(found, dhcp=False)) >= energy.days(ua, replace(found, dhcp=True))
    gone = replace(policy, found=False)
    waits, hurries = replace(gone, back_off=True), replace(gone, back_off=False)
    assert energy.days(ua, waits) >= energy.days(ua, hurries)


@given(policies)
def test_at_the_current_of_a_year_it_lasts_a_year(policy) -> None:
    if (ua := energy.year_ua(policy)) > 0:
        assert energy.days(ua, policy) == pytest.approx(365)
        assert energy.days(ua + 5, policy) < 365 < energy.days(max(0.0, ua - 5), policy)


def test_a_day_is_its_wakes_its_visits_and_its_sleep() -> None:
    wake, call = (sum(energy.STATES[name].charge_mc for name in names)
                  for names in (energy.EVERY_WAKE, energy.USUAL.visit()))  # fmt: skip
    day = 96 * wake + 24 * call + 50 * 86.4
    assert energy.days(50) == pytest.approx(2000 * 0.7 * 3600 / day)


def test_only_the_recommended_board_and_the_cheapest_hold_a_year() -> None:
    holding = [
        b.name for b in energy.BOARDS if energy.days(b.asleep_ua, beside_ma=b.beside_ma) >= 365
    ]
    assert holding == [energy.RECOMMENDED.name, energy.CHEAPEST.name]


def test_only_the_recommended_board_holds_a_year_when_nothing_is_taken_off() -> None:
    for key in ("dhcp", "published"):
        policy, beside_ma = energy.WHAT_IFS[key]
        assert energy.days(energy.RECOMMENDED.asleep_ua, policy, beside_ma) >= 365
        assert energy.days(energy.CHEAPEST.asleep_ua, policy, beside_ma) < 365


def test_the_firmware_gives_up_and_backs_off_as_the_model_says() -> None:
    assert session.FIRST_S == energy.GIVE_UP_S
    assert power.LONGEST_BACK_OFF_S == energy.LONGEST_BACK_OFF_S
    assert power.back_off_s(99, 900, 128) == pytest.approx(energy.LONGEST_BACK_OFF_S * 1.125)


def test_what_the_model_is_made_from_comes_out_again() -> None:
    for one in energy.comparisons():
        if not one.independent:
            assert one.ratio == pytest.approx(1, abs=0.001), one.name


def test_the_model_promises_no_more_than_was_measured() -> None:
    checks = [one for one in energy.comparisons() if one.independent]
    assert len(checks) >= 3
    assert all(one.ratio >= 0.9 for one in checks)


def test_every_figure_with_a_target_holds_and_says_so() -> None:
    found = energy.figures()
    aimed = [one for one in found if one[3] is not None]
    assert len({name for name, *_ in found}) == len(found)
    assert len(aimed) >= 5
    assert [name for name, _, _, _, holds in aimed if not holds] == []


def test_the_page_shows_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert main(["energy"]) == 0
    printed = capsys.readouterr().out.strip().split("\n\n")
    page = PAGE.read_text(encoding="utf-8")
    assert len(printed) == 5
    assert re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE) == [f"{table}\n" for table in printed]


def test_the_tables_have_the_same_shape_in_spanish() -> None:
    for es, en in zip(tables(Words("es")), tables(Words("en")), strict=True):
        for one, other in zip(es.splitlines(), en.splitlines(), strict=True):
            assert one.count(" | ") == other.count(" | ")
