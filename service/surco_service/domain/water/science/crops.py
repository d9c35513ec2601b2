"""TABLE of crops: how they drink. FAO-56 Tables 11, 12 and 22, or the closest published class.

`quality`: A read in FAO-56; B published elsewhere or derived; C the closest FAO-56 class; D assumed.
Amaranth drinks as millet there, fig and pomegranate as stone fruit. When a crop cures, what is set
out and when a year of leaves begins are the usage of gardens in Querétaro.
"""

from dataclasses import dataclass, replace

from surco_service.domain.water.science.intercropping import intercropped


@dataclass(frozen=True, slots=True)
class Crop:
    id: str
    es: str
    en: str
    kc: tuple[float, float, float]  # crop coefficient: initial, mid, end (FAO-56 Table 12)
    height_m: float
    stages_d: tuple[int, int, int, int] | None  # lengths (FAO-56 Table 11); None: perennial
    root_depth_m: float  # effective, in a garden: what verdicts count on
    p: float  # share of the available water it uses without stress, at ETc 5 mm/d (Table 22)
    quality: str
    roots_m: tuple[float, float] | None = None  # deepest roots in a field, from and to (Table 22)
    transplanted: bool = False  # set out as a seedling, bulb, tuber or cutting; else sown
    cures_d: int = 0  # at its end it dries so many days, and gets no water
    spring: tuple[int, int] | None = None  # (month, day) when a tree's stages begin, each year
    sheds: bool = False  # a tree that is bare in winter

    @property
    def kind(self) -> str:
        """Tell "tree", "annual" or "perennial"."""
        if self.spring:
            return "tree"
        return "annual" if self.stages_d else "perennial"


_TABLE = (
    Crop("jitomate", "Jitomate", "Tomato", (0.6, 1.15, 0.8), 0.6, (30, 40, 40, 25), 0.4, 0.4, "A"),
    Crop("tomate_verde", "Tomate verde", "Tomatillo", (0.6, 1.15, 0.8), 0.6, (30, 40, 40, 20), 0.4, 0.4, "C"),
    Crop("chile", "Chile", "Chilli", (0.6, 1.05, 0.9), 0.7, (30, 35, 40, 20), 0.4, 0.3, "A"),
    Crop("berenjena", "Berenjena", "Eggplant", (0.6, 1.05, 0.9), 0.8, (30, 45, 40, 25), 0.4, 0.45, "A"),
    Crop("calabacita", "Calabacita", "Zucchini", (0.5, 0.95, 0.75), 0.3, (25, 35, 25, 15), 0.4, 0.5, "A"),
    Crop("calabaza", "Calabaza", "Pumpkin", (0.5, 1.0, 0.8), 0.4, (20, 30, 30, 20), 0.5, 0.35, "A"),
    Crop("pepino", "Pepino", "Cucumber", (0.6, 1.0, 0.75), 0.3, (20, 30, 40, 15), 0.4, 0.5, "A"),
    Crop("sandia", "Sandía", "Watermelon", (0.4, 1.0, 0.75), 0.4, (20, 30, 30, 30), 0.4, 0.4, "A"),
    Crop("melon", "Melón", "Melon", (0.5, 1.05, 0.75), 0.4, (25, 35, 40, 20), 0.4, 0.4, "A"),
    Crop("chayote", "Chayote", "Chayote", (0.5, 1.0, 0.8), 0.3, None, 0.5, 0.45, "C"),
    Crop("frijol_ejote", "Ejote", "Green bean", (0.5, 1.05, 0.9), 0.4, (20, 30, 30, 10), 0.4, 0.45, "A"),
    Crop("frijol", "Frijol", "Dry bean", (0.4, 1.15, 0.35), 0.4, (20, 30, 40, 20), 0.4, 0.45, "A"),
    Crop("haba", "Haba", "Faba bean", (0.5, 1.15, 1.1), 0.8, (20, 30, 35, 15), 0.4, 0.45, "A"),
    Crop("chicharo", "Chícharo", "Pea", (0.5, 1.15, 1.1), 0.5, (20, 30, 35, 15), 0.4, 0.35, "A"),
    Crop("maiz_elote", "Elote", "Sweet corn", (0.3, 1.15, 1.05), 1.5, (20, 30, 30, 10), 0.5, 0.5, "A"),
    Crop("maiz", "Maíz", "Maize", (0.3, 1.2, 0.6), 2.0, (25, 40, 45, 30), 0.6, 0.55, "A"),
    Crop("amaranto", "Amaranto", "Grain amaranth", (0.3, 1.0, 0.3), 1.5, (20, 40, 50, 40), 0.5, 0.55, "C"),
    Crop("lechuga", "Lechuga", "Lettuce", (0.7, 1.0, 0.95), 0.3, (25, 35, 30, 10), 0.3, 0.3, "A"),
    Crop("acelga", "Acelga", "Swiss chard", (0.7, 1.0, 0.95), 0.3, (20, 30, 40, 10), 0.3, 0.2, "C"),
    Crop("espinaca", "Espinaca", "Spinach", (0.7, 1.0, 0.95), 0.3, (20, 20, 20, 5), 0.3, 0.2, "A"),
    Crop("arugula", "Arúgula", "Arugula", (0.7, 1.0, 0.95), 0.3, (10, 15, 15, 5), 0.25, 0.3, "C"),
    Crop("apio", "Apio", "Celery", (0.7, 1.05, 1.0), 0.6, (25, 40, 45, 15), 0.3, 0.2, "A"),
    Crop("col", "Col", "Cabbage", (0.7, 1.05, 0.95), 0.4, (25, 35, 25, 10), 0.4, 0.45, "B"),
    Crop("kale", "Kale", "Kale", (0.7, 1.05, 0.95), 0.4, (30, 35, 90, 40), 0.4, 0.45, "C"),
    Crop("brocoli", "Brócoli", "Broccoli", (0.7, 1.05, 0.95), 0.3, (35, 45, 40, 15), 0.4, 0.45, "A"),
    Crop("coliflor", "Coliflor", "Cauliflower", (0.7, 1.05, 0.95), 0.4, (35, 50, 40, 15), 0.4, 0.45, "A"),
    Crop("cilantro", "Cilantro", "Coriander", (0.7, 1.05, 0.95), 0.3, (10, 15, 15, 5), 0.25, 0.3, "C"),
    Crop("perejil", "Perejil", "Parsley", (0.7, 1.05, 1.0), 0.3, (25, 40, 45, 15), 0.3, 0.25, "C"),
    Crop("epazote", "Epazote", "Epazote", (0.6, 1.0, 0.95), 0.6, None, 0.3, 0.4, "D"),
    Crop("quelites", "Quelites", "Quelites", (0.7, 1.05, 0.95), 0.4, (15, 15, 15, 5), 0.3, 0.45, "C"),
    Crop("huauzontle", "Huauzontle", "Huauzontle", (0.7, 1.05, 0.95), 1.0, (20, 30, 35, 15), 0.4, 0.45, "C"),
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
    Crop("manzanilla", "Manzanilla", "Chamomile", (0.6, 1.0, 0.8), 0.4, (20, 30, 30, 20), 0.3, 0.4, "D"),
    Crop("te_limon", "Té limón", "Lemongrass", (0.6, 1.0, 1.0), 0.9, None, 0.4, 0.5, "D"),
    Crop("mediterraneas", "Hierbas", "Herbs", (0.4, 0.5, 0.5), 0.5, None, 0.4, 0.6, "D"),
    Crop("romero", "Romero", "Rosemary", (0.4, 0.5, 0.5), 1.0, None, 0.4, 0.6, "D"),
    Crop("oregano", "Orégano", "Oregano", (0.4, 0.5, 0.5), 0.4, None, 0.3, 0.6, "D"),
    Crop("lavanda", "Lavanda", "Lavender", (0.4, 0.5, 0.5), 0.6, None, 0.4, 0.6, "D"),
    Crop("tomillo", "Tomillo", "Thyme", (0.4, 0.5, 0.5), 0.3, None, 0.3, 0.6, "D"),
    Crop("ruda", "Ruda", "Rue", (0.4, 0.5, 0.5), 0.6, None, 0.4, 0.6, "D"),
    Crop("nopal", "Nopal", "Prickly pear", (0.4, 0.4, 0.4), 1.0, None, 0.35, 0.65, "B"),
    Crop("sabila", "Sábila", "Aloe", (0.4, 0.4, 0.4), 0.6, None, 0.4, 0.8, "C"),
    Crop("girasol", "Girasol", "Sunflower", (0.35, 1.1, 0.35), 2.0, (25, 35, 45, 25), 0.5, 0.45, "A"),
    Crop("citricos", "Cítricos", "Citrus", (0.65, 0.6, 0.65), 3.0, (60, 90, 120, 95), 0.6, 0.5, "A"),
    Crop("aguacate", "Aguacate", "Avocado", (0.6, 0.85, 0.75), 3.0, (60, 90, 120, 60), 0.6, 0.7, "B"),
    Crop("durazno", "Durazno", "Peach", (0.55, 0.9, 0.65), 3.0, (20, 70, 120, 60), 0.6, 0.5, "A"),
    Crop("higo", "Higo", "Fig", (0.55, 0.9, 0.65), 3.0, (20, 70, 120, 60), 0.6, 0.5, "C"),
    Crop("granada", "Granada", "Pomegranate", (0.55, 0.9, 0.65), 2.5, (20, 70, 120, 60), 0.6, 0.5, "C"),
    Crop("pasto", "Pasto", "Warm-season turf", (0.8, 0.85, 0.85), 0.1, None, 0.3, 0.5, "A"),
)  # fmt: skip

_ROOTS_M = {  # deepest roots in a field, from and to: FAO-56 Table 22, or those of its class
    (0.2, 0.3): "fresa",
    (0.2, 0.4): "verdolaga",
    (0.3, 0.5): "lechuga acelga espinaca arugula apio cilantro perejil rabano ajo albahaca "
                "manzanilla",
    (0.3, 0.6): "epazote quelites cebolla cebollin nopal",
    (0.4, 0.6): "brocoli papa",
    (0.4, 0.7): "coliflor",
    (0.4, 0.8): "huauzontle menta te_limon mediterraneas romero oregano lavanda tomillo ruda",
    (0.5, 0.7): "frijol_ejote haba",
    (0.5, 0.8): "col kale",
    (0.5, 1.0): "chile zanahoria sabila aguacate pasto",
    (0.6, 0.9): "frijol",
    (0.6, 1.0): "calabacita chicharo betabel",
    (0.7, 1.2): "berenjena pepino chayote",
    (0.7, 1.5): "jitomate tomate_verde",
    (0.8, 1.2): "maiz_elote",
    (0.8, 1.5): "sandia melon girasol",
    (1.0, 1.5): "calabaza camote",
    (1.0, 1.7): "maiz",
    (1.0, 2.0): "amaranto durazno higo granada",
    (1.1, 1.5): "citricos",
}  # fmt: skip

_SET_OUT = (  # as a seedling, bulb, tuber or cutting; trees are too
    "jitomate tomate_verde chile berenjena chayote lechuga apio col kale brocoli coliflor papa "
    "camote cebolla ajo fresa menta albahaca te_limon mediterraneas romero oregano lavanda "
    "tomillo ruda nopal sabila"
)

_CURES_D = {  # days
    "frijol": 15, "maiz": 20, "amaranto": 20, "papa": 10, "camote": 15, "cebolla": 15, "ajo": 20,
    "girasol": 15,
}  # fmt: skip

_SPRING = {  # (month, day)
    "citricos": (1, 1), "aguacate": (1, 1), "durazno": (2, 15), "higo": (3, 1), "granada": (3, 1),
}  # fmt: skip
_SHED = ("durazno", "higo", "granada")

_MIXES = (  # id, es, en, crop → share of the ground (assumed)
    ("milpa", "Milpa", "Milpa", {"maiz": 0.5, "frijol": 0.25, "calabaza": 0.25}),
)


def _together(id: str, es: str, en: str, parts: list[tuple[float, Crop]]) -> Crop:
    """Return crops that share a bed as one: (share of the ground, crop) each.

    Kc is FAO-56 Eq. 104. The tallest gives the calendar, and cures as it does alone. The most
    sensitive one says how deep and how dry; one that is sown makes all of it a seedbed.
    """
    initial, mid, end = (
        round(intercropped([(share, crop.height_m, crop.kc[i]) for share, crop in parts]), 2)
        for i in range(3)
    )
    crops = [crop for _, crop in parts]
    tallest = max(crops, key=lambda crop: crop.height_m)
    ranges = [crop.roots_m for crop in crops if crop.roots_m]
    return Crop(
        id, es, en, (initial, mid, end), tallest.height_m, tallest.stages_d,
        min(crop.root_depth_m for crop in crops), min(crop.p for crop in crops), "B",
        roots_m=min(ranges, default=None), cures_d=tallest.cures_d,
        transplanted=all(crop.transplanted for crop in crops),
    )  # fmt: skip


def _grown(crop: Crop) -> Crop:
    """Return a crop with how gardens grow it."""
    spring = _SPRING.get(crop.id)
    return replace(
        crop,
        roots_m=next((range_m for range_m, ids in _ROOTS_M.items() if crop.id in ids.split()), None),
        transplanted=crop.id in _SET_OUT.split() or spring is not None,
        cures_d=_CURES_D.get(crop.id, 0), spring=spring, sheds=crop.id in _SHED,
    )  # fmt: skip


_ALONE = {crop.id: _grown(crop) for crop in _TABLE}
CROPS: dict[str, Crop] = _ALONE | {
    id: _together(id, es, en, [(share, _ALONE[part]) for part, share in parts.items()])
    for id, es, en, parts in _MIXES
}

UNKNOWN_CROP = Crop(
    "unknown", "Sin cultivo", "No crop", (0.7, 1.05, 0.95), 0.3, None, 0.3, 0.35, "D"
)
"""Small vegetables of FAO-56: what a bed is taken for while nobody said what grows there."""
