"""Measure, and commit the rows to flash; unloaded before a visit (`node.room`)."""

from node.kept import hundredths, keep, kept

SAMPLE_MS = 1000  # no sensor may ask for more
MOST_KEPT = 1500  # bytes of rows in RTC memory


def measure(node):
    """Return (column code, hundredths) of everything that was measured."""
    sensors = node.board.sensors(node.config["sensors"] or None)
    wait_ms = max([sensor.begin() for sensor in sensors] + [0])
    node.board.wait_ms(min(wait_ms, SAMPLE_MS))
    values = {}
    for sensor in sensors:
        values.update(sensor.read())
    values["bv"], values["rs"] = node.battery_mv, node.memory.get("rssi")
    return [(code, hundredths(value)) for code, value in values.items()]


def keep_in_memory(node, values):
    """Keep a row where neither flash nor radio is needed; the oldest go when there is no room."""
    rows, memory = keep(node.board.rows, node.count(), values), node.memory
    while len(rows) > MOST_KEPT:
        rows = rows[1 + rows[0] :]
        memory["dropped"] = memory.get("dropped", 0) + 1
    node.board.rows = rows
    memory["kept"] = memory.get("kept", 0) + 1


def commit(node, values, at_once=True):
    """Commit rows to flash: at once, or when `spill_rows` of them wait in RTC memory."""
    keep_in_memory(node, values)
    if at_once or node.memory["kept"] >= node.config["spill_rows"] or node.slots.on_trial:
        _spill(node)


def _spill(node):
    """Move the rows from RTC memory to flash; what flash does not take stays there."""
    board, waiting, now = node.board, list(kept(node.board.rows)), node.count()
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
