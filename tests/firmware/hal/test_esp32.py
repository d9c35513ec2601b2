from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.micropython
Run = Callable[[str], list[Any]]

RAIN = '[{"kind": "rain_gauge", "pin": 5, "mm": 0.5}]'
CHIPS = ("ESP32", "ESP32C6", "ESP32C3")


@pytest.mark.parametrize("chip", CHIPS)
def test_the_usual_sensors_of_every_board_open_and_measure(run: Run, chip: str) -> None:
    found = run(f"""
world.voltages = {{pin: 1234 for pin in range(40)}}
board = on({chip!r})()
sensors = board.sensors(None)
say([board.cause(), board.count() < 5, board.battery().read()])
wait = max([sensor.begin() for sensor in sensors])
board.wait_ms(wait)
for sensor in sensors: say(sensor.read())
""")
    assert found == [["power", True, {"bv": 2468}], {"r1": 1234}, {"st": None}]


@pytest.mark.parametrize("chip", CHIPS)
def test_memory_and_rows_outlive_deep_sleep(run: Run, chip: str) -> None:
    found = run(f"""
board = on({chip!r})()
board.memory["offset"], board.rows = 7, b"rows"
say(sleep(board, 900)[0])
board = on({chip!r})()
say([board.cause(), board.memory["offset"], list(board.rows)])
""")
    assert found == [900_000, ["sleep", 7, list(b"rows")]]


def test_memory_that_is_damaged_or_of_another_clock_is_forgotten(run: Run) -> None:
    found = run("""
board = on("ESP32C6")()
board.memory["offset"] = 7
world.born_s = 5000
sleep(board, 900)
whole, world.born_s = world.rtc_memory, 0  # the clock began anew
say("offset" in on("ESP32C6")().memory)
world.rtc_memory, world.born_s = whole[:-1] + b"?", 5000
say("offset" in on("ESP32C6")().memory)
world.rtc_memory = whole
say("offset" in on("ESP32C6")().memory)
""")
    assert found == [False, False, True]


@pytest.mark.parametrize(("epoch", "shown"), [(2000, 77), (1970, 77), (1970, 946_684_877)])
def test_the_clock_counts_alike_from_1970_and_from_2000(run: Run, epoch: int, shown: int) -> None:
    found = run(f"world.epoch, world.born_s = {epoch}, {shown}\nsay(on('ESP32')().count())")
    assert found[0] in (77, 78)


def test_a_gate_is_held_low_in_deep_sleep_and_moves_again_afterwards(run: Run) -> None:
    found = run("""
world.voltages = {2: 1500}
board = on("ESP32C6")()
board.sensors(None)[0].begin()
say([world.outputs[18], world.held])
board.sensors(None)[0].read()
sleep(board, 60)
say(sorted(world.held.items()))
board = on("ESP32C6")()
sensor = board.sensors(None)[0]
sensor.begin()
say([world.outputs[18], world.held])
say(sensor.read())
""")
    assert found == [[1, {}], [[18, 0]], [1, {}], {"r1": 1500}]


# ---------------------------------------------------------------- rain


TIP = """
def tip(pin, reason):
    world.wake_reason = reason
    world.low.add(pin)
    board = None
    try:
        world.since_ms += 100000
        board = on(CHIP)
        world.timers.append(world.Ticking(200, lambda timer: world.low.discard(pin)))
        board()
    except world.Slept as slept:
        return slept.args[0] // 1000, world.wake_pins_armed()
"""


@pytest.mark.parametrize(
    ("chip", "pin", "reason"), [("ESP32", 26, 2), ("ESP32C6", 5, 7), ("ESP32C3", 4, 7)]
)
def test_a_tip_in_deep_sleep_is_counted_and_the_sleep_goes_on(
    run: Run, chip: str, pin: int, reason: int
) -> None:
    found = run(f"""
CHIP, RAIN = {chip!r}, [{{"kind": "rain_gauge", "pin": {pin}, "mm": 0.5}}]
{TIP}
board = on(CHIP)()
board.sensors(RAIN)
say(sleep(board, 900))
for _ in range(3): say(tip({pin}, {reason}))
world.wake_reason = 4
board = on(CHIP)()
sensor = board.sensors(RAIN)[0]
say([sensor.read(), sensor.read(), board.memory.get("asked", False)])
""")
    ms, armed = found[0]
    assert ms == 900_000
    assert pin in armed
    for (left, again), wanted in zip(found[1:4], (800, 700, 600), strict=True):
        assert wanted - 5 <= left <= wanted
        assert pin in again
    assert found[4] == [{"rg": 1.5}, {"rg": 0.0}, False]


def test_a_tip_when_the_sleep_is_over_anyway_begins_the_wake(run: Run) -> None:
    found = run(f"""
board = on("ESP32C6")()
board.sensors({RAIN})
sleep(board, 900)
world.since_ms += 899500
world.wake_reason = 7
say(on("ESP32C6")().sensors({RAIN})[0].read())
""")
    assert found == [{"rg": 0.5}]


def test_tips_while_it_is_awake_count_and_bounces_do_not(run: Run) -> None:
    found = run(f"""
board = on("ESP32C6")()
sensor = board.sensors({RAIN})[0]
for pause_ms in (0, 10, 20, 1000, 10):
    board.wait_ms(pause_ms)
    world.interrupts[5]()
say(sensor.read())
""")
    assert found == [{"rg": 1.0}]


def test_tips_that_no_row_has_yet_are_kept_through_the_sleep(run: Run) -> None:
    found = run(f"""
board = on("ESP32C6")()
board.sensors({RAIN})
world.interrupts[5]()
sleep(board, 60)
sleep(on("ESP32C6")(), 60)  # a wake that opens no sensors
board = on("ESP32C6")()
say(board.sensors({RAIN})[0].read())
sleep(board, 60)
board = on("ESP32C6")()
say(board.sensors({RAIN})[0].read())
""")
    assert found == [{"rg": 0.5}, {"rg": 0.0}]


def test_a_magnet_that_rests_at_the_contact_does_not_wake_it_again_and_again(run: Run) -> None:
    found = run(f"""
board = on("ESP32C6")()
board.sensors({RAIN})
say(sleep(board, 900)[1])
world.low.add(5)
say(sleep(board, 900)[1])
""")
    assert found == [[5, 7], [7]]


# ---------------------------------------------------------------- watchdog, causes, button


def test_the_watchdog_is_fed_until_a_state_is_late(run: Run) -> None:
    found = run(
        """
board = on("ESP32C6")()
board.checkpoint("wifi", 12)
begun = time.ticks_ms()
board.wait_ms(60000)
say([time.ticks_diff(when, begun) // 1000 for when in (world.first_fed, world.last_fed)])
say(world.longest_ms < 1000)
BITE
board = on("ESP32C6")()
say([board.cause(), board.memory["crash"]])
sleep(board, 60)
say(on("ESP32C6")().cause())
""".replace("BITE", BITE)
    )
    assert found == [[0, 11], True, 60, ["watchdog", "stuck in wifi"], "sleep"]


BITE = """
world.reset_cause = 3
try: on("ESP32C6")()
except world.Slept as slept: say(slept.args[0] // 1000)
world.reset_cause, world.wake_reason = 4, 4
"""


def test_a_node_that_hangs_at_every_wake_rests_longer_and_longer(run: Run) -> None:
    found = run(
        """
for _ in range(5):
    BITE
    board = on("ESP32C6")()
sleep(board, 60)
on("ESP32C6")()
BITE
""".replace("    BITE", "\n".join("    " + line for line in BITE.splitlines())).replace(
            "BITE", BITE
        )
    )
    assert found == [60, 900, 3600, 21600, 21600, 60]


WAKE = """
from node.gateway import session
from node.start import one_wake
session.FIRST_S = 1  # nobody is there
from slots import Slots
with open("/config.json", "w") as file: file.write(json.dumps({
    "node": "n-001", "host": "192.168.1.9", "networks": [{"ssid": "nadie", "password": "x"}],
    "sensors": [{"kind": "soil_probe", "pin": 2, "gate": 18}, {"kind": "rain_gauge", "pin": 5}]}))
world.voltages = {0: 1950, 2: 1500}
slots = Slots("")
board = on("ESP32C6")()
begun = time.ticks_ms()
say(one_wake(board, slots) <= 900)
say(time.ticks_diff(time.ticks_ms(), begun) < 30000)
say([board.memory.get("crash"), network.WLAN(0).active(), world.outputs[18]])
say(sleep(board, 900))
from node.keep.outbox import Outbox
from node.keep.state import State
board = on("ESP32C6")()
rows = Outbox(board.flash, State(board.flash, board.random), 8).last_row()
say(len(list(rows)))
"""


def test_a_whole_wake_of_the_node_measures_keeps_and_sleeps(run: Run) -> None:
    assert run(WAKE) == [True, True, [None, False, 0], [900_000, [5, 7]], 1]


def test_who_was_late_is_not_forgiven(run: Run) -> None:
    found = run("""
board = on("ESP32C6")()
board.checkpoint("wifi", 12)
board.wait_ms(13000)
board.checkpoint("connect", 12)
last = world.last_fed
board.wait_ms(13000)
say([world.last_fed == last, board.memory["crash"]])
""")
    assert found == [[True, "stuck in wifi"]]


def test_every_checkpoint_begins_anew(run: Run) -> None:
    found = run("""
board = on("ESP32C6")()
for state in "abcdef":
    board.checkpoint(state, 10)
    board.wait_ms(9000)
say([time.ticks_diff(time.ticks_ms(), world.last_fed) < 200, "crash" in board.memory])
""")
    assert found == [[True, False]]


def test_a_file_keeps_the_watchdog_off_for_work_with_a_cable(run: Run) -> None:
    found = run("""
on("ESP32C6")()
with open("/bench", "w"): pass
on("ESP32C6")().checkpoint("wifi", 12)
say(world.started_watchdogs)
""")
    assert found == [1]


def test_a_restart_that_was_asked_for_is_no_crash(run: Run) -> None:
    found = run("""
board = on("ESP32")()
try: board.restart()
except world.Restarted: world.reset_cause = machine.HARD_RESET
say(on("ESP32")().cause())
sleep(on("ESP32")(), 60)
world.reset_cause = machine.HARD_RESET
say(on("ESP32")().cause())
""")
    assert found == ["reset", "crash"]


def test_only_a_button_held_for_three_seconds_is_held(run: Run) -> None:
    found = run("""
board = on("ESP32C6")()
say(board.button())
world.low.add(9)
begun = time.ticks_ms()
say([board.button(), time.ticks_diff(time.ticks_ms(), begun) // 1000])
world.timers.append(world.Ticking(1000, lambda timer: world.low.discard(9)))
say(board.button())
""")
    assert found == [False, [True, 3], False]


@pytest.mark.parametrize(("chip", "pin", "reason"), [("ESP32", 27, 2), ("ESP32C6", 7, 7)])
def test_a_button_that_ends_the_sleep_asks_for_a_visit(
    run: Run, chip: str, pin: int, reason: int
) -> None:
    found = run(f"""
say(sleep(on({chip!r})(), 900)[1])
world.wake_reason = {reason}
board = on({chip!r})()
say([board.memory.get("asked"), board.memory.get("tips", 0)])
""")
    assert found == [[pin], [True, 0]]


def test_a_later_micropython_tells_the_button_from_the_rain(run: Run) -> None:
    found = run(f"""
board = on("ESP32C6")()
board.sensors({RAIN})
sleep(board, 900)
machine.wake_pins = lambda: (7,)  # in no release up to 1.28
world.wake_reason = 7
board = on("ESP32C6")()
say([board.memory.get("asked"), board.memory.get("tips", 0)])
""")
    assert found == [[True, 0]]


# ---------------------------------------------------------------- pins and boards


@pytest.mark.parametrize(("chip", "pin"), [("ESP32", 4), ("ESP32C6", 7), ("ESP32C3", 5)])
def test_a_pin_of_adc2_or_none_is_refused_with_the_pins_that_would_do(
    run: Run, chip: str, pin: int
) -> None:
    found = run(f"""
try: on({chip!r})().sensors([{{"kind": "soil_probe", "pin": {pin}}}])
except ValueError as error: say(str(error))
""")
    assert f"soil_probe: pin {pin} measures no voltage; use " in found[0]


def test_a_board_with_other_pins_says_so_in_a_file(run: Run) -> None:
    found = run("""
with open("/board.json", "w") as file: file.write('{"battery": null, "sda": 8, "scl": 9}')
board = on("ESP32C3")()
say([board.battery().read(), board.pins.i2c()._lines])
""")
    assert found == [[{"bv": None}, [8, 9]]]


def test_a_chip_nobody_knows_says_where_to_add_it(run: Run) -> None:
    found = run("""
try: on("ESP32P4")()
except ValueError as error: say(str(error))
""")
    assert "hal/esp32.py" in found[0]


def test_a_pattern_of_the_light_is_shown_once_or_again_and_again(run: Run) -> None:
    found = run("""
board = on("ESP32C6")()
def shown(ms):
    found = ""
    for _ in range(ms // 100):
        board.wait_ms(100)
        found += "#" if world.outputs[15] else "."
    return found
board.light("saved")
say(shown(800))
board.light("setup")
say(shown(2000))
board.light("off")
say(shown(300))
board.light("fault")
sleep(board, 60)
say(world.outputs[15])
""")
    once, again, off, asleep = found
    assert once == "#..#...."
    assert again == "#.........#........."
    assert (off, asleep) == ("...", 0)


def test_probes_that_share_a_gate_are_powered_until_both_have_been_read(run: Run) -> None:
    found = run("""
world.voltages = {pin: 1234 for pin in range(40)}
board = on("ESP32")()
pair = [{"kind": "soil_probe", "column": code, "pin": pin, "gate": 25}
        for code, pin in (("r1", 36), ("r2", 39))]
sensors = board.sensors(pair)
shown = lambda: world.outputs[25]
for sensor in sensors: sensor.begin()
say(shown())
sensors[0].read(); say(shown())
sensors[1].read(); say(shown())
""")
    assert found == [1, 1, 0]
