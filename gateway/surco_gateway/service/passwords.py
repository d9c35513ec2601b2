"""The broker's password file: one line `user:hash` each, written anew as a whole or not at all."""

import os
from pathlib import Path


def rewrite(file: Path, user: str, stored: str | None) -> None:
    """Set the hash of one user, or remove the user. Every other line, mode and owner stay.

    Raises `OSError`.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    lines = [line for line in lines if line.partition(":")[0] != user]
    if stored is not None:
        lines.append(f"{user}:{stored}")
    fresh = file.with_name(file.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write("".join(line + "\n" for line in lines))
        _like(file, out.fileno())
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _like(file: Path, descriptor: int) -> None:
    if not file.exists() or not hasattr(os, "fchown"):
        return
    before = file.stat()
    os.fchmod(descriptor, before.st_mode & 0o777)
    if os.geteuid() == 0:
        os.fchown(descriptor, before.st_uid, before.st_gid)
