"""In the demonstration somebody watered and noted nothing: the advice asks who it was."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from surco.demo.gardens import GARDENS
from surco.demo.history import messages
from surco.demo.run import read_plan, seed
from surco.demo.soil import history, poured_litres
from surco.machine.folder import make
from surco_service.usecases.water.advice import refresh
from tests.service.deliveries import NOON, Inlet, a_message

(UNTOLD,) = [bed for garden in GARDENS for bed in garden.beds if bed.untold]


class Deaf:
    """Nobody listens to what changes."""

    def publish(self, bed: str) -> None:
        pass


@pytest.mark.parametrize("hour", [0, 7, 13, 19])
def test_a_watering_that_nobody_noted_is_asked_about(tmp_path: Path, hour: int) -> None:
    folder, now = make(tmp_path / "data"), NOON + timedelta(hours=hour, minutes=50)
    with closing(Inlet(tmp_path)) as inlet:
        inlet.now = now
        seed(folder, inlet.stores, nodes=12, days=30, now=now)
        for node in read_plan(folder):
            inlet.deliver(*(
                a_message(payload.encode(), id=q + 1, node=node["node"], at=now.timestamp())
                for q, payload in messages(node, now.timestamp())
            ))  # fmt: skip
        decided = {advice.bed: advice for advice in refresh(inlet.stores, Deaf(), None, now)}
    asked = {
        bed: reason.values["litres"]
        for bed, advice in decided.items()
        for reason in advice.reasons
        if reason.code == "water-seen"
    }
    assert UNTOLD.theta is not None
    (_, gain), *_ = history(UNTOLD.theta, UNTOLD.peak, UNTOLD.low, UNTOLD.dries, 30).waterings
    assert asked == {UNTOLD.id: pytest.approx(poured_litres(gain, UNTOLD.area_m2), rel=0.3)}
