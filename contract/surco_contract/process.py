"""How a program of Surco starts and stops, whether a supervisor, systemd or a person runs it.

* it prints `ready` on stdout once others may use it
* it stops at SIGTERM, SIGINT, or, with `--stop-with-stdin`, when its stdin closes: so it never
  outlives a supervisor that was killed
* what it writes is for its user alone (`keep_private`), and it may open many files
* exit code 0 asked to stop; 2 the configuration is wrong (starting again would not help)
"""

import errno
import os
import signal
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

EXIT_CONFIGURATION = 2
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})  # the disk's matter, and it may pass
MANY_FILES = 8192  # open at once: connections of nodes and phones are files, too
OTHERS = 0o077  # what anybody but the owner may do with a file


def say_ready() -> None:
    """Tell whoever started this program that others may use it now."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def stop_with_stdin() -> None:
    """Ask this process to stop (SIGTERM) when its stdin closes."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop-with-stdin", daemon=True).start()


def keep_private() -> None:
    """Let no other user of this machine read what this program and its children will write."""
    os.umask(OTHERS)


def close_to_others(folder: Path) -> int:
    """Take a folder and all in it from everybody but its owner; return how many were open.

    What belongs to somebody else stays as it is, and so does what a link points to.
    """
    if not hasattr(os, "geteuid"):
        return 0
    return sum(_close(path) for path in (folder, *folder.rglob("*")))


def _close(path: Path) -> bool:
    with suppress(OSError):  # gone meanwhile
        found = path.lstat()
        ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
        if ours and found.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
            return True
    return False


def open_many_files() -> int:
    """Raise this process's limit of open files as far as it may and needs; return the limit."""
    try:
        import resource
    except ImportError:  # Windows
        return MANY_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, MANY_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return MANY_FILES if soft == resource.RLIM_INFINITY else soft
