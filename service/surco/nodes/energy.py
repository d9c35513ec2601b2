"""How long a node lives on its battery: the charge of every state of a wake, added up. Pure.

No current was measured by us. Every number is somebody's measurement, or an estimate and marked so.
The charges were measured on a board that draws 15 mA beside its chip (glenn20 says so); that share
is taken off here and given back to boards that have it (`Board.beside_ma`).
"""

from dataclasses import dataclass, replace

CELL_MAH = 2000.0
USABLE = 0.70  # the node stops sending at 3.5 V; cold, age and self-discharge take their part too
DAY_S, YEAR_D = 86_400.0, 365.0
BESIDE_MA = 15.0  # what the board of the measurements drew beside its chip

GLENN = "glenn20/upy-esp32-experiments, ESPNowvsWifiEnergyUsage"
JOINING_MA = (100.2 - 3.32) / (0.734 - 0.070)  # average while joining, static address
CONNECTED_MA = (341.3 - 204.3) / (2.928 - 1.626)  # average while an HTTP POST waits and sends
IDLE_MA = 20.1  # ESP32-C3 at 160 MHz that waits, robdobson.com 2023-11
PROBE_MA, DS18B20_MA = 5.0, 1.5  # SunFounder ESP32 kit manual; datasheet of the DS18B20, at most
GIVE_UP_S = 6.0  # one network does not answer: firmware/node/gateway/session.py, FIRST_S
LONGEST_BACK_OFF_S = 6 * 3600.0  # firmware/node/wake/power.py; on average an eighth more is added


@dataclass(frozen=True)
class State:
    """One state of a wake: seconds, the chip's charge in mC, whether measured, and by whom."""

    name: str
    seconds: float
    charge_mc: float
    measured: bool
    source: str


def _published(name: str, seconds: float, charge_mc: float) -> State:
    return State(name, seconds, charge_mc - BESIDE_MA * seconds, True, GLENN)


def _estimate(name: str, seconds: float, current_ma: float, source: str) -> State:
    return State(name, seconds, seconds * current_ma, False, source)


STATES: dict[str, State] = {
    state.name: state
    for state in (
        _published("boot", 0.070, 3.32),
        _published("files", 0.350, 23.6),
        _estimate("sample", 0.80, IDLE_MA + PROBE_MA + DS18B20_MA, "DS18B20: 750 ms"),
        _estimate("keep", 0.06, IDLE_MA, "1 erase, 4 programs"),
        _published("wifi", 0.734 - 0.070, 100.2 - 3.32),
        _published("dhcp", 1.626 - 0.734, 204.3 - 100.2),
        _estimate("tls", 1.0, CONNECTED_MA - BESIDE_MA, "time: microdot#34 (0.93-1.07 s, P-384)"),
        _published("mqtt", 0.774 - 0.734, 108.6 - 100.2),
        _estimate("ack", 0.2, CONNECTED_MA - BESIDE_MA, "fsync, 2 round trips"),
        _estimate("status", 0.05, CONNECTED_MA - BESIDE_MA, "1 message, DISCONNECT"),
        _estimate("give-up", GIVE_UP_S, JOINING_MA - BESIDE_MA, "firmware/node/gateway/session.py"),
    )
}
EVERY_WAKE = ("boot", "files", "sample", "keep")


@dataclass(frozen=True)
class Board:
    """What it draws asleep (with its battery divider), and awake beside the chip."""

    name: str
    sleep_ua: float
    source: str
    divider_ua: float = 0.0
    beside_ma: float = 0.0

    @property
    def asleep_ua(self) -> float:
        return self.sleep_ua + self.divider_ua


DIVIDER_UA = 4.0  # 2 x 470 kOhm at 3.8 V
SEEED = "forum.seeedstudio.com"
RECOMMENDED = Board(
    "FireBeetle 2 ESP32-E, pad cut", 18, "antoinecellerier (18, PPK2); lucidar.me (11.6)"
)
CHEAPEST = Board("XIAO ESP32-C3, 3.8 V", 50, f"{SEEED} 284207 (43-50)", DIVIDER_UA)
BOARDS = (
    RECOMMENDED,  # its battery divider, 2 x 1 MOhm, is part of the measurement
    CHEAPEST,
    replace(CHEAPEST, name="XIAO ESP32-C3, divider 2 × 200 kΩ", divider_ua=9.5),
    replace(CHEAPEST, name="XIAO ESP32-C3, divider 2 × 100 kΩ", divider_ua=19.0),
    Board("XIAO ESP32-C3, ≤ 3.3 V", 80, f"{SEEED} 284207", DIVIDER_UA),
    Board("QT Py ESP32-C3", 100, "learn.adafruit.com", DIVIDER_UA),
    Board("XIAO ESP32-C3, worst seen", 115, f"{SEEED} 267058", DIVIDER_UA),
    Board("FireBeetle 2 ESP32-E, pad not cut", 520, "lucidar.me"),
    Board("Pico W, Wi-Fi never on", 1200, "ghubcoder/micropython-pico-deepsleep#8"),
    Board("Pico W, after Wi-Fi", 2200, "ghubcoder/micropython-pico-deepsleep#13"),
    Board("ESP32-DevKitC V4", 3800, "lucidar.me", 0.0, 3.8),
    Board("ESP32, USB chip and LED", 15_000, GLENN, 0.0, BESIDE_MA),
)
CURRENTS_UA = (50.0, 80.0, 115.0)


@dataclass(frozen=True)
class Policy:
    """How a node spends its wakes; `found` says whether there is any Wi-Fi."""

    sample_min: int = 15
    upload_every: int = 4
    tls: bool = True
    dhcp: bool = False
    found: bool = True
    back_off: bool = True

    @property
    def wakes(self) -> float:
        """Wakes a day."""
        return 1440 / self.sample_min

    @property
    def visits(self) -> float:
        """Times a day that the radio is switched on."""
        if self.found:
            return self.wakes / self.upload_every
        return DAY_S / (LONGEST_BACK_OFF_S * 1.125) if self.back_off else self.wakes

    def visit(self) -> tuple[str, ...]:
        """Return the states of one visit."""
        if not self.found:
            return ("give-up",)
        asked = [("wifi", True), ("dhcp", self.dhcp), ("tls", self.tls)]
        return (*(name for name, wanted in asked if wanted), "mqtt", "ack", "status")


USUAL = Policy()
POLICIES = tuple(
    Policy(minutes, every)
    for minutes in (15, 30, 60)
    for every in dict.fromkeys((1, max(1, 60 // minutes), 180 // minutes))
)


def charge_mc(states: tuple[str, ...], beside_ma: float = 0.0) -> float:
    """Return the charge of some states, with what the board draws beside its chip."""
    return sum(STATES[name].charge_mc + beside_ma * STATES[name].seconds for name in states)


def awake_mc(policy: Policy, beside_ma: float = 0.0) -> float:
    """Return the charge of a day's wakes."""
    wakes = policy.wakes * charge_mc(EVERY_WAKE, beside_ma)
    return wakes + policy.visits * charge_mc(policy.visit(), beside_ma)


def day_mc(asleep_ua: float, policy: Policy, beside_ma: float = 0.0) -> float:
    """Return the charge of a whole day, in mC (a day has so few awake seconds that all sleep)."""
    return awake_mc(policy, beside_ma) + asleep_ua * DAY_S / 1000


def days(asleep_ua: float, policy: Policy = USUAL, beside_ma: float = 0.0) -> float:
    """Return the days on one cell."""
    return CELL_MAH * USABLE * 3600 / day_mc(asleep_ua, policy, beside_ma)


def year_ua(policy: Policy = USUAL) -> float:
    """Return the sleep current, in µA, at which a year is just reached; below 0: never."""
    return (CELL_MAH * USABLE * 3600 / YEAR_D - awake_mc(policy)) * 1000 / DAY_S


GONE = replace(USUAL, found=False)
WHAT_IFS: dict[str, tuple[Policy, float]] = {  # key of the words: (policy, mA beside the chip)
    "as-is": (USUAL, 0.0),
    "plain": (replace(USUAL, tls=False), 0.0),
    "dhcp": (replace(USUAL, dhcp=True), 0.0),
    "published": (USUAL, BESIDE_MA),
    "gone": (GONE, 0.0),
    "no-back-off": (replace(GONE, back_off=False), 0.0),
}


@dataclass(frozen=True)
class Comparison:
    """A published number beside the model's; `independent`: the model was not made from it."""

    name: str
    published: float
    model: float
    unit: str
    independent: bool
    source: str

    @property
    def ratio(self) -> float:
        return self.model / self.published


def comparisons() -> list[Comparison]:
    """Compare the model, on the board of the measurement, with what was published."""

    def made_from(
        name: str, published: float, *states: str, connected_s: float = 0.0
    ) -> Comparison:
        model = charge_mc(states, BESIDE_MA) + connected_s * CONNECTED_MA
        return Comparison(name, published, model, "mC", False, GLENN)

    joined = ("boot", "files", "wifi", "dhcp")
    rest_s = 4.2 - sum(STATES[name].seconds for name in joined)
    mqtt_as = charge_mc(joined) + rest_s * (CONNECTED_MA - BESIDE_MA)
    radio = USUAL.visit()
    radio_ma = charge_mc(radio) / sum(STATES[name].seconds for name in radio)
    return [
        made_from("boot", 3.32, "boot"),
        made_from("Wi-Fi, static", 100.2, "boot", "wifi"),
        made_from("Wi-Fi, static, MQTT", 108.6, "boot", "wifi", "mqtt"),
        made_from("Wi-Fi, DHCP", 204.3, "boot", "wifi", "dhcp"),
        made_from("Wi-Fi, DHCP, HTTP", 341.3, "boot", "wifi", "dhcp", connected_s=1.302),
        Comparison("S3, mqtt_as, 4.2 s", 300, mqtt_as, "mC", True, "peterhinch/micropython-mqtt"),
        Comparison("C3, Wi-Fi", 100, radio_ma, "mA", True, "requireiot/MySoilSensorESP32"),
        Comparison("C3, Wi-Fi", 50, radio_ma, "mA", True, "requireiot.com"),
    ]


Figure = tuple[str, float, str, str | None, bool | None]


def figures() -> list[Figure]:
    """Return (name, value, unit, target, holds) for the measuring command; None: no target."""

    def lasting(name: str, found: float, aimed: bool) -> Figure:
        target, holds = ("≥ 365", found >= YEAR_D) if aimed else (None, None)
        return (name, round(found), "days", target, holds)

    found = [
        *(
            lasting(f"{one.name}: 15 min, hourly", days(one.asleep_ua), True)
            for one in (RECOMMENDED, CHEAPEST)
        ),
        *(lasting(f"{ua:g} µA: 15 min, hourly", days(ua), ua == 50) for ua in CURRENTS_UA),
        ("sleep current of a year", round(year_ua(), 1), "µA", None, None),
    ]
    for one in comparisons():  # below 1 the model would promise more than was measured
        if one.independent:
            name = f"model ÷ published: {one.name}, {one.published:g} {one.unit}"
            found.append((name, round(one.ratio, 2), "", "≥ 0.9", one.ratio >= 0.9))
    return found
