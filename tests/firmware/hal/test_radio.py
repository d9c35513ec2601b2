from collections.abc import Callable
from typing import Any

import pytest

from surco_service.domain.nodes.signs import complaints

pytestmark = pytest.mark.micropython
Run = Callable[[str], list[Any]]

RADIO = """
world.become("ESP32C6")
from hal.no_wifi import NoWifi
from hal.radio import Radio
world.networks = {"casa": ("secreto", -61), "vecina": ("otro", -80)}
memory, now = {}, [1000]
radio = Radio(memory, lambda: now[0], 3)
def join(ssid, password, seconds=1):
    try: return asyncio.run(radio.join(ssid, password, seconds))
    except NoWifi as error: return [error.why, str(error)]
"""


def test_the_address_of_the_first_join_is_used_again_for_a_day(run: Run) -> None:
    found = run(f"""{RADIO}
for later_s in (0, 900, 80000, 900, 900):
    now[0] += later_s
    say(join("casa", "secreto"))
say(world.network_log)
say(memory["radio"]["ip"][0])
""")
    assert found[:5] == [-61] * 5
    assert found[5] == ["dhcp", "fixed", "fixed", "fixed", "fixed"]
    assert found[6] == "192.168.1.23"


def test_after_a_day_and_in_another_network_dhcp_is_asked(run: Run) -> None:
    found = run(f"""{RADIO}
join("casa", "secreto")
now[0] += 24 * 3600
join("casa", "secreto")
join("vecina", "otro")
say(world.network_log)
""")
    assert found == [["dhcp", "dhcp", "dhcp"]]


def test_an_address_that_does_not_work_any_more_costs_half_the_time_once(run: Run) -> None:
    found = run(f"""{RADIO}
join("casa", "secreto")
world.fixed_address_works = False
say(join("casa", "secreto"))
world.fixed_address_works = True
memory["failures"] = 1  # joined, but nobody answered
join("casa", "secreto")
say(world.network_log)
""")
    assert found == [-61, ["dhcp", "fixed", "dhcp", "dhcp"]]


@pytest.mark.parametrize("chip", ["ESP32C6", "Pico W"])
@pytest.mark.parametrize(
    ("ssid", "password", "failed", "sign"),
    [
        ("casa", "mal", ["wrong-password", "wrong password: casa"], "wifi-password"),
        ("nadie", "x", ["not-found", "network not found: nadie"], "wifi-missing"),
        ("mute", "x", ["no-wifi", "no connection: mute"], "wifi-missing"),
    ],
)
def test_what_failed_has_a_code_words_and_a_sign_and_the_next_join_works(
    run: Run, ssid: str, password: str, failed: list[str], sign: str, chip: str
) -> None:
    found = run(f"""{RADIO.replace("ESP32C6", chip)}
say(join({ssid!r}, {password!r}))
say(network.WLAN(0).active())
say(join("casa", "secreto"))
""")
    assert found == [failed, False, -61]
    assert complaints(f"no Wi-Fi: {failed[1]}") == [sign]


def test_a_scan_names_each_network_once_the_strongest_first(run: Run) -> None:
    found = run(f"{RADIO}\nsay(radio.scan())")
    assert found == [[["casa", -61], ["vecina", -80]]]


def test_the_own_network_is_closed_with_a_password(run: Run) -> None:
    found = run(f"""{RADIO}
say(asyncio.run(radio.open_access_point("surco-n-001", "12345678")))
say(network.WLAN(1)._settings)
radio.off()
radio.off()
say([network.WLAN(number).active() for number in (0, 1)])
""")
    settings = {"ssid": "surco-n-001", "key": "12345678", "security": 3}
    assert found == ["192.168.4.1", settings, [False, False]]


def test_joining_leaves_the_own_network_open_for_the_phone(run: Run) -> None:
    found = run(f"""{RADIO}
asyncio.run(radio.open_access_point("surco-n-001", "12345678"))
say(join("casa", "secreto"))
say(network.WLAN(1).active())
""")
    assert found == [-61, True]
