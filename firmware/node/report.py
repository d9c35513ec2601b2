"""From rows to the contract's bytes (message version 1). Pure; whole numbers only, no floats.

Rows of a message are consecutive and share the quality of their time and the life of their clock.
At most 24 rows and 1400 bytes.
"""

from node.outbox import COLUMNS, DECIMALS, NOTHING

MOST_ROWS = 24
MOST_BYTES = 1400


def first_message(b, rows, columns, count):
    """Return (bytes, number of rows) of a message with the first rows; (b"", 0) without rows.

    `columns` are written even where all is null; `count` returns the node's clock, for undated rows.
    """
    rows = _alike(rows[:MOST_ROWS])
    while rows:
        message = _message(b, rows, columns, count)
        if len(message) <= MOST_BYTES or len(rows) == 1:
            return message, len(rows)
        rows = rows[: len(rows) - 1 - len(rows) // 8]
    return b"", 0


def _alike(rows):
    """Return the rows at the start that may travel together."""
    for place, row in enumerate(rows):
        first = rows[0]
        if (row.tq, row.p if row.tq == 0 else 0) != (first.tq, first.p if first.tq == 0 else 0):
            return rows[:place]
        if row.q != first.q + place:
            return rows[:place]
    return rows


def _message(b, rows, columns, count):
    t0, tq = min(row.t for row in rows), rows[0].tq
    used = [
        (place, code)
        for place, code in enumerate(COLUMNS)
        if code in columns or any(row.values[place] != NOTHING for row in rows)
    ]
    undated = ""
    if tq == 0:
        undated = ',"p":%d,"u":%d' % (rows[0].p, max(count, max(row.t for row in rows)))
    names = "".join(',"%s"' % code for _, code in used)
    lines = ",".join(
        "[%d%s]" % (row.t - t0, "".join("," + _text(row.values[p], c) for p, c in used))
        for row in rows
    )
    head = '{"v":1,"b":"%s","q":%d,"t0":%d,"tq":%d%s' % (b, rows[0].q, t0, tq, undated)
    return ('%s,"f":["dt"%s],"d":[%s]}' % (head, names, lines)).encode()


def _text(value, code):
    """Write a scaled whole number as a decimal, without ever making it a float."""
    if value == NOTHING:
        return "null"
    decimals = DECIMALS.get(code, 0)
    if not decimals:
        return "%d" % value
    sign, value = ("-", -value) if value < 0 else ("", value)
    return "%s%d.%0*d" % (sign, value // 10**decimals, decimals, value % 10**decimals)
