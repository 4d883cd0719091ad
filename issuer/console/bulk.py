"""Revoke a list: pasted or from a file, looked at first, then all of it with one reason."""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from issuer import bulk_revocation as rules
from issuer.bulk_revocation import Checked
from issuer.console.pages import redirect, render
from issuer.db import reading, transaction
from issuer.numbers.number_list import read_list
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, file_of, text_of
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.status import MAX_REASON
from schemas import certificate_types
from schemas.errors import CommandError

router = APIRouter()

LISTED = 50  # numbers of each kind that are shown


@router.get("/console/certificates/revoke", name="certificates_bulk")
def certificates_bulk(request: Request, caller: CallerOf) -> Response:  # noqa: ARG001 (who is let in)
    """The form."""
    return _page(request)


@router.post("/console/certificates/revoke/check", name="certificates_bulk_check")
def certificates_bulk_check(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Say what would be revoked and what would not; nothing is."""
    try:
        numbers = read_list(text_of(form, "numbers"), file_of(form, "file"))
    except CommandError as error:
        return _page(request, form, error=error)
    return _page(request, form, numbers, checked=_check(service, caller, form, numbers))


@router.post("/console/certificates/revoke", name="certificates_bulk_revoke")
def certificates_bulk_revoke(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Revoke what was shown, all or nothing."""
    numbers: list[str] = []
    try:
        numbers = read_list(text_of(form, "numbers"), None)
        with transaction(service.engine) as session:
            rules.revoke(
                session,
                service.desk(caller.institution or "", caller.who),
                numbers,
                _type(form),
                digest=text_of(form, "digest"),
                reason=text_of(form, "reason").strip(),
                now=service.now(),
            )
    except CommandError as error:
        checked = _check(service, caller, form, numbers) if numbers else None
        return _page(request, form, numbers, checked=checked, error=error)
    return redirect(request, "certificates", said="certificates.all_revoked")


def _check(service: Service, caller: Caller, form: FormData, numbers: list[str]) -> Checked:
    with reading(service.engine) as session:
        return rules.check(session, caller.institution or "", numbers, _type(form))


def _type(form: FormData) -> str | None:
    name = text_of(form, "type")
    return certificate_types.load(name).name if name else None


def _page(
    request: Request,
    form: FormData | None = None,
    numbers: list[str] | None = None,
    *,
    checked: Checked | None = None,
    error: CommandError | None = None,
) -> Response:
    typed = form or FormData()
    return render(
        request,
        "bulk.html",
        status_of(error) if error else 200,
        numbers="\n".join(numbers) if numbers else text_of(typed, "numbers"),
        chosen=text_of(typed, "type"),
        reason=text_of(typed, "reason"),
        types=certificate_types.all_types(),
        checked=checked,
        listed=LISTED,
        max_reason=MAX_REASON,
        error=error,
    )
