"""Readings and the mirror in InfluxDB: line protocol in, InfluxQL out.

Writes go through influxdb-client in SYNCHRONOUS mode only, with lines that we write ourselves: its
batching mode loses points without a word, and its Point class costs more than the rest of a
delivery. Reads are InfluxQL on `/query`, which InfluxDB 1.8, 2, 3 and openGemini all speak.
Waiting and trying again belong to the gateway: what does not work is raised at once.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zlib import crc32

import httpx
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from surco_contract.quantities import QUANTITIES
from surco_service.adapters.readings.names import during, quote
from surco_service.adapters.readings.repeats import Repeats
from surco_service.errors import StoreUnavailable
from surco_service.ports.intake import Life, Reading
from surco_service.usecases.lines import escape

log = logging.getLogger(__name__)

TIMEOUT_S = 10
MOST_LINES = 10_000  # in one request
_REFUSED = frozenset({400, 413, 422})  # a part of it may still be good
_NOT_FOR_YOU = frozenset({401, 403, 404})
_NOTHING_YET = "measurement not found"  # openGemini's way to say: no rows
_STATEMENTS = 50  # in one query


class Influx:
    """One connection to one bucket. Raises `StoreUnavailable`."""

    def __init__(self, url: str, token: str, org: str, bucket: str) -> None:
        self._url, self._bucket = url.rstrip("/"), bucket
        self._client = InfluxDBClient(url, token, org=org, timeout=TIMEOUT_S * 1000, retries=False)
        client: Any = self._client  # its types are not whole
        self._write_api = client.write_api(write_options=SYNCHRONOUS)
        headers = {"Authorization": f"Token {token}"} if token else {}
        self._http = httpx.Client(timeout=TIMEOUT_S, headers=headers)
        self._org = org

    def write(self, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Write lines; return the number of each that is refused for ever, with the reason."""
        refused: list[tuple[int, str]] = []
        for start in range(0, len(lines), MOST_LINES):
            part = range(start, min(start + MOST_LINES, len(lines)))
            refused += self._bisect(lines, part)
        return refused

    def _bisect(self, lines: Sequence[str], part: range) -> list[tuple[int, str]]:
        words = self._post("\n".join(lines[part.start : part.stop]).encode())
        if words is None:
            return []
        if len(part) == 1:
            return [(part.start, words)]
        middle = (part.start + part.stop) // 2
        left, right = range(part.start, middle), range(middle, part.stop)
        return self._bisect(lines, left) + self._bisect(lines, right)

    def _post(self, body: bytes) -> str | None:
        """Write a body. Returns None, or the words of a refusal."""
        try:
            self._write_api.write(self._bucket, record=body)  # nanoseconds unless it is told
        except ApiException as error:
            refusal: Any = error
            if refusal.status == 404 and _influx_code(refusal.body) is None:
                return self._post_to_old_door(body)  # not InfluxDB 2: there is no such door
            return self._judge(refusal.status or 0, str(refusal.body or refusal.reason)[:300])
        except (HTTPError, OSError) as error:
            raise StoreUnavailable(f"InfluxDB at {self._url}: {type(error).__name__}") from error
        return None

    def _post_to_old_door(self, body: bytes) -> str | None:
        """Write a body to `/write`, which is the only door of openGemini and of old InfluxDB."""
        try:
            answer = self._http.post(
                f"{self._url}/write", params={"db": self._bucket}, content=body
            )
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"InfluxDB at {self._url}: {type(error).__name__}") from error
        return None if answer.is_success else self._judge(answer.status_code, answer.text[:300])

    def _judge(self, status: int, words: str) -> str:
        """Return the words of a refusal that will not change; raise when waiting may help."""
        if status in _REFUSED:
            return words
        raise StoreUnavailable(f"InfluxDB answers {status}: {words}")

    def query(self, influxql: str, epoch: str = "u") -> list[list[dict[str, Any]]]:
        """Run statements; return the series of each."""
        parameters = {"db": self._bucket, "q": influxql, "epoch": epoch}
        try:
            answer = self._http.get(f"{self._url}/query", params=parameters)
            answer.raise_for_status()
            results = answer.json()["results"]
        except httpx.HTTPStatusError as error:
            words = f"InfluxDB answers {error.response.status_code} to a query"
            if error.response.status_code in _NOT_FOR_YOU:
                words = f"InfluxDB at {self._url} does not let it read the bucket {self._bucket!r}"
            raise StoreUnavailable(words) from error
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise StoreUnavailable(f"InfluxDB at {self._url}: {type(error).__name__}") from error
        for result in results:
            if result.get("error") == _NOTHING_YET:
                continue
            if "error" in result:
                raise StoreUnavailable(f"InfluxDB: {result['error']}")
        return [result.get("series", []) for result in results]

    def check(self) -> None:
        """Write nothing into the bucket, and ask it. Raises `StoreUnavailable`.

        Its value `setting` names what is wrong when InfluxDB answers and refuses us.
        """
        try:
            answer = self._http.post(
                f"{self._url}/api/v2/write", params={"org": self._org, "bucket": self._bucket}
            )
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"InfluxDB at {self._url}: {type(error).__name__}") from error
        code = _influx_code(answer.text)
        if code is not None:  # an older InfluxDB has no such door, and is asked by its query alone
            self._refused(answer.status_code, answer.text)
        self.query("SHOW MEASUREMENTS LIMIT 1")

    def _refused(self, status: int, said: str) -> None:
        name = "influx_org" if "organization" in said else "influx_bucket"
        wrong = {401: "influx_token", 403: "influx_token", 404: name}.get(status)
        if wrong is not None:
            words = json.loads(said)["message"]
            raise StoreUnavailable(
                f"InfluxDB at {self._url} answers {status} ({words}) for bucket {self._bucket!r} "
                f"of {self._org!r}",
                "influx-refuses", setting=f"service.{wrong}", url=self._url, why=words,
            )  # fmt: skip

    def close(self) -> None:
        self._write_api.close()
        self._client.close()
        self._http.close()
        del self._write_api, self._client  # else it tidies up once more when Python itself ends


def _influx_code(body: str | None) -> str | None:
    """Return the code with which InfluxDB 2 refuses; None when it was not InfluxDB 2 that answered."""
    try:
        said: Any = json.loads(body or "")
        code = said["code"]
    except (ValueError, LookupError, TypeError):
        return None
    return code if isinstance(code, str) else None


class InfluxReadings:
    """A `ReadingStore` on InfluxDB: measurement `reading`, tag `node`, fields by column code."""

    names_by_time = True

    def __init__(self, influx: Influx) -> None:
        self._influx = influx
        self._repeats = Repeats(influx.query)

    def add(
        self, readings: Sequence[Reading], clocks: Mapping[Life, int] = MappingProxyType({})
    ) -> list[tuple[Reading, str]]:
        if clocks:  # first: what was dated by a clock that nobody remembers could never come again
            self._influx.write([_clock_line(life, offset) for life, offset in clocks.items()])
        refused = self._influx.write([line_of(reading) for reading in readings])
        self._repeats.added(readings)
        return [(readings[number], words) for number, words in refused]

    def absent(self, readings: Sequence[Reading]) -> list[Reading]:
        return self._repeats.absent(readings)

    def identities(self, node: str) -> Iterable[tuple[str, int]]:
        return self._repeats.identities(node)

    def clock(self, node: str, b: str, p: int) -> int | None:
        statement = (
            f"SELECT first(offset_s) FROM clock WHERE node = {quote(node)}"
            f" AND b = {quote(b)} AND p = {p:d}"
        )
        for one in self._influx.query(statement)[0]:
            return one["values"][0][1]
        return None

    def stamp(self) -> int:
        for one in self._influx.query("SELECT last(number) FROM stamp")[0]:
            return one["values"][0][1]
        return 0

    def set_stamp(self, number: int) -> None:
        """Keep a number. Its own time lets a bucket with a retention take it."""
        self._influx.write([f"stamp number={number}i"])

    def latest(self, nodes: Sequence[str]) -> dict[str, Reading]:
        found: dict[str, Reading] = {}
        for start in range(0, len(nodes), _STATEMENTS):
            part = nodes[start : start + _STATEMENTS]
            statements = "; ".join(
                f"SELECT * FROM reading WHERE node = {quote(node)} ORDER BY time DESC LIMIT 1"
                for node in part
            )
            for node, series in zip(part, self._influx.query(statements), strict=True):
                for reading in _readings(node, series):
                    found[node] = reading
        return found

    def series(self, node: str, start: int, end: int) -> list[Reading]:
        statement = f"SELECT * FROM reading WHERE {during(node, start, end)}"
        return _readings(node, self._influx.query(statement)[0])

    def means(
        self, node: str, code: str, start: int, end: int, every_s: int
    ) -> list[tuple[int, float]]:
        quantity = QUANTITIES[code]
        statement = (
            f"SELECT mean({code}) FROM reading WHERE {during(node, start, end)}"
            f" AND {code} >= {quantity.low} AND {code} <= {quantity.high}"
            f" GROUP BY time({every_s:d}s) fill(none)"
        )
        series = self._influx.query(statement, "s")[0]
        return [(t, value) for one in series for t, value in one["values"] if value is not None]

    def nodes(self) -> list[str]:
        series = self._influx.query("SHOW TAG VALUES FROM reading WITH KEY = node")[0]
        return sorted(value for one in series for _, value in one["values"])

    def close(self) -> None:
        self._influx.close()


class InfluxMirror:
    """A `Mirror` on InfluxDB. A line it will never take is logged: the notebook has what it said."""

    def __init__(self, influx: Influx) -> None:
        self._influx = influx

    def write(self, lines: Sequence[str]) -> None:
        for number, words in self._influx.write(lines):
            log.error("mirror refused line=%r reason=%s", lines[number][:300], words)


def line_of(reading: Reading) -> str:
    """Write a reading as one line; two of one second both live, a repeat overwrites itself.

    Of the place in its second, µs come from b and q, and the last three digits from what of q is
    above a million: rows of one ring meet when their numbers are a thousand million apart.
    """
    fields = "".join([f"{code}={value!r}," for code, value in reading.values.items()])
    q = reading.q
    micros = reading.t * 1_000_000 + (_life(reading.b) + q) % 1_000_000
    return (
        f'reading,node={escape(reading.node)} {fields}b="{reading.b}",q={q}i,'
        f"tq={reading.tq}i,plausible={reading.plausible:d}i "
        f"{micros}{(_beside(reading.b) + q // 1_000_000) % 1000:03d}"
    )


@lru_cache(4096)
def _life(b: str) -> int:
    return crc32(b.encode())


@lru_cache(4096)
def _beside(b: str) -> int:
    return crc32(b.encode()) // 1_000_000


def _clock_line(life: Life, offset: int) -> str:
    """Write the offset of a clock, at the time when it counted 0: the same one overwrites itself."""
    node, b, p = life
    place = crc32(f"{b} {p}".encode()) % 1_000_000_000
    return f'clock,node={escape(node)} b="{b}",p={p}i,offset_s={offset}i {offset}{place:09d}'


def _readings(node: str, series: Sequence[dict[str, Any]]) -> list[Reading]:
    return [
        _reading(node, dict(zip(one["columns"], row, strict=True)))
        for one in series
        for row in one["values"]
    ]


def _reading(node: str, row: dict[str, Any]) -> Reading:
    values = {code: float(row[code]) for code in QUANTITIES if row.get(code) is not None}
    t = row["time"] // 1_000_000
    return Reading(node, row["b"], row["q"], t, row["tq"], values, row["plausible"] == 1)
