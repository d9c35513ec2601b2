r"""Lines for logs and terminals: one event is one line, and nothing in it steers the terminal.

Topics, names and addresses come from anybody. An escape byte among them would colour, erase or forge
what a person reads; it is written as `\x1b`. Half characters, which no file can hold, likewise.
"""

import logging
import re

_UNSEEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Return a text on one line, with what cannot be seen written out."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


class PlainFormatter(logging.Formatter):
    """Writes each record on one line; only a traceback of ours has several."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return plain(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        lines = super().formatException(ei)  # pyright: ignore[reportArgumentType]
        return "\n".join(plain(line) for line in lines.split("\n"))


def log_plainly(level: str, format: str) -> None:
    """Let this process write its log as plain lines on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter(format))
    logging.basicConfig(level=level, handlers=[handler])
