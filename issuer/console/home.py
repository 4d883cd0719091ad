"""The first page: what waits for whom, and whether the institution can sign."""

from fastapi import APIRouter, Request
from sqlmodel import col, func, select
from starlette.responses import Response

from issuer import corrections_asked, halt, submission
from issuer.console.pages import render
from issuer.db import reading
from issuer.desk import day_at
from issuer.people.guard import CallerOf, ServiceOf
from issuer.roster_state import UNDER_WAY
from issuer.tables import Certificate

router = APIRouter()

WAITING = 8  # rosters on the first page


@router.get("/console", name="home")
def home(request: Request, service: ServiceOf, caller: CallerOf) -> Response:
    """Counts, rosters under way, keys."""
    institutions = service.institutions(caller)
    ids = [one.id for one in institutions]
    today = day_at(service.now()).isoformat()
    with reading(service.engine) as session:
        under_way = submission.listed(session, ids, states=UNDER_WAY, limit=WAITING)
        statuses = session.exec(
            select(Certificate.status, func.count())
            .where(col(Certificate.institution).in_(ids), col(Certificate.signature).is_not(None))
            .group_by(Certificate.status)
        ).all()
        corrections = len(corrections_asked.under_way(session, ids, limit=WAITING))
        keys = [(one, service.signers.state(session, one.id)) for one in institutions]
        halted = any(halt.find(session, one) for one in (halt.EVERYBODY, *ids))
    trust = service.trust()
    return render(
        request,
        "home.html",
        under_way=under_way,
        counts=dict(statuses),
        keys=keys,
        halted=halted,
        corrections=corrections,
        names={one.id: one.name_on(today) for one in institutions},
        published=trust.snapshot.iat,
        edition=trust.registry.edition,
    )
