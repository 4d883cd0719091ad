"""Erase a holder's data, and keep what the world needs: number, slot and status (PIPL art. 47).

What is erased is everything that says whose certificate it is: the signed claims, the disclosures,
the keys by which the holder is found, the photograph, a correction under way. The issued list and
the status list stay whole, so a certificate that its holder keeps is verified as before; it can no
longer be looked up, printed again or corrected here. The log keeps that it was erased, by whom and why.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from issuer import audit
from issuer.certificates import subject_of
from issuer.entry import photos_of
from issuer.tables import (
    BATCHES,
    CERTIFICATES,
    Certificate,
    Correction,
    Photo,
    Submission,
    Tenant,
)
from issuer.vault import Vault
from schemas import strict_json
from schemas.errors import CommandError

DAY = 86_400  # seconds
ABANDONED = 180 * DAY  # after which a roster that nobody went on with is withdrawn and erased
KEPT = 30 * DAY  # that the file of an issued roster is kept for its annotated workbook
_EMPTY = {"payload": b"", "sealed": b"", "person": "", "holder": "", "lookup": "", "name": ""}
_NO_FILE = {"sealed": b"", "corrections": b"", "defaults": "{}"}
_AT_ONCE = 500  # certificates of one statement


def erase(session: Session, certificate: Certificate, *, who: str, reason: str, now: int) -> None:
    """Erase one certificate's holder.

    Raises:
        CommandError: `reason_missing`; `certificate_erased`: it was done before.
    """
    if not reason.strip():
        raise CommandError("reason_missing")
    if certificate.erased is not None:
        raise CommandError("certificate_erased", number=certificate.number)
    _erase(session, certificate.institution, [certificate], now)
    audit.append(
        session,
        at=now,
        who=who,
        action="erase",
        subject=subject_of(certificate),
        reason=reason,
    )


def erase_due(session: Session, *, now: int) -> int:
    """Erase what the institutions' retention has outlived; give how many certificates that were.

    Raises:
        CommandError: `database_unusable`.
    """
    count = 0
    limited = select(Tenant).where(col(Tenant.retention_days).is_not(None))
    for tenant in session.exec(limited).all():
        before = now - (tenant.retention_days or 0) * DAY
        table = CERTIFICATES.c
        wanted = (
            select(Certificate)
            .join(BATCHES, BATCHES.c.id == table.batch_id)
            .where(
                table.institution == tenant.institution,
                table.erased.is_(None),
                table.signature.is_not(None),
                BATCHES.c.created < before,
            )
            .limit(_AT_ONCE)
        )
        found = session.exec(wanted).all()
        if found:
            _erase(session, tenant.institution, found, now)
            audit.append(
                session,
                at=now,
                who="retention",
                action="erase",
                subject=tenant.institution,
                rows=len(found),
                days=tenant.retention_days,
            )
            count += len(found)
    return count


def drop_abandoned(session: Session, vault: Vault, *, now: int) -> int:
    """Withdraw rosters that nobody went on with, and erase their files; give how many."""
    old = session.exec(
        select(Submission).where(
            col(Submission.state).in_(("draft", "returned")),
            col(Submission.changed) < now - ABANDONED,
        )
    ).all()
    for submission in old:
        photos = photos_of(vault, submission)
        submission.state, submission.sealed, submission.corrections = "withdrawn", b"", b""
        submission.changed = now
        session.add(submission)
        audit.append(
            session,
            at=now,
            who="retention",
            action="withdraw roster",
            subject=f"{submission.institution} roster {submission.id}",
        )
        forget_photos(session, vault, submission.institution, photos)
    return len(old)


def forget_photos(
    session: Session, vault: Vault, institution: str, digests: Collection[str]
) -> None:
    """Erase those of the pictures that no roster under way and no certificate has.

    Raises:
        CommandError: `data_key_other`.
    """
    if not digests:
        return
    kept: set[str] = set()
    for other in session.exec(select(Submission).where(Submission.institution == institution)):
        kept |= photos_of(vault, other)
    for digest in set(digests) - kept:
        if not _is_used(session, institution, digest):
            session.delete(session.get_one(Photo, (institution, digest)))


def forget_files(session: Session, *, now: int) -> None:
    """Erase the files of rosters that were issued a while ago.

    Their annotated workbook is then made from the certificates (issuer/archives.py).
    """
    old = (col(Submission.state) == "issued", col(Submission.changed) < now - KEPT)
    session.execute(update(Submission).where(*old).values(**_NO_FILE))


def _erase(
    session: Session, institution: str, certificates: Sequence[Certificate], now: int
) -> None:
    photos = {digest for one in certificates if (digest := _photo(one))}
    ids = [one.id for one in certificates]
    session.execute(
        update(CERTIFICATES).where(CERTIFICATES.c.id.in_(ids)).values(**_EMPTY, erased=now)
    )
    session.execute(
        update(Correction)
        .where(col(Correction.certificate_id).in_(ids), col(Correction.changes) != b"")
        .values(changes=b"", state="dropped")
    )
    batches = {one.batch_id for one in certificates}  # their rosters name the holder too
    session.execute(
        update(Submission).where(col(Submission.batch_id).in_(batches)).values(**_NO_FILE)
    )
    session.expire_all()
    for digest in photos:
        if not _is_used(session, institution, digest):
            session.execute(
                delete(Photo).where(
                    col(Photo.institution) == institution, col(Photo.digest) == digest
                )
            )


def _photo(certificate: Certificate) -> str | None:
    if not certificate.payload:
        return None
    digest = strict_json.loads_object(certificate.payload).get("photo_digest")
    return str(digest) if digest is not None else None


def _is_used(session: Session, institution: str, digest: str) -> bool:
    """Whether another certificate, a corrected one for example, has the same photograph."""
    quoted = f'"{digest}"'.encode()
    for (payload,) in session.execute(
        select(CERTIFICATES.c.payload).where(
            CERTIFICATES.c.institution == institution, CERTIFICATES.c.erased.is_(None)
        )
    ):
        if quoted in payload:
            return True
    return False
