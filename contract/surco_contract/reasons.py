"""TABLE of reasons for refusing a message or a row, and `Malformed`, which carries one.

A reason is a stable code; its words say what a maker should change. The same code stands in the
quarantine list, on a node's `error` topic, in `contract/samples/index.toml` and in the docs.
"""

REASONS: dict[str, str] = {
    "bad-topic": "the topic is not surco/v1/<node>/<kind> with node = [a-z0-9-]{3,32}",
    "too-large": "a message has at most 1400 bytes; send fewer rows",
    "not-utf8": "the payload must be UTF-8 text",
    "not-json": "the payload must be one JSON value (RFC 8259: no NaN, no Infinity, no trailing comma)",
    "not-an-object": "the payload must be a JSON object",
    "duplicate-key": "a key stands twice in one object; send it once",
    "missing-field": "a required field is not there",
    "bad-field": "a field has the wrong type or value",
    "version-newer": "this message is of a newer version; update the gateway and the service",
    "no-rows": "a message has at least one row",
    "too-many-rows": "a message has at most 24 rows; send another message",
    "row-length": "a row has as many values as `f` has columns",
    "bad-value": "a value is a number or null",
    "number-out-of-range": "a number must be finite and below 1e9 in size",
    "unknown-column": "this column code is not in the quantities table; the rest of the row was stored",
    "duplicate-column": "a column stands twice in `f`",
    "time-too-old": "a dated row lies before 2024; send tq 0 when the node does not know the time",
    "time-too-far": "a dated row lies after 2099; send tq 0 when the node does not know the time",
    "refused-by-gateway": "the gateway could not read this message, for a reason the service does not know",
    "shelf-full": "too many rows wait for a date; let a gateway know the time, then retry this one",
    "refused-by-store": "the database will never take this row; the detail has its words",
    "damaged-on-disk": "the gateway's disk changed this message; send it again",
    "refused-by-service": "the service could not read this message (400 or 422)",
}  # fmt: skip


class Malformed(ValueError):
    """A message or row that is not this contract. `code` is a key of `REASONS`."""

    def __init__(self, code: str, field: str = "", expected: str = "") -> None:
        assert code in REASONS, code
        self.code, self.field, self.expected = code, field, expected
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """Say which field, and what was expected there."""
        where = f"{self.field}: " if self.field else ""
        return where + (self.expected or REASONS[self.code])
