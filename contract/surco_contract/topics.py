"""The only place that spells a topic.

Only the gateway and the nodes speak MQTT. A node's id is also its user and its client id at the
broker; so what others are called there, or in a topic, is reserved and never a node's id.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from surco_contract.reasons import Malformed

PREFIX = "surco/v1"
NODE_ID = re.compile(r"[a-z0-9-]{3,32}\Z")
GATEWAY = "gateway"
"""The user of every gateway at the broker; their client ids begin with it."""

GATEWAY_ID = re.compile(rf"{GATEWAY}[a-z0-9-]{{0,25}}\Z")

RESERVED = frozenset({"bed", "service", "surco", "broker", "admin", "administrator", "anonymous"})
"""Of topics and programs. What begins with `GATEWAY` is reserved, too."""

TO_GATEWAY: dict[str, int] = {
    "data": 1, "senml": 1, "status": 1, "hello": 1, "get": 1, "claim": 0, "log": 0,
}  # fmt: skip
"""What a node may publish, and the QoS with which the gateway hears it.

A claim carries secrets. A broker writes nothing of QoS 0 to its disk; the node repeats a claim.
"""

TO_NODE: dict[str, int] = {
    "ack": 1, "resend": 1, "time": 1, "cfg": 1, "ota": 1, "part": 1, "claimed": 1, "error": 0,
}  # fmt: skip
"""What a node may receive, and its QoS."""

RETAINED = frozenset({"status", "cfg", "ota"})


@dataclass(frozen=True, slots=True)
class Topic:
    node: str
    kind: str


def is_reserved(text: str) -> bool:
    """Tell whether a name belongs to a part of Surco, so that no node may have it."""
    return text in RESERVED or text.startswith(GATEWAY)


def is_node_id(text: str) -> bool:
    return NODE_ID.match(text) is not None and not is_reserved(text)


def is_gateway_id(text: str) -> bool:
    return GATEWAY_ID.match(text) is not None


def topic(node: str, kind: str) -> str:
    """Spell the topic of one node, for a kind of `TO_GATEWAY` or `TO_NODE`."""
    return f"{PREFIX}/{node}/{kind}"


def node_of(text: str) -> str:
    """Return the node that a topic of ours is about; "bed" for advice, "" when it is none of ours."""
    parts = text.split("/", 3)
    return parts[2] if len(parts) == 4 else ""


def advice(bed: str) -> str:
    """Spell the retained topic that tells a bed's verdict to anything that can show it."""
    return f"{PREFIX}/bed/{bed}/advice"


def subscriptions() -> list[tuple[str, int]]:
    """Return what a gateway subscribes to, as (filter, QoS)."""
    return [(f"{PREFIX}/+/{kind}", qos) for kind, qos in TO_GATEWAY.items()]


@lru_cache(4096)  # the same nodes speak again and again
def parse(text: str) -> Topic:
    """Read a topic that a node published. Raises `Malformed` ("bad-topic")."""
    parts = text.split("/")
    if len(parts) != 4 or f"{parts[0]}/{parts[1]}" != PREFIX:
        raise Malformed("bad-topic")
    node, kind = parts[2], parts[3]
    if not is_node_id(node):
        raise Malformed("bad-topic", "node", "[a-z0-9-]{3,32}, and no reserved name")
    if kind not in TO_GATEWAY:
        raise Malformed("bad-topic", "kind", "one of " + ", ".join(TO_GATEWAY))
    return Topic(node, kind)
