"""Says what is wrong in the words of the table: Salud and `surco doctor` say the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from babel.dates import format_date

from surco_contract.troubles import Mender, Urgency, kind_of
from surco_service.usecases.nodes.troubles import Notice, State, node_of, rows_of
from surco_service.web.frame.words import Words
from surco_service.web.nodes.troubles import TELLINGS, WHO, Telling

ABOUT_NODES = frozenset({"node-late", "node-unheard", "node-battery", "rows-missing", "rows-lost"})
MOMENT, WEEK = timedelta(minutes=1), timedelta(days=6)


@dataclass(frozen=True)
class Item:
    """One of several that a notice is about."""

    name: str
    id: str
    since: str
    words: str  # the machine's own


@dataclass(frozen=True)
class Said:
    """One notice as it is read."""

    code: str
    urgency: Urgency
    mender: Mender
    title: str
    since: str  # of one; "" when the items say it
    calm: str
    who: str
    steps: Sequence[str]
    items: Sequence[Item]  # one, or several of a kind


class _Values(dict[str, str]):
    """What a title mentions; a fact that was not told is left open."""

    def __missing__(self, name: str) -> str:
        return "…"


def say(words: Words, state: State, notices: Iterable[Notice]) -> list[Said]:
    """Say the notices in one language, those of one kind together."""
    said: list[Said] = []
    for code, group in groupby(notices, lambda notice: notice.code):
        same = list(group)
        if len(same) > 1 and not _telling(code).many:
            said += [_say(words, state, code, [one]) for one in same]
        else:
            said.append(_say(words, state, code, same))
    return said


def _say(words: Words, state: State, code: str, notices: Sequence[Notice]) -> Said:
    telling, kind = _telling(code), kind_of(code)
    items = [_item(words, state, notice) for notice in notices]
    if len(notices) == 1:
        title = words.gettext(telling.title) % _values(words, state, notices[0])
    else:
        title = words.gettext(telling.many) % {"n": len(notices)}
    return Said(
        code, kind.urgency, kind.mender, title[:1].upper() + title[1:],
        items[0].since if len(items) == 1 else "",
        telling.calm and words.gettext(telling.calm),
        words.gettext(WHO[kind.mender]), [words.gettext(step) for step in telling.steps], items,
    )  # fmt: skip


def _telling(code: str) -> Telling:
    return TELLINGS.get(code) or TELLINGS["unknown"]


def _item(words: Words, state: State, notice: Notice) -> Item:
    about = node_of(notice) if notice.code in ABOUT_NODES else notice.about
    name = place_name(words, state, about) if notice.code in ABOUT_NODES else ""
    rows = rows_of(notice)
    if name and rows is not None:
        name = f"{name}: {words.number(rows)}"
    return Item(
        name,
        about.rpartition("/")[2],
        since(_clock(words, state, about), notice.since),
        notice.words,
    )


def _values(words: Words, state: State, notice: Notice) -> _Values:
    facts = {
        name: words.number(value) if isinstance(value, int | float) else str(value)
        for name, value in notice.facts.items()
    }
    rows = rows_of(notice)
    if rows is not None:
        facts["rows"] = words.number(rows)
    node = node_of(notice) if notice.code in ABOUT_NODES else ""
    return _Values(facts, node=box_name(words, state, node), box=words.gettext("the network box"))


def box_name(words: Words, state: State, node: str) -> str:
    """Say which white box it is: by its beds, else by its name."""
    if node in state.places:
        return words.gettext("the white box of %(beds)s") % {"beds": place_name(words, state, node)}
    return words.gettext("the white box %(name)s") % {"name": place_name(words, state, node)}


def place_name(words: Words, state: State, node: str) -> str:
    """Say where a node hangs; its own name when it hangs nowhere."""
    place = state.places.get(node)
    if place is None:
        return next((one.name for one in state.nodes if one.id == node and one.name), node)
    return f"{', '.join(bed.name for bed in place.beds)} · {place.garden.name}"


def _clock(words: Words, state: State, node: str) -> Words:
    place = state.places.get(node)
    return words.there(place.garden if place else None)


def since(words: Words, at: datetime | None) -> str:
    """Say since when something is so, as exactly as it helps."""
    if at is None or words.now - at < MOMENT:
        return words.gettext("Since a moment ago.")
    local = words.local(at)
    if local.date() == words.local(words.now).date():
        return words.gettext("Since today at %(time)s.") % {"time": words.clock(at)}
    if words.now - at < WEEK:
        values = {"day": words.day(at), "time": words.clock(at)}
        return words.gettext("Since %(day)s at %(time)s.") % values
    pattern = "d 'de' MMMM" if words.language == "es" else "d MMMM"
    if local.year != words.local(words.now).year:
        pattern += " 'de' yyyy" if words.language == "es" else " yyyy"
    return words.gettext("Since %(day)s.") % {"day": format_date(local, pattern, words.locale)}
