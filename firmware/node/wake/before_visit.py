"""All of a wake that comes before a visit: gate, sample, keep. Unloaded then (`node.unload`)."""

from micropython import const
from node.keep.outbox import Outbox
from node.keep.rows import head
from node.keep.state import State
from node.wake import power
from node.wake.clock import UNDATED, Clock
from node.wake.sample import commit, keep_in_rtc, measure

_GATE_S = const(1)
_SAMPLE_S = const(3)
_KEEP_S = const(2)
_MOST_LIVES = const(8)  # of the clock, whose ends are remembered
_MOST_JUMP_S = const(366 * 86400)  # forwards between two wakes; more is no clock


def before_visit(node):
    """Look at the battery, measure, keep; return (seconds to sleep or 0, whether to visit)."""
    board, memory = node.board, node.memory
    board.checkpoint("gate", _GATE_S)
    check_clock(node)
    node.battery_mv = board.battery().read()["bv"]
    tier = memory["tier"] = power.tier(node.battery_mv, memory.get("tier", power.OK))
    if tier == power.EMPTY:
        board.light("weak")
        return power.LONG_SLEEP_S, False
    board.checkpoint("sample", _SAMPLE_S)
    values = measure(node)
    if tier == power.WEAK:
        keep_in_rtc(node, values)
        return node.interval_s(), False
    board.checkpoint("keep", _KEEP_S)
    open_ring(node)
    due = upload_is_due(node)
    commit(node, values, at_once=due)
    return 0, due


def check_clock(node):
    """Begin a new life when the hardware's clock went backwards or far ahead: 2000, 2106."""
    now, before = node.count(), node.memory.get("seen", 0)
    if not before <= now <= before + _MOST_JUMP_S:
        from node.keep.rtc_rows import forget_times

        for name in ("p", "offset", "synced", "ppm", "retry_at", "fast_end"):
            node.memory.pop(name, None)
        node.memory["zero"], node.board.rows = node.board.count(), forget_times(node.board.rows)
    node.memory["seen"] = node.count()


def open_ring(node):
    """Look into the flash; only when the battery allows it."""
    state = State(node.flash, node.board.random)
    if state.damaged:
        node.note("the state was damaged; what was acked is sent again")
    told = node.memory.pop("update", "")
    node.progress = told if told.endswith("%") else None
    if told and not node.progress:
        node.note("update: " + told)
    for words in (node.config["note"], node.memory.pop("crash", "")):
        if words:
            node.note(words)
    outbox = Outbox(node.flash, state, node.config["segments"])
    if "p" not in node.memory:  # the clock lost its power, so a new life of it begins
        node.memory["p"] = _new_life_of_clock(state, outbox)
    node.use_ring(state, outbox, Clock(node.count, node.memory, node.memory["p"]))


def _new_life_of_clock(state, outbox):
    """Return its number; remember when the one before ended."""
    ends = state.get("ends", [])
    for row in outbox.last_row():
        _, t, tq, life = head(row)
        if tq == UNDATED and life not in [p for p, _ in ends]:
            state["ends"] = (ends + [[life, t]])[-_MOST_LIVES:]
    state["p"] = state["p"] + 1
    state.save()
    return state["p"]


def upload_is_due(node):
    """Count this wake, and tell whether it visits. The first one with power does: somebody is there."""
    memory, every = node.memory, node.config["upload_every"]
    memory["wakes"] = memory.get("wakes", every) + 1
    bad = node.slots.state["bad"]  # a version that was just given up: the garden should know
    news = bad and bad != memory.get("bad")
    memory["bad"] = bad
    if news or node.slots.on_trial or memory.pop("asked", False):
        return True
    if node.count() < memory.get("retry_at", 0):
        return False
    return memory.get("failures", 0) > 0 or node.fast_left() > 0 or memory["wakes"] >= every
