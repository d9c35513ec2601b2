"""TABLE of the lines that are played: who decides, and what is not as the adviser is told.

`None` means as it was drawn for the garden. What is not said is as it should be: a working probe in
full sun, the right row of the table, the constant efficiency, a gardener who obeys at once.
"""

from dataclasses import dataclass

USUALLY = 0.85  # of the waterings are noted
STAYS = 0.85  # of the poured water, where a bed is as the advice assumes


@dataclass(frozen=True)
class Line:
    name: str
    policy: str = "fused"
    noted: float | None = USUALLY
    fault: str | None = ""
    shade: float | None = 1.0
    efficiency: float | None = STAYS
    neighbours: float | None = 0.0  # pours a week
    mistaken: bool | None = False  # the wrong row of the table is told
    planted_off_days: int | None = 0
    kind: str | None = "at once"
    heat: float = 1.0  # times what its probe feels

    @property
    def oracle(self) -> "Line":
        """Return the oracle's line in the same truth."""
        return Line(
            "oracle", "oracle", shade=self.shade, efficiency=self.efficiency,
            neighbours=self.neighbours,
        )  # fmt: skip


AS_IT_IS = {
    "noted": None, "fault": None, "shade": None, "efficiency": None, "neighbours": None,
    "mistaken": None, "planted_off_days": None, "kind": None,
}  # fmt: skip

_TABLE = (
    Line("working"),
    Line("half noted", noted=0.5),
    Line("none noted", noted=0.0),
    Line("shade 0.6", shade=0.6),
    Line("efficiency 1.0", efficiency=1.0),
    Line("efficiency 0.7", efficiency=0.7),
    Line("wrong texture", mistaken=True),
    Line("planted late", planted_off_days=30),
    Line("planted early", planted_off_days=-30),
    Line("neighbours", neighbours=1.0),
    Line("gardener late", kind="late"),
    Line("gardener half", kind="half"),
    Line("gardener twice", kind="twice"),
    Line("heat", heat=3.0),
    Line("drift", fault="drift"),
    Line("salt", fault="salt"),
    Line("jump up", fault="jump up"),
    Line("jump down", fault="jump down"),
    Line("stuck", fault="stuck"),
    Line("dead", fault="dead"),
    Line("out", fault="out"),
    Line("thirst 0.75", shade=0.75),
    Line("thirst 1.25", shade=1.25),
    Line("uncalibrated", policy="uncalibrated"),
    Line("as a garden is", **AS_IT_IS),
    Line("balance alone", policy="balance"),
    Line("balance, none noted", policy="balance", noted=0.0),
    Line("balance, as a garden is", policy="balance", **AS_IT_IS),
    Line("calendar", policy="calendar"),
    Line("refill", policy="refill"),
)
LINES = {line.name: line for line in _TABLE}
SHORT = ("working", "none noted", "jump up", "calendar")


def chosen(words: str) -> list[Line]:
    """Return the lines whose names begin with one of these words, between commas; all for ""."""
    starts = [word.strip() for word in words.split(",") if word.strip()]
    found = [line for line in _TABLE if not starts or any(line.name.startswith(s) for s in starts)]
    for start in starts:
        if not any(line.name.startswith(start) for line in found):
            raise SystemExit(f"no line begins with {start!r}; there are: {', '.join(LINES)}")
    return found
