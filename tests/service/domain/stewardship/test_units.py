import ast
import re
from pathlib import Path

import surco.demo
import surco_dashboards
import surco_service
from surco_service.domain.stewardship import units
from surco_service.domain.stewardship.units import UNITS, weighed_kg


def test_a_unit_is_the_key_of_its_line() -> None:
    assert all(id == unit.id for id, unit in UNITS.items())


def test_the_most_of_one_harvest_is_what_people_could_carry() -> None:
    assert {unit.id: unit.most for unit in UNITS.values()} == {
        "kg": 1000, "bunch": 5000, "piece": 50_000, "bucket": 1000,
    }  # fmt: skip


def test_what_is_counted_weighs_nothing_that_we_know() -> None:
    weights = {id: weighed_kg(2.5, id) for id in UNITS}
    assert weights == {"kg": 2.5, "bunch": None, "piece": None, "bucket": None}


def test_no_other_place_of_the_programs_names_the_units() -> None:
    """`kg` alone may be said, where kilos are meant."""
    ids = set(UNITS) - {"kg"}
    others = {"influx.py"}  # a bucket there is one of InfluxDB
    told: list[str] = []
    for package in (surco_service, surco.demo, surco_dashboards):
        for file in Path(package.__path__[0]).rglob("*"):
            if file.name in others:
                continue
            if file.suffix == ".py" and file != Path(units.__file__):
                said = {
                    node.value
                    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
            elif file.suffix in (".html", ".js"):
                said = set(re.findall(r"[\"'](\w+)[\"']", file.read_text(encoding="utf-8")))
            else:
                continue
            told += [f"{file}: {unit}" for unit in ids & said]
    assert told == []
