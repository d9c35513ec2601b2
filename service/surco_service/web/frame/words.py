"""What the pages say, in one language: statuses, reasons, doses, ages, dates.

Every sentence is an English msgid; the Spanish ones are in `locale/es.po`. At most 12 words, tú,
what to do before why.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from surco_service.domain.stewardship.garden import TIMEZONE, WEEK, Bed, Garden
from surco_service.domain.stewardship.units import UNITS
from surco_service.domain.water.advice import Reason, StoredAdvice
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.weather import WeatherDay


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated when it is said."""
    return text


STATUSES: dict[str, str] = {
    "water": N_("Water"),
    "unknown": N_("We don't know"),
    "soon": N_("Soon"),
    "wet": N_("Too wet"),
    "ok": N_("Fine"),
}
SIGNS = {"water": "riega", "unknown": "nosabe", "soon": "pronto", "wet": "mojado", "ok": "bien"}

REASONS: dict[str, str] = {
    "dry": N_("Its soil lacks %(lacks)s litres and can spare %(may)s."),
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
    "hold-rain": N_("Rain is likely (%(chance)s of 100): wait until tomorrow."),
    "water-day": N_("Water comes again in %(days)s days, so water today."),
    "low-confidence": N_("We are not sure: feel the soil with a finger."),
    "water-inferred": N_("Its soil got wetter. Did somebody water?"),
    "water-not-seen": N_("The last watering did not reach its sensor."),
    "water-logged": N_("Somebody gave it %(litres)s litres."),
    "rain-credit": N_("It rained %(mm)s mm yesterday."),
    "no-weather": N_("Without weather data we use what is usual this month."),
    "heat": N_("It will be hot, %(temp)s °C: water early or late."),
    "frost": N_("Frost may come, %(temp)s °C: cover the plants tonight."),
    "split": N_("Give it in %(times)s parts, an hour apart."),
    "no-water-today": N_("No water comes today; it comes in %(days)s days."),
    "if-rain": N_("With %(mm)s mm of rain no watering is needed."),
    "if-drained": N_("When it has drained we look again."),
    "if-lost": N_("We say water when it has lost %(litres)s litres more."),
    "if-finger-dry": N_("If your finger feels dry soil, give %(litres)s litres."),
    "crop-unknown": N_("We don't know its plant, so we are careful."),
}
CONFIDENCE: dict[str, str] = {
    "high": N_("We are sure of it."),
    "medium": N_("We are fairly sure."),
    "low": N_("We are not sure."),
}
BASIS: dict[str, str] = {
    "fused": N_("We reckoned with weather, waterings and its sensor."),
    "model": N_("We reckoned with weather and waterings, without a sensor."),
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

FIELDS: dict[str, str] = {
    "not-a-number": N_("Write a number, for example 2.5 or 2,5."),
    "not-positive": N_("Write a number greater than zero."),
    "too-much": N_("That is too much. Check the number."),
    "unknown-crop": N_("Choose a plant."),
    "unknown-unit": N_("Choose a measure."),
    "too-long": N_("Write less, please."),
    "in-the-future": N_("That day has not come yet."),
    "too-long-ago": N_("That was too long ago."),
    "not-a-uuid": N_("Open this page again and repeat."),
    "not-a-slug": N_("Use 3 to 32 small letters, digits or hyphens."),
    "empty-or-long": N_("Write a name of up to 60 letters."),
    "out-of-range": N_("This number cannot be right. Check it."),
    "too-close": N_("Dry and wet are too close. Measure again."),
    "unknown-node": N_("Choose a sensor."),
    "unknown-bed": N_("Choose a bed."),
    "unknown-probe": N_("Put this probe in a bed first."),
    "unknown-channel": N_("Choose r1 or r2."),
    "unknown-soil": N_("Choose a soil."),
    "not-a-day": N_("Write a day, for example 2026-03-21."),
    "unknown-day": N_("Choose days of the week."),
    "unknown-sun": N_("Choose how much sun it gets."),
    "unknown-timezone": N_("Write a time zone, for example America/Cancun."),
}
WRONG = N_("Check this, please.")

SUNS: dict[str, str] = {
    "full": N_("Sun all day"),
    "half": N_("Sun half the day"),
    "shade": N_("Little sun"),
}

FOLDERS = {"es": Locale("es", "MX"), "en": Locale("en")}
DRAWN = {"jitomate", "chile", "frijol", "maiz", "calabaza", "lechuga", "acelga", "cilantro"}


class Words:
    """Says things in one language, with the clock of one place."""

    def __init__(
        self, language: str, catalogue: NullTranslations, now: datetime, timezone: str = TIMEZONE
    ) -> None:
        self.language, self.catalogue, self.now = language, catalogue, now
        self.locale = FOLDERS[language]
        self.gettext: Callable[[str], str] = catalogue.gettext
        self.ngettext: Callable[[str, str, int], str] = catalogue.ngettext
        self.zone = ZoneInfo(timezone)

    def there(self, garden: Garden | None) -> "Words":
        """Return the same language with the clock of a garden."""
        if garden is None:
            return self
        return Words(self.language, self.catalogue, self.now, garden.timezone)

    def status(self, status: str) -> str:
        return self.gettext(STATUSES[status])

    def sign(self, status: str) -> str:
        return SIGNS[status]

    def field(self, code: str) -> str:
        return self.gettext(FIELDS.get(code, WRONG))

    def crop(self, crop: str | None) -> str:
        found = CROPS.get(crop or "")
        if found is None:
            return ""
        return found.es if self.language == "es" else found.en

    def crop_icon(self, crop: str | None) -> str:
        return crop if crop in DRAWN else "hoja"

    def bed(self, bed: Bed) -> str:
        crop = self.crop(bed.crop)
        return f"{bed.name}, {crop.lower()}" if crop else bed.name

    # ------------------------------------------------------------ numbers

    def number(self, value: float) -> str:
        return format_decimal(value, format="#,##0.#", locale=self.locale)

    def litres(self, litres: float) -> str:
        say = self.ngettext("%(n)s litre", "%(n)s litres", _plural(litres))
        return say % {"n": self.number(litres)}

    def amount(self, amount: float, unit: str) -> str:
        one, several = self._unit(unit)
        return f"{self.number(amount)} {one if _plural(amount) == 1 else several}"

    def unit(self, unit: str) -> str:
        """Say a unit by itself, as a form does."""
        return self._unit(unit)[1]

    def _unit(self, unit: str) -> tuple[str, str]:
        found = UNITS[unit]
        return found.es if self.language == "es" else found.en

    def cans(self, litres: float, garden: Garden) -> str:
        """Say a dose in the garden's own watering cans, to the half can."""
        full, half = _halves(litres, garden)
        if not full:
            return self.gettext("half a watering can")
        if half:
            return self.ngettext(
                "%(n)s watering can and a half", "%(n)s watering cans and a half", full
            ) % {"n": full}
        return self.ngettext("%(n)s watering can", "%(n)s watering cans", full) % {"n": full}

    def drawn_cans(self, litres: float, garden: Garden) -> list[str]:
        """Return the icons of a dose, up to six cans; above that words must do."""
        full, half = _halves(litres, garden)
        icons = ["regadera"] * full + ["regadera-media"] * half
        return icons if len(icons) <= 6 else []

    # ------------------------------------------------------------ time

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def today(self) -> str:
        pattern = "EEEE d 'de' MMMM, H:mm" if self.language == "es" else "EEEE d MMMM, H:mm"
        words = format_date_time(self.local(self.now), pattern, self.locale)
        return words[:1].upper() + words[1:]

    def day(self, at: datetime) -> str:
        return format_date(self.local(at), "EEEE d", locale=self.locale)

    def weekday_of(self, day: date) -> str:
        """Say a day of the calendar, which has no zone."""
        return format_date(day, "EEEE d", locale=self.locale)

    def sun(self, sun: str) -> str:
        return self.gettext(SUNS[sun])

    def weekday(self, name: str) -> str:
        return str(self.locale.days["format"]["wide"][WEEK.index(name)])

    def short_day(self, at: datetime) -> str:
        return self.short_date(self.local(at).date())

    def short_date(self, day: date) -> str:
        """Say a day of the calendar in a table."""
        return format_date(day, "EEE d", locale=self.locale).replace(".", "")

    def clock(self, at: datetime) -> str:
        return format_time(self.local(at), "H:mm", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Say when something was: today at 6:40, Sunday 22 at 21:10."""
        if self.local(at).date() == self.local(self.now).date():
            return self.gettext("today at %(time)s") % {"time": self.clock(at)}
        return self.gettext("%(day)s at %(time)s") % {"day": self.day(at), "time": self.clock(at)}

    def ago(self, seconds: float) -> str:
        """Say how long ago, in the largest unit that fits."""
        minutes = int(seconds // 60)
        if minutes >= 1440:
            say = self.ngettext("%(n)s day ago", "%(n)s days ago", n := minutes // 1440)
        elif minutes >= 60:
            say = self.ngettext("%(n)s hour ago", "%(n)s hours ago", n := minutes // 60)
        elif minutes >= 1:
            say = self.ngettext("%(n)s minute ago", "%(n)s minutes ago", n := minutes)
        else:
            return self.gettext("a moment ago")
        return say % {"n": n}

    def age(self, advice: StoredAdvice, age_s: int | None) -> str:
        if advice.data_at is None or age_s is None:
            return self.gettext("Waiting for signal")
        if advice.status == "unknown":
            return self.gettext("Last data: %(when)s") % {"when": self.moment(advice.data_at)}
        return self.gettext("Data from %(ago)s") % {"ago": self.ago(age_s)}

    def week(self, end: int) -> list[tuple[float, str]]:
        """Return where the noons of a week's chart lie, and what is written under them."""
        today = self.local(datetime.fromtimestamp(end, UTC))
        names: list[tuple[float, str]] = []
        for back in range(6, -1, -1):
            name = format_date(today - timedelta(days=back), "EEE", locale=self.locale)
            names.append((round(312 - (back + 0.5) * 306 / 7, 1), name.replace(".", "")))
        return [*names[:-1], (names[-1][0], self.gettext("today"))]

    # ------------------------------------------------------------ reasons

    def reasons(self, advice: StoredAdvice) -> list[str]:
        return [self.reason(reason) for reason in advice.reasons] or [self.gettext(DOUBT)]

    def reason(self, reason: Reason) -> str:
        """Say one reason, note or condition with its numbers."""
        code, values = reason.code, reason.values
        days = round(values.get("days", 0))
        if code in ("drying", "enough") and days >= 1:
            say = self.ngettext(
                "It has water for about %(n)s day.", "It has water for about %(n)s days.", days
            )
            return say % {"n": days}
        say = self.gettext(REASONS.get(code, DOUBT))
        try:
            return say % {name: self.number(value) for name, value in values.items()}
        except KeyError:  # a verdict that an older version kept
            return self.gettext(DOUBT)

    def confidence(self, advice: StoredAdvice) -> str:
        """Say how sure a verdict is, and what it rests on; empty when it says nothing."""
        said = [CONFIDENCE.get(advice.confidence, ""), BASIS.get(advice.basis, "")]
        return " ".join(self.gettext(text) for text in said if text)

    def spread(self, advice: StoredAdvice) -> str:
        """Say between which doses the right one lies; empty when they are one."""
        if not advice.litres or advice.litres_high <= advice.litres_low:
            return ""
        say = self.gettext("Between %(low)s and %(high)s litres.")
        return say % {
            "low": self.number(advice.litres_low), "high": self.number(advice.litres_high)
        }  # fmt: skip

    def weather(self, day: WeatherDay) -> str:
        """Say a day's weather in one line: what fell, or may fall, and how warm."""
        said: list[str] = []
        if day.rain_mm is not None and not day.forecast:
            say = self.gettext("it rained %(mm)s mm") if day.rain_mm else self.gettext("no rain")
            said.append(say % {"mm": self.number(day.rain_mm)} if day.rain_mm else say)
        elif day.rain_chance is not None:
            say = self.gettext("rain: %(chance)s of 100")
            said.append(say % {"chance": self.number(round(100 * day.rain_chance))})
        if day.temp_min_c is not None and day.temp_max_c is not None:
            say = self.gettext("%(low)s to %(high)s °C")
            low, high = (self.number(round(t)) for t in (day.temp_min_c, day.temp_max_c))
            said.append(say % {"low": low, "high": high})
        return ", ".join(said)

    def finding(self, finding: str) -> str:
        return self.gettext(FINDINGS[finding]) if finding in FINDINGS else ""

    def look(self, advice: StoredAdvice) -> str:
        """Say when to look again; empty when nobody knows."""
        if advice.look_at is None or advice.status == "unknown":
            return ""
        return self.gettext("Look again on %(day)s.") % {"day": self.day(advice.look_at)}

    def curve(self, points: list[tuple[int, float]], silent: bool) -> str:
        """Say a curve in one sentence, for those who do not see it."""
        if not points:
            return self.gettext("There are no data to draw yet.")
        last, wet = points[-1]
        at = datetime.fromtimestamp(last, UTC)
        level = format_decimal(round(100 * wet), locale=self.locale)
        say = (
            self.gettext("Water in the soil: %(level)s of 100 %(when)s. Then no data.")
            if silent
            else self.gettext("Water in the soil: %(level)s of 100 %(when)s.")
        )
        return say % {"level": level, "when": self.moment(at)}


def format_date_time(at: datetime, pattern: str, locale: Locale) -> str:
    return format_datetime(at.replace(tzinfo=None), pattern, locale=locale)


def _plural(value: float) -> int:
    return 1 if value == 1 else 2


def _halves(litres: float, garden: Garden) -> tuple[int, int]:
    halves = max(1, round(2 * litres / garden.can_litres))
    return divmod(halves, 2)
