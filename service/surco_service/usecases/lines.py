"""Line protocol, the one language that goes into InfluxDB; the only place that escapes it.

A name or word that someone chose can never end a line or begin a field: control characters become
spaces, the rest is escaped as the line protocol reference says. A backslash in a name becomes a
slash: InfluxDB has no way to write one at a name's end. Whole numbers are written as
integers, so pass a float where a field is a float: InfluxDB pins a field's type for ever.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice

BATCH = 5000  # lines that are kept or sent at once

_SPACES = dict.fromkeys((*range(32), 127), " ")
_NAME = dict.fromkeys(_SPACES, "\\ ") | {ord(c): "\\" + c for c in ", ="} | {ord("\\"): "/"}
_TEXT = _SPACES | {ord(c): "\\" + c for c in '"\\'}


@lru_cache(4096)
def escape(name: str) -> str:
    """Escape a measurement, a tag or a field name."""
    return name.encode("utf-8", "replace").decode().translate(_NAME)


def quote(words: str) -> str:
    """Quote a text field."""
    return '"' + words.encode("utf-8", "replace").decode().translate(_TEXT) + '"'


def line(
    measurement: str,
    tags: Mapping[str, str],
    fields: Mapping[str, float | int | str | None],
    ns: int,
) -> str:
    """Write one line; `ns` is since 1970. Fields that are None, and empty tags, are left out."""
    head = [escape(measurement)]
    head += [f"{escape(name)}={escape(words)}" for name, words in sorted(tags.items()) if words]
    body = [f"{escape(name)}={_value(v)}" for name, v in fields.items() if v is not None]
    return f"{','.join(head)} {','.join(body)} {ns}"


def batches(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield lines in lists of a size that a database takes at once."""
    waiting = iter(lines)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _value(value: float | int | str) -> str:
    if isinstance(value, str):
        return quote(value)
    return f"{value:d}i" if isinstance(value, int) else repr(value)
