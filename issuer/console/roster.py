"""One roster: where it stands, what has to be mended, and what people of each role do with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer import halt, submission
from issuer.console import roster_view as view
from issuer.console.pages import language_of, redirect, render
from issuer.db import reading, transaction
from issuer.desk import Desk, day_at
from issuer.earlier_roster import earlier
from issuer.entry import Entry, open_entry
from issuer.examination import Examined, examine
from issuer.offline import last_export
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, account_names, text_of
from issuer.printings import to_print
from issuer.roster.sheet import RosterError
from issuer.roster_state import OPEN, State
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.running.signing_job import signed_rows
from issuer.tables import Submission
from schemas import certificate_types
from schemas.errors import CommandError

router = APIRouter()

STEPS = ("entered", "checked", "approved", "signed", "handed_out")
_AT = {
    State.DRAFT: 1,
    State.RETURNED: 1,
    State.SUBMITTED: 2,
    State.APPROVED: 3,
    State.ISSUED: 4,
    State.WITHDRAWN: -1,
}
"""The step at which a roster of each state is."""

_CELL = re.compile(r"cell\.([0-9]{1,7})\.([a-z_.]{1,64})", re.ASCII)
_ROW = re.compile(r"(out|back)\.([0-9]{1,7})", re.ASCII)
_COLUMN = re.compile(r"column\.([0-9]{1,5})", re.ASCII)
_DEFAULT = re.compile(r"default\.([a-z_.]{1,64})", re.ASCII)


def refused_on_page(route: Callable[..., Response]) -> Callable[..., Response]:
    """Have what a route of one roster refuses said on that roster's page."""

    @wraps(route)
    def on_page(
        request: Request, service: Service, caller: Caller, roster_id: int, **more: object
    ) -> Response:
        try:
            return route(request, service, caller, roster_id=roster_id, **more)
        except CommandError as error:
            seen = find(service, caller, roster_id)
            return page(request, service, caller, seen, error=error)

    return on_page


@router.get("/console/rosters/{roster_id}", name="roster")
def roster(request: Request, service: ServiceOf, caller: CallerOf, roster_id: int) -> Response:
    """The page."""
    return page(request, service, caller, find(service, caller, roster_id))


@router.post("/console/rosters/{roster_id}/cells", name="roster_cells")
@refused_on_page
def roster_cells(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Mend cells, leave rows out or take them in again, and check everything anew."""
    seen = find(service, caller, roster_id)
    entry = open_entry(service.vault, seen)
    fields: dict[tuple[int, str], str] = {}
    out: set[int] = set()
    back: set[int] = set()
    for name, value in form.items():
        if not isinstance(value, str):
            continue
        if (cell := _CELL.fullmatch(name)) is not None:
            fields[int(cell[1]), cell[2]] = value.strip()
        elif (row := _ROW.fullmatch(name)) is not None:
            (out if row[1] == "out" else back).add(int(row[2]))
    knows = caller.account_id == seen.created_by
    mended = view.mended_cells(entry.read(), fields, knows_numbers=knows)
    changed = replace(
        entry,
        corrections={**entry.corrections, **mended},
        left_out=(entry.left_out | out) - back,
    )
    return _change(request, service, caller, seen, changed)


@router.post("/console/rosters/{roster_id}/columns", name="roster_columns")
@refused_on_page
def roster_columns(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Say what columns hold; the next roster with such headings is read the same way."""
    seen = find(service, caller, roster_id)
    columns = {
        int(match[1]): value
        for name, value in form.items()
        if isinstance(value, str) and (match := _COLUMN.fullmatch(name)) is not None
    }
    entry = replace(open_entry(service.vault, seen), columns=columns)
    # What was mended in a column that holds something else now is not said of it any more.
    known = set(replace(entry, corrections={}).read().columns.values())
    kept = {place: text for place, text in entry.corrections.items() if place[1] in known}
    return _change(request, service, caller, seen, replace(entry, corrections=kept), learn=True)


@router.post("/console/rosters/{roster_id}/defaults", name="roster_defaults")
@refused_on_page
def roster_defaults(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Say what all rows have in common that the file has no column for."""
    seen = find(service, caller, roster_id)
    entry = open_entry(service.vault, seen)
    said = {
        match[1]: value.strip()
        for name, value in form.items()
        if isinstance(value, str) and (match := _DEFAULT.fullmatch(name)) is not None
    }
    defaults = {claim: text for claim, text in {**entry.defaults, **said}.items() if text}
    return _change(request, service, caller, seen, replace(entry, defaults=defaults))


@router.post("/console/rosters/{roster_id}/submit", name="roster_submit")
@refused_on_page
def roster_submit(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Hand over for approval."""
    seen = find(service, caller, roster_id)
    examined = look(service, caller, seen)
    with transaction(service.engine) as session:
        submission.submit(session, seen, examined, caller, now=service.seconds())
    return redirect(request, "roster", said="roster.said.submitted", roster_id=roster_id)


@router.post("/console/rosters/{roster_id}/withdraw", name="roster_withdraw")
@refused_on_page
def roster_withdraw(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Give up."""
    seen = find(service, caller, roster_id)
    with transaction(service.engine) as session:
        submission.withdraw(
            session,
            service.vault,
            seen,
            caller,
            text_of(form, "remark").strip(),
            now=service.seconds(),
        )
    return redirect(request, "roster", said="roster.said.withdrawn", roster_id=roster_id)


@router.post("/console/rosters/{roster_id}/return", name="roster_return")
@refused_on_page
def roster_return(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Give back with a remark."""
    seen = find(service, caller, roster_id)
    with transaction(service.engine) as session:
        submission.send_back(session, seen, caller, text_of(form, "remark"), now=service.seconds())
    return redirect(request, "roster", said="roster.said.returned", roster_id=roster_id)


@router.post("/console/rosters/{roster_id}/approve", name="roster_approve")
@refused_on_page
def roster_approve(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Let it be signed, if it still says what was shown and still may be issued."""
    _approve(service, caller, find(service, caller, roster_id), text_of(form, "digest"))
    return redirect(request, "roster", said="roster.said.approved", roster_id=roster_id)


def _approve(service: Service, caller: Caller, seen: Submission, digest: str) -> None:
    now = service.seconds()
    if seen.state != State.SUBMITTED:
        raise CommandError("roster_state")
    examined = look(service, caller, seen)
    try:
        with transaction(service.engine) as session:
            submission.approve(session, seen, examined, caller, digest, now=now)
    except CommandError as error:
        # Where the approver was shown what was submitted, it is the roster that went stale.
        if error.code == "roster_changed" and digest == seen.digest:
            with transaction(service.engine) as session:
                submission.send_back_changed(session, seen, caller, now=now)
        raise


@router.post("/console/rosters/{roster_id}/retry", name="roster_retry")
@refused_on_page
def roster_retry(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Sign again what could not be signed."""
    seen = find(service, caller, roster_id)
    with transaction(service.engine) as session:
        submission.retry(session, seen, caller, now=service.seconds())
    return redirect(request, "roster", roster_id=roster_id)


@router.get("/console/rosters/{roster_id}/progress", name="roster_progress")
def roster_progress(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """How far the signing is: a part of the page; the whole page once it is over."""
    seen = find(service, caller, roster_id)
    response = render(request, "roster_progress.html", 200, **_progress(service, seen))
    if seen.state != State.APPROVED or seen.failure:
        response.headers["HX-Refresh"] = "true"
    return response


def find(service: Service, caller: Caller, roster_id: int) -> Submission:
    """A roster that the caller may look at.

    Raises:
        CommandError: `roster_not_found`.
    """
    ids = [one.id for one in service.institutions(caller)]
    with reading(service.engine) as session:
        found = submission.find(session, roster_id, ids)
        session.expunge_all()
    return found


def desk_of(service: Service, caller: Caller, seen: Submission) -> Desk:
    """The desk of the institution that a roster belongs to."""
    return service.desk(seen.institution, caller.who)


def look(service: Service, caller: Caller, seen: Submission) -> Examined:
    """Check a roster as everything stands now."""
    return examine(
        desk_of(service, caller, seen), open_entry(service.vault, seen), now=service.now()
    )


def _change(
    request: Request,
    service: Service,
    caller: Caller,
    seen: Submission,
    entry: Entry,
    *,
    learn: bool = False,
) -> Response:
    """Check the entry, keep it, and go back to the page."""
    examined = change(service, caller, seen, entry, learn=learn)
    said = "roster.said.no_errors" if examined.checked.ok else "roster.said.checked"
    return redirect(request, "roster", said=said, roster_id=seen.id)


def change(
    service: Service, caller: Caller, seen: Submission, entry: Entry, *, learn: bool = False
) -> Examined:
    """Check an entry and keep it; `learn` remembers what its columns hold.

    Raises:
        CommandError: as `examine` and `submission.change`.
    """
    examined = examine(desk_of(service, caller, seen), entry, now=service.now())
    with transaction(service.engine) as session:
        submission.change(
            session, service.vault, seen, entry, examined, caller, now=service.seconds()
        )
        if learn:
            submission.remember_columns(session, entry, seen.institution)
    return examined


def page(
    request: Request,
    service: Service,
    caller: Caller,
    seen: Submission,
    *,
    error: CommandError | None = None,
    photos: tuple[int, Sequence[CommandError]] | None = None,
) -> Response:
    """The page of a roster for whoever looks at it.

    `photos`: how many photographs were just taken in, and what was wrong with others.
    """
    language = language_of(request)
    certificate_type = certificate_types.load(seen.type)
    desk = desk_of(service, caller, seen)
    own_desk = caller.institution == seen.institution
    looked = None
    if own_desk and seen.state in (State.DRAFT, State.RETURNED, State.SUBMITTED):
        try:
            looked = look(service, caller, seen)
        except RosterError as unreadable:  # it can still be replaced or withdrawn
            error = error or unreadable
    with reading(service.engine) as session:
        handled = caller.who in submission.handlers(session, seen)
        twin = earlier(session, seen, looked) if looked else None
        session.expunge_all()
    values: dict[str, object] = {
        "one": seen,
        "type": certificate_type,
        "institution": desk.institution.name_on(day_at(service.now()).isoformat()),
        "people": account_names(service, {seen.created_by, seen.submitted_by, seen.decided_by}),
        "steps": STEPS,
        "at": _AT[State(seen.state)],
        "own_desk": own_desk,
        "edits": own_desk and caller.may("roster_cells") and seen.state in OPEN,
        "decides": own_desk and caller.may("roster_approve"),
        "handled": handled,
        "failure": CommandError(seen.failure) if seen.failure else None,
        "error": error,
        "photos": photos,
        "twin": twin,
        "looked": looked,
    }
    if looked is not None:
        knows = caller.account_id == seen.created_by
        values |= _findings(request, looked, open_entry(service.vault, seen), knows=knows)
    if seen.state == State.APPROVED:
        values |= _progress(service, seen)
    if seen.state == State.ISSUED:
        values |= {
            "erased": not seen.sealed,
            "printing": view.printing(to_print(desk, seen.batch_id or 0)),
        }
    return render(
        request,
        "roster.html",
        200 if error is None else status_of(error),
        label=lambda claim: view.label(certificate_type, claim, language),
        **values,
    )


def _findings(
    request: Request, looked: Examined, entry: Entry, *, knows: bool
) -> dict[str, object]:
    """What the page says of a checked roster."""
    language = language_of(request)
    asked = request.query_params.get("page", "")
    troubles = view.troubles(looked, language, shows_numbers=knows)
    rows = looked.checked.rows
    shown = view.Page.of(asked, len(troubles))
    rows_page = view.Page.of(request.query_params.get("people", ""), len(rows))
    headings, people = view.people(rows[rows_page.slice()], entry.type, language)
    noticed = view.notices(looked)
    return {
        "troubles": troubles[shown.slice()],
        "choices": view.choices(troubles[shown.slice()]),
        "trouble_count": len(troubles),
        "page": shown,
        "about_file": view.about_file(looked),
        "missing": view.missing(looked),
        "defaults": entry.defaults,
        "left_out": sorted(entry.left_out),
        "pictured": len(entry.photos),
        "unpictured": [row.number for row in rows if row.number not in entry.photos],
        "noticed": noticed[: view.NOTICES],
        "notice_count": len(noticed),
        "mapping": view.mapping(looked, shows_numbers=knows),
        "map_open": view.needs_mapping(looked),
        "claims": view.claims_to_choose(entry.type, language),
        "groups": view.groups(looked),
        "group_labels": view.group_labels(entry.type, language),
        "headings": headings,
        "persons": list(people),
        "rows_page": rows_page,
    }


def _progress(service: Service, seen: Submission) -> dict[str, object]:
    """How far the signing is, and what it waits for."""
    with reading(service.engine) as session:
        signed = signed_rows(session, seen)
        halted = halt.find(session, seen.institution) is not None
        key = service.signers.state(session, seen.institution)
        exported = last_export(session, seen.institution, seen.batch_id or 0)
    return {"one": seen, "signed": signed, "halted": halted, "key": key, "exported": exported}
