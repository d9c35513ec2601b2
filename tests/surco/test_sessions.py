"""`surco sessions` shows who is in as administrator and puts them out (issue 18, hostile 6)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surco.__main__ import main
from surco_service.ports.stores import Stores
from surco_service.usecases.people import sessions
from tests.databases import new_notebook
from tests.service.stores import stores_on


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "service").mkdir()
    (tmp_path / "settings.toml").write_text(f'[service]\ndata = "{tmp_path}/service"\n')
    return tmp_path


@pytest.fixture
def stores(data: Path):
    engine = new_notebook(data / "service")
    yield stores_on(engine)
    engine.dispose()


def test_a_session_is_listed_and_put_out(
    data: Path, stores: Stores, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    now = datetime.now(UTC) - timedelta(days=1)
    for agent in ("iPhone", "Android", ""):
        assert sessions.enter(stores, sessions.new_link(stores, now), now, agent)
    assert main(["sessions", "list", "--data", str(data)]) == 0
    *lines, said = capsys.readouterr().out.splitlines()
    assert said == "3 accesos abiertos, 0 enlaces sin usar."
    (phone,) = [line.split("\t") for line in lines if line.endswith("iphone")]
    assert phone[1] == phone[2] == f"{now:%Y-%m-%d}"
    assert main(["sessions", "end", phone[0], "--data", str(data)]) == 0
    assert {one.device for one in stores.sessions.sessions(now)} == {"android", ""}
    assert main(["sessions", "end", phone[0], "--data", str(data)]) == 1
    assert main(["sessions", "end", "--data", str(data)]) == 0
    assert stores.sessions.sessions(now) == []


def test_a_link_is_printed_once_unless_it_is_asked_for(
    data: Path, stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 18: every start of `surco up` printed a new link, into the journal too."""
    for options, printed in (
        (["--first"], True),
        (["--first"], False),
        ([], True),
        (["--first"], False),
    ):
        assert main(["admin-link", *options, "--data", str(data)]) == 0
        assert ("/entrar/" in capsys.readouterr().out) is printed
    assert stores.sessions.admin_links(datetime.now(UTC)) == 2
