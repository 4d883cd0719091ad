"""Sign the corrections that were approved: at once, and in the background of each process with the key."""

from sqlmodel import Session, col, select

from issuer import corrections_asked as asked
from issuer import status
from issuer.corrections_asked import State
from issuer.db import reading, transaction
from issuer.running.service import Service
from issuer.running.work_off import noted, work_off
from issuer.tables import Account, Certificate, Correction
from keys.jws import Signer


def sign_corrections(service: Service) -> None:
    """Sign what waits, of each institution whose key this process has open."""
    work_off(service, _waiting, carry_out)


def _waiting(session: Session, institution: str) -> list[int]:
    found = session.exec(
        select(Correction.id)
        .where(
            Correction.institution == institution,
            Correction.state == State.APPROVED,
            Correction.failure == "",
        )
        .order_by(col(Correction.id))
    )
    return [one for one in found if one is not None]


def carry_out(service: Service, signer: Signer, correction_id: int) -> None:
    """Bring an approved correction to its end, from wherever an earlier run left it."""
    noted(
        f"correction {correction_id}",
        lambda: _carry_out(service, signer, correction_id),
        lambda code: _note(service, correction_id, code),
    )


def _carry_out(service: Service, signer: Signer, correction_id: int) -> None:
    with reading(service.engine) as session:
        correction = session.get_one(Correction, correction_id)
        if correction.state != State.APPROVED:
            return
        certificate = session.get_one(Certificate, correction.certificate_id)
        changes = asked.changes_of(service.vault, correction, certificate)
        approver = session.get(Account, correction.decided_by)
        session.expunge_all()
    status.replace(
        service.desk(certificate.institution, approver.login if approver else "-"),
        signer,
        certificate.number,
        type_name=certificate.type,
        changes=changes,
        reason=correction.reason,
        pattern=None,
        now=service.now(),
    )
    with transaction(service.engine) as session:
        asked.finish(session, session.get_one(Correction, correction_id))


def _note(service: Service, correction_id: int, code: str) -> None:
    with transaction(service.engine) as session:
        asked.note_failure(session, session.get_one(Correction, correction_id), code)
