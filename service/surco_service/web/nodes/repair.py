"""TABLE of repair cards: what each diagnosis means and what to do, with a small picture."""

from dataclasses import dataclass

from surco_service.web.frame.reasons import N_


@dataclass(frozen=True)
class Card:
    title: str
    steps: tuple[str, ...]
    picture: str  # id in static/repair.svg


CARDS: dict[str, Card] = {
    "node-silent": Card(
        N_("The white box does not speak."),
        (N_("See whether its light blinks."), N_("Charge or change its battery."),
         N_("Ask whether the garden has Wi-Fi.")),
        "box",
    ),
    "cable-loose": Card(
        N_("The box speaks but its probe does not."),
        (N_("Push the plug of the cable in."), N_("Look for a bitten or broken cable.")),
        "cable",
    ),
    "out-of-soil": Card(
        N_("The probe seems to be out of the soil."),
        (N_("Push it in until the line on it."), N_("Press the soil around it with your hand.")),
        "bury",
    ),
    "under-water": Card(
        N_("The probe seems to stand in water."),
        (N_("See whether there is a puddle."), N_("If its top got wet, dry and seal it.")),
        "water",
    ),
    "stuck": Card(
        N_("The probe always says the same."),
        (N_("Unplug it, wait a minute, plug it in."), N_("If nothing changes, change the probe.")),
        "cable",
    ),
    "connector-noisy": Card(
        N_("The probe jumps about."),
        (N_("Clean and push in its plug."), N_("See that the battery is charged.")),
        "cable",
    ),
    "moved": Card(
        N_("The probe says more water than this soil holds."),
        (N_("Did somebody move it? Tell us, it learns anew."),
         N_("If nobody did, rinse it: salts deceive it.")),
        "bury",
    ),
    "deaf": Card(
        N_("The probe does not see the waterings."),
        (N_("Water where the probe is, not far away."), N_("Put it among the roots.")),
        "water",
    ),
    "contradicts": Card(
        N_("Two probes of this bed contradict one another."),
        (N_("Feel the soil beside both with a finger."), N_("Move the one that lies.")),
        "bury",
    ),
    "drifts": Card(
        N_("The probe needs its scale anew."),
        (N_("Soak the bed and wait a day."), N_("Then teach the probe its soil again.")),
        "scale",
    ),
    "battery-low": Card(
        N_("The battery is nearly empty."),
        (N_("Charge it, or put it in the sun."),),
        "box",
    ),
}  # fmt: skip
