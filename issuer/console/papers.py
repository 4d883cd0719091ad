"""What is printed of an issued roster: PDFs of all certificates, for the printer, for checking, for the holders."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import progress, roster_papers
from issuer.console.pages import language_of, say
from issuer.console.roster import desk_of, find
from issuer.console.roster_files import issued, note
from issuer.console.rosters import as_file
from issuer.db import reading
from issuer.people.guard import CallerOf, ServiceOf
from issuer.printings import to_print
from issuer.roster_papers import Paper
from issuer.running.streamed import Streamed

router = APIRouter()


@router.get("/console/rosters/{roster_id}/papers/{paper}", name="roster_papers")
def papers(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int, paper: str
) -> Response:
    """Draw them while they are sent; what keeps them from being drawn is said instead."""
    if paper not in set(Paper):
        raise HTTPException(404)
    wanted = Paper(paper)
    seen, batch_id = issued(service, caller, roster_id)
    words = say(f"roster.papers.{wanted}.name", language_of(request))
    stem = f"{seen.name.rpartition('.')[0] or seen.name}-{words}"
    desk = desk_of(service, caller, seen)
    progress_id = request.query_params.get("progress", "")
    if progress.is_id(progress_id):
        count = to_print(desk, batch_id)
        report = progress.reporting(
            service.engine, progress_id, seen.institution, count, service.seconds
        )
        made = roster_papers.drawn(desk, batch_id, wanted, service.drawing, stem, report)
        pieces = progress.broken_off(service.engine, progress_id, made.pieces)
    else:
        made = roster_papers.drawn(desk, batch_id, wanted, service.drawing, stem)
        pieces = made.pieces
    note(service, caller, seen, wanted)
    name = f"{stem}.{made.ending}"
    return Streamed(pieces, headers=as_file(name), media_type=f"application/{made.ending}")


@router.get(
    "/console/rosters/{roster_id}/papers/progress/{progress_id}", name="roster_papers_progress"
)
def papers_progress(
    request: Request, service: ServiceOf, caller: CallerOf, roster_id: int, progress_id: str
) -> dict[str, object]:
    """How far a download of this roster has come: whether it is over, and words to show."""
    seen = find(service, caller, roster_id)
    with reading(service.engine) as session:
        found = progress.of_download(session, progress_id, seen.institution)
        if found is None:
            raise HTTPException(404)
        done, total = found.done, found.total
    word = "all_drawn" if done == total else "drawn"
    said = say(f"roster.papers.{word}", language_of(request), done=done, total=total)
    return {"over": done == total, "said": said}
