"""Points → SVG paths. Pure: no store, no clock, no words.

The line stops where data stop: points farther apart than `gap_s` are never joined, and nothing is
drawn after the last point but an empty dashed box when the data are old.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surco_service.usecases.water.views import Curve

FULLEST = 1.35  # of wetness; what is above is drawn at the upper edge
DRIEST = -0.35


@dataclass(frozen=True)
class Frame:
    """A drawing area: `left`..`right`, and where full (1) and dry (0) lie; `foot` is the ground."""

    left: float
    right: float
    full: float
    dry: float
    foot: float
    top: float

    def y(self, wetness: float) -> float:
        bounded = min(max(wetness, DRIEST), FULLEST)
        y = self.dry - (self.dry - self.full) * bounded
        return round(min(max(y, self.top), self.foot - 2), 1)


CARD = Frame(left=0, right=296, full=14, dry=80, foot=84, top=4)
PAGE = Frame(left=6, right=312, full=66, dry=226, foot=236, top=40)
LIVE = Frame(left=4, right=348, full=28, dry=198, foot=236, top=10)


@dataclass(frozen=True)
class Box:
    """An outage: no data from x to x + width."""

    x: float
    width: float


@dataclass(frozen=True)
class Can:
    """A watering on the time axis; `y` is where the line is then."""

    x: float
    y: float
    litres: float
    text: bool  # there is room for its litres


@dataclass(frozen=True)
class Drawing:
    frame: Frame
    line: str
    pool: str
    thirst: float  # y of the wetness from which on the plant lacks water
    dot: tuple[float, float] | None
    gaps: list[Box]
    cans: list[Can]

    @property
    def silent(self) -> bool:
        """Tell whether the picture ends with an outage."""
        return bool(self.dot and self.gaps and self.gaps[-1].x > self.dot[0])


def draw(curve: Curve, frame: Frame, thirst: float = 0.0) -> Drawing:
    """Return what to draw of a curve inside a frame; `thirst` is the wetness where watering is due."""
    runs = _runs(curve.points, curve.gap_s)
    placed = [[(_x(curve, frame, t), frame.y(wet)) for t, wet in run] for run in runs]
    dot = placed[-1][-1] if placed else None
    return Drawing(
        frame=frame,
        line=" ".join("M" + _pairs(run) for run in placed),
        pool=" ".join(_pool(run, frame.foot) for run in placed),
        thirst=frame.y(thirst),
        dot=dot,
        gaps=_gaps(curve, runs, frame),
        cans=_cans(curve, frame),
    )


def _runs(points: Sequence[tuple[int, float]], gap_s: int) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= gap_s:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _x(curve: Curve, frame: Frame, t: float) -> float:
    span = max(1, curve.end - curve.start)
    share = min(max((t - curve.start) / span, 0.0), 1.0)
    return round(frame.left + (frame.right - frame.left) * share, 1)


def _pairs(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g} {y:g}" for x, y in run)


def _pool(run: Sequence[tuple[float, float]], foot: float) -> str:
    return f"M{run[0][0]:g} {foot:g} {_pairs(run)} {run[-1][0]:g} {foot:g}Z"


def _gaps(curve: Curve, runs: Sequence[Sequence[tuple[int, float]]], frame: Frame) -> list[Box]:
    edges = [(before[-1][0], after[0][0]) for before, after in pairwise(runs)]
    if runs and curve.end - runs[-1][-1][0] > curve.gap_s:
        edges.append((runs[-1][-1][0], curve.end))
    boxes: list[Box] = []
    for start, end in edges:
        left, right = _x(curve, frame, start) + 5, _x(curve, frame, end) - 3
        if right - left >= 6:
            boxes.append(Box(round(left, 1), round(right - left, 1)))
    return boxes


def _cans(curve: Curve, frame: Frame) -> list[Can]:
    cans: list[Can] = []
    for watering in curve.waterings:
        t = watering.at.timestamp()
        if watering.litres <= 0 or not curve.start <= t <= curve.end:
            continue
        x = min(_x(curve, frame, t), frame.right - 8)
        after = next((wet for at, wet in curve.points if at >= t), None)
        y = frame.y(after) - 5 if after is not None else frame.dry
        free = not cans or x - cans[-1].x > 70
        if cans and x - cans[-1].x < 28:
            continue  # two cans on one spot cannot be told apart; the table has both
        cans.append(Can(x, max(y, 44), watering.litres, free and x < frame.right - 55))
    return cans
