"""Rosters: the list of them, and a new one from a file or from cells that were copied."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from sqlmodel import col, func, select
from starlette.datastructures import FormData
from starlette.responses import Response

from issuer import submission
from issuer.console.pages import language_of, redirect, render, say
from issuer.console.roster import find, page
from issuer.console.roster_view import Page
from issuer.db import reading, transaction
from issuer.desk import day_at
from issuer.entry import Entry
from issuer.examination import examine, recognise
from issuer.grants import TypeGrant, require_type_grant, type_grant
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, account_names, file_of, text_of
from issuer.roster import workbook
from issuer.roster_state import OPEN, UNDER_WAY, State
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.tables import Submission
from schemas import certificate_types
from schemas.errors import CommandError

router = APIRouter()

LISTED = 25  # rosters of one page
MAX_DIGITS = 10  # of a roster's number
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FILTERS = {
    "under_way": UNDER_WAY,
    "issued": frozenset({State.ISSUED}),
    "withdrawn": frozenset({State.WITHDRAWN}),
}


@router.get("/console/rosters", name="rosters")
def rosters(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """All rosters, those that changed last first."""
    institutions = service.institutions(caller)
    ids = [one.id for one in institutions]
    chosen = request.query_params.get("show", "")
    states = _FILTERS.get(chosen)
    today = day_at(service.now()).isoformat()
    with reading(service.engine) as session:
        counted = select(func.count()).select_from(Submission)
        counted = counted.where(col(Submission.institution).in_(ids))
        if states is not None:
            counted = counted.where(col(Submission.state).in_(states))
        shown = Page.of(request.query_params.get("page", ""), session.exec(counted).one(), LISTED)
        found = submission.listed(
            session, ids, states=states, offset=(shown.number - 1) * LISTED, limit=LISTED
        )
    return render(
        request,
        "rosters.html",
        found=found,
        page=shown,
        chosen=chosen if states is not None else "",
        filters=tuple(_FILTERS),
        names={one.id: one.name_on(today) for one in institutions},
        people=account_names(service, {one.created_by for one in found}),
        types=_labels(request),
    )


@router.get("/console/rosters/new", name="roster_new")
def roster_new(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """Choose a type and a file."""
    return _form(request, service, caller)


@router.get("/console/rosters/templates/{type_name}.xlsx", name="roster_template")
def roster_template(type_name: str) -> Response:
    """An empty roster of a type."""
    certificate_type = certificate_types.load(type_name)
    name = f"{certificate_type.labels['zh-CN']}名单模板.xlsx"
    return download(workbook.template(certificate_type), name, XLSX)


@router.post("/console/rosters", name="roster_upload")
def roster_upload(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Take a roster in and check all of it; a corrected file takes the place of the first."""
    try:
        roster_id = _take_in(request, service, caller, form)
    except CommandError as error:
        if (replaces := _number(form, "replaces")) is not None:
            return page(request, service, caller, find(service, caller, replaces), error=error)
        return _form(request, service, caller, form, error)
    return redirect(request, "roster", roster_id=roster_id)


def _take_in(request: Request, service: Service, caller: Caller, form: FormData) -> int:
    name, data = _sent(request, form)
    replaces = _number(form, "replaces")
    desk = service.desk(caller.institution or "", caller.who)
    seen = None
    type_name = text_of(form, "type")
    if replaces is not None:
        seen = find(service, caller, replaces)
        if seen.state not in OPEN:
            raise CommandError("roster_state")
        type_name = seen.type
    certificate_type = certificate_types.load(type_name)
    today, language = day_at(service.now()), language_of(request)
    require_type_grant(desk.institution, certificate_type, today=today, language=language)
    entry = recognise(desk, Entry(type=certificate_type, name=name, data=data))
    examined = examine(desk, entry, now=service.now())
    now = service.seconds()
    with transaction(service.engine) as session:
        if seen is None:
            return submission.enter(session, service.vault, entry, examined, caller, now=now)
        submission.change(session, service.vault, seen, entry, examined, caller, now=now)
        return seen.id or 0


def _number(form: FormData, name: str) -> int | None:
    """A number in a form; None where the field is empty or not there."""
    text = text_of(form, name)
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < MAX_DIGITS else 0


def _sent(request: Request, form: FormData) -> tuple[str, bytes]:
    """(name, content) of the file that was chosen, else of the text that was pasted."""
    if (sent := file_of(form, "file")) is not None:
        name, data = sent
        return name.replace("\\", "/").rpartition("/")[2][:200], data
    pasted = text_of(form, "pasted")
    if not pasted.strip():
        raise CommandError("roster_nothing_sent")
    return f"{say('rosters.pasted_name', language_of(request))}.tsv", pasted.encode()


def _form(
    request: Request,
    service: Service,
    caller: Caller,
    form: FormData | None = None,
    error: CommandError | None = None,
) -> Response:
    institution = service.desk(caller.institution or "", caller.who).institution
    today = day_at(service.now())
    grants = [type_grant(institution, one, today=today) for one in certificate_types.all_types()]
    granted = [one for one in grants if one.state == "granted"]
    chosen = text_of(form, "type") if form is not None else ""
    return render(
        request,
        "roster_new.html",
        200 if error is None else status_of(error),
        granted=granted,
        refused=[one for one in grants if one.state != "granted"],
        chosen=chosen or (granted[0].type.name if granted else ""),
        pasted=text_of(form, "pasted") if form is not None else "",
        why=lambda one: _why(request, one),
        error=error,
    )


def _why(request: Request, grant: TypeGrant) -> str:
    """Why a type may not be issued."""
    dated = "dated" if grant.day else "undated"
    return say(f"rosters.not_granted.{grant.state}.{dated}", language_of(request), day=grant.day)


def _labels(request: Request) -> dict[str, str]:
    language = language_of(request)
    return {one.name: one.labels[language] for one in certificate_types.all_types()}


def download(content: bytes, name: str, media_type: str) -> Response:
    """A file to keep, by its name (RFC 6266 §4.3)."""
    return Response(content, headers=as_file(name), media_type=media_type)


def as_file(name: str) -> dict[str, str]:
    """The header that names a file to keep."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
