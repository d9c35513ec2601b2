"""The first contact of a node: a label with a one-time code, and the claim that uses it up.

The code is the node's password at the broker until a phone has set the node up; then the node draws
a password and a key of its own and claims them. A claim whose answer was lost comes again and is
answered the same way: it carries the key that only this node has. Whoever finds an old label finds
nothing: a claim closes it, and a newer label makes the one before worthless.
"""

import hmac
import math
import re
from datetime import datetime

from surco_contract.topics import is_node_id
from surco_service.errors import Conflict, Invalid, NotFound
from surco_service.ports.nodes import Claim, Enrolment
from surco_service.ports.stores import Stores

TAKE, AGAIN, UNKNOWN, NO_LABEL = "take", "again", "unknown-node", "no-label"
MOST_MV = 5000.0
_KEY = re.compile(r"[0-9a-f]{64}\Z")
_HASH = re.compile(r"\$7\$[0-9]{1,7}\$[A-Za-z0-9+/=]{1,128}\$[A-Za-z0-9+/=]{1,128}\Z")


def judge(enrolment: Enrolment | None, key: str) -> str:
    """Say what becomes of a claim with this key: TAKE, AGAIN (keep it as it was), or why not."""
    if enrolment is None:
        return UNKNOWN
    if enrolment.labelled is not None:
        return TAKE
    known = enrolment.claimed is not None and enrolment.key is not None
    return AGAIN if known and hmac.compare_digest(enrolment.key or "", key) else NO_LABEL


def claim(stores: Stores, claim: Claim, now: datetime) -> None:
    """Take a node's claim. Raises `Invalid`, `NotFound` (the node), `Conflict` (no open label)."""
    wrong = {
        name: "malformed"
        for name, good in (
            ("node", is_node_id(claim.node)),
            ("hash", _HASH.match(claim.hash)),
            ("key", _KEY.match(claim.key)),
            ("air_mv", _is_voltage(claim.air_mv)),
            ("water_mv", _is_voltage(claim.water_mv)),
        )
        if not good
    }
    if wrong:
        raise Invalid(wrong)
    verdict = stores.keys.claim(claim, now)
    if verdict == UNKNOWN:
        raise NotFound(f"there is no node {claim.node!r}; surco label {claim.node} makes it")
    if verdict == NO_LABEL:
        raise Conflict(f"{claim.node} has no open label; surco label {claim.node} prints one")


def _is_voltage(mv: float | None) -> bool:
    return mv is None or (math.isfinite(mv) and 0 <= mv <= MOST_MV)
