"""A roster on its way: entered, mended and submitted by one person, approved or returned by another.

| state | what may happen to it | who |
|---|---|---|
| `draft`, `returned` | changed, submitted, withdrawn | clerks |
| `submitted` | approved, returned · withdrawn | a second person · clerks |
| `approved` | signed (issuer/running/signing_job.py); returned, if it cannot be and no number is taken | · an approver |
| `issued`, `withdrawn` | nothing | |

Each change is one transaction with its line in the audit log. Whoever stands in the log as having
entered, changed or submitted a roster cannot approve it. An approval is bound to the digest of the
checked roster; who approves sends it, and the roster is checked anew.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping

from sqlmodel import Session, col, select

from issuer import audit
from issuer.earlier_roster import require_new
from issuer.entry import Entry, photos_of, seal_corrections, seal_file
from issuer.erasure import forget_photos
from issuer.examination import Examined, heading_words
from issuer.people.access import Caller
from issuer.roster_state import OPEN, WITHOUT_FILES, State
from issuer.tables import AuditEntry, ColumnWord, Submission
from issuer.vault import Vault
from schemas.errors import CommandError

MAX_REMARK = 500  # characters

_ENTERED, _CHANGED, _SUBMITTED = "roster entered", "roster changed", "roster submitted"
_HANDLED = (_ENTERED, _CHANGED, _SUBMITTED)
"""Lines of the log whose writer cannot approve."""


def find(session: Session, roster_id: int, institutions: Iterable[str]) -> Submission:
    """A roster of one of the `institutions`.

    Raises:
        CommandError: `roster_not_found`: there is none, or it is another institution's.
    """
    submission = session.get(Submission, roster_id)
    if submission is None or submission.institution not in set(institutions):
        raise CommandError("roster_not_found", number=roster_id)
    return submission


def listed(
    session: Session,
    institutions: Iterable[str],
    *,
    states: Iterable[str] | None = None,
    offset: int = 0,
    limit: int,
) -> list[Submission]:
    """Rosters, those that changed last first; without their files."""
    wanted = select(Submission).where(col(Submission.institution).in_(list(institutions)))
    if states is not None:
        wanted = wanted.where(col(Submission.state).in_(list(states)))
    latest = (col(Submission.changed).desc(), col(Submission.id).desc())
    found = session.exec(
        wanted.options(*WITHOUT_FILES).order_by(*latest).offset(offset).limit(limit)
    ).all()
    session.expunge_all()
    return list(found)


def enter(
    session: Session, vault: Vault, entry: Entry, examined: Examined, by: Caller, *, now: int
) -> int:
    """Keep a new roster; give its number."""
    if by.institution is None or by.account_id is None:
        raise ValueError("only somebody of an institution enters rosters")
    institution = by.institution
    sha256 = hashlib.sha256(entry.data).hexdigest()
    submission = Submission(
        institution=institution,
        type=entry.type.name,
        name=entry.name,
        sha256=sha256,
        sealed=seal_file(vault, institution, sha256, entry),
        corrections=b"",
        state=State.DRAFT,
        created_by=by.account_id,
        created=now,
    )
    _describe(submission, vault, entry, examined, now=now)
    session.add(submission)
    session.flush()
    _log(session, submission, by, _ENTERED, now=now, rows=submission.rows, file=sha256)
    return _id(submission)


def change(
    session: Session,
    vault: Vault,
    seen: Submission,
    entry: Entry,
    examined: Examined,
    by: Caller,
    *,
    now: int,
) -> None:
    """Keep what a clerk said about a roster; another file takes the place of the first.

    Raises:
        CommandError: `roster_state`.
    """
    submission = _unchanged(session, seen, OPEN)
    pictures = photos_of(vault, submission)
    sha256 = hashlib.sha256(entry.data).hexdigest()
    if sha256 != submission.sha256 or entry.name != submission.name:
        submission.sha256, submission.name = sha256, entry.name
        submission.sealed = seal_file(vault, submission.institution, sha256, entry)
    _describe(submission, vault, entry, examined, now=now)
    session.add(submission)
    session.flush()
    forget_photos(session, vault, submission.institution, pictures - set(entry.photos.values()))
    _log(session, submission, by, _CHANGED, now=now, file=sha256, cells=len(entry.corrections))


def remember_columns(session: Session, entry: Entry, institution: str) -> None:
    """Keep what people said of headings for the next roster of this type."""
    for heading, claim in heading_words(entry).items():
        session.merge(
            ColumnWord(institution=institution, type=entry.type.name, heading=heading, claim=claim)
        )


def submit(session: Session, seen: Submission, examined: Examined, by: Caller, *, now: int) -> None:
    """Hand a roster over for approval.

    Raises:
        CommandError: `roster_state`; `roster_not_ready`: it has errors; `roster_known`: its
            certificates were issued, or another roster that says the same is under way.
    """
    submission = _unchanged(session, seen, OPEN)
    require_ready(examined)
    require_new(session, submission, examined)
    _describe_check(submission, examined)
    submission.state = State.SUBMITTED
    submission.submitted_by, submission.submitted, submission.changed = by.account_id, now, now
    submission.decided_by = submission.decided = None
    submission.failure = submission.remark = ""
    session.add(submission)
    _log(session, submission, by, _SUBMITTED, now=now, roster=examined.digest)


def require_ready(examined: Examined) -> None:
    """Refuse a roster with errors.

    Raises:
        CommandError: `roster_not_ready`.
    """
    if not examined.checked.ok:
        raise CommandError("roster_not_ready", count=examined.errors)


def withdraw(
    session: Session, vault: Vault, seen: Submission, by: Caller, remark: str, *, now: int
) -> None:
    """Give a roster up; what it said of people is erased.

    Raises:
        CommandError: `roster_state`.
    """
    submission = _locked(session, seen, OPEN | {State.SUBMITTED})
    pictures = photos_of(vault, submission)
    submission.state = State.WITHDRAWN
    submission.remark, submission.changed = remark[:MAX_REMARK], now
    _erase(submission)
    session.add(submission)
    session.flush()
    forget_photos(session, vault, submission.institution, pictures)
    _log(session, submission, by, "roster withdrawn", now=now)


def send_back(session: Session, seen: Submission, by: Caller, remark: str, *, now: int) -> None:
    """Return a roster to whoever entered it; an approved one only while no number is taken for it.

    Raises:
        CommandError: `roster_state`, `remark_missing`.
    """
    submission = _locked(session, seen, {State.SUBMITTED, State.APPROVED})
    if submission.batch_id is not None:
        raise CommandError("roster_state")
    if not remark.strip():
        raise CommandError("remark_missing")
    _return(session, submission, by, now=now, remark=remark.strip()[:MAX_REMARK])


def send_back_changed(session: Session, seen: Submission, by: Caller, *, now: int) -> None:
    """Return a roster that does not say any more, or may not say any more, what was submitted.

    Raises:
        CommandError: `roster_state`.
    """
    submission = _locked(session, seen, {State.SUBMITTED})
    _return(session, submission, by, now=now, failure="roster_changed")


def _return(
    session: Session,
    submission: Submission,
    by: Caller,
    *,
    now: int,
    remark: str = "",
    failure: str = "",
) -> None:
    submission.state = State.RETURNED
    submission.remark, submission.failure = remark, failure
    submission.decided_by, submission.decided, submission.changed = by.account_id, now, now
    session.add(submission)
    _log(session, submission, by, "roster returned", now=now, reason=failure or "remark")


def require_second_person(session: Session, submission: Submission, by: Caller) -> None:
    """Refuse whoever had a hand in the roster.

    Raises:
        CommandError: `same_person`.
    """
    if by.who in handlers(session, submission) or by.account_id in (
        submission.created_by,
        submission.submitted_by,
    ):
        raise CommandError("same_person")


def handlers(session: Session, submission: Submission) -> set[str]:
    """The logins of all who entered, changed or submitted a roster."""
    return set(
        session.exec(
            select(AuditEntry.who).where(
                AuditEntry.subject == subject(submission), col(AuditEntry.action).in_(_HANDLED)
            )
        )
    )


def require_same(submission: Submission, examined: Examined) -> None:
    """Refuse a roster that does not say what was submitted, or that has errors by now.

    Raises:
        CommandError: `roster_changed`.
    """
    if examined.digest != submission.digest or not examined.checked.ok:
        raise CommandError("roster_changed")


def approve(
    session: Session, seen: Submission, examined: Examined, by: Caller, digest: str, *, now: int
) -> None:
    """Let a roster be signed.

    Args:
        session: The transaction.
        seen: The roster as it was looked at.
        examined: It, checked just now.
        by: Who approves.
        digest: What `by` was shown.
        now: Seconds.

    Raises:
        CommandError: `roster_state`, `same_person`, `roster_known`; `roster_changed`: what was
            shown is not what is there.
    """
    submission = _unchanged(session, seen, {State.SUBMITTED})
    require_second_person(session, submission, by)
    require_new(session, submission, examined)
    require_same(submission, examined)
    if digest != submission.digest:
        raise CommandError("roster_changed")
    submission.state = State.APPROVED
    submission.decided_by, submission.decided, submission.changed = by.account_id, now, now
    submission.failure = submission.remark = ""
    session.add(submission)
    _log(session, submission, by, "roster approved", now=now, roster=digest)


def retry(session: Session, seen: Submission, by: Caller, *, now: int) -> None:
    """Have the signing tried again.

    Raises:
        CommandError: `roster_state`.
    """
    submission = _locked(session, seen, {State.APPROVED})
    submission.failure, submission.changed = "", now
    session.add(submission)
    _log(session, submission, by, "roster retried", now=now)


def downloaded(
    session: Session, submission: Submission, caller: Caller, what: str, *, now: int
) -> None:
    """Who took along what about people stands in the log."""
    audit.append(
        session,
        at=now,
        who=caller.who,
        action="roster downloaded",
        subject=subject(submission),
        what=what,
    )


def subject(submission: Submission) -> str:
    """What the log calls a roster."""
    return f"{submission.institution} roster {submission.id}"


def _describe(
    submission: Submission, vault: Vault, entry: Entry, examined: Examined, *, now: int
) -> None:
    """What an entry says, in the columns of its row."""
    submission.corrections = seal_corrections(
        vault, submission.institution, submission.sha256, entry
    )
    submission.columns = json.dumps(entry.columns)
    submission.defaults = json.dumps(dict(entry.defaults))
    submission.changed = now
    _describe_check(submission, examined)


def _describe_check(submission: Submission, examined: Examined) -> None:
    submission.rows = len(examined.checked.rows)
    submission.errors, submission.warnings = examined.errors, examined.warnings
    submission.digest = examined.digest


def _erase(submission: Submission) -> None:
    submission.sealed = submission.corrections = b""
    submission.defaults = "{}"


def _locked(session: Session, seen: Submission, states: Iterable[str]) -> Submission:
    return locked(session, _id(seen), states)


def locked(session: Session, roster_id: int, states: Iterable[str]) -> Submission:
    """The row for this transaction alone, if it is in one of these states.

    Raises:
        CommandError: `roster_state`.
    """
    submission = session.get(Submission, roster_id, with_for_update=True)
    if submission is None or submission.state not in set(states):
        raise CommandError("roster_state")
    return submission


_COMPARED: tuple[Callable[[Submission], object], ...] = (
    lambda one: one.state,
    lambda one: one.sha256,
    lambda one: one.corrections,
    lambda one: one.columns,
    lambda one: one.defaults,
)


def _unchanged(session: Session, seen: Submission, states: Iterable[str]) -> Submission:
    """As `_locked`, if nobody changed it since it was `seen` and checked."""
    submission = _locked(session, seen, states)
    if any(of(submission) != of(seen) for of in _COMPARED):
        raise CommandError("roster_state")
    return submission


def _id(submission: Submission) -> int:
    if submission.id is None:
        raise CommandError("database_unusable", "no roster id")
    return submission.id


def _log(
    session: Session,
    submission: Submission,
    by: Caller,
    action: str,
    *,
    now: int,
    **details: object,
) -> None:
    said: Mapping[str, str | int | None] = {
        name: value if isinstance(value, str | int) else str(value)
        for name, value in details.items()
    }
    audit.append(session, at=now, who=by.who, action=action, subject=subject(submission), **said)
