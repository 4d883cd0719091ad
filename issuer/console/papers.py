"""What is printed of an issued roster: PDFs of all certificates, for the printer, for checking, for the holders."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer import roster_papers
from issuer.console.pages import language_of, say
from issuer.console.roster import desk_of
from issuer.console.roster_files import issued, note
from issuer.console.rosters import as_file
from issuer.people.guard import CallerOf, ServiceOf
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
    made = roster_papers.drawn(desk, batch_id, wanted, service.drawing, stem)
    note(service, caller, seen, wanted)
    name = f"{stem}.{made.ending}"
    return Streamed(made.pieces, headers=as_file(name), media_type=f"application/{made.ending}")
