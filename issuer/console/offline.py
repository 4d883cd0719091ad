"""Signing on another machine: take an approved roster out, bring its signatures back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from issuer import offline
from issuer.batch_document import BatchSignatures, fingerprint
from issuer.console.pages import redirect
from issuer.console.roster import desk_of, find, refused_on_page
from issuer.console.rosters import download
from issuer.db import transaction
from issuer.desk import key_in_force
from issuer.issue import is_signed
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, FormOf, ServiceOf, file_of
from issuer.roster_state import State
from issuer.running import signing_job
from issuer.running.service import Service
from issuer.tables import Submission
from schemas.errors import CommandError

router = APIRouter()

_JSON = "application/json"


@router.post("/console/rosters/{roster_id}/export", name="roster_export")
@refused_on_page
def roster_export(
    request: Request,  # noqa: ARG001 (of the page that says what is refused)
    service: ServiceOf,
    caller: CallerOf,
    roster_id: int,
) -> Response:
    """The batch as a document; the first time, its numbers are taken. Again it is the same bytes."""
    batch, data = _exported(service, caller, find(service, caller, roster_id))
    short = fingerprint(data).replace(" ", "")[:8]
    return download(data, f"batch-{batch}-{short}.json", _JSON)


@router.post("/console/rosters/{roster_id}/import", name="roster_import")
@refused_on_page
def roster_import(
    request: Request, service: ServiceOf, caller: CallerOf, form: FormOf, roster_id: int
) -> Response:
    """Verify and store the signatures; once all are there the roster is issued."""
    _import(service, caller, find(service, caller, roster_id), file_of(form, "signatures"))
    return redirect(request, "roster", said="roster.said.imported", roster_id=roster_id)


def _exported(service: Service, caller: Caller, seen: Submission) -> tuple[int, bytes]:
    """(batch, document) of an approved roster, whose numbers are taken now if they were not yet."""
    if seen.state != State.APPROVED or seen.id is None:
        raise CommandError("roster_state")
    desk, now = desk_of(service, caller, seen), service.now()
    batch = seen.batch_id
    if batch is None:
        key = key_in_force(desk.institution, now)
        batch = signing_job.take_numbers(desk, key, seen, seen.id, now)
    return batch, offline.export_batch(desk, batch, now=now)


def _import(
    service: Service, caller: Caller, seen: Submission, file: tuple[str, bytes] | None
) -> None:
    waits = seen.state == State.APPROVED and seen.batch_id is not None
    if file is None or not waits or seen.id is None or seen.batch_id is None:
        raise CommandError("signatures_missing_here")
    if (batch := BatchSignatures.read(file[1]).batch) != seen.batch_id:
        raise CommandError("batch_differs", batch=batch)
    desk = desk_of(service, caller, seen)
    offline.import_signatures(desk, file[1], now=service.now())
    if is_signed(desk, seen.batch_id):
        with transaction(service.engine) as session:
            signing_job.finish(session, seen.id, caller.who, now=service.seconds())
