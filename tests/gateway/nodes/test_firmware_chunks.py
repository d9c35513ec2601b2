"""Firmware for nodes that ask: named by what it is, checked, kept, and bounded."""

import hashlib
import json
import threading
from pathlib import Path

import pytest

from surco_contract.reasons import Malformed
from surco_gateway.errors import Unreachable
from surco_gateway.nodes import firmware_chunks
from surco_gateway.nodes.firmware_chunks import FirmwareChunks, read_chunk_request

BODY = bytes(range(256)) * 20
SHA = hashlib.sha256(BODY).hexdigest()


class FakeService:
    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.asked, self.away = files, 0, False

    def firmware(self, sha: str) -> bytes | None:
        self.asked += 1
        if self.away:
            raise Unreachable("away")
        return self.files.get(sha)


class Published:
    def __init__(self) -> None:
        self.heard = threading.Event()
        self.said: list[tuple[str, bytes]] = []

    def __call__(self, topic: str, payload: bytes, qos: int) -> None:
        self.said.append((topic, payload))
        self.heard.set()


def ask(
    folder: Path, service: FakeService, *questions: tuple[str, int, int]
) -> list[tuple[str, bytes]]:
    published = Published()
    one = FirmwareChunks(folder, service, published)
    for place, (sha, at, n) in enumerate(questions):
        one.enqueue(f"n-{place:03}", json.dumps({"sha": sha, "at": at, "n": n}).encode())
    worker = threading.Thread(target=one.run)
    worker.start()
    while one.queue:  # the worker takes one after the other
        published.heard.wait(0.05)
    one.stop()
    worker.join(30)
    return published.said


def test_a_node_gets_the_chunk_that_it_asked_for(tmp_path: Path) -> None:
    said = ask(tmp_path, FakeService({SHA: BODY}), (SHA, 100, 50), (SHA, 5100, 100))
    head = bytes.fromhex(SHA[:16])
    assert said == [
        ("surco/v1/n-000/part", (100).to_bytes(4, "big") + head + BODY[100:150]),
        ("surco/v1/n-001/part", (5100).to_bytes(4, "big") + head + BODY[5100:]),
    ]


def test_the_service_is_asked_once_for_a_file(tmp_path: Path) -> None:
    service = FakeService({SHA: BODY})
    ask(tmp_path, service, (SHA, 0, 10), (SHA, 10, 10))
    service.away = True
    assert len(ask(tmp_path, service, (SHA, 0, 10))) == 1
    assert service.asked == 1


def test_a_file_that_the_disk_changed_is_fetched_again(tmp_path: Path) -> None:
    service = FakeService({SHA: BODY})
    ask(tmp_path, service, (SHA, 0, 10))
    (tmp_path / SHA).write_bytes(b"x" + BODY[1:])
    ((_, payload),) = ask(tmp_path, service, (SHA, 0, 10))
    assert payload[12:] == BODY[:10]


@pytest.mark.parametrize("files", [{}, {SHA: b"something else"}])
def test_what_cannot_be_had_is_not_answered_and_blocks_nobody(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    other = hashlib.sha256(b"other").hexdigest()
    said = ask(tmp_path, FakeService({other: b"other", **files}), (SHA, 0, 10), (other, 0, 10))
    assert [topic for topic, _ in said] == ["surco/v1/n-001/part"]


def test_the_files_that_were_read_longest_ago_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmware_chunks, "MOST_KEPT", 2500)
    bodies = [bytes([number]) * 1000 for number in range(3)]
    files = {hashlib.sha256(body).hexdigest(): body for body in bodies}
    ask(tmp_path, FakeService(files), *[(sha, 0, 1) for sha in files])
    assert {file.name for file in tmp_path.iterdir()} == set(list(files)[1:])


@pytest.mark.parametrize(
    "asked",
    [
        b"[]", b"{}", b'{"sha":"../../etc/passwd","at":0,"n":1}',
        json.dumps({"sha": SHA, "at": -1, "n": 1}).encode(),
        json.dumps({"sha": SHA, "at": 0, "n": 5000}).encode(),
        json.dumps({"sha": SHA, "at": True, "n": 1}).encode(), b"x" * 300,
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(asked: bytes) -> None:
    with pytest.raises(Malformed):
        read_chunk_request(asked)
