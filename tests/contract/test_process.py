"""What a program writes is for its user alone, and it may open many files."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from surco_contract.process import MANY_FILES, close_to_others, keep_private

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from surco_contract.process import open_many_files
print(open_many_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def _mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def test_what_is_written_from_now_on_nobody_else_reads(tmp_path: Path) -> None:
    keep_private()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    assert _mode(tmp_path / "folder") == 0o700
    assert _mode(tmp_path / "folder" / "file") == 0o600


def test_what_was_open_is_closed_once_and_counted(tmp_path: Path) -> None:
    data, outside = tmp_path / "data", tmp_path / "outside"
    (data / "demo").mkdir(parents=True)
    for file in (
        data / "notebook.db",
        data / "notebook.db-wal",
        data / "demo" / "config.json",
        outside,
    ):
        file.touch(0o644)
    (data / "link").symlink_to(outside)
    program = data / "demo" / "program"
    program.touch()
    program.chmod(0o755)
    for folder in (data, data / "demo"):
        folder.chmod(0o755)
    assert close_to_others(data) == 6
    assert {
        _mode(path) for path in data.rglob("*") if path.is_file() and not path.is_symlink()
    } == {
        0o600,
        0o700,
    }
    assert _mode(program) == 0o700, "its owner may still run it"
    assert _mode(data) == _mode(data / "demo") == 0o700
    assert _mode(outside) == 0o644, "a link is not followed"
    assert close_to_others(data) == 0


@pytest.mark.parametrize(
    ("soft", "hard", "then"), [(256, 512, 512), (256, 256, 256), (1024, MANY_FILES + 5, MANY_FILES)]
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_may(
    soft: int, hard: int, then: int
) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip(f"this machine lets nobody open {hard} files")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.format(soft=soft, hard=hard)],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    assert done.stdout.split() == [str(then), str(then), str(hard)]
