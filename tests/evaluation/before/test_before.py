"""The evaluation can fail: good policies look good in it, bad ones bad, and nothing is left to luck."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.evaluation.before import scenarios
from tests.evaluation.before.measure import difference, row
from tests.evaluation.before.page import picture

pytest.importorskip("aquacrop", reason="pip install 'surco[evaluate]'")

from tests.evaluation.before import season as seasons
from tests.evaluation.before.policies import NOTHING, Dose, Garden, Morning
from tests.evaluation.before.season import Season, play

ROOT = Path(__file__).parents[3]
SCENARIO = scenarios.load()[2]


class Never:
    def __init__(self, garden: Garden) -> None:
        pass

    def morning(self, seen: Morning) -> Dose:
        return NOTHING


class Flood(Never):
    def morning(self, seen: Morning) -> Dose:
        return Dose(30.0)


def live(policy: str, fault: str = "none") -> Season:
    return play(policy, fault, SCENARIO, "Tomato", "Loam", 2)


def test_the_scenarios_are_those_that_were_drawn_once() -> None:
    assert scenarios.FILE.read_text() == scenarios.freeze()
    drawn = scenarios.load()
    assert len(drawn) == 80
    assert 8 <= sum(bool(one.mix_fault) for one in drawn) <= 40


def test_a_season_is_lived_also_when_pytest_was_told_which_marks() -> None:
    season = "play('oracle', 'none', scenarios.load()[2], 'Tomato', 'Loam', 2)"
    told = f"""import sys; sys.argv += ["-m", "not mosquitto"]
from tests.evaluation.before import scenarios
from tests.evaluation.before.season import play
{season}"""
    subprocess.run([sys.executable, "-c", told], check=True, cwd=ROOT)


def test_the_oracle_stresses_nothing_and_wastes_little() -> None:
    oracle = live("oracle")
    assert oracle.stress_days == 0
    assert oracle.percolation_mm < 0.3 * oracle.water_mm


def test_who_never_waters_and_who_floods_are_both_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(seasons.POLICIES, "never", Never)
    monkeypatch.setitem(seasons.POLICIES, "flood", Flood)
    dry, wet, oracle = live("never"), live("flood"), live("oracle")
    assert dry.water_mm == 0
    assert dry.stress_days > 30
    assert dry.yield_t_ha < 0.5 * oracle.yield_t_ha
    assert wet.water_mm > 5 * oracle.water_mm
    assert wet.needless > 0.5 * wet.visits


def test_the_same_season_is_lived_twice_alike() -> None:
    assert live("fused") == live("fused")


def test_a_fault_changes_what_the_adviser_hears_from_its_day_on() -> None:
    probes = {fault: seasons.Probe(SCENARIO, fault) for fault in ("none", *scenarios.FAULTS)}
    before, after = scenarios.FAULT_DAY - 1, scenarios.FAULT_DAY + 1
    heard = {f: [p.read(d, 0.25, Random(1)) for d in (before, after)] for f, p in probes.items()}
    well = heard["none"]
    assert well[0] is not None
    assert {one[0] for one in heard.values()} == {well[0]}, "before its day no fault is heard"
    assert heard["dead"][1] is None
    assert heard["out"][1] is not None
    assert heard["out"][1] < 0.05
    assert heard["jump"][1] == pytest.approx((well[1] or 0) + 0.10)


def test_a_difference_is_paired_by_sensor_and_says_how_sure_it_is() -> None:
    def some(water: list[float]) -> list[Season]:
        return [
            Season(seed, "Tomato", "Loam", 2, 0, 1.0, mm, 0.0, 1, 5.0, 0.0, 0, 0, 0)
            for seed, mm in enumerate(water)
        ]

    luck = Random(3)
    theirs = [luck.uniform(200, 500) for _ in range(40)]
    ours = [mm - 50 + luck.gauss(0, 10) for mm in theirs]
    mean, low, high = difference(some(ours), some(theirs), lambda s: s.water_mm)
    assert low < mean < high
    assert mean == pytest.approx(-50, abs=6)
    assert high - low < 15, "pairs are much alike, though sensors differ"


def test_the_picture_names_every_policy() -> None:
    one = row("oracle", "none", [live("oracle")])
    assert ">oracle</text>" in picture([one])
