"""The true garden: AquaCrop, stepped a day at a time with our litres.

It knows other physics than the advice: 12 layers, a canopy that grows, its own curves of stress.
"""

import warnings
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.evaluation.climate import TrueDay

BED_DEPTH_M = 0.5  # soil over hardpan: roots go no deeper
PROBE_LAYER = 1  # 10 to 20 cm


@dataclass(frozen=True)
class Step:
    """The end of a true day."""

    depletion_mm: float
    taw_mm: float
    theta: float  # at the probe, m3/m3
    transpired_mm: float
    potential_mm: float
    percolation_mm: float


class Truth:
    """One season of one crop in one soil."""

    def __init__(self, crop: str, soil: str, sowing: date, weather: list[TrueDay]) -> None:
        warnings.simplefilter("ignore")
        import pandas as pd

        # `aquacrop` itself exports nothing while "-m" is an argument, as it is one of pytest's
        from aquacrop.core import AquaCropModel
        from aquacrop.entities.crop import Crop
        from aquacrop.entities.inititalWaterContent import InitialWaterContent
        from aquacrop.entities.irrigationManagement import IrrigationManagement
        from aquacrop.entities.soil import Soil

        table = pd.DataFrame(
            {
                "MinTemp": [d.temp_min_c for d in weather],
                "MaxTemp": [d.temp_max_c for d in weather],
                "Precipitation": [d.rain_mm for d in weather],
                "ReferenceET": [d.et0_mm for d in weather],
                "Date": pd.to_datetime([d.day for d in weather]),
            }
        )
        end = sowing + timedelta(days=len(weather) - 2)
        self._model: Any = AquaCropModel(
            f"{sowing:%Y/%m/%d}", f"{end:%Y/%m/%d}", table, Soil(soil),
            Crop(crop, planting_date=f"{sowing:%m/%d}", Zmax=BED_DEPTH_M),
            initial_water_content=InitialWaterContent(value=["FC"]),
            irrigation_management=IrrigationManagement(irrigation_method=5, depth=0),
        )  # fmt: skip
        self._model._initialize()
        self._least_m = float(self._model._param_struct.Seasonal_Crop_List[0].Zmin)
        profile = self._model._param_struct.Soil.profile
        self._bottoms, self._thickness = profile.dzsum.to_numpy(), profile.dz.to_numpy()
        self._capacity, self._wilting = profile.th_fc.to_numpy(), profile.th_wp.to_numpy()
        self.field_capacity = float(profile.th_fc[PROBE_LAYER])
        self.wilting_point = float(profile.th_wp[PROBE_LAYER])

    @property
    def finished(self) -> bool:
        return bool(self._model._clock_struct.model_is_finished)

    def now(self) -> tuple[float, float, float]:
        """Return (depletion mm, TAW mm, θ at the probe)."""
        state, bottoms, thickness = self._model._init_cond, self._bottoms, self._thickness
        roots_m = max(float(state.z_root), self._least_m)
        # AquaCrop's own `depletion` is that of the morning: it lacks the day's water
        share = ((roots_m - (bottoms - thickness)) / thickness).clip(0, 1)
        layer_mm = 1000 * thickness * share
        depletion = float((layer_mm * (self._capacity - state.th)).sum())
        taw = float((layer_mm * (self._capacity - self._wilting)).sum())
        return depletion, taw, float(state.th[PROBE_LAYER])

    def step(self, irrigation_mm: float) -> Step:
        """Live one day with so much water on the soil."""
        model = self._model
        n = model._clock_struct.time_step_counter
        model._param_struct.IrrMngt.depth = irrigation_mm
        model.run_model(num_steps=1, initialize_model=False)
        flux = model._outputs.water_flux
        row = flux.iloc[n].to_numpy() if hasattr(flux, "iloc") else flux[n]
        depletion, taw, theta = self.now()
        return Step(depletion, taw, theta, float(row[15]), float(row[16]), float(row[9]))

    def dry_yield(self) -> float:
        """Return tonnes per hectare, when finished."""
        return float(self._model._outputs.final_stats["Dry yield (tonne/ha)"].iloc[0])
