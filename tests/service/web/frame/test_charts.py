"""The line stops where data stop."""

from surco_service.usecases.water.views import Curve
from surco_service.web.frame.charts import CARD, draw
from tests.builders import DAWN, a_watering

END = int(DAWN.timestamp())
HOUR = 3600


def a_curve(*hours_ago: float, wet: float = 0.5) -> Curve:
    points = [(int(END - h * HOUR), wet) for h in sorted(hours_ago, reverse=True)]
    return Curve(points, END - 168 * HOUR, END, 3 * HOUR, [])


def test_an_outage_is_a_box_and_never_bridged() -> None:
    drawing = draw(a_curve(100, 99, 98, 50, 49, 1, 0), CARD)
    assert drawing.line.count("M") == 3
    assert len(drawing.gaps) == 2


def test_nothing_is_drawn_after_the_last_value_but_an_empty_box() -> None:
    drawing = draw(a_curve(40, 39, 38), CARD)
    assert drawing.dot is not None
    assert drawing.gaps[-1].x > drawing.dot[0]
    assert drawing.line.endswith(f"{drawing.dot[0]:g} {drawing.dot[1]:g}")


def test_no_data_is_an_empty_drawing() -> None:
    drawing = draw(a_curve(), CARD)
    assert (drawing.line, drawing.pool, drawing.dot, drawing.gaps) == ("", "", None, [])


def test_what_is_fuller_than_full_stays_inside_the_picture() -> None:
    drawing = draw(a_curve(2, 1, wet=99), CARD)
    assert drawing.dot is not None
    assert drawing.dot[1] >= CARD.top


def test_a_watering_taken_back_has_no_can() -> None:
    curve = a_curve(2, 1)
    waterings = [a_watering(0), a_watering(20)]
    drawing = draw(Curve(curve.points, curve.start, END, curve.gap_s, waterings), CARD)
    assert [can.litres for can in drawing.cans] == [20]
