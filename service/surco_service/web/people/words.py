"""TABLE: a device of `usecases/people/sessions.py` → what people call it."""

from surco_service.web.frame.reasons import N_

DEVICES: dict[str, str] = {
    "": N_("Some device"),
    "iphone": N_("iPhone"),
    "ipad": N_("iPad"),
    "android": N_("Android phone or tablet"),
    "windows": N_("Windows computer"),
    "mac": N_("Mac computer"),
    "linux": N_("Linux computer"),
    "chromebook": N_("Chromebook"),
}
