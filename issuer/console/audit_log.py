"""The audit log as a page and as a file."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Literal

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response, StreamingResponse

from issuer import audit, audit_export
from issuer.audit import Wanted
from issuer.console.pages import language_of, render, say, time_text, words
from issuer.db import reading
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, ServiceOf
from issuer.running.service import Service
from issuer.tables import AuditEntry
from schemas import certificate_types, day
from schemas.codes import Language

router = APIRouter()

_ACTION, _DETAIL = "audit_action.", "audit_detail."
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIMES = frozenset({"expires", "created"})
_SAID = {"role": "role.", "by": "role.", "scopes": "scope."}
"""Details whose values have words of their own."""
LINES = 100  # of a page
MAX_TEXT = 100  # characters of a filter


@router.get("/console/audit", name="audit")
def audit_page(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """The newest lines that fit the filter."""
    before = request.query_params.get("before", "")
    language = language_of(request)
    with reading(service.engine) as session:
        lines = audit.newest(
            session,
            _wanted(request, caller),
            before=int(before) if before.isascii() and before.isdigit() else None,
            limit=LINES + 1,
        )
        session.expunge_all()
    asked = {name: request.query_params.get(name, "") for name in _ASKED}
    return render(
        request,
        "audit.html",
        lines=lines[:LINES],
        more=lines[LINES - 1].id if len(lines) > LINES else None,
        asked=asked,
        query={name: value for name, value in asked.items() if value},
        actions=_words_of(_ACTION, language),
        details=partial(_details, _words_of(_DETAIL, language), language),
    )


def _words_of(kind: str, language: Language) -> dict[str, str]:
    return {key.removeprefix(kind): say(key, language) for key in words() if key.startswith(kind)}


def _details(
    names: Mapping[str, str], language: Language, entry: AuditEntry
) -> list[tuple[str, str]]:
    """(name, value) of what a line has besides; a hash by how it begins: the export has it whole."""
    found = json.loads(entry.details)
    return [(names.get(name, name), _value(name, value, language)) for name, value in found.items()]


def _value(name: str, value: object, language: Language) -> str:
    if name in _TIMES and isinstance(value, int):
        return time_text(value, language)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if name in _SAID:
        known = _words_of(_SAID[name], language)
        return say("frame.comma", language).join(known.get(one, one) for one in text.split())
    if name == "type" and text in certificate_types.names():
        return certificate_types.load(text).labels[language]
    return f"{text[:12]}…" if _HASH.fullmatch(text) else text


@router.get("/console/audit/export.{kind}", name="audit_export")
def export(
    request: Request, service: ServiceOf, caller: CallerOf, kind: Literal["csv", "jsonl"]
) -> Response:
    """All lines that fit the filter: `csv` for people, `jsonl` with the hashes to check."""
    wanted, as_csv = _wanted(request, caller), kind == "csv"
    name = f"audit-{service.now():%Y%m%d-%H%M%S}.{'csv' if as_csv else 'jsonl'}"
    return StreamingResponse(
        _lines(service, wanted, as_csv=as_csv),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        media_type="text/csv; charset=utf-8" if as_csv else "application/jsonl",
    )


def _lines(service: Service, wanted: Wanted, *, as_csv: bool) -> Iterator[bytes]:
    with reading(service.engine) as session:
        entries = audit.oldest(session, wanted)
        yield from _as(session, entries, as_csv=as_csv)


def _as(session: Session, entries: Iterator[AuditEntry], *, as_csv: bool) -> Iterator[bytes]:
    if as_csv:
        return audit_export.csv_lines(entries)
    return audit_export.json_lines(session, entries)


_ASKED = ("subject", "who", "action", "since", "until")


def _wanted(request: Request, caller: Caller) -> Wanted:
    asked = {name: request.query_params.get(name, "").strip()[:MAX_TEXT] for name in _ASKED}
    since, until = _day(asked["since"]), _day(asked["until"])
    return Wanted(
        institution=caller.institution or "",
        subject=asked["subject"],
        who=asked["who"],
        action=asked["action"],
        since=day.start_of(since.isoformat()) if since else None,
        until=day.start_of((until + timedelta(days=1)).isoformat()) if until else None,
    )


def _day(text: str) -> date | None:
    """A day of the form; None for what is none, or too far away to count from."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 < found.year < 2200 else None
