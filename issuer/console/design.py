"""An institution's design: pictures and texts of its certificates, looked at as they print, then used."""

import base64
from dataclasses import dataclass, replace
from typing import Literal, get_args

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import designs
from issuer.console.pages import language_of, redirect, render, say
from issuer.console.specimens import drawn
from issuer.db import reading, transaction
from issuer.desk import Desk, day_at
from issuer.documents import fonts, pictures, specimen
from issuer.documents.certificate import (
    MAX_ADDRESS,
    MAX_ADDRESSES,
    MAX_LINE,
    MAX_VERIFIER,
    SEAL_KINDS,
    Design,
)
from issuer.documents.printable import require_printable
from issuer.grants import type_grant
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, file_of, text_of
from issuer.running.problems import status_of
from issuer.running.service import Service
from schemas import certificate_types, printed
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError

router = APIRouter()

Which = Literal["used", "draft"]


@router.get("/console/design", name="design")
def design(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """What is prepared, and what is in use."""
    return _page(request, service, caller)


@router.post("/console/design/prepare", name="design_prepare")
def design_prepare(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf
) -> Response:
    """Keep a draft and show it; nothing prints with it yet."""
    here = _desk(service, caller).institution.id
    with reading(service.engine) as session:
        before = _latest(session, here)
    typed = _typed(form, before)
    try:
        wanted = replace(
            typed,
            logo=_picture(form, "logo", before.logo),
            seal=_picture(form, "seal", before.seal),
        )
        require_printable(wanted)
        with transaction(service.engine) as session:
            is_new = designs.prepare(session, here, wanted, at=service.seconds(), who=caller.who)
    except CommandError as error:
        return _page(request, service, caller, error=error, typed=typed)
    return redirect(request, "design", said=None if is_new else "design.unchanged")


@router.post("/console/design/use", name="design_use")
def design_use(request: Request, service: ServiceOf, caller: CallerOf, form: FormOf) -> Response:
    """Print with it from now on."""
    here, seen = _desk(service, caller).institution.id, text_of(form, "digest")
    try:
        with transaction(service.engine) as session:
            designs.use(session, here, seen, at=service.seconds(), who=caller.who)
    except CommandError as error:
        return _page(request, service, caller, error=error)
    return redirect(request, "design", said="design.used")


@router.post("/console/design/drop", name="design_drop")
def design_drop(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """Give the draft up."""
    here = _desk(service, caller).institution.id
    with transaction(service.engine) as session:
        designs.drop(session, here, at=service.seconds(), who=caller.who)
    return redirect(request, "design", said="design.dropped")


@router.get("/console/design/{which}/{type_name}.{kind}", name="design_specimen")
def design_specimen(
    request: Request, service: ServiceOf, caller: CallerOf, which: str, type_name: str, kind: str
) -> Response:
    """A certificate of nobody, as a picture or as a PDF."""
    desk = _desk(service, caller)
    with reading(service.engine) as session:
        found = (
            designs.design_of(session, desk.institution.id)
            if which == "used"
            else designs.draft_of(session, desk.institution.id)
        )
    certificate_type = certificate_types.load(type_name)
    if found is None or which not in get_args(Which):
        raise HTTPException(404)
    page = specimen.of_design(desk, certificate_type, found, day_at(service.now()))
    label = certificate_type.labels[language_of(request)]
    return drawn(page, kind, f"{say('design.file', language_of(request))}-{label}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A design on the page."""

    which: Which
    design: Design
    digest: str
    logo: str
    """As a `data:` address; empty where there is none."""
    seal: str


def _shown(which: Which, one: Design) -> Shown:
    return Shown(
        which=which,
        design=one,
        digest=designs.digest(one),
        logo=_address(one.logo),
        seal=_address(one.seal),
    )


def _address(picture: bytes | None) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode()}" if picture else ""


def _latest(session: Session, institution: str) -> Design:
    """What a change begins with."""
    return designs.draft_of(session, institution) or designs.design_of(session, institution)


def _typed(form: FormData, before: Design) -> Design:
    """`before` with what is typed or chosen."""
    kind = SEAL_KINDS.get(text_of(form, "seal_kind"))
    if kind is None:
        raise HTTPException(400)
    return replace(
        before,
        seal_kind=kind,
        line=_one_line(text_of(form, "line")),
        addresses=tuple(text_of(form, "addresses").replace("\0", " ").split()),
        verifier=_one_line(text_of(form, "verifier")) or Design().verifier,
    )


def _one_line(text: str) -> str:
    """Without breaks, controls and doubled spaces."""
    return " ".join("".join(max(one, " ") for one in text).split())


def _picture(form: FormData, name: Literal["logo", "seal"], before: bytes | None) -> bytes | None:
    """What is sent, made ready; else what was there, unless it is taken away.

    Raises:
        CommandError: as `issuer.documents.pictures`.
    """
    if (sent := file_of(form, name)) is not None:
        return {"logo": pictures.logo, "seal": pictures.seal}[name](sent[1])
    return None if text_of(form, f"without_{name}") else before


def _desk(service: Service, caller: Caller) -> Desk:
    return service.desk(caller.institution or "", caller.who)


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    error: CommandError | None = None,
    typed: Design | None = None,
) -> Response:
    """`typed` is what was refused: its texts stand in the form again."""
    desk = _desk(service, caller)
    with reading(service.engine) as session:
        used = designs.design_of(session, desk.institution.id)
        draft = designs.draft_of(session, desk.institution.id)
    can_print = True
    try:
        fonts.families()
    except CommandError as missing:
        error, can_print = error or missing, False
    return render(
        request,
        "design.html",
        200 if error is None else status_of(error),
        draft=_shown("draft", draft) if draft else None,
        used=_shown("used", used),
        form=_shown("draft", typed or draft or used),
        has_any=used != Design(),
        types=_granted(desk, service) if can_print else [],
        pages={name: printed.load(name).page for name in certificate_types.names()},
        kinds=tuple(SEAL_KINDS),
        origin=f"https://{desk.origin}/",
        limits={
            "line": MAX_LINE,
            "addresses": MAX_ADDRESSES,
            "address": MAX_ADDRESS,
            "verifier": MAX_VERIFIER,
        },
        error=error,
        may_change=caller.may("design_prepare"),
    )


def _granted(desk: Desk, service: Service) -> list[CertificateType]:
    """The types that the institution may issue today."""
    today = day_at(service.now())
    return [
        one
        for one in certificate_types.all_types()
        if type_grant(desk.institution, one, today=today).state == "granted"
    ]
