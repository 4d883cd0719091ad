"""What is looked at or taken along of one roster: the preview, the workbook, the zips."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from issuer import archives, photos, submission
from issuer.console.pages import language_of, render, say
from issuer.console.roster import change, desk_of, find, look, page, refused_on_page
from issuer.console.rosters import XLSX, as_file, download
from issuer.console.specimens import drawn
from issuer.db import reading, transaction
from issuer.designs import design_of
from issuer.documents import specimen
from issuer.entry import open_entry
from issuer.erasure import forget_photos
from issuer.examination import rows_with
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf
from issuer.roster.rows import Row
from issuer.roster.workbook import annotate
from issuer.roster_state import State
from issuer.running.service import Service
from issuer.tables import Submission
from schemas import printed
from schemas.codes import Language
from schemas.errors import CommandError, MalformedError

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
    rows = [row for row in looked.checked.rows if row.number not in wrong]
    asked = request.query_params.get("row", "")
    chosen = [row for row in rows if str(row.number) == asked]
    return render(
        request,
        "roster_preview.html",
        200,
        one=seen,
        sheets=[_sheet(why, row) for why, row in _to_show(rows, chosen)],
        layout=printed.load(looked.checked.roster.type.name).page,
        asked=asked,
        found=bool(chosen) or not asked,
        rows=(rows[0].number, rows[-1].number) if rows else (),
    )


@router.get("/console/rosters/{roster_id}/preview/{row:int}.{kind}", name="roster_specimen")
def roster_specimen(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int, row: int, kind: str
) -> Response:
    """A row's certificate as it will print, unsigned, as a picture or as a PDF."""
    seen = find(service, caller, roster_id)
    roster = open_entry(service.vault, seen).read()
    claims = next((one.claims for one in roster.rows if one.number == row), None)
    if claims is None:
        raise HTTPException(404)
    digest = claims.get("photo_digest")
    with reading(service.engine) as session:
        design = design_of(session, seen.institution)
        photo = (
            photos.load(session, service.vault, seen.institution, str(digest)) if digest else None
        )
    desk = desk_of(service, caller, seen)
    try:
        page = specimen.of_row(desk, roster.type, claims, design, photo)
    except MalformedError:  # no name or no date: the preview does not offer it
        raise HTTPException(404) from None
    language = language_of(request)
    return drawn(
        page, kind, f"{say('design.file', language)}-{say('roster.row', language, number=row)}"
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
    note(service, caller, seen, "workbook")
    return download(content, _name(seen, language_of(request), "checked", "xlsx"), XLSX)


@router.get("/console/rosters/{roster_id}/certificates.zip", name="roster_certificates")
def roster_certificates(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Each certificate without the ID number, and its QR pictures: for printing."""
    seen, batch_id = issued(service, caller, roster_id)
    note(service, caller, seen, "certificates")
    content = archives.certificates(desk_of(service, caller, seen), batch_id)
    name = _name(seen, language_of(request), "certificates", "zip")
    return StreamingResponse(content, headers=as_file(name), media_type=ZIP)


@router.get("/console/rosters/{roster_id}/holders.zip", name="roster_holder_files")
def roster_holder_files(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int
) -> Response:
    """Each certificate with the ID number: for its holder alone."""
    seen, batch_id = issued(service, caller, roster_id)
    note(service, caller, seen, "holder files")
    content = archives.holder_files(desk_of(service, caller, seen), batch_id)
    name = _name(seen, language_of(request), "holders", "zip")
    return StreamingResponse(content, headers=as_file(name), media_type=ZIP)


@router.post("/console/rosters/{roster_id}/photos", name="roster_photos")
@refused_on_page
def roster_photos(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Take photographs in; each goes to the person that its file's name says."""
    seen = find(service, caller, roster_id)
    entry = open_entry(service.vault, seen)
    files = [
        (one.filename, one.file.read())
        for one in form.getlist("photos")
        if isinstance(one, UploadFile) and one.filename
    ]
    if not files:
        raise CommandError("photos_nothing_sent")
    matched = photos.match(files, entry.read().rows)
    with transaction(service.engine) as session:
        kept = {
            row: photos.store(session, service.vault, seen.institution, photo)
            for row, photo in matched.photos.items()
        }
    entry = replace(entry, photos={**entry.photos, **kept})
    try:
        change(service, caller, seen, entry)
    except CommandError:
        with transaction(service.engine) as session:
            forget_photos(session, service.vault, seen.institution, set(kept.values()))
        raise
    seen = find(service, caller, roster_id)
    return page(request, service, caller, seen, photos=(len(kept), matched.problems))


def issued(service: Service, caller: Caller, roster_id: int) -> tuple[Submission, int]:
    """An issued roster and its batch.

    Raises:
        CommandError: `roster_not_found`, `roster_state`.
    """
    seen = find(service, caller, roster_id)
    if seen.state != State.ISSUED or seen.batch_id is None:
        raise CommandError("roster_state")
    return seen, seen.batch_id


def note(service: Service, caller: Caller, seen: Submission, what: str) -> None:
    """Log the download."""
    with transaction(service.engine) as session:
        submission.downloaded(session, seen, caller, what, now=service.seconds())


def _name(seen: Submission, language: Language, what: str, ending: str) -> str:
    stem = seen.name.rpartition(".")[0] or seen.name
    words = {
        "checked": {"zh-CN": "已校验", "en": "checked"},
        "certificates": {"zh-CN": "证书", "en": "certificates"},
        "holders": {"zh-CN": "持证人文件", "en": "holders"},
    }
    return f"{stem}-{words[what][language]}.{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A row to look at as it will print."""

    why: str
    row: int
    name: str


def _sheet(why: str, row: Row) -> _Sheet:
    return _Sheet(why=why, row=row.number, name=str(row.claims["holder_name"]))


def _to_show(rows: Sequence[Row], chosen: Sequence[Row]) -> list[tuple[str, Row]]:
    """(why, row) of what a preview shows, each row once."""
    if chosen:
        return [("chosen", row) for row in chosen]
    if not rows:
        return []
    longest = max(rows, key=lambda row: len(str(row.claims["holder_name"])))
    first = ("first", rows[0])
    return [first] if longest is rows[0] else [first, ("longest", longest)]
