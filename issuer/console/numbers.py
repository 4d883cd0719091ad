"""Number patterns: what each gives next, changing one after a look, numbers that paper has."""

from fastapi import APIRouter, Request
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from issuer.console.pages import redirect, render
from issuer.db import reading, transaction
from issuer.desk import day_at
from issuer.numbers import paper_numbers, patterns
from issuer.numbers.number_list import read_list
from issuer.numbers.paper_numbers import Import
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, file_of, text_of
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.tables import PaperNumber
from schemas import certificate_types
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError

router = APIRouter()

LISTED = 20  # numbers of each kind that the answer to an import names


@router.get("/console/numbers", name="numbers")
def numbers(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """All types, the next numbers of each."""
    return _page(request, service, caller)


@router.post("/console/numbers/preview", name="numbers_preview")
def numbers_preview(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """What another pattern would give; nothing is changed by it."""
    instead = (_type(form.get("type")).name, text_of(form, "pattern").strip())
    return _page(request, service, caller, instead=instead)


@router.post("/console/numbers/set", name="numbers_set")
def numbers_set(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Change a pattern."""
    certificate_type = _type(form.get("type"))
    pattern = text_of(form, "pattern").strip()
    try:
        with transaction(service.engine) as session:
            changed = patterns.change(
                session,
                _institution(caller),
                certificate_type.name,
                pattern,
                today=day_at(service.now()),
                at=service.seconds(),
                who=caller.who,
            )
    except CommandError:  # the look at it says why
        return _page(request, service, caller, instead=(certificate_type.name, pattern), status=400)
    return redirect(request, "numbers", said="numbers.set" if changed else "numbers.unchanged")


@router.post("/console/numbers/import", name="numbers_import")
def numbers_import(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Take numbers in that certificates on paper have."""
    certificate_type = _type(form.get("type"))
    try:
        values = read_list(text_of(form, "numbers"), file_of(form, "file"))
        with transaction(service.engine) as session:
            taken_in = paper_numbers.take_in(
                session,
                _institution(caller),
                certificate_type.name,
                values,
                at=service.seconds(),
                who=caller.who,
            )
    except CommandError as error:
        return _page(
            request,
            service,
            caller,
            status=status_of(error),
            error=error,
            text=text_of(form, "numbers"),
            of_type=certificate_type.name,
        )
    return _page(request, service, caller, taken_in=taken_in, of_type=certificate_type.name)


def _type(name: object) -> CertificateType:
    return certificate_types.load(name if isinstance(name, str) else "")


def _institution(caller: Caller) -> str:
    if caller.institution is None:  # the table lets in nobody without one
        raise CommandError("institution_unknown", name="")
    return caller.institution


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    status: int = 200,
    instead: tuple[str, str] | None = None,
    taken_in: Import | None = None,
    error: CommandError | None = None,
    text: str = "",
    of_type: str = "",
) -> Response:
    here = _institution(caller)
    granted = {grant.type for one in service.institutions(caller) for grant in one.grants}
    types = [one for one in certificate_types.all_types() if one.name in granted]
    if instead and instead[0] not in granted:
        types.append(certificate_types.load(instead[0]))
    with reading(service.engine) as session:
        shown = patterns.look(session, here, types, today=day_at(service.now()), instead=instead)
        paper = _on_paper(session, here)
    return render(
        request,
        "numbers.html",
        status,
        numberings=shown,
        paper=paper,
        instead=instead[0] if instead else "",
        taken_in=taken_in,
        listed=LISTED,
        error=error,
        text=text,
        of_type=of_type,
        may_change=caller.may("numbers_set"),
    )


def _on_paper(session: Session, institution: str) -> dict[str, int]:
    """How many numbers of each type are known to be on paper."""
    found = session.exec(
        select(PaperNumber.type, func.count())
        .where(col(PaperNumber.institution) == institution)
        .group_by(PaperNumber.type)
    )
    return dict(found.all())
