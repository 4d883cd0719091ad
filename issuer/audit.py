"""The audit log: append-only, each line's hash covers the line before (issuing invariant 8)."""

import hashlib

from sqlmodel import Session, col, select

from issuer.db import lock
from issuer.tables import AuditEntry
from schemas import strict_json
from schemas.errors import CommandError


def _digest(previous: str, entry: AuditEntry) -> str:
    line = [previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.details]
    return hashlib.sha256(strict_json.dumps(line)).hexdigest()


def append(
    session: Session, *, at: int, who: str, action: str, subject: str, **details: str | int | None
) -> None:
    """Write one line within the caller's transaction. Details never hold an ID number.

    The log is one chain for all, so its lock comes last in a transaction: whoever holds it waits
    for nothing more.
    """
    lock(session, "audit")
    last = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=at,
        who=who,
        action=action,
        subject=subject,
        details=strict_json.dumps(details).decode(),
        digest="",
    )
    entry.digest = _digest(last.digest if last else "", entry)
    session.add(entry)
    session.flush()


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
