"""The programme: all gardens at once. What wants water, what was harvested, which sensors live."""

from surco_contract.quantities import QUANTITIES
from surco_dashboards.dashboard import dashboard
from surco_dashboards.panels import (
    AMBER,
    DBM,
    GREEN,
    GREY,
    KILOS,
    LITRES,
    MILLIVOLTS,
    NOTHING_NOTED,
    RED,
    Json,
    bars,
    lines,
    now_columns,
    stat,
    steps,
    table,
    target,
    verdict_timeline,
    words_column,
)
from surco_dashboards.queries import RECENT, ZONE, latest_sum

BATTERY, SIGNAL = QUANTITIES["bv"], QUANTITIES["rs"]


def programme() -> Json:
    return dashboard(
        "surco-programa",
        "Surco · Programa",
        "Todos los huertos: qué necesita agua, qué se cosechó y qué sensores mandan datos.",
        [*_today(), *_verdicts(), *_work(), *_sensors()],
    )


def _today() -> list[Json]:
    def newest(field: str) -> str:
        return latest_sum(field, '"garden","bed"')

    def sensors(field: str) -> str:
        last = f'SELECT last("{field}") AS "s" FROM "node_seen" WHERE {RECENT} GROUP BY "node"'
        return f'SELECT sum("s") FROM ({last})'

    return [
        stat(
            "Camas que piden agua",
            "Camas cuyo último veredicto, de menos de 3 horas, es «riega», y camas de las que no sabemos.",
            newest("needs"), name="piden agua", beside=("no sabemos", newest("unknown")),
            unit="none", thresholds=steps((None, GREY), (0, GREEN), (1, RED)),
        ),
        stat(
            "Agua para hoy",
            "Suma de las dosis de las camas que piden agua. Falta la de las camas de las que no sabemos.",
            newest("litres"), name="hacen falta",
            beside=("camas sin saber", newest("unknown")),
            unit=LITRES, thresholds=steps((None, GREY), (0, GREEN), (1, AMBER)),
        ),
        stat(
            "Sensores que mandaron datos hoy",
            "Sensores con noticias en las últimas 24 horas, y cuántos hay en total.",
            sensors("spoke"), name="mandaron datos", beside=("son en total", sensors("nodes")),
            unit="none",
        ),
        stat(
            "Cosecha del periodo", "Kilos pesados en el periodo elegido arriba.",
            'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter',
            unit=KILOS, decimals=1, nothing=NOTHING_NOTED,
        ),
    ]  # fmt: skip


def _verdicts() -> list[Json]:
    return [
        table(
            "Ahora",
            "El último veredicto de cada cama, si tiene menos de 3 horas, y en qué se basa.",
            'SELECT last("code") AS "code","litres","depletion_mm","basis","confidence",'
            f'"garden_name","bed_name" FROM "advice" WHERE {RECENT} GROUP BY "garden","bed"',
            {
                "garden_name": {"title": "Huerto", "width": 190},
                "bed_name": {"title": "Cama", "width": 190}, **now_columns(),
            },
            sort="code", height=16,
        ),
        verdict_timeline(
            "Veredicto de cada cama, hora por hora",
            "Cada hora tiene un veredicto. Donde no hay color, tampoco sabemos.",
            target(
                'SELECT last("code") AS "v",last("place") AS "n" FROM "advice" WHERE $timeFilter'
                ' GROUP BY time(1h),"garden","bed" fill(0)', table=True,
            ),
            height=14,
        ),
    ]  # fmt: skip


def _work() -> list[Json]:
    return [
        bars(
            "Cosecha por semana", "Kilos pesados por semana, de lunes a domingo, por huerto.",
            target(
                'SELECT sum("kg_weighed") AS "v",last("garden_name") AS "n" FROM "harvest"'
                f' WHERE $timeFilter GROUP BY time(1w,4d),"garden" fill(0) {ZONE}', table=True,
            ),
            unit=KILOS, decimals=1,
        ),
        bars(
            "Riego por día", "Litros que la gente anotó cada día, por huerto.",
            target(
                'SELECT sum("litres") AS "v",last("garden_name") AS "n" FROM "watering"'
                f' WHERE $timeFilter GROUP BY time(1d),"garden" fill(0) {ZONE}', table=True,
            ),
            unit=LITRES,
        ),
        lines(
            "Cosecha acumulada", "Kilos pesados desde el principio del periodo.",
            target(
                'SELECT cumulative_sum("kg") FROM (SELECT sum("kg_weighed") AS "kg" FROM "harvest"'
                f" WHERE $timeFilter GROUP BY time(1d) fill(0) {ZONE})",
                "kilos",
            ),
            unit=KILOS, least=0, width=12, legend=False, nothing=NOTHING_NOTED,
        ),
        table(
            "Últimas cosechas", "Lo último que se anotó, sin nombres de personas.",
            'SELECT "text","crop_name","place" FROM "harvest" WHERE $timeFilter'
            " AND \"text\" != '' ORDER BY time DESC LIMIT 20",
            {
                "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 120},
                "text": {"title": "Cuánto", "width": 110},
                "crop_name": {"title": "Cultivo", "width": 140},
                "place": {"title": "Dónde"},
            },
            width=12, nothing=NOTHING_NOTED,
        ),
    ]  # fmt: skip


def _sensors() -> list[Json]:
    return [
        _each_sensor(
            f"{BATTERY.es} de cada sensor",
            "Por debajo de 3 500 mV un sensor ya no usa el radio; por debajo de 3 300, duerme.",
            "battery_mv", MILLIVOLTS, (3200, 4200),
            steps((None, RED), (3300, AMBER), (3500, "transparent")), width=24,
        ),
        _each_sensor(
            f"{SIGNAL.es} de cada sensor", "Más cerca de cero es mejor; por debajo de -85 cuesta.",
            "rssi_dbm", DBM, (-100, -40), None, width=15,
        ),
        table(
            "Horas sin noticias", "Horas del periodo en que un sensor debía y no mandó nada.",
            'SELECT sum("silent") AS "horas",last("name") AS "name" FROM "node_seen"'
            ' WHERE $timeFilter GROUP BY "node"',
            {
                "name": {"title": "Sensor"},
                "horas": {"title": "Horas", "decimals": 0, "width": 80},
            },
            sort="horas", width=9,
        ),
        table(
            "Sensores", "Lo último que dijo cada sensor, también el que hace mucho no dice nada.",
            'SELECT last("silent") AS "silent","name","heard_ms","battery_mv","rssi_dbm","held","lost",'
            f'"skipped" FROM "node_seen" WHERE {RECENT} GROUP BY "node"',
            {
                "name": {"title": "Sensor", "width": 300},
                "silent": words_column("Ahora", {"0": "manda datos", "1": "sin noticias"}, 120),
                "heard_ms": {
                    "title": "Última noticia", "unit": "time:DD/MM HH:mm", "width": 130,
                    "nothing": "nunca",
                },
                "battery_mv": {"title": "Pila", "unit": MILLIVOLTS, "decimals": 0, "width": 90},
                "rssi_dbm": {"title": "Señal", "unit": DBM, "decimals": 0, "width": 90},
                "held": {"title": "Sin entregar", "decimals": 0, "width": 100},
                "lost": {"title": "Perdidas", "decimals": 0, "width": 80},
                "skipped": {"title": "Saltadas", "decimals": 0, "width": 80},
            },
            sort="heard_ms", descending=False,
        ),
    ]  # fmt: skip


def _each_sensor(
    title: str, description: str, field: str, unit: str, usual: tuple[float, float],
    thresholds: Json | None, width: int,
) -> Json:  # fmt: skip
    return lines(
        title, description,
        target(
            f'SELECT mean("{field}") AS "v",last("name") AS "n" FROM "node_seen"'
            f' WHERE $timeFilter AND "silent" = 0 AND "{field}" > -1000'
            ' GROUP BY time($__interval),"node" fill(0)',
            table=True,
        ),
        unit=unit, decimals=0, least=usual[0], most=usual[1],
        thresholds=thresholds, legend="right", width=width,
    )  # fmt: skip
