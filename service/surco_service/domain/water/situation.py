"""What a verdict rests on: a bed, what its soil most likely lacks, and what may come."""

from dataclasses import dataclass
from datetime import datetime

from surco_service.domain.stewardship.garden import Bed
from surco_service.domain.water.advice import Reason
from surco_service.domain.water.belief import EFFICIENCY, Belief
from surco_service.domain.water.root_zone import RootZone
from surco_service.domain.water.science.weather import WeatherDay


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a verdict rests on. `belief` None: nothing at all is known of the water."""

    bed: Bed
    zone: RootZone
    belief: Belief | None
    etc_mm: float  # what the crop drinks in the coming day
    doubts: tuple[str, ...] = ()  # why probes are not used; empty: all that are there are used
    probed: bool = False  # at least one probe is used
    theta: float | None = None  # of the probe that is used, less its bias, m3/m3
    data_at: datetime | None = None  # time of the newest reading it rests on
    expires: datetime | None = None  # from then on that reading is stale
    climate: str = ""  # method of ET0; "monthly": no weather at all
    seen: tuple[Reason, ...] = ()  # waterings and rain of the last days, most telling first
    coming: WeatherDay | None = None  # what is forecast within a day
    water_in_days: int | None = None  # until the network brings water; 0: today; None: always there
    next_water_days: int | None = None  # from today until the day of water after that
    stage: str = "full"  # of its crop, see `crop_growth.stage`
    topped_mm: float = 0.0  # rain since yesterday and water since this morning, on the surface
    available_litres: float | None = None  # of the cistern, for this bed; None: as much as it needs
    short: bool = False  # the cistern does not hold what all beds of the garden need
    room_mm: float | None = None  # most that can be missing by its probe, error and all
    efficiency: float = EFFICIENCY  # share of poured water that stays in this bed

    @property
    def missing_mm(self) -> float:
        """Return what is most likely missing, between 0 and all it can hold."""
        missing = self.belief.depletion_mm if self.belief is not None else 0.0
        return min(max(missing, 0.0), self.zone.taw_mm)
