"""Corrections: one person asks, another approves, and the old code answers with the new number."""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import corrections_asked as rules
from issuer.console.certificates import require, show, visible
from issuer.console.pages import redirect, render
from issuer.db import reading, transaction
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, text_of
from issuer.roster.cells import readers
from issuer.roster.findings import masked
from issuer.roster.workbook import words_to_choose
from issuer.running.correction_job import carry_out
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.status import MAX_REASON, stored_claims
from issuer.tables import MAX_ID
from schemas import certificate_types
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError

router = APIRouter()

_NOT_BY_HAND = frozenset({"certificate_number", "id_number_tail", "replaces", "photo_digest"})
_PREFIX = "claim-"


@router.get("/console/certificates/{certificate_id:int}/correct", name="certificate_correct")
def certificate_correct(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int
) -> Response:
    """The form, filled in with what the certificate says."""
    return _form(request, service, caller, certificate_id)


@router.post("/console/certificates/{certificate_id:int}/correct", name="certificate_correct_ask")
def certificate_correct_ask(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, certificate_id: int
) -> Response:
    """Ask for it."""
    seen = visible(service, caller)
    try:
        with transaction(service.engine) as session:
            certificate = require(session, seen, certificate_id)
            kind = certificate_types.load(certificate.type)
            rules.ask(
                session,
                service.desk(certificate.institution, caller.who),
                certificate,
                _changes(kind, form),
                reason=text_of(form, "reason").strip(),
                account=_account(caller),
                now=service.now(),
            )
    except CommandError as error:
        return _form(request, service, caller, certificate_id, form=form, error=error)
    return redirect(
        request, "certificate", certificate_id=certificate_id, said="certificates.asked"
    )


@router.post(
    "/console/certificates/{certificate_id:int}/corrections/{correction_id:int}/approve",
    name="certificate_correct_approve",
)
def certificate_correct_approve(
    request: Request,
    service: ServiceOf,
    caller: CallerOf,
    certificate_id: int,
    correction_id: int,
) -> Response:
    """Approve it; where the key is open here, the new certificate is there at once."""
    try:
        _require_key(service, caller, certificate_id)
        institution = _decide(service, caller, certificate_id, correction_id, rules.approve)
    except CommandError as error:
        return show(request, service, caller, certificate_id, correction_error=error)
    signer = service.signers.signer(institution)
    if signer is not None:
        carry_out(service, signer, correction_id)
    return redirect(
        request, "certificate", certificate_id=certificate_id, said="certificates.approved"
    )


@router.post(
    "/console/certificates/{certificate_id:int}/corrections/{correction_id:int}/drop",
    name="certificate_correct_drop",
)
def certificate_correct_drop(
    request: Request,
    service: ServiceOf,
    caller: CallerOf,
    certificate_id: int,
    correction_id: int,
) -> Response:
    """Take it back, or refuse it."""
    try:
        _decide(service, caller, certificate_id, correction_id, rules.drop)
    except CommandError as error:
        return show(request, service, caller, certificate_id, correction_error=error)
    return redirect(
        request, "certificate", certificate_id=certificate_id, said="certificates.dropped"
    )


def _require_key(service: Service, caller: Caller, certificate_id: int) -> None:
    """Refuse what would wait for ever: this service has no key of the institution.

    Raises:
        CommandError: `key_not_named`.
    """
    seen = visible(service, caller)
    with reading(service.engine) as session:
        institution = require(session, seen, certificate_id).institution
        if not service.signers.state(session, institution).named:
            raise CommandError("key_not_named", institution=institution)


def _decide(
    service: Service,
    caller: Caller,
    certificate_id: int,
    correction_id: int,
    decision: rules.Decision,
) -> str:
    """Carry out `decision` on a correction of this very certificate; give its institution."""
    seen = visible(service, caller)
    with transaction(service.engine) as session:
        certificate = require(session, seen, certificate_id)
        known = correction_id <= MAX_ID
        correction = rules.find(session, certificate, correction_id) if known else None
        if correction is None:
            raise HTTPException(404)
        desk = service.desk(certificate.institution, caller.who)
        decision(session, desk, correction, account=_account(caller), now=service.now())
        return certificate.institution


def _account(caller: Caller) -> int:
    if caller.account_id is None:  # the table lets in people only
        raise HTTPException(403)
    return caller.account_id


def _claims(kind: CertificateType) -> list[str]:
    """The claims that are corrected by hand: texts of the certificate itself."""
    known = readers(kind)
    return [one for one in kind.claims if one in known and one not in _NOT_BY_HAND]


def _changes(kind: CertificateType, form: FormData) -> dict[str, str]:
    """What the form says; an ID number that is left empty stays as it is."""
    changes = {
        claim: text_of(form, _PREFIX + claim).strip()
        for claim in _claims(kind)
        if _PREFIX + claim in form
    }
    return {claim: text for claim, text in changes.items() if text or claim not in kind.hidden}


def _form(
    request: Request,
    service: Service,
    caller: Caller,
    certificate_id: int,
    *,
    form: FormData | None = None,
    error: CommandError | None = None,
) -> Response:
    seen = visible(service, caller)
    with reading(service.engine) as session:
        certificate = require(session, seen, certificate_id)
        if certificate.erased is not None:
            raise CommandError("certificate_erased", number=certificate.number)
        kind = certificate_types.load(certificate.type)
        claims = stored_claims(service.vault, certificate)
        session.expunge_all()
    typed = _changes(kind, form) if form is not None else {}
    fields = []
    for claim in _claims(kind):
        hidden = claim in kind.hidden
        now = str(claims.get(claim, ""))
        value = typed.get(claim, "" if hidden else now)
        words = words_to_choose(kind, claim)
        if words and value not in words:
            words = (value, *words)
        fields.append(
            {
                "claim": claim,
                "label": kind.claim_labels[claim],
                "value": value,
                "words": words,
                "date": claim.endswith("_date"),
                "now": masked(now) if hidden else "",
                "required": claim in kind.mandatory and not hidden,
            }
        )
    return render(
        request,
        "correction.html",
        status_of(error) if error else 200,
        certificate=certificate,
        type=kind,
        fields=fields,
        reason=text_of(form, "reason") if form is not None else "",
        max_reason=MAX_REASON,
        error=error,
    )
