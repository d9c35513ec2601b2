"""What the spool has taken survives a power cut: every commit is asked whether it waits for the disk."""

from datetime import UTC, datetime
from pathlib import Path

from surco_gateway.spool.replay import replay
from surco_gateway.spool.salvage import PAGE
from surco_gateway.spool.spool import FILE, Refusal, Row, open_spool
from tests.gateway.commits import FULL, NORMAL, Commits

DURABLE = ("message", "held")  # what somebody was told, or will never be told again


def a_row(number: int) -> Row:
    return ("surco/v1/n01/data", b"%d" % number + b"x" * 500, 1000.0 + number, True, None)


def waits_for_the_disk(commits: Commits) -> bool:
    """Tell whether every commit is as durable as what it wrote."""
    assert commits
    return all(
        commit.journal == "wal"
        and commit.synchronous
        >= (FULL if any(map(commit.writes, ("message(topic", "held"))) else NORMAL)
        for commit in commits
    )


def test_what_was_put_or_held_waits_for_the_disk(tmp_path: Path, watched_commits: Commits) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        spool.put([a_row(number) for number in range(250)])
        spool.put([a_row(250)])
        spool.hold("n01", b"a")
        assert spool.take_held("n01") == [b"a"]
        messages = spool.waiting(0, 100, 10**9)
        spool.delivered(messages)
        (refused, *_) = spool.waiting(0, 1, 10**9)
        spool.set_aside(refused, Refusal("refused-by-service", "422"), 0.0)
        spool.remember("commands_after", 9)
        spool.grow_older(1e9)
    durable = [c for c in watched_commits if any(map(c.writes, DURABLE))]
    assert len([c for c in durable if c.writes("message(topic")]) == 2
    assert len([c for c in durable if c.writes("held")]) == 2
    assert waits_for_the_disk(watched_commits)


def test_it_still_waits_for_the_disk_after_a_repair(
    tmp_path: Path, watched_commits: Commits
) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        spool.put([a_row(0)])
        spool.repair()
        watched_commits.clear()
        spool.put([a_row(1)])
        spool.hold("n01", b"a")
    assert waits_for_the_disk(watched_commits)


def test_what_is_taken_over_from_a_damaged_file_waits_for_the_disk(
    tmp_path: Path, watched_commits: Commits
) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        spool.put([a_row(number) for number in range(500)])
    content = bytearray((tmp_path / FILE).read_bytes())
    content[-PAGE:] = b"\xff" * PAGE
    (tmp_path / FILE).write_bytes(content)
    watched_commits.clear()
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        assert "damaged" in spool.state().told["damage"]
        spool.put([a_row(500)])
    taken_over = [commit for commit in watched_commits if commit.writes("message VALUES")]
    assert taken_over
    assert {commit.synchronous for commit in taken_over} == {FULL}
    assert waits_for_the_disk(watched_commits)


def test_a_replay_from_another_process_is_as_durable_as_the_gateway(
    tmp_path: Path, watched_commits: Commits
) -> None:
    with open_spool(tmp_path, keep_bytes=1_000_000_000, keep_days=30) as spool:
        spool.put([a_row(0)])
        spool.delivered(spool.waiting(0, 100, 10**9))
    watched_commits.clear()
    assert replay(tmp_path, datetime.fromtimestamp(0, UTC)) == 1
    assert waits_for_the_disk(watched_commits)
