"""From rows to the contract's bytes (message version 1). Pure; whole numbers only, no floats.

Rows of a message are consecutive and share the quality of their time and the life of their clock.
At most 24 rows and 1400 bytes.
"""

from node.rows import NOTHING

MOST_ROWS = 24
MOST_BYTES = 1400


def first_message(b, rows, count):
    """Return (bytes, number of rows) of a message with the first rows; (b"", 0) without rows.

    `count` is what the node's clock reads now, for rows without a date.
    """
    rows = _alike(rows[:MOST_ROWS])
    while rows:
        message = _message(b, rows, count)
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


def _message(b, rows, count):
    t0, tq = min(row.t for row in rows), rows[0].tq
    columns = []
    for row in rows:
        columns += [code for code, _ in row.values if code not in columns]
    undated = ""
    if tq == 0:
        undated = ',"p":%d,"u":%d' % (rows[0].p, max(count, max(row.t for row in rows)))
    names = "".join(',"%s"' % code for code in columns)
    lines = ",".join("[%d%s]" % (row.t - t0, _cells(row, columns)) for row in rows)
    head = '{"v":1,"b":"%s","q":%d,"t0":%d,"tq":%d%s' % (b, rows[0].q, t0, tq, undated)
    return ('%s,"f":["dt"%s],"d":[%s]}' % (head, names, lines)).encode()


def _cells(row, columns):
    values = dict(row.values)
    return "".join("," + decimal(values.get(code, NOTHING)) for code in columns)


def decimal(value):
    """Write hundredths as a decimal, without ever making it a float: 1446 → 14.46, 1450 → 14.5."""
    if value == NOTHING:
        return "null"
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = value // 100, value % 100
    if not rest:
        return "%s%d" % (sign, whole)
    if rest % 10:
        return "%s%d.%02d" % (sign, whole, rest)
    return "%s%d.%d" % (sign, whole, rest // 10)
