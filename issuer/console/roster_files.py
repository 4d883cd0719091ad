"""What is looked at or taken along of one roster: the preview, the workbook, the zips."""

import base64
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from issuer import archives, audit, photos, submission
from issuer.console.pages import language_of, render
from issuer.console.roster import change, desk_of, find, look, open_file, page
from issuer.console.rosters import XLSX, as_file, download
from issuer.db import reading, transaction
from issuer.erasure import forget_photos
from issuer.examination import rows_with
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf
from issuer.roster.findings import masked
from issuer.roster.rows import Row
from issuer.roster.workbook import annotate
from issuer.roster_state import State
from issuer.running.service import Service
from issuer.tables import Submission
from schemas.certificate_types import CertificateType
from schemas.codes import Language
from schemas.errors import CommandError

router = APIRouter()

ZIP = "application/zip"


@router.get("/console/rosters/{roster_id}/preview", name="roster_preview")
def roster_preview(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Certificates as they will print: the first, the longest name, and one that is chosen."""
    seen = find(service, caller, roster_id)
    looked = look(service, caller, seen)
    wrong = rows_with("error", looked.checked)
    rows = [row for row in looked.checked.rows if row.number not in wrong] or looked.checked.rows
    asked = request.query_params.get("row", "")
    chosen = [row for row in rows if str(row.number) == asked]
    longest = max(rows, key=lambda row: len(str(row.claims.get("holder_name", ""))))
    faces = [("chosen", row) for row in chosen] or [("first", rows[0]), ("longest", longest)]
    if len({row.number for _, row in faces}) < len(faces):
        faces = faces[:1]
    institution = desk_of(service, caller, seen).institution
    kind = looked.checked.roster.type
    return render(
        request,
        "roster_preview.html",
        200,
        one=seen,
        faces=[
            (why, row.number, _printed(kind, row), _picture(service, seen.institution, row))
            for why, row in faces
        ],
        name_on=institution.name_on,
        day=chinese_day,
        asked=asked,
        found=bool(chosen) or not asked,
        rows=(rows[0].number, rows[-1].number),
    )


@router.get("/console/rosters/{roster_id}/checked.xlsx", name="roster_checked")
def roster_checked(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """The roster with findings or, once it is issued, with numbers, links and pictures."""
    seen = find(service, caller, roster_id)
    if seen.state == State.ISSUED:
        content = archives.issued_workbook(desk_of(service, caller, seen), seen)
    else:
        content = annotate(look(service, caller, seen).checked)
    _note(service, caller, seen, "workbook")
    return download(content, _name(seen, language_of(request), "checked", "xlsx"), XLSX)


@router.get("/console/rosters/{roster_id}/certificates.zip", name="roster_certificates")
def roster_certificates(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Each certificate without the ID number, and its QR pictures: for printing."""
    seen, batch_id = _issued(service, caller, roster_id)
    _note(service, caller, seen, "certificates")
    content = archives.certificates(desk_of(service, caller, seen), batch_id)
    name = _name(seen, language_of(request), "certificates", "zip")
    return StreamingResponse(content, headers=as_file(name), media_type=ZIP)


@router.get("/console/rosters/{roster_id}/holders.zip", name="roster_holder_files")
def roster_holder_files(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Each certificate with the ID number: for its holder alone."""
    seen, batch_id = _issued(service, caller, roster_id)
    _note(service, caller, seen, "holder files")
    content = archives.holder_files(desk_of(service, caller, seen), batch_id)
    name = _name(seen, language_of(request), "holders", "zip")
    return StreamingResponse(content, headers=as_file(name), media_type=ZIP)


@router.post("/console/rosters/{roster_id}/photos", name="roster_photos")
def roster_photos(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Take photographs in; each goes to the person that its file's name says."""
    seen = find(service, caller, roster_id)
    entry = open_file(service, seen)
    files = [
        (one.filename, one.file.read())
        for one in form.getlist("photos")
        if isinstance(one, UploadFile) and one.filename
    ]
    if not files:
        return page(request, service, caller, seen, error=CommandError("photos_nothing_sent"))
    matched = photos.match(files, entry.read().rows)
    with transaction(service.engine) as session:
        kept = {
            row: photos.store(session, service.vault, seen.institution, photo)
            for row, photo in matched.photos.items()
        }
    entry = replace(entry, photos={**entry.photos, **kept})
    try:
        change(service, caller, seen, entry)
    except CommandError as error:
        with transaction(service.engine) as session:
            forget_photos(session, service.vault, seen.institution, set(kept.values()))
        return page(request, service, caller, seen, error=error)
    seen = find(service, caller, roster_id)
    return page(request, service, caller, seen, photos=(len(kept), matched.problems))


def _issued(service: Service, caller: Caller, roster_id: int) -> tuple[Submission, int]:
    seen = find(service, caller, roster_id)
    if seen.state != State.ISSUED or seen.batch_id is None:
        raise CommandError("roster_state")
    return seen, seen.batch_id


def _note(service: Service, caller: Caller, seen: Submission, what: str) -> None:
    """Who took along what about people stands in the log."""
    with transaction(service.engine) as session:
        audit.append(
            session,
            at=service.seconds(),
            who=caller.who,
            action="roster downloaded",
            subject=submission.subject(seen),
            what=what,
        )


def _name(seen: Submission, language: Language, what: str, ending: str) -> str:
    stem = seen.name.rpartition(".")[0] or seen.name
    words = {
        "checked": {"zh-CN": "已校验", "en": "checked"},
        "certificates": {"zh-CN": "证书", "en": "certificates"},
        "holders": {"zh-CN": "持证人文件", "en": "holders"},
    }
    return f"{stem}-{words[what][language]}.{ending}"


def _printed(certificate_type: CertificateType, row: Row) -> dict[str, str]:
    """What a face says, empty where the row does not; the ID number but for its end is covered."""
    said = dict.fromkeys(certificate_type.claims, "")
    said |= {name: str(value) for name, value in row.claims.items()}
    return said | {"id_number": masked(said["id_number"])}


def _picture(service: Service, institution: str, row: Row) -> str:
    """The holder's photograph as a `data:` address; empty where there is none."""
    digest = row.claims.get("photo_digest")
    if digest is None:
        return ""
    with reading(service.engine) as session:
        photo = photos.load(session, service.vault, institution, str(digest))
    return f"data:image/jpeg;base64,{base64.b64encode(photo).decode()}" if photo else ""


def chinese_day(text: str) -> str:
    """A date as certificates print it: 2023年6月30日."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"
