"""Where in its life a crop is, as far as it changes how a bed is watered."""

from surco_service.domain.water.science.crops import Crop

TRANSPLANTED = frozenset(
    (
        "jitomate",
        "tomate_verde",
        "chile",
        "col",
        "brocoli",
        "coliflor",
        "lechuga",
        "cebolla",
        "fresa",
    )
)  # their bed never holds a seed near the surface
CURES_D = {"ajo": 21, "cebolla": 14}  # days before the end without water: bulbs dry in the soil
SOWN_MOST_D = 14  # a seed that has not come up by then will not
GRACE_D = 14  # the season may end so much later than in the table


def stage(crop: Crop, days: int | None) -> str:
    """Return "sown", "growing", "full", "late", "curing" or "past"; "full" when nobody knows."""
    if days is None or crop.stages_d is None:
        return "full"
    initial, development, middle, late = crop.stages_d
    if days < 0:
        return "growing"
    if days <= min(initial // 2, SOWN_MOST_D) and crop.id not in TRANSPLANTED:
        return "sown"
    if days <= initial + development:
        return "growing"
    if days <= initial + development + middle:
        return "full"
    end = initial + development + middle + late
    if days > end + GRACE_D:
        return "past"
    return "curing" if days > end - CURES_D.get(crop.id, -GRACE_D - 1) else "late"


def cures(crop: Crop) -> bool:
    """Tell whether it is left dry before it is lifted."""
    return crop.id in CURES_D
