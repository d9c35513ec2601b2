"""What we write is what a real InfluxDB reads."""

from collections.abc import Iterator

import pytest

from surco_service.adapters.readings.influx import Influx
from surco_service.usecases.lines import line
from tests.servers import Influxd

pytestmark = pytest.mark.influxdb


@pytest.fixture
def influx(influxd: Influxd) -> Iterator[Influx]:
    influx = Influx(influxd.url, influxd.token, influxd.org, influxd.new_bucket("words"))
    yield influx
    influx.close()


WORDS = {
    "El Mezquite, norte": "El Mezquite, norte",
    "a=b": "a=b",
    'dijo "agua"': 'dijo "agua"',
    '"': '"',
    "ñandú 🌱": "ñandú 🌱",
    " ": " ",
    "dos\nrenglones\r": "dos renglones ",
    "nul\0": "nul ",
    "a\\": "a/",
    "\\, \\=": "/, /=",
    "\ud800": "?",
}


def test_names_and_words_arrive_as_they_were_chosen(influxd: Influxd, influx: Influx) -> None:
    lines = [line("m", {"who": words}, {"n": n}, n) for n, words in enumerate(WORDS)]
    assert influx.write(lines) == []
    rows = influxd.query("SELECT n, who FROM m", "words")
    assert [row["who"] for row in rows] == list(WORDS.values())


def test_texts_arrive_whole_with_backslashes(influxd: Influxd, influx: Influx) -> None:
    lines = [line("m", {}, {"n": n, "text": words}, n) for n, words in enumerate(WORDS)]
    assert influx.write(lines) == []
    rows = influxd.query("SELECT n, text FROM m", "words")
    for row, words in zip(rows, WORDS, strict=True):
        expected = words if "\\" in words else WORDS[words]
        assert row["text"] == expected
