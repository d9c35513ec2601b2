import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_service.usecases.lines import BATCH, batches, line
from surco_service.usecases.mirror.records import harvest_lines, watering_lines
from tests.builders import DAWN, a_harvest, a_watering

WORDS = st.text(max_size=20)  # lone surrogates, control characters and all


def split(text: str, separator: str) -> list[str]:
    """Split as InfluxDB does: not where it is escaped, nor inside the quotes of a field's value."""
    parts, escaped, quoted, value = [""], False, False, False
    for c in text:
        if c == separator and not escaped and not quoted:
            parts.append("")
            value = False
            continue
        if c == "=" and not escaped:
            value = True
        if c == '"' and not escaped and value:
            quoted = not quoted
        parts[-1] += c
        escaped = c == "\\" and not escaped
    return parts


def test_a_line_reads_as_the_reference_says() -> None:
    tags = {"garden": "El Mezquite, norte", "bed": "a=b"}
    fields = {"litres": 20.0, "needs": 1, "text": 'dijo "agua"\\', "nothing": None}
    assert line("watering", tags, fields, 17) == (
        "watering,bed=a\\=b,garden=El\\ Mezquite\\,\\ norte"
        ' litres=20.0,needs=1i,text="dijo \\"agua\\"\\\\" 17'
    )


@given(name=WORDS, value=WORDS, words=WORDS)
def test_no_words_can_end_a_line_or_begin_a_field(name: str, value: str, words: str) -> None:
    text = line("m", {"t" + name: "v" + value}, {"f" + name: words, "last": 1}, 7)
    assert "\n" not in text
    assert "\r" not in text
    text.encode()
    head, rest = re.split(r"(?<!\\) ", text, maxsplit=1)  # quotes mean nothing in a tag
    assert len(re.findall(r"(?<!\\),", head)) == 1
    fields, *moments = split(rest, " ")
    assert moments == ["7"]
    assert split(fields, ",")[1:] == ["last=1i"]


@given(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_type_and_value(whole: int, fraction: float) -> None:
    fields = line("m", {}, {"whole": whole, "fraction": fraction}, 1).split(" ")[1].split(",")
    assert fields == [f"whole={whole}i", f"fraction={fraction!r}"]
    assert not re.fullmatch(r"-?\d+", fields[1].removeprefix("fraction=")), "never an integer"


def test_lines_come_in_batches_and_none_is_left_over() -> None:
    lines = [str(i) for i in range(2 * BATCH + 1)]
    assert [len(batch) for batch in batches(lines)] == [BATCH, BATCH, 1]
    assert list(batches([])) == []


# ---------------------------------------------------------------- events


def moment(text: str) -> int:
    return int(text.rpartition(" ")[2])


def test_an_event_keeps_its_second_and_two_of_one_second_both_live() -> None:
    one, other = a_harvest(), a_harvest()
    (first,), (second,) = harvest_lines(one), harvest_lines(other)
    assert moment(first) // 10**9 == moment(second) // 10**9 == int(DAWN.timestamp())
    assert moment(first) != moment(second)
    assert harvest_lines(one) == [first], "written again it overwrites itself"


@pytest.mark.parametrize(
    ("unit", "fields"),
    [
        ("kg", 'amount=2.5,kg_weighed=2.5,text="2.5 kilos"'),
        ("bunch", 'amount=2.5,text="2.5 manojos"'),
    ],
)
def test_only_what_was_weighed_counts_as_kilograms(unit: str, fields: str) -> None:
    (text,) = harvest_lines(a_harvest(unit=unit))
    names = 'crop_name="Jitomate",garden_name="el-mezquite",bed_name="cama-3",place="el-mezquite · cama-3"'
    assert split(text, "\n")[0].partition(" ")[2].rpartition(" ")[0] == f"{fields},{names}"


def test_a_correction_takes_back_with_the_tags_of_the_old_event() -> None:
    old = a_harvest(crop="chile", at=DAWN.replace(hour=1))
    silent, back, new = harvest_lines(a_harvest(replaces=old.id), old)
    assert moment(silent) == moment(*harvest_lines(old)), "it writes over the words of the old one"
    assert all('text=""' in one for one in (silent, back)), "18.3: no correction reads as a harvest"
    assert 'text="2.5 kilos"' in new
    assert "crop=chile" in back
    assert "amount=-2.5," in back
    assert moment(back) // 10**9 == int(old.at.timestamp())
    assert "crop=jitomate" in new


def test_taking_back_leaves_nothing() -> None:
    old = a_watering(12)
    silent, back = watering_lines(a_watering(0, replaces=old.id), old)
    assert all('text=""' in one for one in (silent, back))
    assert "litres=-12.0," in back
