"""What `surco doctor` says of nodes that do not come."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surco.__main__ import main
from surco.machine import folder as folders
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.nodes.node import NodeStatus
from tests.service.stores import stores_on


@pytest.mark.parametrize(
    ("locale", "words", "total"),
    [
        ("es_MX.UTF-8", "Sensor n-001: debía hablar hace 3 días;", "Por atender: "),
        ("en_US.UTF-8", "Node n-001: should have spoken 3 days ago;", "To be mended: "),
    ],
)
def test_a_node_that_is_late_is_named_with_how_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    locale: str, words: str, total: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("LC_ALL", locale)
    folders.make(tmp_path)
    for node, late in (
        ("n-001", timedelta(days=3)), ("n-002", timedelta(minutes=14)),
        ("n-003", timedelta(minutes=16)),
    ):  # fmt: skip
        assert main(["node", "add", node, "--data", str(tmp_path)]) == 0
        due = datetime.now(UTC) - late
        engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")
        stores_on(engine).registry.set_status(node, NodeStatus(due, "asleep", next_at=due))
        engine.dispose()
    capsys.readouterr()
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert words in told
    assert "n-002" not in told
    assert "n-003" in told, "a quarter of an hour is what a wake and its network may take"
    assert total in told
