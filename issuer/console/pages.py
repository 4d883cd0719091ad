"""Render a page: templates escaped by default, words in two languages, the same frame around all.

Words lie in `words/*.json` (key → zh-CN, en); a template says `t("rosters.title")`. Sentences of
codes come from schemas/codes.json as everywhere.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from issuer.people.access import Caller
from issuer.people.guard import service_of
from issuer.running.metrics import count_refusal
from schemas.codes import LANGUAGES, Language
from schemas.errors import ZhengyinError

BEIJING = timezone(timedelta(hours=8))
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Of every page of the console (ASVS 3.4); nothing personal is kept by a browser or proxy."""

_LANGUAGE, _SAID = "zhengyin-language", "zhengyin-said"
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

NAVIGATION = (
    ("home", "home"),
    ("rosters", "rosters"),
    ("certificates", "certificates"),
    ("numbers", "numbers"),
    ("design", "design"),
    ("keys", "keys"),
    ("people", "people"),
    ("clients", "clients"),
    ("tenants", "tenants"),
    ("audit", "audit"),
)
"""(route, word) of the links that everybody sees whom the route lets in."""


@cache
def words() -> Mapping[str, Mapping[Language, str]]:
    """All words of the console, by key."""
    found: dict[str, Mapping[Language, str]] = {}
    for file in sorted(
        files("issuer.console").joinpath("words").iterdir(), key=lambda one: one.name
    ):
        entries = json.loads(file.read_text(encoding="utf-8"))
        if twice := set(entries) & set(found):
            raise AssertionError(f"words said twice: {sorted(twice)}")
        found |= entries
    return found


def say(key: str, language: Language, **blanks: object) -> str:
    """The words of a key, its `{blanks}` filled."""
    text = words()[key][language]
    return text.format(**blanks) if blanks else text


def language_of(request: Request) -> Language:
    """What was chosen, else the first that the browser asks for; Chinese where it asks for neither."""
    chosen = request.cookies.get(_LANGUAGE)
    if chosen in LANGUAGES:
        return "zh-CN" if chosen == "zh-CN" else "en"
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip().startswith("zh"):
            return "zh-CN"
        if part.strip().startswith("en"):
            return "en"
    return "zh-CN"


def remember_language(response: Response, language: Language) -> None:
    """Keep the choice for a year."""
    response.set_cookie(
        _LANGUAGE, language, max_age=365 * 86_400, httponly=True, samesite="lax", path="/"
    )


def render(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page, or a part of one, from a template of `templates/`."""
    language = language_of(request)
    if isinstance(error := values.get("error"), ZhengyinError):
        count_refusal(error)
    caller: Caller | None = getattr(request.state, "caller", None)
    said = request.cookies.get(_SAID)
    demo = service_of(request).trust().demo
    text = (
        _environment()
        .get_template(template)
        .render(
            t=partial(say, language=language),
            language=language,
            caller=caller,
            csrf=caller.csrf if caller else "",
            navigation=[one for one in NAVIGATION if caller and caller.may(one[0])],
            route=request.scope["route"].name if "route" in request.scope else "",
            url=request.app.url_path_for,
            here=request.url.path,
            static=_static_address,
            said=said if said in words() else None,
            demo=demo,
            date=partial(date_text, language=language),
            time=partial(time_text, language=language),
            day_of=partial(day_text, language=language),
            **values,
        )
    )
    response = HTMLResponse(text, status)
    if said is not None:
        response.delete_cookie(_SAID, path="/")
    return response


def redirect(request: Request, route: str, *, said: str | None = None, **params: Any) -> Response:
    """Go on to another page (303), which then says the words of the key `said`."""
    response = RedirectResponse(request.app.url_path_for(route, **params), 303)
    if said is not None:
        response.set_cookie(_SAID, said, max_age=60, httponly=True, samesite="lax", path="/")
    return response


def problem(request: Request, error: ZhengyinError, status: int) -> HTMLResponse:
    """A page that says what went wrong, what to do, and leads back."""
    language = language_of(request)
    return _explain(request, status, error.message(language), error.hint(language), error.code)


def plain_problem(request: Request, status: int) -> HTMLResponse:
    """The same of a status that has no code of ours."""
    language = language_of(request)
    known = str(status) if f"problem.{status}" in words() else "404"
    hint = f"problem.hint.{known}"
    return _explain(
        request,
        status,
        say(f"problem.{known}", language),
        say(hint, language) if hint in words() else "",
        str(status),
    )


def _explain(request: Request, status: int, message: str, hint: str, code: str) -> HTMLResponse:
    """The page of a problem."""
    back = came_from(request)
    here = {request.url.path, str(request.app.url_path_for("home"))}
    return render(
        request,
        "problem.html",
        status,
        message=message,
        hint=hint,
        code=code,
        back="" if back in here else back,
    )


def came_from(request: Request) -> str:
    """The path of the page before, if it was ours; else the first page."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc == request.url.netloc and parts.path.startswith("/"):
        return parts.path
    return str(request.app.url_path_for("home"))


def date_text(seconds: int | None, language: Language) -> str:
    """A day in Beijing."""
    if seconds is None:
        return ""
    return _day(datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING), language)


def day_text(text: str, language: Language) -> str:
    """A date of a claim, as people read it: 2023年6月30日 in Chinese; what is none is as it was."""
    try:
        return _day(date.fromisoformat(text), language)
    except ValueError:
        return text


def _day(day: date, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh-CN" else f"{day:%Y-%m-%d}"


def time_text(seconds: int | None, language: Language) -> str:
    """A time in Beijing."""
    if seconds is None:
        return ""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING)
    return f"{date_text(seconds, language)} {moment:%H:%M}"


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Name → (content, media type) of what pages load."""
    folder = files("issuer.console").joinpath("static")
    return {
        file.name: (file.read_bytes(), _STATIC_TYPES[ending])
        for file in folder.iterdir()
        for ending in _STATIC_TYPES
        if file.name.endswith(ending)
    }


@cache
def _static_address(name: str) -> str:
    """The address of a static file, another one for each content: it may be kept for ever."""
    version = hashlib.sha256(static_files()[name][0]).hexdigest()[:16]
    return f"/console/static/{name}?v={version}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("issuer.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["spaced"] = _spaced
    environment.filters["sentence"] = _sentence
    return environment


def _spaced(text: str) -> str:
    """A long code in groups of four, for comparing by eye."""
    return " ".join(_groups(text))


def _sentence(text: str) -> str:
    """Words that a command line says in small letters, as they begin a sentence on a page."""
    first = text.partition(" ")[0]
    return text[0].upper() + text[1:] if first.isascii() and first.isalpha() else text


def _groups(text: str) -> Iterator[str]:
    return (text[at : at + 4] for at in range(0, len(text), 4))
