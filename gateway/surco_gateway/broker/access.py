"""Who may connect, publish and receive what. One lost node opens only its own topics.

The gateway may do everything under surco/v1. A node may publish the kinds of `topics.TO_GATEWAY`
under its own name, receive those of `topics.TO_NODE`, and hear the advice for any bed. No password
lets a user in whose name is reserved, but for the gateway.
"""

from pathlib import Path

from surco_contract import topics
from surco_contract.credentials import broker_accepts
from surco_contract.topics import GATEWAY

ADVICE = f"{topics.PREFIX}/bed/"


class Access:
    """The users of a password file; `reload` reads it again."""

    def __init__(self, password_file: Path) -> None:
        self._file = password_file
        self._users: dict[str, str] = {}
        self.reload()

    def reload(self) -> None:
        """Read the password file again. Raises OSError; then the users stay as they were."""
        lines = self._file.read_text(encoding="utf-8").splitlines()
        users = (line.partition(":") for line in lines if ":" in line)
        self._users = {user.strip(): stored.strip() for user, _, stored in users}

    def known(self, user: str) -> bool:
        """Tell whether this user is (still) in the password file."""
        return user in self._users

    def may_connect(self, client: str, user: str | None, password: bytes) -> bool:
        """Tell whether this is the user that it says, under a client id that is its own."""
        if user is None or not broker_accepts(self._users.get(user, ""), password):
            return False
        if user == GATEWAY:
            return topics.is_gateway_id(client)
        return client == user and topics.is_node_id(user)


def may_publish(user: str, topic: str) -> bool:
    if user == GATEWAY:
        return topic.startswith(topics.PREFIX + "/")
    prefix, _, kind = topic.rpartition("/")
    return prefix == f"{topics.PREFIX}/{user}" and kind in topics.TO_GATEWAY


def may_receive(user: str, topic: str) -> bool:
    if user == GATEWAY:
        return topic.startswith(topics.PREFIX + "/")
    prefix, _, kind = topic.rpartition("/")
    return topic.startswith(ADVICE) or (
        prefix == f"{topics.PREFIX}/{user}" and kind in topics.TO_NODE
    )


def may_subscribe(user: str, pattern: str) -> bool:
    """Tell whether a filter asks for nothing but what may be received."""
    own = f"{topics.PREFIX}/{user}/"
    if user == GATEWAY:
        return pattern.startswith(topics.PREFIX + "/")
    if pattern.startswith(ADVICE):
        return True
    return pattern.startswith(own) and pattern[len(own) :] in {*topics.TO_NODE, "+", "#"}
