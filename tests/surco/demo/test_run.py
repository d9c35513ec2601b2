"""The demonstration in a short form: real firmware, all five verdicts, a watering that is felt."""

import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from surco.demo.history import messages
from surco.demo.run import read_plan, seed
from surco.machine.folder import make
from surco_service.usecases.water.advice import refresh
from tests.long import LONG
from tests.servers import wait_until
from tests.service.deliveries import NOON, Inlet, a_message
from tests.surco.programs import Surco

VERDICTS = {"water", "soon", "ok", "wet", "unknown"}


def beds(surco: Surco) -> dict[str, dict]:
    gardens = httpx.get(f"{surco.url}/api/v1/gardens").json()["gardens"]
    return {bed["id"]: bed for garden in gardens for bed in garden["beds"]}


class Deaf:
    """Nobody listens to what changes."""

    def publish(self, bed: str) -> None:
        pass


# the hours at which nights, mornings and the plan's own days begin and end; the long form has all
HOURS = range(24) if LONG else (0, 5, 6, 12, 18, 23)
SHORT_HOURS = range(0, 24, 3) if LONG else (6, 18)


@pytest.mark.parametrize(
    ("hour", "days"), [*((h, 30) for h in HOURS), *((h, 3) for h in SHORT_HOURS)]
)
def test_every_verdict_is_there_at_every_hour(tmp_path: Path, hour: int, days: int) -> None:
    folder, now = make(tmp_path / "data"), NOON + timedelta(hours=hour, minutes=50)
    with closing(Inlet(tmp_path)) as inlet:
        inlet.now = now
        seed(folder, inlet.stores, nodes=12, days=days, now=now)
        for node in read_plan(folder):
            inlet.deliver(*(
                a_message(payload.encode(), id=q + 1, node=node["node"], at=now.timestamp())
                for q, payload in messages(node, now.timestamp())
            ))  # fmt: skip
        decided = refresh(inlet.stores, Deaf(), None, now)
    assert {advice.status for advice in decided} == VERDICTS


@pytest.mark.micropython
@pytest.mark.timeout(480)
def test_five_verdicts_and_a_watering_that_is_felt(tmp_path: Path) -> None:
    with Surco(
        tmp_path / "data", "demo", "--broker", "small", "--nodes", "12", "--days", "3"
    ) as surco:
        surco.wait_for("lecturas en", 120)
        wait_until(
            lambda: {bed["status"] for bed in beds(surco).values()} == VERDICTS, "all verdicts", 60
        )

        def live() -> int:
            ages = [bed["age_s"] for bed in beds(surco).values()]
            return sum(age is not None and age < 60 for age in ages)

        wait_until(lambda: live() >= 12, "twelve nodes speak", 120)
        dry = next(bed for bed in beds(surco).values() if bed["status"] == "water")
        watering = {"id": str(uuid.uuid4()), "litres": dry["litres"] or 40,
                    "at": datetime.now(UTC).isoformat()}  # fmt: skip
        done = httpx.post(f"{surco.url}/api/v1/beds/{dry['id']}/waterings", json=watering)
        assert done.status_code == 201
        wait_until(lambda: beds(surco)[dry["id"]]["status"] != "water", "the soil is wet", 120)
