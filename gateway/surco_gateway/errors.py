"""Everything the gateway raises on purpose.

* GatewayError
  x SpoolFull      the cap or the disk is spent; nothing was stored, so nothing may be acknowledged
  x SpoolBroken    the disk or the file failed; nothing was stored; `Spool.repair` mends it
  x Refused        the service cannot read this batch (400, 422); split it, set the last one aside
    * TooLarge     the batch has too many bytes (413); split it
  x Unreachable    try again later (network, timeout, 401, 403, 404, 408, 429, 5xx, not our service)
    * Failing      the service itself failed on this batch (500); it may be one message of it
"""


class GatewayError(Exception):
    """Base of all errors that the gateway raises on purpose. Its text is for a person."""


class SpoolFull(GatewayError):
    """The cap or the disk is spent: the message was not stored and must not be acknowledged."""


class SpoolBroken(GatewayError):
    """The disk or the file failed: the message was not stored and must not be acknowledged."""


class Refused(GatewayError):
    """The service can read neither this batch nor, perhaps, one message of it."""


class TooLarge(Refused):
    """The batch has more bytes than the service or something on the way takes."""


class Unreachable(GatewayError):
    """Nothing was delivered; everything is kept. `wait_s` is what the service asked for, or None."""

    def __init__(self, words: str, wait_s: float | None = None) -> None:
        super().__init__(words)
        self.wait_s = wait_s


class Failing(Unreachable):
    """The service answered 500. Everything is kept."""
