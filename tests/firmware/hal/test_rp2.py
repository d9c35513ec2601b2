from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.micropython
Run = Callable[[str], list[Any]]
BOARD = "board = on('Pico W')()\n"


def test_it_measures_what_hangs_on_it_and_has_no_battery(run: Run) -> None:
    found = run(f"""
world.voltages = {{26: 1500}}
{BOARD}
sensors = board.sensors(None)
say([board.cause(), board.stays_awake, board.battery().read(), board.memory])
sensors[0].begin()
say(sensors[0].read())
""")
    assert found[0] == ["power", True, {"bv": None}, {}]
    assert found[1]["r1"] in (1499, 1500)


def test_its_sleep_is_a_wait_that_feeds_the_watchdog(run: Run) -> None:
    found = run(f"""
{BOARD}
board.memory["offset"] = 7
before = board.count()
board.sleep(900)
say([board.count() - before, board.cause(), board.memory["offset"]])
say([world.longest_ms < 1000, time.ticks_diff(time.ticks_ms(), world.last_fed) < 1000])
""")
    assert found[0] in ([900, "sleep", 7], [901, "sleep", 7])
    assert found[1] == [True, True]


def test_the_button_ends_the_wait_and_asks_for_a_visit(run: Run) -> None:
    found = run(f"""
{BOARD}
say(board.button())
world.bootsel = 1
say(board.button())
before = board.count()
board.sleep(900)
say([board.count() - before < 3, board.memory["asked"]])
""")
    assert found == [False, True, [True, True]]


def test_a_watchdog_is_told_from_a_restart_that_was_asked_for(run: Run) -> None:
    found = run(f"""
{BOARD}
world.reset_cause = machine.WDT_RESET
try: board.restart()
except world.Restarted: pass
{BOARD}
say(board.cause())
{BOARD}
say(board.cause())
""")
    assert found == ["reset", "watchdog"]


def test_a_state_that_is_late_is_not_fed(run: Run) -> None:
    found = run(f"""
{BOARD}
board.checkpoint("connect", 8)
board.wait_ms(30000)
say(time.ticks_diff(time.ticks_ms(), world.last_fed) > 20000)
""")
    assert found == [True]


def test_tips_count_while_it_waits(run: Run) -> None:
    found = run(f"""
{BOARD}
sensor = board.sensors([{{"kind": "rain_gauge", "pin": 3}}])[0]
world.timers.append(world.Ticking(2000, lambda timer: world.interrupts[3]()))
board.sleep(20)
say(sensor.read()["rg"] / 0.2794)
""")
    assert found[0] == pytest.approx(10, abs=1)
