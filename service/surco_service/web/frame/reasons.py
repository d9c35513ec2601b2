"""TABLES of what is said of a verdict: its reasons, how sure it is, what the account found.

Every sentence is an English msgid; the Spanish ones are in `locale/es.po`.
"""


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated when it is said."""
    return text


REASONS: dict[str, str] = {
    "dry": N_("It lacks %(lacks)s litres. It can spare %(may)s without suffering."),
    "drying": N_("It still has water, but not much."),
    "enough": N_("It has enough water."),
    "soaked": N_("It is still full and roots may rot."),
    "stale": N_("Its sensor has gone silent."),
    "unplaced": N_("This bed has no sensor yet."),
    "implausible": N_("Its sensor says something we cannot believe."),
    "stuck": N_("Its sensor always says the same."),
    "no-reading": N_("Its sensor has not spoken yet."),
    "sensor-silent": N_("Its sensor does not answer."),
    "off-scale": N_("Its sensor says something we cannot believe."),
    "contradiction": N_("Its sensors contradict one another."),
    "no-area": N_("We don't know how big this bed is."),
    "learning": N_("Its sensor still learns this soil."),
    "odd": N_("Its sensor does not fit what happened here."),
    "hold-rain": N_("It may well rain (%(tenths)s of 10). Wait until tomorrow."),
    "water-day": N_("Water comes again in %(days)s days, so water today."),
    "low-confidence": N_("We have doubts. Feel the soil with a finger."),
    "water-inferred": N_("Its soil got wetter. Did somebody water?"),
    "water-not-seen": N_("The last watering did not reach its sensor."),
    "water-logged": N_("Somebody gave it %(litres)s litres."),
    "rain-credit": N_("Yesterday's rain gave this bed %(litres)s litres."),
    "no-weather": N_("Without weather data we use what is usual this month."),
    "heat": N_("It will be hot, %(temp)s °C: water early or late."),
    "frost": N_("Frost may come, %(temp)s °C: cover the plants tonight."),
    "split": N_("Give it in %(times)s parts, an hour apart."),
    "no-water-today": N_("No water comes today; it comes in %(days)s days."),
    "if-rain": N_("If %(litres)s litres of rain fall on it, don't water."),
    "if-drained": N_("When it has drained we look again."),
    "if-lost": N_("We will tell you when it has lost %(litres)s litres more."),
    "if-finger-dry": N_("If your finger feels dry soil, give %(litres)s litres."),
    "crop-unknown": N_("We don't know its plant, so we are careful."),
    "half-rain": N_("It may well rain (%(tenths)s of 10). Give half today."),
    "if-no-rain": N_("If no rain falls, water tomorrow."),
    "touch-first": N_("It may be dry, but we have doubts."),
    "disagree": N_("The weather account and the sensor don't agree. Feel the soil with a finger."),
    "no-crop": N_("Cover it with leaves or straw, or sow."),
    "if-sown": N_("Tell us what you sow, and we look after its water."),
    "curing": N_("It dries before it is lifted. Don't water it any more."),
    "seed-bed": N_("Wet it a little, daily: the seed lies in the first %(cm)s cm."),
    "seed-wet": N_("Its first %(cm)s cm are wet enough."),
    "if-tomorrow": N_("Tomorrow it gets a little water again."),
    "probe-full": N_("Its sensor feels it full. Don't water today."),
    "pot-drain": N_("Pour until it drips out below."),
    "pot-twice": N_("In this heat water it twice: early and in the evening."),
    "cistern-short": N_("The cistern is short: here it gives %(litres)s litres."),
    "cistern-empty": N_("The cistern holds no more for this bed."),
    "water-first": N_("Water is short: water this bed first."),
    "past-end": N_("Its season is over. Was it harvested?"),
    "water-seen": N_("Somebody watered %(when)s, about %(litres)s litres. Was it you? Note it."),
    "thirsty-bed": N_("This bed is thirsty: it takes %(percent)s litres more in each hundred."),
    "easy-bed": N_("This bed needs little: %(percent)s litres less in each hundred."),
    "poured-stays": N_("Of ten litres poured here, %(tenths)s stay."),
}
TOMORROW: dict[str, str] = {
    "no-water-today": N_("No water comes today; it comes tomorrow."),
    "water-day": N_("Water comes again tomorrow, so water today."),
}
"""The same where `days` is one."""
CONFIDENCE: dict[str, str] = {
    "high": N_("We are sure."),
    "medium": N_("We are fairly sure."),
    "low": N_("We have doubts."),
}
BASIS: dict[str, str] = {
    "fused": N_("We reckon with the weather, the waterings and its sensor."),
    "model": N_("We reckon with the weather and the waterings, without a sensor."),
}
FINDINGS: dict[str, str] = {
    "missing": N_("The sensor was silent."),
    "out": N_("The sensor seems to be out of the soil."),
    "stuck": N_("The sensor always says the same."),
    "moved": N_("The sensor says more than this soil can hold."),
    "rejected": N_("The sensor does not fit the account."),
    "unlogged": N_("There was water that nobody noted."),
}
DOUBT = N_("We have no data that we can trust.")
