"""`surco explain` tells what the page of reasons tells."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from surco.__main__ import main
from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.water.belief import THIRST
from surco_service.usecases.water.explain import explain
from tests.builders import DAWN, a_watering, plant
from tests.service.stores import stores_on


def test_it_tells_how_the_bed_drinks_and_who_watered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    data = tmp_path / "data"
    (data / "service").mkdir(parents=True)
    (data / "settings.toml").write_text(f'[service]\ndata = "{data}/service"\n')
    engine = open_engine(f"sqlite:///{data}/service/notebook.db")
    readings = SqliteReadings(data / "service" / "readings.db")
    stores = stores_on(engine, readings)
    plant(stores)
    stores.records.record_watering(a_watering(60, at=DAWN - timedelta(days=4)))
    pages = explain(stores, "cama-3", DAWN, DAWN).pages
    last = pages[-1].belief
    rows = [list(row) for row in last.covariance]
    rows[THIRST][THIRST] = 0.01**2
    last = replace(last, mean=(10.0, 0.8, 0.7, *last.mean[3:]), covariance=tuple(map(tuple, rows)))
    told = [replace(pages[-2], seen_mm=14.0), replace(pages[-1], belief=last)]
    stores.diary.save_pages(told)
    readings.close()
    engine.dispose()
    assert main(["explain", "cama-3", "--at", DAWN.isoformat(), "--data", str(data)]) == 0
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "Esta cama gasta poco: 20 litros menos por cada cien." in said
    assert "De diez litros que le das, se quedan 7." in said
    assert said[said.index("Riegos que nadie anotó:") + 1] == "sábado 21, unos 35 litros"
    (heads,) = [line.split() for line in said if line.startswith("día")]
    (seen_on,) = [line.split() for line in said if line.startswith("2026-11-22")]
    assert seen_on[heads.index("visto")] == "14.0"
