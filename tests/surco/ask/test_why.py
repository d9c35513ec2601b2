import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest

from surco.__main__ import main
from surco_service.adapters.readings.sqlite import SqliteReadings
from surco_service.adapters.sql.engine import open_engine
from tests.builders import DAWN, a_reading, a_watering, plant, raw_mv
from tests.service.stores import stores_on

FIRST = date(2026, 4, 1)


def a_table(folder: Path, rows: list[dict[str, object]]) -> Path:
    file = folder / "field.csv"
    with file.open("w", newline="") as out:
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(out, list(names))
        writer.writeheader()
        writer.writerows(rows)
    return file


def a_field(days: int = 20, **columns: object) -> list[dict[str, object]]:
    return [
        {"day": FIRST + timedelta(days=i), "et0_mm": 5.0, "rain_mm": 0.0,
         "irrigation_mm": 60.0 if i == 0 else 0.0, "theta": round(0.25 - 0.005 * i, 3), **columns}
        for i in range(days)
    ]  # fmt: skip


def forecast(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, str]]:
    assert main(["forecast", "--csv", str(file), *options]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_a_table_of_a_field_becomes_a_table_of_its_depletion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--field-capacity", "0.25", "--wilting-point", "0.12", "--depth", "1.0",
               "--kc", "1,1,1", "--p", "0.6"]  # fmt: skip
    rows = forecast(a_table(tmp_path, a_field()), capsys, *options)
    assert [row["day"] for row in rows] == [str(FIRST + timedelta(days=i)) for i in range(20)]
    depletion = [float(row["depletion_mm"]) for row in rows]
    assert depletion == sorted(depletion)
    assert depletion[-1] == pytest.approx(19 * 5, abs=10)
    assert float(rows[5]["ahead_mm"]) == pytest.approx(depletion[5] + 7 * 5, abs=1)
    assert {row["finding"] for row in rows} == {"good"}


def test_a_table_without_a_probe_or_with_holes_is_followed_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = [row | {"theta": ""} for row in a_field() if row["day"] != FIRST + timedelta(days=4)]
    rows = forecast(a_table(tmp_path, table), capsys, "--planted", "2026-03-01")
    assert len(rows) == 19
    assert {row["finding"] for row in rows} == {"missing"}


@pytest.mark.parametrize(
    ("options", "columns", "said"),
    [
        (["--crop", "tulipán"], {}, "--crop"),
        (["--soil", "moon"], {}, "--soil"),
        (["--field-capacity", "0.1", "--wilting-point", "0.3"], {}, "field capacity"),
        (["--kc", "1,2"], {}, "--kc"),
        (["--planted", "spring"], {}, "spring"),
        ([], {"theta": "wet"}, "--csv 2 theta"),
        ([], {"day": "1/4/2026"}, "--csv 2 day"),
        ([], {"humidity": 3}, "humidity"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_by_line_and_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str],
    columns: dict[str, object], said: str,
) -> None:  # fmt: skip
    file = a_table(tmp_path, a_field(2, **columns))
    assert main(["forecast", "--csv", str(file), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_verdict_of_the_past_is_explained_with_the_days_it_rests_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    data = tmp_path / "data"
    (data / "service").mkdir(parents=True)
    (data / "settings.toml").write_text(f'[service]\ndata = "{data}/service"\n')
    engine = open_engine(f"sqlite:///{data}/service/notebook.db")
    stores, readings = stores_on(engine), SqliteReadings(data / "service" / "readings.db")
    plant(stores)
    stores.records.record_watering(a_watering(60, at=DAWN - timedelta(days=3)))
    for hours in range(72):
        t = int((DAWN - timedelta(hours=hours)).timestamp())
        readings.add([a_reading(t, t=t, values={"r1": raw_mv(0.30 + hours * 0.0004)})])
    readings.close()
    engine.dispose()
    asked = ["explain", "cama-3", "--at", DAWN.isoformat(), "--data", str(data)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("Cama 3: ")
    assert "p-0001: good" in said.splitlines()[-1]
    assert main([*asked[:1], "cama-99", *asked[2:]]) == 2
    assert "cama-99" in capsys.readouterr().err
    assert main([*asked[:3], "mañana", *asked[4:]]) == 2
    assert "--at" in capsys.readouterr().err
