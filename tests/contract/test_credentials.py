import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surco_contract.credentials import broker_accepts, broker_hash, new_secret, token_hash
from tests.servers import program


def test_a_secret_is_accepted_and_another_is_not() -> None:
    stored = broker_hash("right")
    assert broker_accepts(stored, b"right")
    assert not broker_accepts(stored, b"wrong")


@pytest.mark.parametrize("kind", ["", "1", "2a", "5", "6", "8", "77"])
def test_another_kind_of_hash_accepts_nobody(kind: str) -> None:
    stored = broker_hash("right")
    assert not broker_accepts(stored.replace("$7$", f"${kind}$", 1), b"right")


@pytest.mark.mosquitto
def test_mosquittos_own_line_is_read_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    tool = program("mosquitto_passwd")
    assert tool is not None, "it comes with the mosquitto program"
    subprocess.run([tool, "-b", "-c", str(file), "node-1", "hush"], check=True, capture_output=True)
    user, _, stored = file.read_text().strip().partition(":")
    assert user == "node-1"
    assert broker_accepts(stored, b"hush")
    assert not broker_accepts(stored, b"hash")


@given(st.text(max_size=60), st.binary(max_size=20))
def test_a_line_in_any_other_form_accepts_nobody(stored: str, secret: bytes) -> None:
    assert not broker_accepts(stored, secret)


def test_every_secret_is_new_and_its_token_hash_stays() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(first) >= 21  # 128 bits in base 64
    assert token_hash(first) == token_hash(first) != token_hash(second)
