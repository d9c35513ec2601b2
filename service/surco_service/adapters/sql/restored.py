"""Makes a copy of a notebook ready to take its place: nothing that came since may be lost for good."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select, update

from surco_service.adapters.sql import schema
from surco_service.adapters.sql.engine import open_engine, writing_in_turn


def make_ready(copy: Path, now: datetime, act: Callable[[Engine], None]) -> None:
    """Bring the tables of a copy up to date, number its commands on, and let `act` do the rest.

    Gateways have seen numbers that the copy has not given out yet, and pass over those: so it goes
    on at the seconds since 1970, far above them. Raises `StoreUnavailable`.
    """
    engine = open_engine(f"sqlite:///{copy}")
    try:
        _number_on(engine, int(now.timestamp()))
        act(engine)
    finally:
        engine.dispose()  # the last one out empties the log into the file


def _number_on(engine: Engine, above: int) -> None:
    table = schema.commands
    with writing_in_turn(engine) as connection:
        connection.execute(delete(table).where(table.c.kind == "confirmed"))
        connection.execute(update(table).where(table.c.id < above).values(id=table.c.id + above))
        gateways = connection.execute(select(schema.gateways.c.id)).scalars().all()
        for number, gateway in enumerate(gateways):
            row = {
                "id": above - number,
                "gateway": gateway,
                "kind": "confirmed",
                "key": "confirmed",
            }
            connection.execute(insert(table).values(**row, node=None, body={}))
