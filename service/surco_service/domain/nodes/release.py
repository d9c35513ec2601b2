"""A version of the firmware: files named by their SHA-256, a manifest that lists them, and orders.

The manifest is text: the version and the version of the bytecode, then "name size SHA-256" a line,
then "end" and the CRC-32 of all before, so that one that was cut short is known for it.
An order names the manifest, and is signed for one node with HMAC-SHA256 (RFC 2104) over
"surco-ota-1", version, bytecode, size and SHA-256 of the manifest, a line each.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_FILE, MOST_BYTES, MOST_MANIFEST, MOST_FILES = 64 * 1024, 120_000, 8_000, 63
VERSION = re.compile(r"[0-9A-Za-z.+-]{1,32}\Z")
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_./-]{0,59}\Z")


class BadRelease(ValueError):
    """The words say what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Release:
    version: str
    mpy: int  # version of MicroPython's bytecode
    files: tuple[tuple[str, int, str], ...]  # name, size, SHA-256
    published: datetime

    @property
    def manifest(self) -> bytes:
        """Return the list that every node gets."""
        return write_manifest(self.version, self.mpy, self.files)

    def order(self, key: str) -> dict[str, Any]:
        """Return what a node is told on its topic `ota`; `key` is its own, 64 hex digits."""
        size, sha = len(self.manifest), hashlib.sha256(self.manifest).hexdigest()
        signed = f"surco-ota-1\n{self.version}\n{self.mpy}\n{size}\n{sha}\n".encode()
        mac = hmac.new(bytes.fromhex(key), signed, "sha256").hexdigest()
        return {"ver": self.version, "mpy": self.mpy, "size": size, "sha": sha, "mac": mac}


def write_manifest(version: str, mpy: int, files: Iterable[tuple[str, int, str]]) -> bytes:
    """Write (name, size, SHA-256) of files as `firmware/slots.py` reads them."""
    lines = "".join(f"{name} {size} {sha}\n" for name, size, sha in files)
    text = f"{version} {mpy}\n{lines}".encode()
    return text + b"end %08x\n" % zlib.crc32(text)


WITHDRAWN: dict[str, Any] = {"ver": None}
"""The order that takes an order back."""


def make_release(version: str, mpy: int, bodies: Mapping[str, bytes], now: datetime) -> Release:
    """Return the release of these files. Raises `BadRelease`."""
    if not VERSION.match(version):
        raise BadRelease(f"version {version!r}: at most 32 of 0-9, a-z, A-Z, dot, plus and minus")
    for name, body in bodies.items():
        if not NAME.match(name) or ".." in name or "//" in name or name == "manifest":
            raise BadRelease(f"{name!r} is not a name that a node takes")
        if len(body) > MOST_FILE:
            raise BadRelease(f"{name} has {len(body)} bytes; at most {MOST_FILE}")
    total = sum(map(len, bodies.values()))
    if not bodies or len(bodies) > MOST_FILES or total > MOST_BYTES:
        raise BadRelease(
            f"{len(bodies)} files of {total} bytes; 1 to {MOST_FILES} files, at most {MOST_BYTES} bytes"
        )
    files = tuple(
        (name, len(body), hashlib.sha256(body).hexdigest()) for name, body in sorted(bodies.items())
    )
    release = Release(version, mpy, files, now)
    if len(release.manifest) > MOST_MANIFEST:
        raise BadRelease(f"the manifest has more than {MOST_MANIFEST} bytes; shorter names help")
    return release
