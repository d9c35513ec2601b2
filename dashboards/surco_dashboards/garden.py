"""One garden: the water in its soil, its verdicts, its waterings and harvests."""

from surco_dashboards.dashboard import annotation, dashboard, variable
from surco_dashboards.panels import (
    AMBER,
    BLUE,
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
    verdict_column,
    verdict_timeline,
)
from surco_dashboards.queries import BED, RECENT, ZONE


def garden() -> Json:
    return dashboard(
        "surco-huerto",
        "Surco · Huerto",
        "Un huerto: el agua en su tierra, lo que piden sus camas, lo que se regó y cosechó.",
        [*_today(), *_soil(), *_work()],
        variables=[
            variable("huerto", "Huerto", 'SHOW TAG VALUES FROM "advice" WITH KEY = "garden"', many=False),
            variable(
                "cama", "Cama",
                'SHOW TAG VALUES FROM "advice" WITH KEY = "bed" WHERE "garden" =~ /^${huerto:regex}$/',
                many=True,
            ),
        ],
        annotations=[
            annotation(
                "Riegos", f'SELECT "text","bed" FROM "watering" WHERE $timeFilter AND {BED}', BLUE
            ),
            annotation(
                "Cosechas", f'SELECT "text","bed" FROM "harvest" WHERE $timeFilter AND {BED}', GREEN
            ),
        ],
    )  # fmt: skip


def _today() -> list[Json]:
    latest = f'FROM "advice" WHERE {RECENT} AND {BED} GROUP BY "bed"'
    return [
        stat(
            "Camas que piden agua", "Camas cuyo último veredicto, de menos de 3 horas, es «riega».",
            f'SELECT sum("w") FROM (SELECT last("needs") AS "w" {latest})',
            unit="none", thresholds=steps((None, GREY), (0, GREEN), (1, RED)), width=8,
        ),
        stat(
            "Agua para hoy", "Suma de las dosis de las camas que piden agua.",
            f'SELECT sum("l") FROM (SELECT last("litres") AS "l" {latest})',
            unit="litre", thresholds=steps((None, GREY), (0, GREEN), (1, AMBER)), width=8,
        ),
        stat(
            "Cosecha del periodo", "Kilos pesados en el periodo elegido arriba.",
            f'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter AND {BED}',
            unit="masskg", decimals=1, calculation="sum", width=8,
        ),
        table(
            "Ahora", "El último veredicto de cada cama, si tiene menos de 3 horas.",
            f'SELECT last("code") AS "code","litres","depletion_mm" {latest}',
            {
                "bed": {"title": "Cama", "width": 240},
                "code": verdict_column("Veredicto"),
                "litres": {"title": "Litros", "unit": "litre", "decimals": 0, "width": 110},
                "depletion_mm": {"title": "Le faltan (litros/m²)", "decimals": 0, "width": 170},
                "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 140},
            },
        ),
    ]  # fmt: skip


def _soil() -> list[Json]:
    return [
        lines(
            "Agua en la tierra", "100 es lleno, 0 es seco. Donde la línea se corta no hubo datos.",
            [target(
                f'SELECT mean("wetness") FROM "bed_moisture" WHERE $timeFilter AND {BED}'
                ' GROUP BY time($__interval),"bed","depth" fill(none)',
                "$tag_bed · $tag_depth cm",
            )],
            unit="none", decimals=0, least=0, most=130,
            thresholds=steps((None, "transparent"), (100, BLUE)),
        ),
        verdict_timeline(
            "Veredicto de cada cama, hora por hora",
            "Cada hora tiene un veredicto. Una hora sin veredicto se lee «no sabemos».",
            target(
                f'SELECT last("code") FROM "advice" WHERE $timeFilter AND {BED}'
                ' GROUP BY time(1h),"bed" fill(0)',
                "$tag_bed",
            ),
        ),
        lines(
            "Agua que falta", "Lo que falta para llenar la tierra, en litros por metro cuadrado.",
            [target(
                f'SELECT mean("depletion_mm") FROM "bed_moisture" WHERE $timeFilter AND {BED}'
                ' GROUP BY time($__interval),"bed","depth" fill(none)',
                "$tag_bed · $tag_depth cm",
            )],
            unit="lengthmm", decimals=0, least=0, width=12,
        ),
        lines(
            "Cuánto se seca por día", "Agua que la tierra pierde (negativo) o gana cada día.",
            [target(
                'SELECT derivative("m",1d) FROM (SELECT mean("wetness") AS "m" FROM "bed_moisture"'
                f' WHERE $timeFilter AND {BED} GROUP BY time(6h),"bed" fill(none)) GROUP BY "bed"',
                "$tag_bed",
            )],
            unit="none", decimals=1, width=12,
        ),
    ]  # fmt: skip


def _work() -> list[Json]:
    return [
        bars(
            "Riego por día", "Litros que la gente anotó cada día, por cama.",
            target(
                f'SELECT sum("litres") FROM "watering" WHERE $timeFilter AND {BED}'
                f' GROUP BY time(1d),"bed" fill(0) {ZONE}',
                "$tag_bed",
            ),
            unit="litre",
        ),
        bars(
            "Cosecha por semana", "Kilos pesados por semana, de lunes a domingo, por cultivo.",
            target(
                f'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter AND {BED}'
                f' GROUP BY time(1w,4d),"crop" fill(0) {ZONE}',
                "$tag_crop",
            ),
            unit="masskg", decimals=1,
        ),
        lines(
            "Riego acumulado", "Litros desde el principio del periodo.",
            [target(
                'SELECT cumulative_sum("l") FROM (SELECT sum("litres") AS "l" FROM "watering"'
                f" WHERE $timeFilter AND {BED} GROUP BY time(1d) fill(0) {ZONE})",
                "litros",
            )],
            unit="litre", decimals=0, least=0, width=12, legend=False,
        ),
        table(
            "Últimas cosechas", "Lo último que se anotó, sin nombres de personas.",
            f'SELECT "text","crop","bed" FROM "harvest" WHERE $timeFilter AND {BED}'
            " ORDER BY time DESC LIMIT 20",
            {
                "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 130},
                "text": {"title": "Cuánto", "width": 120},
                "crop": {"title": "Cultivo", "width": 140},
                "bed": {"title": "Cama"},
            },
            width=12,
        ),
    ]  # fmt: skip
