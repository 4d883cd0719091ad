"""A correction takes two people: one asks for it, another approves; then it is signed (§7.3, §7.7).

| state | what may happen to it | who |
|---|---|---|
| `asked` | approved · dropped | a second person · either |
| `approved` | signed (issuer/running/correction_job.py); tried again or dropped, if it cannot be | · who decides |
| `done`, `dropped` | nothing | |

What is asked for never changes: whoever wants something else drops it and asks anew. So an approval
of it is one of just these words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session, col, select

from issuer import audit
from issuer.certificates import subject_of
from issuer.desk import Desk, require_database
from issuer.status import (
    corrected,
    replacement_source,
    require_issuable,
    require_reason,
    stored_claims,
)
from issuer.tables import Batch, Certificate, Correction
from issuer.vault import Vault
from schemas import certificate_types, strict_json
from schemas.errors import CommandError


class State(StrEnum):
    """Where a correction is."""

    ASKED = "asked"
    APPROVED = "approved"
    DONE = "done"
    DROPPED = "dropped"


OPEN = (State.ASKED, State.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one claim says, and what it is to say; None: nothing."""

    claim: str
    old: object
    new: object


class Decision(Protocol):
    """`approve` or `drop`."""

    def __call__(
        self, session: Session, desk: Desk, correction: Correction, *, account: int, now: datetime
    ) -> None:
        """Carry it out.

        Raises:
            CommandError: it cannot be decided so.
        """


def ask(
    session: Session,
    desk: Desk,
    certificate: Certificate,
    changes: Mapping[str, str],
    *,
    reason: str,
    account: int,
    now: datetime,
) -> Correction:
    """Ask for a correction; everything that would stop it later is said now.

    Raises:
        CommandError: `certificate_erased`, `revoked_is_final`, `correction_open`,
            `correction_empty`; as `require_reason` and `require_database`; `claim_unknown`,
            `correction_refused`.
    """
    require_reason(reason)
    require_database(session, desk)
    session.refresh(certificate, with_for_update=True)
    _require_correctable(certificate)
    if open_one(session, certificate) is not None:
        raise CommandError("correction_open", number=certificate.number)
    real = {
        change.claim: changes[change.claim] for change in compare(desk.vault, certificate, changes)
    }
    if not real:
        raise CommandError("correction_empty")
    _require_issuable(desk, certificate, real, now)
    correction = Correction(
        institution=certificate.institution,
        certificate_id=_id(certificate),
        changes=desk.vault.seal(strict_json.dumps(real), _context(certificate)),
        reason=reason,
        state=State.ASKED,
        asked_by=account,
        asked=int(now.timestamp()),
    )
    session.add(correction)
    session.flush()
    _log(session, desk, certificate, "ask correction", now, claims=", ".join(real), reason=reason)
    return correction


def compare(vault: Vault, certificate: Certificate, changes: Mapping[str, str]) -> list[Change]:
    """Those of `changes` that would say something else than the certificate does.

    Raises:
        CommandError: `claim_unknown`.
    """
    kind = certificate_types.load(certificate.type)
    claims = stored_claims(vault, certificate)
    new = corrected(kind, claims, certificate.number, changes)
    return [
        Change(claim=claim, old=claims.get(claim), new=new.get(claim))
        for claim in kind.claims
        if claim in changes and claims.get(claim) != new.get(claim)
    ]


def approve(
    session: Session, desk: Desk, correction: Correction, *, account: int, now: datetime
) -> None:
    """Let it be signed; of one that could not be, let it be tried again.

    Raises:
        CommandError: `same_person`, `correction_decided`; `certificate_erased`,
            `revoked_is_final`, `correction_refused`; as `require_database`.
    """
    require_database(session, desk)
    session.refresh(correction, with_for_update=True)
    if account == correction.asked_by:
        raise CommandError("same_person")
    again = correction.state == State.APPROVED and correction.failure
    if correction.state != State.ASKED and not again:
        raise CommandError("correction_decided")
    certificate = session.get_one(Certificate, correction.certificate_id)
    if not again:
        _require_correctable(certificate)
        _require_issuable(desk, certificate, changes_of(desk.vault, correction, certificate), now)
    correction.state, correction.failure = State.APPROVED, ""
    correction.decided_by, correction.decided = account, int(now.timestamp())
    session.add(correction)
    session.flush()
    _log(session, desk, certificate, "approve correction", now)


def drop(
    session: Session, desk: Desk, correction: Correction, *, account: int, now: datetime
) -> None:
    """Let it be: taken back or refused, and what it asked for is erased.

    Raises:
        CommandError: `correction_decided`: it is being signed, or over.
    """
    session.refresh(correction, with_for_update=True)
    certificate = session.get_one(Certificate, correction.certificate_id)
    failed = correction.state == State.APPROVED and correction.failure
    if correction.state != State.ASKED and not (failed and not _has_begun(session, certificate)):
        raise CommandError("correction_decided")
    _close(session, correction, State.DROPPED)
    correction.decided_by, correction.decided = account, int(now.timestamp())
    session.flush()
    _log(session, desk, certificate, "drop correction", now)


def finish(session: Session, correction: Correction) -> None:
    """Note that the new certificate stands in the place of the old one."""
    session.refresh(correction, with_for_update=True)
    if correction.state == State.APPROVED:
        _close(session, correction, State.DONE)


def note_failure(session: Session, correction: Correction, code: str) -> None:
    """Note what stopped the signing."""
    session.refresh(correction, with_for_update=True)
    if correction.state == State.APPROVED:
        correction.failure = code
        session.add(correction)


def open_one(session: Session, certificate: Certificate) -> Correction | None:
    """The correction of a certificate that is under way."""
    return session.exec(
        select(Correction).where(
            Correction.certificate_id == certificate.id, col(Correction.state).in_(OPEN)
        )
    ).first()


def under_way(
    session: Session, institutions: list[str], *, limit: int
) -> list[tuple[Correction, Certificate]]:
    """Corrections that wait for somebody, the oldest first."""
    found = session.exec(
        select(Correction, Certificate)
        .join(Certificate, col(Certificate.id) == col(Correction.certificate_id))
        .where(col(Correction.institution).in_(institutions), col(Correction.state).in_(OPEN))
        .order_by(col(Correction.id))
        .limit(limit)
    )
    return [(correction, certificate) for correction, certificate in found]


def find(session: Session, certificate: Certificate, correction_id: int) -> Correction | None:
    """A correction of this certificate."""
    correction = session.get(Correction, correction_id)
    mine = correction is not None and correction.certificate_id == certificate.id
    return correction if mine else None


def changes_of(vault: Vault, correction: Correction, certificate: Certificate) -> dict[str, str]:
    """Claim → its new text.

    Raises:
        CommandError: `data_key_other`.
    """
    if not correction.changes:
        return {}
    opened = vault.open_sealed(correction.changes, _context(certificate))
    return {name: str(text) for name, text in strict_json.loads_object(opened).items()}


def shown_changes(
    vault: Vault, certificate: Certificate, correction: Correction | None
) -> list[Change]:
    """What a correction would change, for whoever decides."""
    if correction is None or certificate.erased is not None:
        return []
    return compare(vault, certificate, changes_of(vault, correction, certificate))


def _require_correctable(certificate: Certificate) -> None:
    if certificate.erased is not None:
        raise CommandError("certificate_erased", number=certificate.number)
    if certificate.status == "revoked":
        raise CommandError("revoked_is_final", number=certificate.number, status="revoked")


def _require_issuable(
    desk: Desk, certificate: Certificate, changes: Mapping[str, str], now: datetime
) -> None:
    kind = certificate_types.load(certificate.type)
    claims = stored_claims(desk.vault, certificate)
    require_issuable(desk, kind, corrected(kind, claims, certificate.number, changes), now)


def _has_begun(session: Session, certificate: Certificate) -> bool:
    """Whether a number is taken for the corrected certificate: it will be issued."""
    source = replacement_source(certificate.number)
    return (
        session.exec(
            select(Batch.id).where(
                Batch.institution == certificate.institution,
                Batch.type == certificate.type,
                Batch.source == source,
            )
        ).first()
        is not None
    )


def _close(session: Session, correction: Correction, state: State) -> None:
    correction.state, correction.changes = state, b""
    session.add(correction)


def _log(
    session: Session,
    desk: Desk,
    certificate: Certificate,
    action: str,
    now: datetime,
    **details: str,
) -> None:
    at, subject = int(now.timestamp()), subject_of(certificate)
    audit.append(session, at=at, who=desk.who, action=action, subject=subject, **details)


def _context(certificate: Certificate) -> bytes:
    """What sealed changes belong to."""
    return f"correction of {subject_of(certificate)}".encode()


def _id(certificate: Certificate) -> int:
    if certificate.id is None:
        raise CommandError("database_unusable", "no certificate id")
    return certificate.id
