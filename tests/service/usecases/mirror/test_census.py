"""Issue 18.3: a node that fell silent stays in Grafana ("12 de 13"); *Horas sin noticias* has a past."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from surco_service.domain.nodes.node import Node, NodeStatus
from surco_service.usecases.mirror.census import bed_name_line, census, past_censuses
from surco_service.usecases.names import names_of
from tests.builders import DAWN, LONG_AGO, a_bed, a_garden
from tests.service.garden import Garden

HOUR = timedelta(hours=1)


def heard(garden: Garden, ago: timedelta, **said: object) -> None:
    garden.stores.registry.set_status("n-001", NodeStatus(DAWN - ago, "asleep", **said))  # type: ignore[arg-type]


def of_node(lines: Sequence[str], node: str = "n-001") -> list[str]:
    return [one for one in lines if one.startswith(f"node_seen,node={node} ")]


def moment(line: str) -> int:
    return int(line.rpartition(" ")[2]) // 10**9


def test_a_node_that_never_spoke_is_one_of_them(garden: Garden) -> None:
    garden.stores.registry.save_node(Node("n-002", "De reserva", LONG_AGO))
    (line,) = of_node(census(garden.stores, DAWN), "n-002")
    assert 'name="De reserva",nodes=1i,spoke=0i,silent=1i ' in line
    assert "heard_ms" not in line


@pytest.mark.parametrize(
    ("hours", "spoke", "silent"), [(0.2, 1, 0), (5, 1, 1), (23.9, 1, 1), (24, 0, 1), (500, 0, 1)]
)
def test_a_node_is_counted_however_long_it_is_silent(
    garden: Garden, hours: float, spoke: int, silent: int
) -> None:
    heard(garden, timedelta(hours=hours), interval_s=900, battery_mv=3312)
    (line,) = of_node(census(garden.stores, DAWN))
    assert f"nodes=1i,spoke={spoke}i,silent={silent}i," in line
    assert "battery_mv=3312.0" in line
    assert 'name="El Mezquite · Cama 3"' in line


def test_a_silence_that_was_promised_is_no_missing_news(garden: Garden) -> None:
    heard(garden, 2 * HOUR, interval_s=900, next_at=DAWN + HOUR)
    assert "silent=0i" in of_node(census(garden.stores, DAWN))[0]


def test_the_census_of_an_hour_writes_over_itself(garden: Garden) -> None:
    times = {moment(one) for n in (0, 20, 59) for one in census(garden.stores, at(n))}
    assert times == {int(DAWN.timestamp())}


def at(minutes: int) -> datetime:
    return DAWN + timedelta(minutes=minutes)


def test_the_past_is_made_again_from_readings(garden: Garden) -> None:
    for ago in (10.1, 9.1, 8.1):  # then it falls silent
        garden.measure(0.25, ago=ago * HOUR, bv=3900.0, rs=-70.0)
    past = of_node(list(past_censuses(garden.stores, DAWN)))
    silent = {
        round((int(DAWN.timestamp()) - moment(one)) / 3600): "silent=1i" in one for one in past
    }
    assert silent == {10: False, 9: False, 8: False, 0: True} | dict.fromkeys(range(1, 8), True)
    assert all(
        "battery_mv=3900.0,rssi_dbm=-70.0" in one for one in past if moment(one) < DAWN.timestamp()
    )


def test_a_bed_is_chosen_by_its_name_and_asked_for_by_its_id() -> None:
    bed = a_bed(id="agua-clara-2", garden="agua-clara", name="Fresas, sol")
    names = names_of([a_garden(id="agua-clara", name="Agua Clara")], [bed])
    assert bed_name_line(bed, names, DAWN).startswith(
        r"bed_name,bed=agua-clara-2,bed_choice=Fresas\,\ sol\ [agua-clara-2],garden=agua-clara,"
        r"garden_choice=Agua\ Clara\ [agua-clara] beds=1i "
    )
