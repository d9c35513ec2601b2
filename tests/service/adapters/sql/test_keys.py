"""Labels, claims and keys on SQLite and PostgreSQL: one transaction each, the order included."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.adapters.sql.ledger import SqlLedger
from surco_service.adapters.sql.notebook import SqlNotebook
from surco_service.domain.stewardship.garden import Node, NodeStatus
from surco_service.errors import StoreUnavailable
from surco_service.ports import Claim, Standing
from tests.servers import Postgres

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
KEY, OTHER = "0a" * 32, "0b" * 32
CLAIM = Claim("n-001", "hash of the password", KEY, 2300.0, 900.0)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/notebook.db")  # its transactions take turns
    else:
        server: Postgres = request.getfixturevalue("postgres")
        engine = create_engine(server.url)
        schema.metadata.drop_all(engine)
        schema.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> SqlLedger:
    ledger = SqlLedger(engine, tmp_path / "overflow")
    ledger.add_gateway("gateway-1", "one")
    ledger.add_gateway("gateway-2", "two")
    return ledger


@pytest.fixture
def keys(engine: Engine, ledger: SqlLedger) -> SqlKeys:
    return SqlKeys(engine)


def ordered(ledger: SqlLedger) -> list[object]:
    """Return the hashes that each gateway is told, which must be the same."""
    told = [[(c.kind, c.body) for c in ledger.commands(g, 0)] for g in ("gateway-1", "gateway-2")]
    assert told[0] == told[1]
    assert all(kind == "credentials" and body["user"] == "n-001" for kind, body in told[0])
    return [body["hash"] for _, body in told[0]]


def test_a_label_makes_the_node_and_tells_every_gateway_its_code(
    keys: SqlKeys, ledger: SqlLedger
) -> None:
    assert keys.standing("n-001") is None
    assert keys.label("n-001", "hash of the code", NOON) is None
    assert keys.standing("n-001") == Standing(labelled=NOON)
    assert ordered(ledger) == ["hash of the code"]


def test_a_claim_uses_the_label_up(keys: SqlKeys, ledger: SqlLedger) -> None:
    keys.label("n-001", "hash of the code", NOON)
    assert keys.claim(CLAIM, LATER) == "take"
    assert keys.standing("n-001") == Standing(KEY, None, LATER, 2300.0, 900.0)
    assert ordered(ledger) == ["hash of the password"]  # the newest only


def test_a_claim_that_comes_again_is_taken_as_it_was(keys: SqlKeys, ledger: SqlLedger) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    assert keys.claim(CLAIM, LATER) == "again"
    assert keys.standing("n-001") == Standing(KEY, None, NOON, 2300.0, 900.0)
    assert ordered(ledger) == ["hash of the password"]


def test_a_claim_without_a_label_changes_nothing(keys: SqlKeys, ledger: SqlLedger) -> None:
    assert keys.claim(CLAIM, NOON) == "unknown-node"
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    stranger = Claim("n-001", "hash of a stranger", OTHER)
    assert keys.claim(stranger, LATER) == "no-label"
    assert keys.standing("n-001") == Standing(KEY, None, NOON, 2300.0, 900.0)
    assert ordered(ledger) == ["hash of the password"]


def test_a_second_label_voids_what_the_node_had(keys: SqlKeys, ledger: SqlLedger) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    assert keys.label("n-001", "hash of another code", LATER) == Standing(
        KEY, None, NOON, 2300.0, 900.0
    )
    assert keys.standing("n-001") == Standing(labelled=LATER)
    assert ordered(ledger) == ["hash of another code"]


def test_a_node_may_be_given_its_secrets_by_hand(keys: SqlKeys, ledger: SqlLedger) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.give("n-001", "hash", KEY, LATER)
    assert keys.standing("n-001") == Standing(KEY, None, LATER)
    assert keys.claim(Claim("n-001", "hash of a stranger", OTHER), LATER) == "no-label"
    assert ordered(ledger) == ["hash"]


def test_a_name_a_status_and_a_key_do_not_overwrite_one_another(
    keys: SqlKeys, engine: Engine
) -> None:
    notebook = SqlNotebook(engine)
    notebook.save_node(Node("n-001", "La del mezquite", NOON))
    keys.label("n-001", "hash", NOON)
    keys.claim(CLAIM, NOON)
    notebook.set_status("n-001", NodeStatus(at=NOON, state="awake"))
    notebook.save_node(Node("n-001", "Otra", NOON))
    assert [node.name for node in notebook.nodes()] == ["Otra"]
    assert keys.standing("n-001") == Standing(KEY, None, NOON, 2300.0, 900.0)


def test_when_the_order_cannot_be_kept_the_claim_is_not_kept_either(
    keys: SqlKeys, ledger: SqlLedger, engine: Engine
) -> None:
    keys.label("n-001", "hash of the code", NOON)

    def full(connection, cursor, statement, *_) -> None:
        if statement.startswith("INSERT INTO commands"):
            raise engine.dialect.loaded_dbapi.OperationalError("disk full")

    event.listen(engine, "before_cursor_execute", full)
    with pytest.raises(StoreUnavailable) as trouble:
        keys.claim(CLAIM, NOON)
    event.remove(engine, "before_cursor_execute", full)
    assert KEY not in str(trouble.value)
    assert keys.standing("n-001") == Standing(labelled=NOON)
    assert ordered(ledger) == ["hash of the code"]


def test_of_many_claims_at_once_one_is_taken(keys: SqlKeys, ledger: SqlLedger) -> None:
    keys.label("n-001", "hash of the code", NOON)
    verdicts: list[str] = []
    threads = [
        threading.Thread(
            target=lambda n=n: verdicts.append(keys.claim(Claim("n-001", "h", f"{n:064x}"), NOON))
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == ["no-label"] * 7 + ["take"]
