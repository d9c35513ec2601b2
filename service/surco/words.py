"""What the command says to a person, in Spanish or English; the locale chooses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from surco.sentences import WORDS

if TYPE_CHECKING:
    from surco_service.errors import ServiceError


def language(environment: Mapping[str, str]) -> str:
    """Return en when the locale asks for English, else es."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if found := environment.get(name):
            return "en" if found.startswith("en") else "es"
    return "es"


class Words:
    """Puts a key and its values into one of the two languages."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._column = ("es", "en").index(language)

    def state(self, code: str) -> str:
        """Return the words of a state; what has none, such as "40%", is shown as it is."""
        return self("state-" + code) if "state-" + code in WORDS else code

    def refusal(self, error: "ServiceError") -> str:
        """Return what the service refused, in the person's language when it has the words."""
        fields: dict[str, str] = getattr(error, "fields", {})
        keys = [f"refused-{field}-{why}" for field, why in fields.items()]
        keys = keys or ["refused-" + error.code]
        if not all(key in WORDS for key in keys):
            return str(error)
        return "; ".join(self(key, **error.values) for key in keys)

    def __call__(self, key: str, /, **values: object) -> str:
        return WORDS[key][self._column].format(**values)
