"""Certificates: search, one with all that is known of it, what is printed again, its status."""

import base64
import binascii
import hashlib
from dataclasses import asdict, replace
from functools import partial
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from issuer import certificates as rules
from issuer import corrections_asked, status
from issuer.certificates import PLAIN, STATUSES, Search
from issuer.console.pages import day_text, language_of, redirect, render, say, words
from issuer.db import reading
from issuer.documents import certificate as paper
from issuer.documents.qr_image import draw
from issuer.holders import holder_key
from issuer.issue import Issued
from issuer.people.access import Caller, Role
from issuer.people.guard import CallerOf, FormOf, ServiceOf, account_names, text_of
from issuer.printings import printings
from issuer.roster.findings import masked
from issuer.roster.names import comparison_key
from issuer.running.problems import status_of
from issuer.running.service import Service
from issuer.tables import Certificate
from schemas import certificate_types, codes, strict_json
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError
from verifier.verdict import Verdict, check

router = APIRouter()

WAITING = 10  # corrections above the list
_MAX_TEXT = 80  # characters of a field of the search
_PICTURES = {"svg": "image/svg+xml", "png": "image/png"}


@router.get("/console/certificates", name="certificates")
def certificates(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """A page of what was searched; everything, the newest first, where nothing was."""
    person = _open_person(service, caller, request.query_params.get("person", ""))
    if person is None:  # of another session or data key
        return redirect(request, "certificates")
    plain = _plain(request.query_params)
    wanted = Search(
        **plain, name=comparison_key(person.get("name", "")), holder=person.get("holder", "")
    )
    after = request.query_params.get("after", "")
    institutions = service.institutions(caller)
    here = [one.id for one in institutions]
    with reading(service.engine) as session:
        page = rules.search(session, here, wanted, after=_number(after))
        waiting = corrections_asked.under_way(session, here, limit=WAITING)
        session.expunge_all()
    query = {name: value for name, value in request.query_params.items() if name != "after"}
    return render(
        request,
        "certificates.html",
        page=page,
        counted=rules.COUNTED,
        wanted=plain,
        name=person.get("name", ""),
        by_id_number=bool(wanted.holder),
        is_search=any(asdict(wanted).values()),
        next_page=urlencode({**query, "after": page.next}) if page.next else "",
        first_page=urlencode(query) if after else None,
        waiting=waiting,
        types=certificate_types.all_types(),
        labels={one.name: one.labels for one in certificate_types.all_types()},
        statuses=STATUSES,
        names={one.id: one.names[-1].name for one in institutions},
    )


@router.post("/console/certificates", name="certificates_search")
def certificates_search(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Go to what was searched: what says something of a person is sealed in the address."""
    query = {name: value for name in PLAIN if (value := text_of(form, name).strip()[:_MAX_TEXT])}
    name, id_number = text_of(form, "name").strip(), text_of(form, "id_number").strip()
    person = {"name": name[:_MAX_TEXT]} if name else {}
    if id_number:
        person["holder"] = holder_key(service.vault, id_number)
    if person:
        sealed = service.vault.seal(strict_json.dumps(person), _context(caller))
        query["person"] = base64.urlsafe_b64encode(sealed).decode()
    address = request.app.url_path_for("certificates")
    return RedirectResponse(f"{address}?{urlencode(query)}" if query else address, 303)


@router.get("/console/certificates/{certificate_id:int}", name="certificate")
def certificate(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int
) -> Response:
    """All that is known of one."""
    return show(request, service, caller, certificate_id)


@router.get("/console/certificates/{certificate_id:int}/credential", name="certificate_credential")
def certificate_credential(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int
) -> Response:
    """The holder's file again; `?without=id` leaves the ID number's disclosure out."""
    printed = _printed(service, caller, certificate_id)
    token = printed.certificate.token
    whole = request.query_params.get("without") != "id"
    text = token.text if whole else token.without_disclosures().text
    name = f"{printed.certificate.number}.sd-jwt"
    return _file(request, text.encode(), "application/dc+sd-jwt", name, attached=True)


@router.get("/console/certificates/{certificate_id:int}/qr.{kind}", name="certificate_qr")
def certificate_qr(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int, kind: str
) -> Response:
    """The QR code again, as SVG or PNG."""
    if kind not in _PICTURES:
        raise HTTPException(404)
    printed = _printed(service, caller, certificate_id)
    pictures = draw(printed.origin, printed.digits)
    data = pictures.svg if kind == "svg" else pictures.png
    name = f"{printed.certificate.number}.{kind}"
    return _file(request, data, _PICTURES[kind], name, attached=False)


@router.get("/console/certificates/{certificate_id:int}/certificate.pdf", name="certificate_pdf")
def certificate_pdf(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int
) -> Response:
    """The certificate to print; `?copy=holder` is the holder's, with the ID number disclosed inside."""
    number, printing = _printing(service, caller, certificate_id)
    own = request.query_params.get("copy") == "holder"
    data = paper.certificate_pdf(replace(printing, own_copy=own))
    return _file(request, data, "application/pdf", f"{number}.pdf", attached=True)


@router.get(
    "/console/certificates/{certificate_id:int}/certificate.png", name="certificate_picture"
)
def certificate_picture(
    request: Request, service: ServiceOf, caller: CallerOf, certificate_id: int
) -> Response:
    """A picture of it to send, without the ID number."""
    number, printing = _printing(service, caller, certificate_id)
    data = paper.certificate_png(printing)
    return _file(request, data, "image/png", f"{number}.png", attached=True)


@router.post("/console/certificates/{certificate_id:int}/status", name="certificate_change")
def certificate_change(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, certificate_id: int
) -> Response:
    """Revoke, suspend or reinstate."""
    seen = visible(service, caller)
    with reading(service.engine) as session:
        found = require(session, seen, certificate_id)
        here, number, type_name = found.institution, found.number, found.type
    action, reason = text_of(form, "action"), text_of(form, "reason").strip()
    if action not in status.ACTIONS:
        raise HTTPException(400)
    try:
        status.change(
            service.desk(here, caller.who),
            action,
            number,
            type_name=type_name,
            reason=reason,
            now=service.now(),
            by_bureau=caller.role is Role.BUREAU,
        )
    except CommandError as error:
        return show(request, service, caller, certificate_id, change_error=error, reason=reason)
    return redirect(
        request, "certificate", certificate_id=certificate_id, said=f"certificates.done_{action}"
    )


def visible(service: Service, caller: Caller) -> list[str]:
    """The institutions whose certificates the caller may look at."""
    return [one.id for one in service.institutions(caller)]


def require(session: Session, institutions: list[str], certificate_id: int) -> Certificate:
    """A certificate of one of the `institutions`.

    Raises:
        HTTPException: 404, whether there is none or it is another institution's.
    """
    found = rules.find(session, certificate_id, institutions)
    if found is None:
        raise HTTPException(404)
    return found


def show(
    request: Request,
    service: Service,
    caller: Caller,
    certificate_id: int,
    *,
    change_error: CommandError | None = None,
    correction_error: CommandError | None = None,
    reason: str = "",
) -> Response:
    """The page of one certificate, with what was refused next to where it was asked for."""
    seen = visible(service, caller)
    with reading(service.engine) as session:
        found = require(session, seen, certificate_id)
        kind = certificate_types.load(found.type)
        events = rules.history(session, found)
        correction = corrections_asked.open_one(session, found)
        by_bureau = status.is_suspended_by_bureau(session, found)
        new = found.replaced_by and rules.by_number(
            session, found.institution, found.type, found.replaced_by
        )
        printed = rules.reprint(service.vault, found) if found.erased is None else None
        claims = printed.certificate.token.claims() if printed else {}
        old = claims.get("replaces")
        old_id = old and rules.by_number(session, found.institution, found.type, str(old))
        changes = corrections_asked.shown_changes(service.vault, found, correction)
        can_sign = service.signers.state(session, found.institution).kid is not None
        session.expunge_all()
    trust = service.trust()
    verdict = check(printed.link, trust=trust, now=service.now()) if printed else None
    error = change_error or correction_error
    return render(
        request,
        "certificate.html",
        status_of(error) if error else 200,
        certificate=found,
        type=kind,
        standing=rules.status_of(found.status, found.replaced_by),
        institution=_institution_name(service, found),
        lines=_lines(kind, printed.certificate if printed else None, language_of(request)),
        printed=printed,
        verdict=verdict,
        mark=codes.table()["outcomes"][verdict.outcome]["mark"] if verdict else "",
        warnings=_warnings(verdict, language_of(request)),
        published=trust.snapshot.iat,
        events=events,
        new=new,
        old=(old, old_id),
        actions=_actions(caller, found, by_bureau=by_bureau),
        suspended_by_bureau=by_bureau,
        change_error=change_error,
        reason=reason,
        max_reason=status.MAX_REASON,
        correction=correction,
        correction_error=correction_error,
        failure=CommandError(correction.failure) if correction and correction.failure else None,
        changes=changes,
        shows_numbers=caller.institution is not None,
        masked=masked,
        people=account_names(service, {correction.asked_by, correction.decided_by})
        if correction
        else {},
        can_sign=can_sign,
        event=partial(_event, language=language_of(request)),
    )


def _event(action: str, language: codes.Language) -> str:
    """What the log calls an action, in words."""
    key = f"certificates.event_{action.replace(' ', '_')}"
    return say(key, language) if key in words() else action


def _institution_name(service: Service, certificate: Certificate) -> str:
    for one in service.trust().registry.institutions:
        if one.id == certificate.institution:
            return one.name_on(certificate.issue_date)
    return certificate.institution


def _actions(caller: Caller, certificate: Certificate, *, by_bureau: bool) -> list[str]:
    """What this caller may do to this certificate now."""
    if not caller.may("certificate_change"):
        return []
    actions = status.possible(certificate.status)
    if caller.role is Role.BUREAU:
        actions = [one for one in actions if one != "revoke"]
    if by_bureau != (caller.role is Role.BUREAU):
        actions = [one for one in actions if one != "reinstate"]
    return actions


def _lines(
    kind: CertificateType, certificate: Issued | None, language: codes.Language
) -> list[tuple[str, str]]:
    """(label, text) of what a certificate says; the ID number is masked for everybody."""
    if certificate is None:
        return []
    said = certificate.token.reveal(certificate.token.claims())
    lines = []
    for claim, labels in kind.claim_labels.items():
        value: object = said
        for part in claim.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or isinstance(value, dict):
            continue
        shown = masked(str(value)) if claim in kind.hidden else str(value)
        if claim.endswith("_date"):
            shown = day_text(shown, language)
        lines.append((labels[language], shown))
    return lines


def _warnings(verdict: Verdict | None, language: codes.Language) -> list[str]:
    if verdict is None:
        return []
    return [
        codes.sentence("warnings", one.code, language, **one.details) for one in verdict.warnings
    ]


def _printed(service: Service, caller: Caller, certificate_id: int) -> rules.Print:
    seen = visible(service, caller)
    with reading(service.engine) as session:
        found = require(session, seen, certificate_id)
        return rules.reprint(service.vault, found)


def _printing(service: Service, caller: Caller, certificate_id: int) -> tuple[str, paper.Printing]:
    """A certificate's number and how it is printed."""
    seen = visible(service, caller)
    with reading(service.engine) as session:
        found = require(session, seen, certificate_id)
        again = rules.reprint(service.vault, found).certificate
        here = found.institution
    [printing] = printings(service.desk(here, caller.who), [again])
    return again.number, printing


def _file(request: Request, data: bytes, media_type: str, name: str, *, attached: bool) -> Response:
    """A file with its hash as its name for caches (RFC 9110 §8.8.3): printed again, it is the same."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Content-Disposition": f"{'attachment' if attached else 'inline'}; "
        f"filename*=UTF-8''{quote(name, safe='')}",
    }
    known = request.headers.get("if-none-match", "")
    if tag in {one.strip().removeprefix("W/") for one in known.split(",")}:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(data, headers=headers, media_type=media_type)


def _plain(params: QueryParams) -> dict[str, str]:
    found = {name: params.get(name, "").strip()[:_MAX_TEXT] for name in PLAIN}
    return found | {"batch": str(_number(found["batch"]) or "")}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _context(caller: Caller) -> bytes:
    """Whose search it is: an address that was passed on is nobody else's."""
    return f"search of {caller.who}".encode()


def _open_person(service: Service, caller: Caller, sealed: str) -> dict[str, str] | None:
    if not sealed:
        return {}
    try:
        opened = service.vault.open_sealed(base64.urlsafe_b64decode(sealed), _context(caller))
    except (CommandError, binascii.Error, ValueError):
        return None
    return {name: str(value) for name, value in strict_json.loads_object(opened).items()}
