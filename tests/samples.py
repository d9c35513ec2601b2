"""The contract's sample messages, for the tests of every layer that reads them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "contract/samples"


@dataclass(frozen=True)
class Sample:
    """`gateway` and `service` say what each layer answers; see contract/samples/index.toml."""

    name: str
    folder: str
    topic: str
    payload: bytes
    gateway: str
    service: str
    rows: int

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"

    def reason(self, layer: str) -> str | None:
        """Return the reason code with which a layer refuses it, or part of it."""
        _, _, code = getattr(self, layer).partition("quarantined:")
        return code or None


def _read() -> list[Sample]:
    index = tomllib.loads((FOLDER / "index.toml").read_text(encoding="utf-8"))
    return [
        Sample(
            Path(entry["file"]).stem, Path(entry["file"]).parts[0], entry["topic"],
            (FOLDER / entry["file"]).read_bytes(), entry["gateway"], entry["service"], entry["rows"],
        )
        for entry in index["sample"]
    ]  # fmt: skip


SAMPLES = _read()
