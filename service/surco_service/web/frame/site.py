"""What every page shares: templates, languages, the administrator's cookie."""

import hashlib
import io
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from uuid import uuid4

import jinja2
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from surco_service.domain.people.access import ANONYMOUS, Actor, authorize
from surco_service.domain.stewardship.garden import TIMEZONE
from surco_service.errors import NotAllowed, StoreUnavailable
from surco_service.parts import Parts
from surco_service.usecases.people.access import SESSION_COOKIE, who_asks
from surco_service.web.frame.words import Words

WEB = Path(__file__).parents[1]
LANGUAGES = ("es", "en")
LANGUAGE_COOKIE = "surco_lang"


@cache
def catalogue(language: str) -> NullTranslations:
    """Read the catalogue of a language; English is what the templates say themselves."""
    if language == "en":
        return NullTranslations()
    compiled = io.BytesIO()
    with (WEB / "locale" / f"{language}.po").open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Return every static file with its fingerprint, by name."""
    files = {path.name: path.read_bytes() for path in (WEB / "static").iterdir()}
    return {name: (data, hashlib.sha256(data).hexdigest()[:12]) for name, data in files.items()}


@cache
def environment(language: str) -> jinja2.Environment:
    """Return the templates of a language."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(sorted(WEB.glob("*/templates"))),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(catalogue(language), newstyle=True)  # pyright: ignore
    env.globals.update(static=_static, new_id=_new_id)  # pyright: ignore[reportArgumentType]
    return env


def _new_id() -> str:
    return str(uuid4())


def _static(name: str) -> str:
    return f"/static/{name}?v={static_files()[name][1]}"


def language_of(request: Request, usual: str) -> str:
    """Return the language to answer in: asked, remembered, the browser's, or the usual one."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    browser = [
        one.split(";")[0].strip()[:2].lower()
        for one in request.headers.get("accept-language", "").split(",")
    ]
    wanted = (*asked, *browser, usual)
    return next((one for one in wanted if one in LANGUAGES), "es")


def words_of(parts: Parts, request: Request, timezone: str = TIMEZONE) -> Words:
    language = language_of(request, parts.settings.language)
    return Words(language, catalogue(language), parts.clock(), timezone)


def page(
    parts: Parts, request: Request, template: str, status: int = 200, /, *,
    timezone: str = TIMEZONE, **data: object,
) -> HTMLResponse:  # fmt: skip
    """Render a template in the language of the request, with the clock of the gardens it is about."""
    words = words_of(parts, request, timezone)
    text = (
        environment(words.language)
        .get_template(template)
        .render(w=words, path=request.url.path, may=may_do(parts, request), **data)
    )
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    answer = HTMLResponse(text.encode("utf-8", "replace"), status, headers)
    if request.query_params.get("lang") == words.language:
        remember(answer, words.language)
    return answer


def may_do(parts: Parts, request: Request) -> Callable[[str], bool]:
    """Return what tells a template whether who asks may do an action, so that it offers it."""

    @cache
    def actor() -> Actor:
        try:
            cookie = request.cookies.get(SESSION_COOKIE)
            return who_asks(parts.stores, None, cookie, parts.clock())
        except StoreUnavailable:
            return ANONYMOUS

    def may(action: str) -> bool:
        try:
            authorize(actor(), action)
        except NotAllowed:
            return False
        return True

    return may


def remember(answer: HTMLResponse | RedirectResponse, language: str) -> None:
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)


def go(path: str) -> RedirectResponse:
    """Send a browser on after a form, so that reloading does not send it again."""
    return RedirectResponse(path, 303)
