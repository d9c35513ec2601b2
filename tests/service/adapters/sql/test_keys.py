"""Labels, claims and keys on SQLite and PostgreSQL: one transaction each, the order included."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.adapters.sql.keys import SqlKeys
from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.errors import StoreUnavailable
from surco_service.ports.nodes import Claim, Enrolment
from tests.service.stores import stores_on

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
KEY, OTHER = "0a" * 32, "0b" * 32
CLAIM = Claim("n-001", "hash of the password", KEY, 2300.0, 900.0)


@pytest.fixture
def gateways(engine: Engine) -> SqlGateways:
    gateways = SqlGateways(engine)
    gateways.add("gateway-1", "one")
    gateways.add("gateway-2", "two")
    return gateways


@pytest.fixture
def keys(engine: Engine, gateways: SqlGateways) -> SqlKeys:
    return SqlKeys(engine)


def ordered(gateways: SqlGateways) -> list[object]:
    """Return the hashes that each gateway is told, which must be the same."""
    told = [[(c.kind, c.body) for c in gateways.commands(g, 0)] for g in ("gateway-1", "gateway-2")]
    assert told[0] == told[1]
    assert all(kind == "credentials" and body["user"] == "n-001" for kind, body in told[0])
    return [body["hash"] for _, body in told[0]]


def test_a_label_makes_the_node_and_tells_every_gateway_its_code(
    keys: SqlKeys, gateways: SqlGateways
) -> None:
    assert keys.enrolment("n-001") is None
    assert keys.label("n-001", "hash of the code", NOON) is None
    assert keys.enrolment("n-001") == Enrolment(labelled=NOON)
    assert ordered(gateways) == ["hash of the code"]


def test_a_claim_uses_the_label_up(keys: SqlKeys, gateways: SqlGateways) -> None:
    keys.label("n-001", "hash of the code", NOON)
    assert keys.claim(CLAIM, LATER) == "take"
    assert keys.enrolment("n-001") == Enrolment(KEY, None, LATER, 2300.0, 900.0)
    assert ordered(gateways) == ["hash of the password"]  # the newest only


def test_a_claim_that_comes_again_is_taken_as_it_was(keys: SqlKeys, gateways: SqlGateways) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    assert keys.claim(CLAIM, LATER) == "again"
    assert keys.enrolment("n-001") == Enrolment(KEY, None, NOON, 2300.0, 900.0)
    assert ordered(gateways) == ["hash of the password"]


def test_a_claim_without_a_label_changes_nothing(keys: SqlKeys, gateways: SqlGateways) -> None:
    assert keys.claim(CLAIM, NOON) == "unknown-node"
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    stranger = Claim("n-001", "hash of a stranger", OTHER)
    assert keys.claim(stranger, LATER) == "no-label"
    assert keys.enrolment("n-001") == Enrolment(KEY, None, NOON, 2300.0, 900.0)
    assert ordered(gateways) == ["hash of the password"]


def test_a_second_label_voids_what_the_node_had(keys: SqlKeys, gateways: SqlGateways) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.claim(CLAIM, NOON)
    assert keys.label("n-001", "hash of another code", LATER) == Enrolment(
        KEY, None, NOON, 2300.0, 900.0
    )
    assert keys.enrolment("n-001") == Enrolment(labelled=LATER)
    assert ordered(gateways) == ["hash of another code"]


def test_a_node_may_be_given_its_secrets_by_hand(keys: SqlKeys, gateways: SqlGateways) -> None:
    keys.label("n-001", "hash of the code", NOON)
    keys.give("n-001", "hash", KEY, LATER)
    assert keys.enrolment("n-001") == Enrolment(KEY, None, LATER)
    assert keys.claim(Claim("n-001", "hash of a stranger", OTHER), LATER) == "no-label"
    assert ordered(gateways) == ["hash"]


def test_a_name_a_status_and_a_key_do_not_overwrite_one_another(
    keys: SqlKeys, engine: Engine
) -> None:
    stores = stores_on(engine)
    stores.registry.save_node(Node("n-001", "La del mezquite", NOON))
    keys.label("n-001", "hash", NOON)
    keys.claim(CLAIM, NOON)
    stores.registry.set_status("n-001", NodeStatus(at=NOON, state="awake"))
    stores.registry.save_node(Node("n-001", "Otra", NOON))
    assert [node.name for node in stores.registry.nodes()] == ["Otra"]
    assert keys.enrolment("n-001") == Enrolment(KEY, None, NOON, 2300.0, 900.0)


def test_when_the_order_cannot_be_kept_the_claim_is_not_kept_either(
    keys: SqlKeys, gateways: SqlGateways, engine: Engine
) -> None:
    keys.label("n-001", "hash of the code", NOON)

    def full(connection, cursor, statement, *_) -> None:
        if statement.startswith("INSERT INTO commands"):
            raise OperationalError(statement, {}, Exception("disk full"))

    event.listen(engine, "before_cursor_execute", full)
    with pytest.raises(StoreUnavailable) as trouble:
        keys.claim(CLAIM, NOON)
    event.remove(engine, "before_cursor_execute", full)
    assert KEY not in str(trouble.value)
    assert keys.enrolment("n-001") == Enrolment(labelled=NOON)
    assert ordered(gateways) == ["hash of the code"]


def test_of_many_claims_at_once_one_is_taken(keys: SqlKeys, gateways: SqlGateways) -> None:
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
