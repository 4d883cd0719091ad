"""Rosters over the API: hand in, look, submit, withdraw; a person approves, in the console.

Each request may be sent again: the same file is the same roster, and what is submitted or withdrawn
already is answered as it stands.
"""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from issuer import roster_papers, submission
from issuer.api.answers import Answer, Disclose, Responses, problems, time_text
from issuer.db import reading, transaction
from issuer.desk import Desk, day_at
from issuer.entry import Entry, open_entry
from issuer.examination import Examined, examine, recognise
from issuer.grants import require_type_grant
from issuer.people.access import Caller
from issuer.people.guard import CallerOf, ServiceOf
from issuer.roster.findings import Finding
from issuer.roster.sheet import MAX_FILE
from issuer.roster_papers import Paper
from issuer.roster_state import OPEN, State
from issuer.running.json_body import json_body, read_capped
from issuer.running.service import Service
from issuer.running.streamed import Streamed
from issuer.tables import MAX_ID, Submission
from schemas import certificate_types
from schemas.codes import LANGUAGES
from schemas.errors import CommandError

router = APIRouter(prefix="/api/v1/rosters", tags=["rosters"])

SHOWN = 1_000  # findings of one answer

_FILE = {
    "requestBody": {
        "required": True,
        "description": "The file itself: .xlsx, or .csv in UTF-8, UTF-16 or GB 18030.",
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "姓名,证件类型,证件号码,职业,职业方向,等级,发证日期\n"
                "测试示例,居民身份证,119999199003070011,智能制造,装备与产线开发,初级,2026-11-20\n",
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class RosterFinding(Answer):
    """Something about a row or about the file; the ID number is masked in it."""

    row: int | None
    """As Excel counts; null: the whole file."""
    claim: str | None
    severity: Literal["error", "warning", "notice"]
    code: str
    message: dict[str, str]
    """Language → sentence."""
    fix: dict[str, str]
    """Language → what to do; empty where there is nothing."""


class Roster(Answer):
    """A roster and where it is."""

    id: int
    type: str
    name: str
    """The file's."""
    state: State
    """`draft` and `returned` may be submitted; `issued` has certificates."""
    rows: int
    errors: int
    """Rows that cannot be issued; a roster with any cannot be submitted."""
    warnings: int
    sha256: str
    """Of the file, hexadecimal."""
    created: str
    """RFC 3339."""
    changed: str
    batch: int | None
    """Once numbers are taken: lists the certificates (`GET /api/v1/certificates?batch=…`)."""
    remark: str
    """Why it was returned or withdrawn."""
    failure: str | None
    """The code of what has stopped the signing; it is tried again."""
    findings: list[RosterFinding]
    """What stands in the way or is odd, errors first; at most 1,000. Empty once it is decided."""


class Withdrawal(BaseModel):
    """Why a roster is given up."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    remark: str = Field(default="", max_length=submission.MAX_REMARK, examples=["名单有误"])


_ZIP: Responses = {
    200: {
        "description": "A zip of PDFs (PDF/A-3b), each with its credential attached.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
RosterId = Annotated[int, Path(ge=1, le=MAX_ID, description="As the upload has given it.")]


async def _file(request: Request) -> bytes:
    return await read_capped(request, MAX_FILE)


@router.post(
    "",
    name="api_roster_upload",
    summary="Hand in a roster",
    status_code=201,
    openapi_extra=_FILE,
    responses=problems(
        "certificate_type_unknown",
        "type_not_granted",
        "roster_nothing_sent",
        "roster_not_a_workbook",
        "roster_too_large",
        "request_too_large",
        also={200: {"model": Roster, "description": "Handed in before: that roster."}},
    ),
)
def upload(
    service: ServiceOf,
    caller: CallerOf,
    response: Response,
    data: Annotated[bytes, Depends(_file)],
    kind: Annotated[
        str,
        Query(
            alias="type",
            description="Of the certificates.",
            json_schema_extra={"enum": list(certificate_types.names())},
        ),
    ],
    name: Annotated[
        str,
        Query(
            max_length=200,
            pattern=r"\.(xlsx|csv|tsv)$",
            description="The file's name; its ending says the format.",
            examples=["2026-11.csv"],
        ),
    ],
) -> Roster:
    """Take a roster in and check all of it. Rows with errors do not stand in the way of that."""
    if not data:
        raise CommandError("roster_nothing_sent")
    desk = _desk(service, caller)
    entry = Entry(type=certificate_types.load(kind), name=_base(name), data=data)
    require_type_grant(desk.institution, entry.type, today=day_at(service.now()), language="en")
    if (known := _known(service, caller, entry)) is not None:
        response.status_code = 200
        return _roster(service, desk, known)
    entry = recognise(desk, entry)
    examined = examine(desk, entry, now=service.now())
    with transaction(service.engine) as session:
        number = submission.enter(
            session, service.vault, entry, examined, caller, now=service.seconds()
        )
    return _roster(service, desk, _find(service, caller, number), examined)


@router.get(
    "/{roster_id}",
    name="api_roster",
    summary="A roster",
    responses=problems("roster_not_found"),
)
def look(service: ServiceOf, caller: CallerOf, roster_id: RosterId) -> Roster:
    """Where it is; while it can be changed, checked anew as everything stands now."""
    return _roster(service, _desk(service, caller), _find(service, caller, roster_id))


@router.get(
    "/{roster_id}/certificates.zip",
    name="api_roster_papers",
    summary="A roster's certificates as PDFs",
    response_class=Response,
    responses=problems(
        "roster_not_found",
        "roster_state",
        "nothing_to_print",
        "certificates_without_face",
        "drawing_ended",
        also=_ZIP,
    ),
)
def papers(
    service: ServiceOf, caller: CallerOf, roster_id: RosterId, disclose: Disclose = "none"
) -> Response:
    """`{number}.pdf` for each certificate that is not revoked; sent while they are drawn."""
    seen = _find(service, caller, roster_id)
    if seen.state != State.ISSUED or seen.batch_id is None:
        raise CommandError("roster_state")
    paper = Paper.OWN_COPIES if disclose == "all" else Paper.PDFS
    made = roster_papers.drawn(
        _desk(service, caller), seen.batch_id, paper, service.drawing, seen.name
    )
    with transaction(service.engine) as session:
        submission.downloaded(session, seen, caller, paper, now=service.seconds())
    return Streamed(made.pieces, media_type="application/zip")


@router.post(
    "/{roster_id}/submit",
    name="api_roster_submit",
    summary="Submit a roster for approval",
    responses=problems("roster_not_found", "roster_state", "roster_not_ready", "roster_known"),
)
def submit(service: ServiceOf, caller: CallerOf, roster_id: RosterId) -> Roster:
    """Hand it over to a person, who approves it in the console."""
    desk, seen = _desk(service, caller), _find(service, caller, roster_id)
    if seen.state != State.SUBMITTED:
        examined = examine(desk, open_entry(service.vault, seen), now=service.now())
        with transaction(service.engine) as session:
            submission.submit(session, seen, examined, caller, now=service.seconds())
    return _roster(service, desk, _find(service, caller, roster_id))


@router.post(
    "/{roster_id}/withdraw",
    name="api_roster_withdraw",
    summary="Withdraw a roster",
    responses=problems("roster_not_found", "roster_state", "request_too_large"),
    openapi_extra={"x-body": "Withdrawal"},
)
def withdraw(
    service: ServiceOf,
    caller: CallerOf,
    roster_id: RosterId,
    wanted: Annotated[Withdrawal, Depends(json_body(Withdrawal))],
) -> Roster:
    """Give it up; what it said of people is erased."""
    seen = _find(service, caller, roster_id)
    if seen.state != State.WITHDRAWN:
        with transaction(service.engine) as session:
            submission.withdraw(
                session, service.vault, seen, caller, wanted.remark.strip(), now=service.seconds()
            )
    return _roster(service, _desk(service, caller), _find(service, caller, roster_id))


def _desk(service: Service, caller: Caller) -> Desk:
    return service.desk(caller.institution or "", caller.who)


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _find(service: Service, caller: Caller, roster_id: int) -> Submission:
    with reading(service.engine) as session:
        found = submission.find(session, roster_id, [caller.institution or ""])
        session.expunge_all()
    return found


def _known(service: Service, caller: Caller, entry: Entry) -> Submission | None:
    """The roster that this very file has become, if a system has handed it in before."""
    again = hashlib.sha256(entry.data).hexdigest()
    with reading(service.engine) as session:
        found = session.exec(
            select(Submission)
            .where(
                Submission.institution == caller.institution,
                Submission.type == entry.type.name,
                Submission.sha256 == again,
                Submission.created_by == caller.account_id,
                col(Submission.state) != State.WITHDRAWN,
            )
            .order_by(col(Submission.id).desc())
            .limit(1)
        ).first()
        session.expunge_all()
    return found


def _roster(
    service: Service, desk: Desk, seen: Submission, examined: Examined | None = None
) -> Roster:
    if examined is None and seen.state in OPEN | {State.SUBMITTED}:
        examined = examine(desk, open_entry(service.vault, seen), now=service.now())
    return Roster(
        id=seen.id or 0,
        type=seen.type,
        name=seen.name,
        state=State(seen.state),
        rows=seen.rows,
        errors=examined.errors if examined else seen.errors,
        warnings=examined.warnings if examined else seen.warnings,
        sha256=seen.sha256,
        created=time_text(seen.created),
        changed=time_text(seen.changed),
        batch=seen.batch_id,
        remark=seen.remark,
        failure=seen.failure or None,
        findings=_findings(examined) if examined else [],
    )


def _findings(examined: Examined) -> list[RosterFinding]:
    found = sorted(
        examined.checked.findings,
        key=lambda one: (("error", "warning", "notice").index(one.severity), one.row or 0),
    )
    return [_finding(one) for one in found[:SHOWN]]


def _finding(found: Finding) -> RosterFinding:
    words: dict[str, Any] = {
        "message": {language: found.message(language) for language in LANGUAGES},
        "fix": {language: found.fix(language) for language in LANGUAGES},
    }
    return RosterFinding(
        row=found.row, claim=found.column, severity=found.severity, code=found.code, **words
    )
