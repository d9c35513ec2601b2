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
from surco_service.domain.water.dose import HOSE_L_MIN
from surco_service.domain.water.science.crops import CROPS
from surco_service.domain.water.science.weather import WeatherDay
from surco_service.domain.water.watering import LONGEST
from surco_service.usecases.stewardship.records import DECIMALS
from surco_service.web.frame.reasons import (
    BASIS,
    CONFIDENCE,
    DOUBT,
    FINDINGS,
    N_,
    REASONS,
    TOMORROW,
)

STATUSES: dict[str, str] = {
    "water": N_("Water"),
    "unknown": N_("We don't know"),
    "soon": N_("Soon"),
    "wet": N_("Too wet"),
    "ok": N_("Fine"),
}
VERDICTS: dict[str, str] = {
    "no-crop": N_("Nothing sown"),
    "touch-first": N_("Feel the soil"),
    "disagree": N_("Feel the soil"),
}
"""What is said instead of the status, when this is the first reason."""
SIGNS = {"water": "riega", "unknown": "nosabe", "soon": "pronto", "wet": "mojado", "ok": "bien"}

FIELDS: dict[str, str] = {
    "not-a-number": N_("Write a number, for example 2.5 or 2,5."),
    "two-readings": N_("Is it %s or %s? Write it that way."),
    "cannot-be-kept": N_("Write it with usual letters and digits."),
    "too-fine": N_("Write at most 3 decimals."),
    "noted-before": N_("This was noted with other data. Once more? Then save again."),
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
GROUP = "\u202f"  # between thousands: a comma could be a decimal comma
LONG_MINUTES = 90  # more are said as hours
MOST_CANS = 10  # a larger dose is said as minutes of the hose
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

    def verdict(self, advice: StoredAdvice) -> str:
        """Say a verdict in a word or two."""
        first = advice.reasons[0].code if advice.reasons else ""
        return self.gettext(VERDICTS.get(first, STATUSES[advice.status]))

    def sign(self, status: str) -> str:
        return SIGNS[status]

    def field(self, code: str) -> str:
        """Say what is wrong with a field; words after the code go into the sentence."""
        code, *said = code.split()
        say = self.gettext(FIELDS.get(code, WRONG))
        return say % tuple(said) if said else say

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

    def number(self, value: float, decimals: int = 1) -> str:
        """Write a number so that a form reads it back: thousands by spaces (NOM-008-SCFI)."""
        written = format_decimal(value, format="#,##0." + "#" * decimals, locale=self.locale)
        return written.replace(",", GROUP)

    def litres(self, litres: float) -> str:
        say = self.ngettext("%(n)s litre", "%(n)s litres", _plural(litres))
        return say % {"n": self.number(litres, DECIMALS)}

    def soil_litres(self, litres: float) -> str:
        """Say litres in the soil as finely as anybody can know them."""
        return self.number(round(litres) if litres >= 10 else round(litres, 1))

    def amount(self, amount: float, unit: str) -> str:
        one, several = self._unit(unit)
        return f"{self.number(amount, DECIMALS)} {one if _plural(amount) == 1 else several}"

    def unit(self, unit: str) -> str:
        """Say a unit by itself, as a form does."""
        return self._unit(unit)[1]

    def _unit(self, unit: str) -> tuple[str, str]:
        found = UNITS[unit]
        return found.es if self.language == "es" else found.en

    def cans(self, litres: float, garden: Garden) -> str:
        """Say a dose in the garden's own watering cans, to the half can; a big one in minutes."""
        if litres > MOST_CANS * garden.can_litres:
            minutes = round(litres / HOSE_L_MIN)
            if minutes >= LONG_MINUTES:
                hours = self.number(round(minutes / 30) / 2)
                return self.gettext("about %(n)s hours with the hose") % {"n": hours}
            say = self.ngettext(
                "about %(n)s minute with the hose", "about %(n)s minutes with the hose", minutes
            )
            return say % {"n": minutes}
        if _is_little(litres, garden):
            return self.gettext("less than half a watering can")
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
        if _is_little(litres, garden):
            return []
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

    def long_day(self, at: datetime) -> str:
        """Say a day of any year."""
        return format_date(self.local(at), "long", locale=self.locale)

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

    def is_old(self, advice: StoredAdvice, age_s: int | None) -> bool:
        """Tell whether data are news no more, though a verdict may be reckoned without them."""
        return advice.silent or (age_s is not None and age_s > LONGEST.total_seconds())

    def age(self, advice: StoredAdvice, age_s: int | None) -> str:
        if advice.data_at is None or age_s is None:
            return self.gettext("Waiting for signal")
        if self.is_old(advice, age_s):
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
        said = [self.reason(reason, advice.at) for reason in advice.reasons]
        return said or [self.gettext(DOUBT)]

    def reason(self, reason: Reason, at: datetime | None = None) -> str:
        """Say one reason, note or condition with its numbers, as they were at a time (now)."""
        code, values = reason.code, reason.values
        days = round(values.get("days", 0))
        if code in ("drying", "enough") and days >= 1:
            say = self.ngettext(
                "It has water for about %(n)s day.", "It has water for about %(n)s days.", days
            )
            return say % {"n": days}
        sentences = TOMORROW if days == 1 and code in TOMORROW else REASONS
        say = self.gettext(sentences.get(code, DOUBT))
        said = {name: self.number(value) for name, value in values.items()}
        if "chance" in values:
            said["tenths"] = self.number(round(values["chance"] / 10))
        if code == "water-seen":
            said["when"] = self._on_day(watered_at(reason, at or self.now))
        try:
            return say % said
        except KeyError:  # a verdict that an older version kept
            return self.gettext(DOUBT)

    def asked(self, at: int, litres: float) -> str:
        """Ask who watered, about at a Unix time."""
        when = self._on_day(datetime.fromtimestamp(at, UTC))
        said = {"when": when, "litres": self.number(litres)}
        sentence = REASONS[
            "water-seen"
        ]  # not within the call: old tools would take the code for words
        return self.gettext(sentence) % said

    def unnoted(self, day: date, litres: float) -> str:
        """Say a watering that nobody noted, in a list: Sunday 22, about 30 litres."""
        said = {"day": self.weekday_of(day), "litres": self.number(litres)}
        return self.gettext("%(day)s, about %(litres)s litres") % said

    def _on_day(self, at: datetime) -> str:
        """Say a day of this week: today, on Tuesday."""
        if self.local(at).date() == self.local(self.now).date():
            return self.gettext("today")
        day = format_date(self.local(at), "EEEE", locale=self.locale)
        return self.gettext("on %(day)s") % {"day": day}

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
            tenths = round(10 * day.rain_chance)
            say = self.gettext("perhaps rain (%(tenths)s of 10)")
            said.append(say % {"tenths": tenths} if tenths else self.gettext("no rain expected"))
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


def watered_at(seen: Reason, now: datetime) -> datetime:
    """Return about when a watering came that nobody noted (`water-seen`)."""
    hours = seen.values.get("hours", 24 * seen.values.get("days", 0.0))
    return now - timedelta(hours=hours)


def _plural(value: float) -> int:
    return 1 if value == 1 else 2


def _is_little(litres: float, garden: Garden) -> bool:
    return litres < garden.can_litres / 3


def _halves(litres: float, garden: Garden) -> tuple[int, int]:
    halves = max(1, round(2 * litres / garden.can_litres))
    return divmod(halves, 2)
