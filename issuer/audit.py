"""The audit log: append-only, each line's hash covers the line before (issuing invariant 8)."""

import hashlib

from sqlalchemy import event
from sqlmodel import Session, col, select

from issuer.db import lock
from issuer.tables import AuditEntry
from schemas import strict_json
from schemas.errors import CommandError

_WAITING = "lines of the audit log"


def _digest(previous: str, entry: AuditEntry) -> str:
    line = [previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.details]
    return hashlib.sha256(strict_json.dumps(line)).hexdigest()


def append(
    session: Session, *, at: int, who: str, action: str, subject: str, **details: str | int | None
) -> None:
    """Have one line written when the caller's transaction commits. Details never hold an ID number.

    The log is one chain for all, so its lock is taken last, when the transaction has all others:
    whoever holds it waits for nothing more.
    """
    entry = AuditEntry(
        id=0,  # until it is written
        at=at,
        who=who,
        action=action,
        subject=subject,
        details=strict_json.dumps(details).decode(),
        digest="",
    )
    waiting: list[AuditEntry] = session.info.setdefault(_WAITING, [])
    if not waiting:
        event.listen(session, "before_commit", _write, once=True)
    waiting.append(entry)


def _write(session: Session) -> None:
    session.flush()
    lock(session, "audit")
    last = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    number, previous = (last.id, last.digest) if last else (0, "")
    for entry in session.info.pop(_WAITING):
        number += 1
        entry.id = number
        entry.digest = previous = _digest(previous, entry)
        session.add(entry)


def verify(session: Session) -> int:
    """Walk the whole chain; give the number of lines.

    Raises:
        CommandError: `audit_broken`, with the first line that does not fit.
    """
    previous, count = "", 0
    for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.id))):
        count += 1
        if entry.id != count or entry.digest != _digest(previous, entry):
            raise CommandError("audit_broken", line=count)
        previous = entry.digest
    return count
