"""Nothing that a stranger sent steers a terminal (issue 18, hostile 6)."""

import io
import logging
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from surco_contract.logs import PlainFormatter, plain


def test_what_cannot_be_seen_is_written_out() -> None:
    assert plain("path=/x\x1b[31mRED\r\nforged\x00\t\u202e\ud800 ñ") == (
        "path=/x\\x1b[31mRED\\r\\nforged\\x00\t\\u202e\\ud800 ñ"
    )


@given(st.text(alphabet=st.characters()))
def test_a_plain_text_is_one_line_that_any_file_can_hold(text: str) -> None:
    said = plain(text)
    said.encode()
    assert len(said.splitlines()) <= 1
    assert not {c for c in said if unicodedata.category(c) in ("Cc", "Cs")} - {"\t"}
    assert plain(said) == said


def test_a_record_is_one_line_and_a_traceback_is_only_ours() -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
    log = logging.getLogger("tests.here")
    log.addHandler(handler)
    log.warning("refused path=%s", "\x1b[2J\nERROR all is lost")
    try:
        raise ValueError("\x1b[31m")
    except ValueError:
        log.exception("broke")
    log.removeHandler(handler)
    first, *rest = heard.getvalue().splitlines()
    assert first == "WARNING refused path=\\x1b[2J\\nERROR all is lost"
    assert rest[0] == "ERROR broke"
    assert rest[1].startswith("Traceback")
    assert rest[-1] == "ValueError: \\x1b[31m"
