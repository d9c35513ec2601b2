"""Whatever program wrote a table of a field, it is read as it was meant, or the line is told (issue 18)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco.__main__ import main
from surco.ask.table import COLUMNS, read_table
from surco.words import Words
from surco_contract.settings import SettingsError
from surco_service.domain.water.forecast import FieldDay

HEAD = "day,temp_min_c,temp_max_c,rain_mm,theta\n"


def read(text: str | bytes) -> tuple[list[FieldDay], list[str]]:
    said: list[str] = []
    data = text.encode() if isinstance(text, str) else text
    return read_table(data, Words("es"), said.append), said


@pytest.mark.parametrize(
    ("row", "told", "used"),
    [
        ("2026-04-01,9,27,-5,0.2", "línea 2, rain_mm: -5 no se usa (un día tiene de 0 … 1000)",
         {"rain_mm": None}),
        ("2026-04-01,9,270,1,0.2", "línea 2, temp_max_c: 270 no se usa (un día tiene de -40 … 58)",
         {"temp_max_c": None, "temp_min_c": 9}),
        ("2026-04-01,27,9,1,0.2",
         "línea 2, temp_min_c, temp_max_c: 27 > 9 no se usa (el mínimo pasa del máximo)",
         {"temp_max_c": None, "temp_min_c": None}),
        ("2026-04-01,9,27,1,0.2,7", "línea 2, ?: 7 no se usa (no tiene columna)", {"rain_mm": 1}),
        ("2026-04-01,9,27,1,0.9", "línea 2, theta: 0.9 no se usa (un día tiene de 0 … 0.7)", {"rain_mm": 1}),
    ],
)  # fmt: skip
def test_a_cell_that_no_day_has_is_left_out_and_told(
    row: str, told: str, used: dict[str, float | None]
) -> None:
    (day,), said = read(HEAD + row)
    assert said == [told]
    assert {name: getattr(day.weather, name) for name in used} == used


def test_a_day_that_stands_twice_is_used_once_and_told() -> None:
    days, said = read(HEAD + "2026-04-01,9,27,1,0.2\n2026-04-01,9,27,8,0.2\n1066-10-14,,,,\n")
    assert [day.weather.rain_mm for day in days] == [1]
    assert said[0] == "línea 3, day: 2026-04-01 no se usa (ese día ya está en la línea 2)"
    assert said[1].startswith("línea 4, day: 1066-10-14")


def test_water_in_per_cent_is_recognised_when_all_of_it_is() -> None:
    days, said = read("day,theta\n2026-04-01,24\n2026-04-02,23.5\n2026-04-03,")
    assert [day.theta for day in days] == [0.24, 0.235, None]
    assert said == ["theta: todo está en por ciento; se lee 23.5 como 0.235"]
    days, said = read("day,theta\n2026-04-01,24\n2026-04-02,0.235\n")
    assert [day.theta for day in days] == [None, 0.235]
    assert [line.partition(":")[0] for line in said] == ["línea 2, theta"]


PLAIN = "day,temp_max_c,rain_mm\n2026-04-01,27.5,0.5\n2026-04-02,28,1.25\n"
EXCEL = "day;temp_max_c;rain_mm\r\n2026-04-01;27,5;0,5\r\n2026-04-02;28;1,250\r\n"


@pytest.mark.parametrize(
    "data",
    [
        EXCEL.encode(), b"\xef\xbb\xbf" + EXCEL.encode(), EXCEL.encode("utf-16"), PLAIN.encode("cp1252"),
        EXCEL.replace(";", "\t").encode(), b"\r\n" + EXCEL.encode(), PLAIN.replace("27.5", '"27.5"').encode(),
        PLAIN.replace("day,temp", " Day , TEMP").encode(),
    ],
)  # fmt: skip
def test_tables_of_other_programs_say_the_same(data: bytes) -> None:
    assert read(data) == read(PLAIN)
    assert read(PLAIN)[1] == []


def test_a_table_of_windows_is_read() -> None:
    with pytest.raises(SettingsError, match="año"):
        read("day,año\n".encode("cp1252"))


def test_a_number_that_can_be_two_is_asked_unless_the_table_shows_which() -> None:
    with pytest.raises(SettingsError, match=r"--csv 2 rain_mm.*1,250 puede ser 1250 / 1\.25"):
        read("day;rain_mm\n2026-04-01;1,250\n")
    assert read("day;rain_mm\n2026-04-01;1,250\n2026-04-02;2,5\n")[0][0].weather.rain_mm == 1.25
    days, said = read('day,rain_mm\n2026-04-01,"1,250"\n2026-04-02,2.5\n')
    assert days[0].weather.rain_mm is None, "1250 mm in a day are told"
    assert len(said) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "day,rain_mm,rain_mm\n",
        "rain_mm\n1\n",
        "day\nayer\n",
        "day,theta\n2026-04-01,1e-1\n",
    ],
)
def test_what_cannot_be_read_ends_in_words(text: str) -> None:
    with pytest.raises(SettingsError):
        read(text)


CELLS = st.sampled_from(
    [
        "2026-04-01",
        "2026-04-02",
        "0001-01-01",
        "9999-12-31",
        "0.2",
        "24",
        "-5",
        "1,250",
        "1e9",
        '"',
        "\x00",
        "á",
    ]
)
TABLES = st.lists(st.lists(CELLS | st.text(max_size=8), max_size=6), max_size=6)


@given(
    st.binary()
    | st.builds(
        lambda head, rows, sep, code: "\n".join(map(sep.join, [head, *rows])).encode(code, "replace"),
        st.lists(st.sampled_from(COLUMNS), min_size=1, unique=True), TABLES, st.sampled_from(",;\t"),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    )
)  # fmt: skip
def test_any_bytes_are_a_table_or_are_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(data)
    assert main(["forecast", "--csv", str(file)]) in (0, 1, 2)


def test_what_is_not_used_is_told_and_the_exit_code_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "field.csv"
    file.write_text(HEAD + "2026-04-01,9,27,-5,0.2\n", encoding="utf-8")
    assert main(["forecast", "--csv", str(file)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "rain_mm" in err
    assert main(["forecast", "--csv", str(tmp_path / "nowhere.csv")]) == 2
    for option, value in (("--ahead", "999999"), ("--latitude", "nan"), ("--depth", "-1")):
        assert main(["forecast", "--csv", str(file), option, value]) == 2
        assert option in capsys.readouterr().err
