"""The same roster again: it issues nothing twice, and says which earlier one it is."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from issuer.examination import Examined
from issuer.roster_state import OPEN, WITHOUT_FILES, State
from issuer.tables import Submission
from schemas.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Another roster that says the very same."""

    name: str
    roster_id: int | None
    """None: it did not come through this service."""
    state: str
    at: int
    """When it got there; seconds."""


def require_new(session: Session, submission: Submission, examined: Examined) -> None:
    """Refuse a roster that says what another one said: nobody gets a certificate twice.

    Raises:
        CommandError: `roster_known`.
    """
    found = earlier(session, submission, examined)
    if found is not None and found.state not in OPEN:
        raise CommandError("roster_known", name=found.name)


def earlier(session: Session, submission: Submission, examined: Examined) -> Earlier | None:
    """Another roster of the institution that says the very same: issued, on its way, or a draft."""
    others = session.exec(
        select(Submission)
        .where(
            Submission.institution == submission.institution,
            Submission.type == submission.type,
            Submission.digest == examined.digest,
            Submission.id != submission.id,
            col(Submission.state) != State.WITHDRAWN,
        )
        .options(*WITHOUT_FILES)
        .order_by(col(Submission.id))
    ).all()
    if others:
        one = min(others, key=lambda other: other.state in OPEN)
        return Earlier(name=one.name, roster_id=one.id, state=one.state, at=one.changed)
    known = examined.known
    if known is None or known.id == submission.batch_id:
        return None
    return Earlier(name=known.source, roster_id=None, state=State.ISSUED, at=known.created)
