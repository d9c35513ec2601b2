"""TABLE of crops: how they drink. FAO-56 Tables 11, 12 and 22, or the closest published class.

`quality`: A read in FAO-56; B published elsewhere or derived; C the closest FAO-56 class; D assumed.
"""

from dataclasses import dataclass

from surco_service.domain.water.science.intercropping import intercropped


@dataclass(frozen=True, slots=True)
class Crop:
    id: str
    es: str
    en: str
    kc: tuple[float, float, float]  # crop coefficient: initial, mid, end (FAO-56 Table 12)
    height_m: float
    stages_d: tuple[int, int, int, int] | None  # lengths (FAO-56 Table 11); None: perennial
    root_depth_m: float  # effective, in a garden bed
    p: float  # share of the available water it uses without stress, at ETc 5 mm/d (Table 22)
    quality: str


_TABLE = (
    Crop("jitomate", "Jitomate", "Tomato", (0.6, 1.15, 0.8), 0.6, (30, 40, 40, 25), 0.4, 0.4, "A"),
    Crop("tomate_verde", "Tomate verde", "Tomatillo", (0.6, 1.15, 0.8), 0.6, (30, 40, 40, 20), 0.4, 0.4, "C"),
    Crop("chile", "Chile", "Chilli", (0.6, 1.05, 0.9), 0.7, (30, 35, 40, 20), 0.4, 0.3, "A"),
    Crop("calabacita", "Calabacita", "Zucchini", (0.5, 0.95, 0.75), 0.3, (25, 35, 25, 15), 0.4, 0.5, "A"),
    Crop("calabaza", "Calabaza", "Pumpkin", (0.5, 1.0, 0.8), 0.4, (20, 30, 30, 20), 0.5, 0.35, "A"),
    Crop("pepino", "Pepino", "Cucumber", (0.6, 1.0, 0.75), 0.3, (20, 30, 40, 15), 0.4, 0.5, "A"),
    Crop("chayote", "Chayote", "Chayote", (0.5, 1.0, 0.8), 0.3, None, 0.5, 0.45, "C"),
    Crop("frijol_ejote", "Ejote", "Green bean", (0.5, 1.05, 0.9), 0.4, (20, 30, 30, 10), 0.4, 0.45, "A"),
    Crop("frijol", "Frijol", "Dry bean", (0.4, 1.15, 0.35), 0.4, (20, 30, 40, 20), 0.4, 0.45, "A"),
    Crop("haba", "Haba", "Faba bean", (0.5, 1.15, 1.1), 0.8, (20, 30, 35, 15), 0.4, 0.45, "A"),
    Crop("chicharo", "Chícharo", "Pea", (0.5, 1.15, 1.1), 0.5, (20, 30, 35, 15), 0.4, 0.35, "A"),
    Crop("maiz_elote", "Elote", "Sweet corn", (0.3, 1.15, 1.05), 1.5, (20, 30, 30, 10), 0.5, 0.5, "A"),
    Crop("maiz", "Maíz", "Maize", (0.3, 1.2, 0.6), 2.0, (25, 40, 45, 30), 0.6, 0.55, "A"),
    Crop("lechuga", "Lechuga", "Lettuce", (0.7, 1.0, 0.95), 0.3, (25, 35, 30, 10), 0.3, 0.3, "A"),
    Crop("acelga", "Acelga", "Swiss chard", (0.7, 1.0, 0.95), 0.3, (20, 30, 40, 10), 0.3, 0.2, "C"),
    Crop("espinaca", "Espinaca", "Spinach", (0.7, 1.0, 0.95), 0.3, (20, 20, 20, 5), 0.3, 0.2, "A"),
    Crop("col", "Col", "Cabbage", (0.7, 1.05, 0.95), 0.4, (25, 35, 25, 10), 0.4, 0.45, "B"),
    Crop("brocoli", "Brócoli", "Broccoli", (0.7, 1.05, 0.95), 0.3, (35, 45, 40, 15), 0.4, 0.45, "A"),
    Crop("coliflor", "Coliflor", "Cauliflower", (0.7, 1.05, 0.95), 0.4, (35, 50, 40, 15), 0.4, 0.45, "A"),
    Crop("cilantro", "Cilantro", "Coriander", (0.7, 1.05, 0.95), 0.3, (10, 15, 15, 5), 0.25, 0.3, "C"),
    Crop("perejil", "Perejil", "Parsley", (0.7, 1.05, 1.0), 0.3, (25, 40, 45, 15), 0.3, 0.25, "C"),
    Crop("epazote", "Epazote", "Epazote", (0.6, 1.0, 0.95), 0.6, None, 0.3, 0.4, "D"),
    Crop("quelites", "Quelites", "Quelites", (0.7, 1.05, 0.95), 0.4, (15, 15, 15, 5), 0.3, 0.45, "C"),
    Crop("verdolaga", "Verdolaga", "Purslane", (0.6, 0.9, 0.85), 0.2, (10, 10, 15, 5), 0.2, 0.5, "D"),
    Crop("rabano", "Rábano", "Radish", (0.7, 0.9, 0.85), 0.3, (10, 10, 15, 5), 0.25, 0.3, "A"),
    Crop("zanahoria", "Zanahoria", "Carrot", (0.7, 1.05, 0.95), 0.3, (20, 30, 30, 20), 0.4, 0.35, "A"),
    Crop("betabel", "Betabel", "Beet", (0.5, 1.05, 0.95), 0.4, (15, 25, 20, 10), 0.4, 0.5, "A"),
    Crop("papa", "Papa", "Potato", (0.5, 1.15, 0.75), 0.6, (25, 30, 40, 30), 0.4, 0.35, "A"),
    Crop("camote", "Camote", "Sweet potato", (0.5, 1.15, 0.65), 0.4, (15, 30, 50, 30), 0.5, 0.65, "A"),
    Crop("cebolla", "Cebolla", "Onion", (0.7, 1.05, 0.75), 0.4, (15, 25, 70, 40), 0.3, 0.3, "A"),
    Crop("cebollin", "Cebollín", "Spring onion", (0.7, 1.0, 1.0), 0.3, (20, 45, 20, 10), 0.3, 0.3, "A"),
    Crop("ajo", "Ajo", "Garlic", (0.7, 1.0, 0.7), 0.3, (20, 35, 70, 40), 0.3, 0.3, "B"),
    Crop("fresa", "Fresa", "Strawberry", (0.4, 0.85, 0.75), 0.2, None, 0.25, 0.2, "A"),
    Crop("menta", "Hierbabuena", "Mint", (0.6, 1.15, 1.1), 0.7, None, 0.3, 0.4, "A"),
    Crop("albahaca", "Albahaca", "Basil", (0.6, 1.05, 0.95), 0.4, (20, 25, 40, 10), 0.3, 0.35, "C"),
    Crop("mediterraneas", "Hierbas", "Herbs", (0.4, 0.5, 0.5), 0.5, None, 0.4, 0.6, "D"),
    Crop("nopal", "Nopal", "Prickly pear", (0.4, 0.4, 0.4), 1.0, None, 0.35, 0.65, "B"),
    Crop("sabila", "Sábila", "Aloe", (0.4, 0.4, 0.4), 0.6, None, 0.4, 0.8, "C"),
    Crop("girasol", "Girasol", "Sunflower", (0.35, 1.1, 0.35), 2.0, (25, 35, 45, 25), 0.5, 0.45, "A"),
    Crop("citricos", "Cítricos", "Citrus", (0.65, 0.6, 0.65), 3.0, (60, 90, 120, 95), 0.6, 0.5, "A"),
    Crop("aguacate", "Aguacate", "Avocado", (0.6, 0.85, 0.75), 3.0, None, 0.6, 0.7, "A"),
    Crop("pasto", "Pasto", "Warm-season turf", (0.8, 0.85, 0.85), 0.1, None, 0.3, 0.5, "A"),
)  # fmt: skip

_MIXES = (  # id, es, en, crop → share of the ground (assumed), the tallest first
    ("milpa", "Milpa", "Milpa", {"maiz": 0.5, "frijol": 0.25, "calabaza": 0.25}),
)


def _together(id: str, es: str, en: str, parts: list[tuple[float, Crop]]) -> Crop:
    """Return crops that share a bed as one: (share of the ground, crop) each, the tallest first.

    Kc is FAO-56 Eq. 104. The tallest gives the calendar. The most sensitive one says how deep and
    how dry.
    """
    initial, mid, end = (
        round(intercropped([(share, crop.height_m, crop.kc[i]) for share, crop in parts]), 2)
        for i in range(3)
    )
    tallest = parts[0][1]
    return Crop(
        id, es, en, (initial, mid, end), tallest.height_m, tallest.stages_d,
        min(crop.root_depth_m for _, crop in parts), min(crop.p for _, crop in parts), "B",
    )  # fmt: skip


_ALONE = {crop.id: crop for crop in _TABLE}
CROPS: dict[str, Crop] = _ALONE | {
    id: _together(id, es, en, [(share, _ALONE[part]) for part, share in parts.items()])
    for id, es, en, parts in _MIXES
}

UNKNOWN_CROP = Crop(
    "unknown", "Sin cultivo", "No crop", (0.7, 1.05, 0.95), 0.3, None, 0.3, 0.35, "D"
)
"""Small vegetables of FAO-56: what a bed is taken for while nobody said what grows there."""
