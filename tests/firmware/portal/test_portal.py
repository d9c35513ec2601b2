"""A phone sets a node up: the portal as a process, a broker that knows labels, both interpreters."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hal.sim import Board
from node.keep import config as configuration
from node.keep.flash import Flash
from node.portal.open_portal import open_portal
from node.portal.probe_check import ProbeCheck
from slots import Slots
from tests.firmware.portal.portals import (
    BROKER_PASSWORD,
    CODE,
    NETWORKS,
    NODE,
    WIFI_PASSWORD,
    ClaimBroker,
    SimulatedPortal,
    configure,
    configured,
    make_node,
    soil,
)  # fmt: skip
from tests.servers import accepts, free_port

BOTH = pytest.mark.parametrize("interpreter", ["cpython", "micropython"])
TAKEN = {"ok": True}
pytestmark = pytest.mark.timeout(120)
Fresh = Callable[..., Path]


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    """Return a maker of a node as it is after flashing."""
    return lambda port, **label: make_node(tmp_path / NODE, port, **label)


@BOTH
def test_a_phone_sets_a_node_up_and_the_portal_closes(fresh: Fresh, interpreter: str) -> None:
    with ClaimBroker(CODE, verdict=TAKEN) as broker:
        folder = fresh(broker.port)
        with SimulatedPortal(folder, interpreter) as portal:
            page = portal.http.get("/")
            assert (page.status_code, len(page.content)) == (
                200,
                int(page.headers["content-length"]),
            )
            state = portal.http.get("/state").json()
            assert (state["node"], state["claimed"], state["rows"]) == (NODE, False, None)
            assert state["host"] == f"127.0.0.1:{broker.port}"
            assert portal.http.get("/scan").json() == [[n, o["dbm"]] for n, o in NETWORKS.items()]
            assert portal.connect(code="7k3m-9qxt-2b5d").status_code == 202
            assert portal.outcome() == {"step": "done", "state": "done", "why": ""}
            told = time.monotonic()
            portal.process.wait(20)
            assert 3 < time.monotonic() - told < 9
        said = broker.claims[0]
    found = configuration.load(Flash(str(folder)), Flash(str(folder / "flash")))
    assert (found["node"], found["user"], found["port"]) == (NODE, NODE, broker.port)
    assert (found["password"], found["key"]) == (said["password"], said["key"])
    assert found["networks"] == [{"ssid": "Casa", "password": WIFI_PASSWORD}]
    assert (len(said["password"]), len(said["key"])) == (32, 64)
    assert (said["air"], said["water"]) == (None, None)
    assert not (folder / "claim.json").exists()


@pytest.mark.parametrize(
    ("form", "broker", "step", "why"),
    [
        ({"ssid": "Nadie"}, {}, "wifi", "not-found"),
        ({"password": "not-this-one"}, {}, "wifi", "wrong-password"),
        ({"code": "AAAA-BBBB-CCCC"}, {}, "gateway", "wrong-code"),
        ({"code": "AAAA-BBBB-CCCC"}, {"no": 4}, "gateway", "wrong-code"),
        ({"code": "AAAA-BBBB-CCCC"}, {"no": 3}, "gateway", "no-broker"),
        ({}, {"verdict": {"ok": False, "why": "unknown-node"}}, "claim", "unknown-node"),
        ({}, {"verdict": {"ok": False, "why": "no-label"}}, "claim", "no-label"),
        ({}, {"verdict": {"ok": False, "why": "later"}}, "claim", "later"),
        ({}, {"verdict": {"ok": 1, "why": ["<b>"]}}, "claim", "later"),
        ({"host": f"127.0.0.1:{free_port()}"}, {}, "gateway", "no-gateway"),
    ],
)
def test_what_went_wrong_is_told_and_nothing_is_saved(
    fresh: Fresh, form: Any, broker: Any, step: str, why: str
) -> None:
    with ClaimBroker(CODE, **{"verdict": TAKEN, **broker}) as known:
        folder = fresh(known.port)
        with SimulatedPortal(folder) as portal:
            assert portal.connect(**{"code": CODE, **form}).status_code == 202
            assert portal.outcome() == {"step": step, "state": "failed", "why": why}
            assert portal.http.get("/generate_204").status_code == 302
    assert not (folder / "config.json").exists()


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"networks": []}, "networks"),
        ({"networks": [{"ssid": ""}]}, "networks"),
        ({"networks": [{"ssid": ["Casa"]}]}, "networks"),
        ({"networks": ["Casa", "Casa"]}, "networks"),
        ({"networks": [{"ssid": "Casa", "password": "1234567"}]}, "password"),
        ({"networks": [{"ssid": "Casa", "password": "x" * 64}]}, "networks"),
        ({"networks": [{"ssid": "Casa"}]}, "code"),
        ({"networks": [{"ssid": "Casa"}], "code": "¡no!"}, "code"),
        ({"networks": [{"ssid": "Casa"}], "code": 123456}, "code"),
        ({"networks": [{"ssid": "Casa"}], "code": CODE, "host": "a b"}, "host"),
        ({"networks": [{"ssid": "Casa"}], "code": CODE, "host": "huerto:99999"}, "host"),
        ([], "networks"),
    ],
)
def test_a_form_that_makes_no_sense_names_its_field(fresh: Fresh, form: Any, why: str) -> None:
    with SimulatedPortal(fresh(1)) as portal:
        answer = portal.http.post("/connect", json=form)
        assert (answer.status_code, answer.json()) == (400, {"why": why})
        assert portal.http.get("/progress").json()["state"] == "idle"


def test_a_broker_that_hangs_up_after_the_claim_has_taken_it(fresh: Fresh) -> None:
    with ClaimBroker(CODE, after="hang up") as broker:
        folder = fresh(broker.port)
        with SimulatedPortal(folder) as portal:
            portal.connect(code=CODE)
            assert portal.outcome()["state"] == "done"
    assert configured(folder)["password"] in broker.passwords


def test_a_claim_whose_answer_was_lost_is_found_out_by_the_next_portal(fresh: Fresh) -> None:
    """The garden took it, the power went before the node knew; the code opens nothing any more."""
    with ClaimBroker(CODE) as broker:
        folder = fresh(broker.port)
        with SimulatedPortal(folder) as portal:
            portal.connect(code=CODE)
            while not broker.claims:
                time.sleep(0.05)
        said = broker.claims[0]
        broker.passwords = {said["password"]}
        with SimulatedPortal(folder) as portal:
            portal.connect(code=CODE)
            assert portal.outcome()["state"] == "done"
    assert (configured(folder)["password"], configured(folder)["key"]) == (
        said["password"],
        said["key"],
    )
    assert len(broker.claims) == 1


def test_a_silent_gateway_is_told_and_trying_again_claims_the_same(fresh: Fresh) -> None:
    with ClaimBroker(CODE) as broker:
        folder = fresh(broker.port)
        with SimulatedPortal(folder, deadlines=("claim.ANSWER_S=2",)) as portal:
            portal.connect(code=CODE)
            assert portal.outcome() == {"step": "claim", "state": "failed", "why": "no-answer"}
            broker.verdict = TAKEN
            portal.connect(code=CODE)
            assert portal.outcome()["state"] == "done"
    assert broker.claims[0] == broker.claims[1]


@BOTH
def test_a_claimed_node_changes_its_wifi_without_a_code(tmp_path: Path, interpreter: str) -> None:
    with ClaimBroker(BROKER_PASSWORD) as broker:
        folder = make_node(tmp_path / NODE, broker.port)
        configure(folder, broker.port, interval_s=600)
        with SimulatedPortal(folder, interpreter, heap="128k") as portal:
            assert portal.http.get("/state").json()["networks"] == ["Antes"]
            assert portal.connect().status_code == 202
            assert portal.outcome()["state"] == "done"
    assert broker.claims == []
    found = configured(folder)
    assert found["networks"] == [{"ssid": "Casa", "password": WIFI_PASSWORD}]
    assert (found["password"], found["interval_s"]) == (BROKER_PASSWORD, 600)


@pytest.mark.parametrize("failing", ["wifi", "gateway", "stranger"])
def test_a_wifi_that_does_not_work_leaves_the_old_configuration(
    tmp_path: Path, failing: str
) -> None:
    with ClaimBroker("another" if failing == "stranger" else BROKER_PASSWORD) as broker:
        folder = make_node(tmp_path / NODE, broker.port)
        configure(folder, free_port() if failing == "gateway" else broker.port)
        with SimulatedPortal(folder) as portal:
            before = (folder / "config.json").read_bytes()
            portal.connect(password="wrong-password" if failing == "wifi" else WIFI_PASSWORD)
            whys = {"wifi": "wrong-password", "gateway": "no-gateway", "stranger": "stranger"}
            assert portal.outcome()["why"] == whys[failing]
            assert (folder / "config.json").read_bytes() == before


def test_a_new_label_claims_a_node_anew(tmp_path: Path) -> None:
    with ClaimBroker(CODE, verdict=TAKEN) as broker:
        folder = make_node(tmp_path / NODE, broker.port)
        configure(folder, broker.port)
        with SimulatedPortal(folder) as portal:
            portal.connect(code=CODE)
            assert portal.outcome()["state"] == "done"
    assert configured(folder)["password"] == broker.claims[0]["password"] != BROKER_PASSWORD


def test_a_second_network_serves_when_the_first_is_not_here(fresh: Fresh) -> None:
    with ClaimBroker(CODE, verdict=TAKEN) as broker:
        folder = fresh(broker.port)
        with SimulatedPortal(folder) as portal:
            two = [{"ssid": "Escuela", "password": "far-far-away"}, {"ssid": "Biblioteca"}]
            portal.http.post("/connect", json={"networks": two, "code": CODE})
            assert portal.outcome()["state"] == "done"
    assert [one["ssid"] for one in configured(folder)["networks"]] == ["Escuela", "Biblioteca"]


@BOTH
def test_phones_are_led_to_the_page_until_all_is_well(fresh: Fresh, interpreter: str) -> None:
    expected = {
        "/generate_204": (204, b""),
        "/hotspot-detect.html": (200, b"Success"),
        "/connecttest.txt": (200, b"Microsoft Connect Test"),
        "/ncsi.txt": (200, b"Microsoft NCSI"),
        "/success.txt": (200, b"success\n"),
    }
    with (
        ClaimBroker(CODE, verdict=TAKEN) as broker,
        SimulatedPortal(fresh(broker.port), interpreter) as portal,
    ):
        for path in [*expected, "/", "/anything/else?x=1"]:
            away = portal.http.get(path, headers={"Host": "captive.apple.com"})
            home = (200, None) if path == "/" else (302, f"http://127.0.0.1:{portal.port}/")
            assert (away.status_code, away.headers.get("location")) == home
        portal.connect(code=CODE)
        assert portal.outcome()["state"] == "done"
        for path, (status, words) in expected.items():
            answer = portal.http.get(path)
            assert answer.status_code == status
            assert words in answer.content


def test_a_good_probe_sends_its_two_voltages_with_the_claim(fresh: Fresh) -> None:
    with ClaimBroker(CODE, verdict=TAKEN) as broker:
        folder = fresh(broker.port)
        soil(folder, theta=0.45, wilting=0.05, rate_per_s=0.1)  # out of the water, and drying
        with SimulatedPortal(folder) as portal:
            portal.http.post("/probe", json={"in": "water"})
            time.sleep(2.5)
            found = portal.http.post("/probe", json={"in": "air"}).json()
            assert found["verdict"] == {"r1": "good"}
            assert portal.http.post("/probe", json={"in": "soil"}).status_code == 400
            portal.connect(code=CODE)
            assert portal.outcome()["state"] == "done"
    said = broker.claims[0]
    assert (said["air"], said["water"]) == (found["air"]["r1"], found["water"]["r1"])


class Probe:
    """A sensor that reads what it is given, one after the other."""

    def __init__(self, *values: int | None) -> None:
        self._values = list(values)

    def begin(self) -> int:
        return 0

    def read(self) -> dict[str, int | None]:
        return {"r1": self._values.pop(0), "st": 20}


@pytest.mark.parametrize(
    ("air", "water", "verdict", "sent"),
    [
        (2300, 900, "good", (2300, 900)),
        (1501, 1000, "good", (1501, 1000)),
        (1500, 1000, "broken", (None, None)),
        (1000, 2300, "swapped", (None, None)),
        (None, 900, "silent", (None, None)),
        (2300, None, "silent", (None, None)),
    ],
)
def test_only_a_probe_that_falls_in_water_is_good(
    air: int | None, water: int | None, verdict: str, sent: Any
) -> None:
    check = ProbeCheck(lambda: [probe])
    probe = Probe(air, water)
    asyncio.run(check.measure("air"))
    assert check.state()["verdict"] == {}
    assert asyncio.run(check.measure("water"))["verdict"] == {"r1": verdict}
    assert check.calibration() == sent


def test_the_portal_closes_when_nobody_asks_whatever_phones_do(fresh: Fresh) -> None:
    with SimulatedPortal(fresh(1), minutes="0.05") as portal:
        opened = time.monotonic()
        while portal.process.poll() is None and time.monotonic() - opened < 15:
            if accepts(portal.port):
                try:
                    portal.http.get("/generate_204")
                except httpx.HTTPError:
                    break
            time.sleep(0.2)
        assert portal.process.wait(10) == 0
        assert time.monotonic() - opened < 9
        assert "opened True" in portal.said()


@pytest.mark.parametrize(
    "label", ["", "{", "[]", '{"node": "n-001"}', '{"node":"n-001","ap_password":"short"}']
)
def test_without_a_whole_label_there_is_no_portal(tmp_path: Path, label: str) -> None:
    folder = make_node(tmp_path / NODE)
    (folder / "label.json").write_text(label)
    assert not open_portal(Board(str(folder)), Slots(str(folder)))


def test_an_empty_battery_opens_no_radio(tmp_path: Path) -> None:
    folder = make_node(tmp_path / NODE)
    soil(folder, battery_mv=3200)
    assert not open_portal(Board(str(folder)), Slots(str(folder)))


def test_another_page_cannot_press_the_buttons(fresh: Fresh) -> None:
    with SimulatedPortal(fresh(1)) as portal:
        del portal.http.headers["X-Surco"]
        for path in ("/connect", "/probe", "/receipt"):
            assert portal.http.post(path, content=json.dumps({"in": "air"})).status_code == 400
        assert portal.http.request("OPTIONS", "/connect").status_code == 405
