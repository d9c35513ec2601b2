"""The programme: all gardens at once. What wants water, what was harvested, which sensors live."""

from surco_contract.quantities import QUANTITIES
from surco_dashboards.dashboard import dashboard
from surco_dashboards.panels import (
    AMBER,
    GREEN,
    GREY,
    RED,
    Json,
    bars,
    lines,
    stat,
    steps,
    table,
    target,
    verdict_timeline,
)
from surco_dashboards.queries import RECENT, ZONE

BATTERY, SIGNAL = QUANTITIES["bv"], QUANTITIES["rs"]


def programme() -> Json:
    return dashboard(
        "surco-programa",
        "Surco · Programa",
        "Todos los huertos: qué necesita agua, qué se cosechó y qué sensores hablan.",
        [*_today(), *_verdicts(), *_work(), *_sensors()],
    )


def _today() -> list[Json]:
    latest = f'FROM "advice" WHERE {RECENT} GROUP BY "garden","bed"'
    return [
        stat(
            "Camas que piden agua", "Camas cuyo último veredicto, de menos de 3 horas, es «riega».",
            f'SELECT sum("w") FROM (SELECT last("needs") AS "w" {latest})',
            unit="none", thresholds=steps((None, GREY), (0, GREEN), (1, RED)),
        ),
        stat(
            "Agua para hoy", "Suma de las dosis de las camas que piden agua.",
            f'SELECT sum("l") FROM (SELECT last("litres") AS "l" {latest})',
            unit="litre", thresholds=steps((None, GREY), (0, GREEN), (1, AMBER)),
        ),
        stat(
            "Sensores que hablaron hoy", "Sensores con noticias en las últimas 24 horas.",
            'SELECT count("b") FROM (SELECT last("held") AS "b" FROM "node_health"'
            ' WHERE time > now() - 24h GROUP BY "node")',
            unit="none", thresholds=steps((None, GREY), (1, GREEN)),
        ),
        stat(
            "Cosecha del periodo", "Kilos pesados en el periodo elegido arriba.",
            'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter',
            unit="masskg", decimals=1, calculation="sum",
        ),
    ]  # fmt: skip


def _verdicts() -> list[Json]:
    return [
        verdict_timeline(
            "Veredicto de cada cama, hora por hora",
            "Cada hora tiene un veredicto. Una hora sin veredicto se lee «no sabemos».",
            target(
                'SELECT last("code") FROM "advice" WHERE $timeFilter'
                ' GROUP BY time(1h),"garden","bed" fill(0)',
                "$tag_garden · $tag_bed",
            ),
            height=14,
        )
    ]


def _work() -> list[Json]:
    return [
        bars(
            "Cosecha por semana", "Kilos pesados por semana, de lunes a domingo, por huerto.",
            target(
                'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter'
                f' GROUP BY time(1w,4d),"garden" fill(0) {ZONE}',
                "$tag_garden",
            ),
            unit="masskg", decimals=1,
        ),
        bars(
            "Riego por día", "Litros que la gente anotó cada día, por huerto.",
            target(
                'SELECT sum("litres") FROM "watering" WHERE $timeFilter'
                f' GROUP BY time(1d),"garden" fill(0) {ZONE}',
                "$tag_garden",
            ),
            unit="litre",
        ),
        lines(
            "Cosecha acumulada", "Kilos pesados desde el principio del periodo.",
            [target(
                'SELECT cumulative_sum("kg") FROM (SELECT sum("kg_weighed") AS "kg" FROM "harvest"'
                f" WHERE $timeFilter GROUP BY time(1d) fill(0) {ZONE})",
                "kilos",
            )],
            unit="masskg", least=0, width=12, legend=False,
        ),
        table(
            "Últimas cosechas", "Lo último que se anotó, sin nombres de personas.",
            'SELECT "text","crop","garden","bed" FROM "harvest" WHERE $timeFilter'
            " ORDER BY time DESC LIMIT 20",
            {
                "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 130},
                "text": {"title": "Cuánto", "width": 120},
                "crop": {"title": "Cultivo", "width": 140},
                "garden": {"title": "Huerto"}, "bed": {"title": "Cama"},
            },
            width=12,
        ),
    ]  # fmt: skip


def _sensors() -> list[Json]:
    return [
        lines(
            f"{BATTERY.es} de cada sensor",
            "Por debajo de 3 500 mV un sensor ya no usa el radio; por debajo de 3 300, duerme.",
            [target(
                'SELECT mean("battery_mv") FROM "node_health" WHERE $timeFilter'
                ' GROUP BY time($__interval),"node" fill(none)',
                "$tag_node",
            )],
            unit="mvolt", decimals=0,
            thresholds=steps((None, RED), (3300, AMBER), (3500, "transparent")), width=12,
        ),
        lines(
            f"{SIGNAL.es} de cada sensor", "Más cerca de cero es mejor; por debajo de -85 cuesta.",
            [target(
                'SELECT mean("rssi_dbm") FROM "node_health" WHERE $timeFilter'
                ' GROUP BY time($__interval),"node" fill(none)',
                "$tag_node",
            )],
            unit="dBm", decimals=0, width=12,
        ),
        table(
            "Sensores", "Lo último que dijo cada sensor en el periodo: cuándo, y qué guarda.",
            'SELECT last("battery_mv") AS "pila","rssi_dbm","held","lost","skipped"'
            ' FROM "node_health" WHERE $timeFilter GROUP BY "node"',
            {
                "node": {"title": "Sensor", "width": 220},
                "Time": {"title": "Última noticia", "unit": "time:DD/MM HH:mm", "width": 150},
                "pila": {"title": "Pila", "unit": "mvolt", "decimals": 0, "width": 110},
                "rssi_dbm": {"title": "Señal", "unit": "dBm", "decimals": 0, "width": 110},
                "held": {"title": "Sin entregar", "decimals": 0, "width": 120},
                "lost": {"title": "Perdidas", "decimals": 0, "width": 110},
                "skipped": {"title": "Saltadas", "decimals": 0, "width": 110},
            },
            sort="Time", descending=False, width=14,
        ),
        table(
            "Horas sin noticias", "Horas del periodo en que un sensor no dijo nada.",
            'SELECT count("n") AS "horas" FROM (SELECT count("held") AS "n" FROM "node_health"'
            ' WHERE $timeFilter GROUP BY time(1h),"node" fill(0)) WHERE "n" = 0 GROUP BY "node"',
            {
                "node": {"title": "Sensor", "width": 220},
                "horas": {"title": "Horas", "decimals": 0, "width": 110},
            },
            sort="horas", width=10,
        ),
    ]  # fmt: skip
