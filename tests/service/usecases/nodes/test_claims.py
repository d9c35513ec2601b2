"""Who may claim a node: whoever holds its open label, or the very node that did so before."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from surco_contract.credentials import broker_hash
from surco_service.errors import Invalid
from surco_service.ports.nodes import Claim, Enrolment
from surco_service.usecases.nodes import claims
from surco_service.usecases.nodes.claims import judge

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY, OTHER = "0a" * 32, "0b" * 32
GOOD = Claim("n-001", broker_hash("x"), KEY, 2300.0, 900.0)


@pytest.mark.parametrize(
    ("standing", "verdict"),
    [
        (None, "unknown-node"),
        (Enrolment(), "no-label"),  # made before there were labels
        (Enrolment(labelled=NOW), "take"),
        (Enrolment(key=OTHER, labelled=NOW, claimed=NOW), "take"),  # the newer label wins
        (Enrolment(key=KEY, claimed=NOW), "again"),
        (Enrolment(key=OTHER, claimed=NOW), "no-label"),
        (Enrolment(key=KEY), "no-label"),
        (Enrolment(claimed=NOW), "no-label"),
    ],
)
def test_a_claim_is_judged_by_how_the_node_stands(standing: Enrolment | None, verdict: str) -> None:
    assert judge(standing, KEY) == verdict


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("node", "Bad Node"), ("node", "gateway"), ("hash", "secret"), ("hash", ""),
        ("hash", "$7$101$a$b\nroot:$7$101$a$b"), ("key", KEY.upper()), ("key", KEY[:-1]), ("key", ""),
        ("air_mv", float("nan")), ("air_mv", -1.0), ("water_mv", 5001.0),
    ],
)  # fmt: skip
def test_what_is_not_well_formed_changes_nothing(field: str, value: object) -> None:
    nobody_is_asked: Any = None
    with pytest.raises(Invalid) as refusal:
        claims.claim(nobody_is_asked, replace(GOOD, **{field: value}), NOW)
    assert refusal.value.fields == {field: "malformed"}


def test_secrets_do_not_show_themselves() -> None:
    assert KEY not in repr(GOOD)
    assert GOOD.hash not in repr(GOOD)
    assert KEY not in repr(Enrolment(key=KEY))
