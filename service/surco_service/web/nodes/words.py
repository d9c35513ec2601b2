"""TABLES of what a page says of a node's own signs; the Spanish is in `locale/es.po`."""

from surco_service.web.frame.reasons import N_

SENTENCES: dict[str, str] = {
    "lost": N_("Readings lost because its memory was full: %(n)s."),
    "skipped": N_("Readings it left out because nobody could take them: %(n)s."),
    "held": N_("Readings it still keeps: %(n)s."),
    "wifi-password": N_("The password of one of its Wi-Fi networks is wrong."),
    "wifi-missing": N_("It did not find one of its Wi-Fi networks."),
    "networks-went-back": N_("Its new Wi-Fi did not work; it uses the one before."),
    "flash-full": N_("Its memory takes no more readings. Change the box."),
    "rows-unread": N_("It could not read some of its readings; it will try again."),
    "values-left-out": N_("It measures more than a reading holds: the last values are missing."),
    "sensor-fails": N_("One of its sensors fails. Check its cable and its settings."),
    "file-damaged": N_("One of its files was damaged and it mended it."),
    "update-battery": N_("A new version waits until its battery is fuller."),
    "update-signal": N_("A new version waits for better Wi-Fi."),
    "update-unsigned": N_("It refused a new version that is not signed for it."),
    "update-cable": N_("A new version does not fit it: flash it by cable."),
    "update-fails": N_("A new version did not arrive well; it will try again."),
    "odd-message": N_("It got a message that makes no sense."),
    "stuck": N_("It got stuck and started again by itself."),
    "fell": N_("Something failed in it; it went on by itself."),
    "went-back": N_("Version %(version)s did not work; it went back by itself."),
    "on-trial": N_("It is trying version %(version)s."),
    "update": N_("A new version is on its way: %(share)s."),
}
BATTERY: dict[str, str] = {
    "full": N_("Battery: full."),
    "half": N_("Battery: half."),
    "low": N_("Battery: low."),
    "empty": N_("Battery: nearly empty. Charge it, or put it in the sun."),
}
SIGNAL: dict[str, str] = {
    "good": N_("Wi-Fi: good."),
    "fair": N_("Wi-Fi: fair."),
    "weak": N_("Wi-Fi: weak. Put the box higher or nearer."),
}
