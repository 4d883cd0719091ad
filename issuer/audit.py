"""The audit log: append-only, each line's hash covers the line before (issuing invariant 8)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import event
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from issuer.db import lock
from issuer.tables import AuditEntry
from schemas import strict_json
from schemas.errors import CommandError

_WAITING = "lines of the audit log"


def digest(
    previous: str, number: int, at: int, who: str, action: str, subject: str, details: str
) -> str:
    """SHA-256, hexadecimal, of a line and of the hash before it."""
    line = [previous, number, at, who, action, subject, details]
    return hashlib.sha256(strict_json.dumps(line)).hexdigest()


def _digest_of(previous: str, entry: AuditEntry) -> str:
    return digest(
        previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.details
    )


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
        entry.digest = previous = _digest_of(previous, entry)
        session.add(entry)


def verify(session: Session) -> int:
    """Walk the whole chain; give the number of lines.

    Raises:
        CommandError: `audit_broken`, with the first line that does not fit.
    """
    previous, count = "", 0
    for entry in session.exec(select(AuditEntry).order_by(col(AuditEntry.id))):
        count += 1
        if entry.id != count or entry.digest != _digest_of(previous, entry):
            raise CommandError("audit_broken", line=count)
        previous = entry.digest
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines to show; what is empty or None asks for nothing."""

    institution: str = ""
    """Only lines about this institution."""
    subject: str = ""
    """Part of what the line is about."""
    who: str = ""
    action: str = ""
    since: int | None = None
    until: int | None = None
    """Seconds; the line is older."""


def newest(
    session: Session, wanted: Wanted, *, before: int | None = None, limit: int
) -> list[AuditEntry]:
    """The newest lines first; `before` is the number of the line to go on from."""
    asked = _asked(wanted).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before is not None:
        asked = asked.where(AuditEntry.id < before)
    return list(session.exec(asked))


def oldest(session: Session, wanted: Wanted) -> Iterator[AuditEntry]:
    """All lines, in the order in which they were written."""
    yield from session.exec(_asked(wanted).order_by(col(AuditEntry.id)))


def _asked(wanted: Wanted) -> SelectOfScalar[AuditEntry]:
    asked, about = select(AuditEntry), col(AuditEntry.subject)
    if wanted.institution:
        inside = about.startswith(f"{wanted.institution} ", autoescape=True)
        asked = asked.where(or_(about == wanted.institution, inside))
    if wanted.subject:
        asked = asked.where(about.contains(wanted.subject, autoescape=True))
    if wanted.who:
        asked = asked.where(AuditEntry.who == wanted.who)
    if wanted.action:
        asked = asked.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        asked = asked.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(AuditEntry.at < wanted.until)
    return asked
