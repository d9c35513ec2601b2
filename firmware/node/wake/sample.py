"""Measure, and commit the rows to flash; unloaded before a visit (`node.unload`)."""

from micropython import const
from node.keep.rows import MOST_VALUES
from node.keep.rtc_rows import add, each, hundredths

_SAMPLE_MS = const(1000)  # no sensor may ask for more
_MOST_KEPT = const(1500)  # bytes of rows in RTC memory


def measure(node):
    """Return (column code, hundredths) of everything that was measured.

    A sensor that fails costs its own values, never the row, and the next status tells why.
    """
    sensors, found, wait_ms = [], [], 0
    for one in node.config["sensors"] or (None,):
        for sensor in _tried(node, node.board.sensors, None if one is None else [one]) or ():
            needs_ms = _tried(node, sensor.begin)
            if needs_ms is not None:
                sensors.append(sensor)
                wait_ms = max(wait_ms, needs_ms)
    node.board.wait_ms(min(wait_ms, _SAMPLE_MS))
    for sensor in sensors:
        found += (_tried(node, sensor.read) or {}).items()
    found += [("bv", node.battery_mv), ("rs", node.memory.get("rssi"))]
    if len(found) > MOST_VALUES:
        node.note("sensors: more than %d values" % MOST_VALUES)
    return [(code, hundredths(value)) for code, value in found]


def _tried(node, do, *given):
    """Return what a call returns; None when it fails, which is noted."""
    try:
        return do(*given)
    except Exception as error:  # nobody is there to look
        if node.slots.on_trial:  # the version before could do it, perhaps
            raise
        node.note("sensors: %s" % (str(error) or type(error).__name__))


def keep_in_rtc(node, values):
    """Keep a row where neither flash nor radio is needed; the oldest go when there is no room."""
    rows, memory = add(node.board.rows, node.count(), values), node.memory
    while len(rows) > _MOST_KEPT:
        rows = rows[1 + rows[0] :]
        memory["dropped"] = memory.get("dropped", 0) + 1
    node.board.rows = rows
    memory["kept"] = memory.get("kept", 0) + 1


def commit(node, values, at_once=True):
    """Commit rows to flash: at once, or when `spill_rows` of them wait in RTC memory."""
    keep_in_rtc(node, values)
    if at_once or node.memory["kept"] >= node.config["spill_rows"] or node.slots.on_trial:
        _spill(node)


def _spill(node):
    """Move the rows from RTC memory to flash; what flash does not take stays there."""
    board, waiting, now = node.board, list(each(node.board.rows)), node.count()
    node.state["lost"] = node.state.get("lost", 0) + node.memory.pop("dropped", 0)
    for count, packed in waiting:
        t, tq = node.clock.stamp()
        try:
            q = node.outbox.append(max(0, t - (now - count)), tq, node.clock.life, packed)
        except OSError as error:
            node.note("flash takes no rows: %s" % error)
            return
        board.rows = board.rows[1 + board.rows[0] :]
        board.trace({"committed": q, "b": node.state["b"]})
    node.memory["kept"] = 0
    if len(waiting) > 1:
        board.remember()  # else a reset before the next sleep would bring them back
