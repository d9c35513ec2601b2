"""One garden: the water in its soil, its verdicts, its waterings and harvests."""

from surco_dashboards.dashboard import annotation, dashboard, variable
from surco_dashboards.panels import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    KILOS,
    LITRES,
    LITRES_M2,
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
)
from surco_dashboards.queries import BED, NAMED, RECENT, ZONE, latest_sum


def garden() -> Json:
    here = '"garden" =~ /^${huerto:regex}$/'
    return dashboard(
        "surco-huerto",
        "Surco · Huerto",
        "Un huerto: el agua en su tierra, lo que piden sus camas, lo que se regó y cosechó.",
        [*_today(), *_soil(), *_work()],
        variables=[
            variable(
                "huerto", "Huerto",
                f'SHOW TAG VALUES FROM "bed_name" WITH KEY = "garden_choice" WHERE {NAMED}', many=False,
            ),
            variable(
                "cama", "Cama",
                'SHOW TAG VALUES FROM "bed_name" WITH KEY = "bed_choice"'
                f" WHERE {here} AND {NAMED}", many=True,
            ),
        ],
        annotations=[
            annotation(
                name,
                f'SELECT "text","bed_name" FROM "{events}" WHERE $timeFilter AND {BED}'
                " AND \"text\" != ''",
                colour,
            )
            for name, events, colour in (("Riegos", "watering", BLUE), ("Cosechas", "harvest", GREEN))
        ],
    )  # fmt: skip


def _today() -> list[Json]:
    def newest(field: str) -> str:
        return latest_sum(field, '"bed"', f"{RECENT} AND {BED}")

    return [
        stat(
            "Camas que piden agua",
            "Camas cuyo último veredicto, de menos de 3 horas, es «riega», y camas de las que no sabemos.",
            newest("needs"), name="piden agua", beside=("no sabemos", newest("unknown")),
            unit="none", thresholds=steps((None, GREY), (0, GREEN), (1, RED)), width=8,
        ),
        stat(
            "Agua para hoy",
            "Suma de las dosis de las camas que piden agua. Falta la de las camas de las que no sabemos.",
            newest("litres"), name="hacen falta",
            beside=("camas sin saber", newest("unknown")),
            unit=LITRES, thresholds=steps((None, GREY), (0, GREEN), (1, AMBER)), width=8,
        ),
        stat(
            "Cosecha del periodo", "Kilos pesados en el periodo elegido arriba.",
            f'SELECT sum("kg_weighed") FROM "harvest" WHERE $timeFilter AND {BED}',
            unit=KILOS, decimals=1, width=8, nothing=NOTHING_NOTED,
        ),
        table(
            "Ahora",
            "El último veredicto de cada cama, si tiene menos de 3 horas, y en qué se basa.",
            'SELECT last("code") AS "code","litres","depletion_mm","basis","confidence","bed_name"'
            f' FROM "advice" WHERE {RECENT} AND {BED} GROUP BY "bed"',
            {"bed_name": {"title": "Cama", "width": 240}, **now_columns()},
            height=6,
        ),
    ]  # fmt: skip


def _soil() -> list[Json]:
    return [
        lines(
            "Agua en la tierra",
            "Lo que dice cada sonda: 100 es llena, 0 es seca. Donde la línea se corta no hubo datos.",
            target(
                'SELECT mean("wetness") AS "v",last("probe_name") AS "n" FROM "bed_moisture"'
                f' WHERE $timeFilter AND {BED} AND "wetness" > -1000'
                ' GROUP BY time($__interval),"bed","depth" fill(0)', table=True,
            ),
            unit="none", decimals=0, least=0, most=130,
            thresholds=steps((None, "transparent"), (100, BLUE)),
        ),
        verdict_timeline(
            "Veredicto de cada cama, hora por hora",
            "Cada hora tiene un veredicto. Donde no hay color, tampoco sabemos.",
            target(
                'SELECT last("code") AS "v",last("bed_name") AS "n" FROM "advice"'
                f' WHERE $timeFilter AND {BED} GROUP BY time(1h),"bed" fill(0)', table=True,
            ),
        ),
        lines(
            "Agua que le falta a cada cama",
            "Litros por metro cuadrado que faltan para llenar su tierra, según el veredicto de cada hora.",
            target(
                'SELECT mean("depletion_mm") AS "v",last("bed_name") AS "n" FROM "advice"'
                f' WHERE $timeFilter AND {BED} AND "depletion_mm" > -1000'
                ' GROUP BY time($__interval),"bed" fill(0)', table=True,
            ),
            unit=LITRES_M2, decimals=0, least=0, width=12,
        ),
        lines(
            "Cuánto cambió cada día",
            "Agua que la tierra ganó o perdió (negativo) de la primera a la última lectura del día, de 100.",
            target(
                'SELECT last("wetness") - first("wetness") AS "v",last("probe_name") AS "n"'
                f' FROM "bed_moisture" WHERE $timeFilter AND {BED} AND "wetness" > -1000'
                f' GROUP BY time(1d),"bed","depth" fill(0) {ZONE}', table=True,
            ),
            unit="none", decimals=0, width=12,
        ),
    ]  # fmt: skip


def _work() -> list[Json]:
    return [
        bars(
            "Riego por día", "Litros que la gente anotó cada día, por cama.",
            target(
                'SELECT sum("litres") AS "v",last("bed_name") AS "n" FROM "watering"'
                f' WHERE $timeFilter AND {BED} GROUP BY time(1d),"bed" fill(0) {ZONE}', table=True,
            ),
            unit=LITRES,
        ),
        bars(
            "Cosecha por semana", "Kilos pesados por semana, de lunes a domingo, por cultivo.",
            target(
                'SELECT sum("kg_weighed") AS "v",last("crop_name") AS "n" FROM "harvest"'
                f' WHERE $timeFilter AND {BED} GROUP BY time(1w,4d),"crop" fill(0) {ZONE}', table=True,
            ),
            unit=KILOS, decimals=1,
        ),
        lines(
            "Riego acumulado", "Litros desde el principio del periodo.",
            target(
                'SELECT cumulative_sum("l") FROM (SELECT sum("litres") AS "l" FROM "watering"'
                f" WHERE $timeFilter AND {BED} GROUP BY time(1d) fill(0) {ZONE})",
                "litros",
            ),
            unit=LITRES, decimals=0, least=0, width=12, legend=False, nothing=NOTHING_NOTED,
        ),
        table(
            "Últimas cosechas", "Lo último que se anotó, sin nombres de personas.",
            f'SELECT "text","crop_name","bed_name" FROM "harvest" WHERE $timeFilter AND {BED}'
            " AND \"text\" != '' ORDER BY time DESC LIMIT 20",
            {
                "Time": {"title": "Cuándo", "unit": "time:DD/MM HH:mm", "width": 130},
                "text": {"title": "Cuánto", "width": 120},
                "crop_name": {"title": "Cultivo", "width": 160},
                "bed_name": {"title": "Cama"},
            },
            width=12, nothing=NOTHING_NOTED,
        ),
    ]  # fmt: skip
