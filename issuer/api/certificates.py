"""Certificates over the API: list, one, its file, its status.

Each change may be sent again: a certificate that is revoked already is answered as it stands.
"""

from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from issuer import certificates as rules
from issuer import status
from issuer.api.answers import Answer, Disclose, Responses, problems
from issuer.certificates import Search
from issuer.db import reading
from issuer.documents.certificate import certificate_pdf
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, ServiceOf
from issuer.printings import printings
from issuer.running.json_body import json_body
from issuer.running.service import Service
from issuer.tables import MAX_ID, Certificate
from schemas import certificate_types
from schemas.errors import CommandError

router = APIRouter(prefix="/api/v1/certificates", tags=["certificates"])

CREDENTIAL = "application/dc+sd-jwt"

Standing = Literal["valid", "suspended", "revoked", "replaced"]


class Listed(Answer):
    """A line of the list."""

    id: int
    type: str
    number: str
    issue_date: str
    """YYYY-MM-DD."""
    status: Standing
    holder_name: str
    """Empty once the holder's data are erased."""


class Listing(Answer):
    """Some certificates, the newest first."""

    certificates: list[Listed]
    next: int | None
    """The parameter `after` of the next page; null: this is the last."""


class Detail(Listed):
    """A certificate with all that it says, but for the ID number."""

    replaced_by: str | None
    """The number of the certificate that took its place."""
    erased: bool
    link: str | None
    """The text of its QR code."""
    claims: dict[str, object]
    """What is signed for everybody to see."""


class Reason(BaseModel):
    """Why the status is changed; for the record."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    reason: str = Field(min_length=1, max_length=status.MAX_REASON, examples=["信息有误"])


CertificateId = Annotated[int, Path(ge=1, le=MAX_ID, description="As the list gives it.")]
Text = Annotated[str, Query(max_length=80)]
Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]

_CREDENTIAL: Responses = {
    200: {
        "description": "The SD-JWT VC.",
        "content": {CREDENTIAL: {"schema": {"type": "string"}}},
    }
}
_PDF: Responses = {
    200: {
        "description": "PDF/A-3b with the credential attached.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_REFUSED = problems(
    "certificate_not_found",
    "reason_missing",
    "reason_has_id_number",
    "status_unchanged",
    "revoked_is_final",
    "suspended_by_bureau",
    "database_behind_lists",
    "request_too_large",
)


@router.get(
    "",
    name="api_certificates",
    summary="List certificates",
    responses=problems(),
)
def listing(
    service: ServiceOf,
    caller: CallerOf,
    number: Annotated[str, Query(max_length=80, description="Or how it begins.")] = "",
    kind: Annotated[str, Query(alias="type", max_length=64)] = "",
    standing: Annotated[Standing | None, Query(alias="status")] = None,
    since: Day | None = None,
    until: Day | None = None,
    batch: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Of a roster.")] = None,
    after: Annotated[int | None, Query(ge=1, le=MAX_ID, description="From `next`.")] = None,
) -> Listing:
    """Fifty at a time. Names and ID numbers are not searched here: an address is no place for them."""
    wanted = Search(
        number=number,
        type=kind,
        status=standing or "",
        since=since or "",
        until=until or "",
        batch=str(batch or ""),
    )
    with reading(service.engine) as session:
        page = rules.search(session, [caller.institution or ""], wanted, after=after)
    return Listing(
        certificates=[
            Listed(
                id=one.id,
                type=one.type,
                number=one.number,
                issue_date=one.issue_date,
                status=_standing(one.status),
                holder_name=one.holder_name,
            )
            for one in page.found
        ],
        next=page.next,
    )


@router.get(
    "/{certificate_id}",
    name="api_certificate",
    summary="A certificate",
    responses=problems("certificate_not_found"),
)
def look(service: ServiceOf, caller: CallerOf, certificate_id: CertificateId) -> Detail:
    """What it says and its status."""
    return _detail(service, caller, certificate_id)


@router.get(
    "/{certificate_id}/credential",
    name="api_certificate_credential",
    summary="A certificate's file",
    response_class=Response,
    responses=problems("certificate_not_found", "certificate_erased", also=_CREDENTIAL),
)
def credential(
    service: ServiceOf,
    caller: CallerOf,
    certificate_id: CertificateId,
    disclose: Disclose = "all",
) -> Response:
    """The holder's file, the same bytes each time."""
    with reading(service.engine) as session:
        found = _require(rules.find(session, certificate_id, [caller.institution or ""]), caller)
        token = rules.reprint(service.vault, found).certificate.token
    text = token.text if disclose == "all" else token.without_disclosures().text
    return Response(text, media_type=CREDENTIAL)


@router.get(
    "/{certificate_id}/certificate.pdf",
    name="api_certificate_pdf",
    summary="A certificate as PDF",
    response_class=Response,
    responses=problems(
        "certificate_not_found",
        "certificate_erased",
        "character_without_face",
        "fonts_missing",
        also=_PDF,
    ),
)
def pdf(
    service: ServiceOf,
    caller: CallerOf,
    certificate_id: CertificateId,
    disclose: Disclose = "none",
) -> Response:
    """To print, in the institution's design; `disclose` is of the attached credential."""
    with reading(service.engine) as session:
        found = _require(rules.find(session, certificate_id, [caller.institution or ""]), caller)
        printed = rules.reprint(service.vault, found).certificate
    desk = service.desk(caller.institution or "", caller.who)
    [printing] = printings(desk, [printed])
    page = certificate_pdf(replace(printing, own_copy=disclose == "all"))
    return Response(page, media_type="application/pdf")


class _Change(NamedTuple):
    """A change of status as a route: what is reached, and the words of its description."""

    reached: str
    summary: str
    description: str


_CHANGES = {
    "revoke": _Change("revoked", "Revoke a certificate", "Withdraw it for good."),
    "suspend": _Change("suspended", "Suspend a certificate", "Suspend it for the time being."),
    "reinstate": _Change("valid", "Reinstate a certificate", "End a suspension."),
}


def _add_change(action: str, words: _Change) -> None:
    def change(
        service: ServiceOf,
        caller: CallerOf,
        certificate_id: CertificateId,
        wanted: Annotated[Reason, Depends(json_body(Reason))],
    ) -> Detail:
        return _change(service, caller, certificate_id, action, wanted.reason)

    router.add_api_route(
        f"/{{certificate_id}}/{action}",
        change,
        methods=["POST"],
        name=f"api_certificate_{action}",
        summary=words.summary,
        description=words.description,
        responses=_REFUSED,
        openapi_extra={"x-body": "Reason"},
    )


for _action, _words in _CHANGES.items():
    _add_change(_action, _words)


def _change(
    service: Service, caller: Caller, certificate_id: int, action: str, reason: str
) -> Detail:
    with reading(service.engine) as session:
        found = _require(rules.find(session, certificate_id, [caller.institution or ""]), caller)
        number, type_name, before = found.number, found.type, found.status
    status.require_reason(reason)
    if before != _CHANGES[action].reached:
        desk = service.desk(caller.institution or "", caller.who)
        status.change(
            desk, action, number, type_name=type_name, reason=reason.strip(), now=service.now()
        )
    return _detail(service, caller, certificate_id)


def _detail(service: Service, caller: Caller, certificate_id: int) -> Detail:
    with reading(service.engine) as session:
        found = _require(rules.find(session, certificate_id, [caller.institution or ""]), caller)
        printed = rules.reprint(service.vault, found) if found.erased is None else None
        claims = printed.certificate.token.claims() if printed else {}
        names = certificate_types.load(found.type).claims
        return Detail(
            id=found.id or 0,
            type=found.type,
            number=found.number,
            issue_date=found.issue_date,
            status=_standing(rules.status_of(found.status, found.replaced_by)),
            holder_name=str(claims.get("holder_name", "")),
            replaced_by=found.replaced_by,
            erased=found.erased is not None,
            link=printed.link if printed else None,
            claims={name: claims[name] for name in names if name in claims},
        )


def _require(found: Certificate | None, caller: Caller) -> Certificate:
    if found is None:
        raise CommandError("certificate_not_found", number="", institution=caller.institution)
    return found


def _standing(text: str) -> Standing:
    standings: dict[str, Standing] = {
        "valid": "valid",
        "suspended": "suspended",
        "revoked": "revoked",
        "replaced": "replaced",
    }
    return standings[text]
