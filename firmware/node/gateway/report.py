"""From rows to the contract's bytes (message version 1). Pure; whole numbers only, no floats.

Rows of a message are consecutive and share the quality of their time and the life of their clock.
At most 24 rows and 1400 bytes.
"""

from node.keep.rows import NOTHING, head, values

MOST_ROWS = 24
MOST_BYTES = 1400


def first_message(b, rows, count):
    """Return (bytes, number of rows) of a message with the first rows; (b"", 0) without rows.

    `count` is what the node's clock reads now, for rows without a date.
    """
    n = _alike(rows[:MOST_ROWS])
    while n:
        message = _message(b, rows[:n], count)
        if len(message) <= MOST_BYTES or n == 1:
            return message, n
        n -= 1 + n // 8
    return b"", 0


def _alike(rows):
    """Return how many rows at the start may travel together."""
    first, kind = 0, None
    for place, row in enumerate(rows):
        q, _, tq, p = head(row)
        if kind is None:
            first, kind = q, (tq, p if tq == 0 else 0)
        if q != first + place or (tq, p if tq == 0 else 0) != kind:
            return place
    return len(rows)


def _message(b, rows, count):
    first, _, tq, p = head(rows[0])
    times = [head(row)[1] for row in rows]
    t0, columns = min(times), []
    for row in rows:
        columns += [code for code, _ in values(row) if code not in columns]
    said = '{"v":1,"b":"%s","q":%d,"t0":%d,"tq":%d' % (b, first, t0, tq)
    if tq == 0:
        said += ',"p":%d,"u":%d' % (p, max(count, max(times)))
    said += ',"f":["dt"%s],"d":[' % "".join([',"%s"' % code for code in columns])
    for place, row in enumerate(rows):
        times[place] = _line(times[place] - t0, row, columns)
    times[0] = said + times[0]
    times[-1] += "]}"
    return ",".join(times).encode()


def _line(dt, row, columns):
    found = dict(values(row))
    cells = ["," + decimal(found.get(code, NOTHING)) for code in columns]
    return "[%d%s]" % (dt, "".join(cells))


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
