"""Everything the service raises on purpose.

* ServiceError
  x StoreUnavailable   the database does not answer; the caller may try again later
  x NotFound           there is no such garden, bed, node, …
  x Conflict           it would contradict what is recorded
  x Invalid            a field a person or program sent is wrong; `fields` says which and why
  x NotAllowed         who asks may not do this; `code` says whose it is
  x WeatherUnavailable a weather service has no answer; a normal state, the advice goes on without
"""


class ServiceError(Exception):
    """Base of all errors that the service raises on purpose.

    `code` and `values` say the same as the words, for whoever speaks to a person in another language.
    """

    def __init__(self, words: str, code: str = "", **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(words)


class StoreUnavailable(ServiceError):
    """A database does not answer; nothing was lost, the caller may try again later."""


class NotFound(ServiceError):
    """There is no such thing."""


class Conflict(ServiceError):
    """It would contradict what is recorded."""


class Invalid(ServiceError):
    """One or more fields are wrong. `fields` maps a field name to a message code of the catalogue."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{name}: {why}" for name, why in fields.items()))


class NotAllowed(ServiceError):
    """Who asks may not do this.

    `code` is needs-administrator, needs-gateway, another-gateway, or nobody.
    """


class WeatherUnavailable(ServiceError):
    """A weather service has no answer that can be used. `wait_s`: how long it asked us to wait."""

    def __init__(self, why: str, wait_s: int | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(why)
