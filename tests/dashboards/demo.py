"""The demonstration's thirty days in a bucket, as the service writes them: gardens, past, verdicts."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from surco.demo.history import messages
from surco.demo.run import read_plan, seed
from surco.machine.folder import make
from surco_service.adapters.readings.influx import Influx, InfluxMirror
from surco_service.domain.nodes.node import NodeStatus
from surco_service.usecases.mirror.rebuild import rebuild
from tests.servers import Influxd
from tests.service.deliveries import Inlet, a_message


class Deaf:
    """Nobody listens to what changes."""

    def publish(self, bed: str) -> None:
        pass


def fill(influxd: Influxd, bucket: str, folder: Path, days: int = 30) -> datetime:
    """Write the demonstration into a bucket; return its now."""
    data, now = make(folder / "data"), datetime.now(UTC).replace(microsecond=0)
    with closing(Inlet(folder)) as inlet:
        inlet.now = now
        seed(data, inlet.stores, nodes=12, days=days, now=now)
        for node in read_plan(data):
            inlet.deliver(*(
                a_message(payload.encode(), id=q + 1, node=node["node"], at=now.timestamp())
                for q, payload in messages(node, now.timestamp())
            ))  # fmt: skip
            heard = now - timedelta(days=node["silent_days"], minutes=5)
            status = NodeStatus(
                heard, "asleep", interval_s=900, battery_mv=3912, rssi_dbm=-69, held=0
            )
            inlet.stores.registry.set_status(node["node"], status)
        with closing(Influx(influxd.url, influxd.token, influxd.org, bucket)) as influx:
            rebuild(inlet.stores, InfluxMirror(influx), now)
    return now
