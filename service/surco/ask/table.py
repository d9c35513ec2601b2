"""Reads the table of `surco forecast --csv`, whatever program wrote it, and says what it does not use.

What cannot be read at all (a word for a number, a number that is two) ends the command; what is read
and cannot be (rain of -5, a day twice, a minimum above the maximum) is left out and said by line.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest

from surco.words import Words
from surco_contract.numbers import NotANumber, read_number
from surco_contract.settings import SettingsError
from surco_service.domain.water.forecast import FieldDay
from surco_service.domain.water.science.weather import WeatherDay

FIRST, LAST = date(1950, 1, 1), date(2099, 12, 31)
RANGES: dict[str, tuple[float, float]] = {  # TABLE: column → what a day can have
    "temp_min_c": (-50, 45), "temp_max_c": (-40, 58), "rh_min": (0, 100), "rh_max": (0, 100),
    "wind_m_s": (0, 40), "radiation_mj_m2": (0, 45), "et0_mm": (0, 20), "rain_mm": (0, 1000),
    "irrigation_mm": (0, 1000), "theta": (0, 0.7),
}  # fmt: skip
COLUMNS = ("day", *RANGES)
PAIRS = (("temp_min_c", "temp_max_c"), ("rh_min", "rh_max"))  # the first is never above the second
SEPARATORS = ",;\t"
PER_CENT = 100.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table, with the values that can be used."""

    number: int
    day: date
    values: Mapping[str, float]


def read_table(data: bytes, words: Words, say: Say) -> list[FieldDay]:
    """Return the days of a CSV, oldest first. Raises `SettingsError` that names line and column."""
    reader = _Reader(words, say)
    lines = reader.lines(_decoded(data))
    lines = reader.without_twice(reader.volumes(lines))
    return [_day(reader.believable(line)) for line in lines]


def _decoded(data: bytes) -> str:
    """Read UTF-8 (with or without its mark), UTF-16 with its mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _day(line: Line) -> FieldDay:
    values = dict(line.values)
    irrigation_mm, theta = values.pop("irrigation_mm", 0.0), values.pop("theta", None)
    weather = replace(WeatherDay(line.day, rain_source="gauge"), **values)  # pyright: ignore[reportArgumentType]
    return FieldDay(weather, irrigation_mm, theta)


class _Reader:
    """The rules of one table; `say` hears every cell that is not used."""

    def __init__(self, words: Words, say: Say) -> None:
        self._words, self._say = words, say

    def lines(self, text: str) -> list[Line]:
        """Read every cell as what it is: a day or a number."""
        rows = self._rows(text)
        heads = [head.strip().lower() for head in next(rows, (0, [""]))[1]]
        unknown = [head for head in heads if head and head not in COLUMNS]
        twice = {head for head in heads if head and heads.count(head) > 1}
        if unknown or twice or "day" not in heads:
            named = ", ".join(unknown or sorted(twice)) or "day"
            raise self._refused("--csv", f"{named[:80]}: {', '.join(COLUMNS)}")
        found = list(rows)
        comma = _decimal_comma(cell for _, row in found for cell in row)
        return [self._line(number, heads, row, comma) for number, row in found]

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        first = text.lstrip("\r\n").partition("\n")[0]
        separator = max(SEPARATORS, key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
        except csv.Error as error:
            raise self._refused(f"--csv {reader.line_num}", str(error)) from None

    def _line(self, number: int, heads: list[str], row: list[str], comma: bool | None) -> Line:
        cells = dict(zip(heads, row, strict=False))
        day = cells.get("day", "").strip()
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise self._refused(f"--csv {number} day", f"{day[:40]}: 2026-05-04") from None
        for head, cell in zip_longest(heads, row, fillvalue=""):
            if not head and cell.strip():
                self._unused(number, "?", cell, "cell-no-column")
        values = {
            name: self._number(cells[name], name, number, comma)
            for name in RANGES
            if cells.get(name, "").strip()
        }
        return Line(number, when, values)

    def _number(self, text: str, name: str, line: int, comma: bool | None) -> float:
        try:
            return read_number(text)
        except NotANumber as error:
            if error.readings and comma is not None:
                return read_number(error.readings[comma])
            why = " / ".join(error.readings)
            told = (
                self._words("two-readings", text=text.strip(), readings=why) if why else text[:40]
            )
            raise self._refused(f"--csv {line} {name}", told) from None

    def volumes(self, lines: list[Line]) -> list[Line]:
        """Read a theta in per cent as what it is: then no value of the column is a share."""
        thetas = [line.values["theta"] for line in lines if line.values.get("theta")]
        if not thetas or not all(1 <= theta <= PER_CENT for theta in thetas):
            return lines
        self._say(self._words("theta-per-cent"))
        return [
            replace(line, values={**line.values, "theta": line.values["theta"] / PER_CENT})
            if "theta" in line.values else line
            for line in lines
        ]  # fmt: skip

    def without_twice(self, lines: list[Line]) -> list[Line]:
        """Keep the first line of each day that a model can be asked about."""
        first: dict[date, Line] = {}
        for line in lines:
            if not FIRST <= line.day <= LAST:
                self._unused(line.number, "day", str(line.day), "cell-range", FIRST, LAST)
            elif line.day in first:
                self._unused(
                    line.number, "day", str(line.day), "cell-twice", first[line.day].number
                )
            else:
                first[line.day] = line
        return sorted(first.values(), key=lambda line: line.day)

    def believable(self, line: Line) -> Line:
        """Leave out the numbers that no day has, and pairs that are the wrong way round."""
        values = dict(line.values)
        for name, (low, high) in RANGES.items():
            if name in values and not low <= values[name] <= high:
                self._unused(line.number, name, f"{values.pop(name):g}", "cell-range", low, high)
        for low, high in PAIRS:
            if low in values and high in values and values[low] > values[high]:
                both = f"{values.pop(low):g} > {values.pop(high):g}"
                self._unused(line.number, f"{low}, {high}", both, "cell-swapped")
        return replace(line, values=values)

    def _unused(self, line: int, column: str, cell: str, why: str, *more: object) -> None:
        said = self._words(why, values=" … ".join(map(str, more)))
        self._say(self._words("cell-unused", line=line, column=column, cell=cell[:40], why=said))

    def _refused(self, what: str, why: str) -> SettingsError:
        return SettingsError(self._words("invalid", what=what, why=why))


def _decimal_comma(cells: Iterator[str]) -> bool | None:
    """Tell whether a table writes commas before decimals; None when it does not show."""
    commas = points = False
    for cell in cells:
        commas |= bool(_is_number(cell) and "," in cell and "." not in cell)
        points |= bool(_is_number(cell) and "." in cell and "," not in cell)
    return None if commas == points else commas


def _is_number(cell: str) -> bool:
    try:
        read_number(cell)
    except NotANumber:
        return False
    return True
