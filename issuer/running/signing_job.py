"""Sign what was approved, in the background of each process whose keys are open.

Every step is done once, whatever crashes and however many processes do it (issuer/issue.py): the
numbers are taken in one transaction with the note of it in the roster, what is signed is the same
bytes again, and only when all certificates pass the check is the roster issued.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select

from issuer import audit, submission
from issuer.db import reading, transaction
from issuer.desk import Desk, Named
from issuer.entry import open_entry
from issuer.examination import examine
from issuer.issue import load, require_accepted, reserve, sign
from issuer.roster_state import State
from issuer.running.service import Service
from issuer.running.work_off import noted, work_off
from issuer.tables import Account, Certificate, Submission
from keys.jws import Signer


def sign_approved(service: Service) -> None:
    """Sign the approved rosters of each institution whose key this process has open."""
    work_off(service, _waiting, _carry_out)


def _waiting(session: Session, institution: str) -> list[int]:
    """The rosters to sign, in the order of their approval."""
    found = session.exec(
        select(Submission.id)
        .where(
            Submission.institution == institution,
            Submission.state == State.APPROVED,
            Submission.failure == "",
        )
        .order_by(col(Submission.decided), col(Submission.id))
    )
    return [one for one in found if one is not None]


def _carry_out(service: Service, signer: Signer, roster_id: int) -> None:
    noted(
        f"roster {roster_id}",
        lambda: _issue(service, signer, roster_id),
        lambda code: _note(service, roster_id, code),
        passing=frozenset({"roster_state"}),  # others have gone on with it
    )


def _issue(service: Service, signer: Signer, roster_id: int) -> None:
    """Bring one roster from approved to issued, from wherever an earlier run left it."""
    with reading(service.engine) as session:
        seen = session.get_one(Submission, roster_id)
        approver = session.get(Account, seen.decided_by)
        who = approver.login if approver is not None else "-"
        session.expunge_all()
    desk = service.desk(seen.institution, who)
    now = service.now()
    batch_id = seen.batch_id
    if batch_id is None:
        batch_id = take_numbers(desk, signer, seen, roster_id, now)
    sign(desk, signer, batch_id, now=service.now())
    require_accepted(desk, load(desk, batch_id), now=service.now())
    with transaction(service.engine) as session:
        finish(session, roster_id, who, now=service.seconds())


def take_numbers(desk: Desk, key: Named, seen: Submission, roster_id: int, now: datetime) -> int:
    """Take the numbers, if the roster may still be issued as it was approved."""
    entry = open_entry(desk.vault, seen)
    examined = examine(desk, entry, now=now)
    submission.require_same(seen, examined)
    return reserve(
        desk,
        key,
        entry.type,
        examined.orders,
        source=seen.name,
        pattern=examined.pattern or None,
        now=now,
        also=lambda session, batch_id: book(session, roster_id, batch_id),
    )


def _note(service: Service, roster_id: int, code: str) -> None:
    with transaction(service.engine) as session:
        note_failure(session, roster_id, code)


def book(session: Session, roster_id: int, batch_id: int) -> None:
    """Note, in the transaction that takes its numbers, which batch a roster became.

    Raises:
        CommandError: `roster_state`: it was returned in the meantime.
    """
    approved = submission.locked(session, roster_id, {State.APPROVED})
    approved.batch_id = batch_id
    session.add(approved)


def note_failure(session: Session, roster_id: int, code: str) -> None:
    """Keep what stopped the signing, for people to see."""
    failed = session.get(Submission, roster_id, with_for_update=True)
    if failed is not None and failed.state == State.APPROVED:
        failed.failure = code
        session.add(failed)


def finish(session: Session, roster_id: int, who: str, *, now: int) -> None:
    """All certificates of a roster are signed and passed the check."""
    signed = session.get(Submission, roster_id, with_for_update=True)
    if signed is None or signed.state != State.APPROVED:
        return  # another process was quicker
    signed.state, signed.changed = State.ISSUED, now
    session.add(signed)
    audit.append(
        session,
        at=now,
        who=who,
        action="roster issued",
        subject=submission.subject(signed),
        batch=signed.batch_id,
        rows=signed.rows,
    )


def signed_rows(session: Session, seen: Submission) -> int:
    """How many certificates of a roster are signed."""
    if seen.batch_id is None:
        return 0
    return session.exec(
        select(func.count())
        .select_from(Certificate)
        .where(Certificate.batch_id == seen.batch_id, col(Certificate.signature).is_not(None))
    ).one()
