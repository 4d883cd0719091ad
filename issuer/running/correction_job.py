"""Sign the corrections that were approved: at once, and in the background of each process with the key."""

import logging

from sqlmodel import Session, col, select

from issuer import corrections_asked as asked
from issuer import status
from issuer.corrections_asked import State
from issuer.db import reading, transaction
from issuer.running.service import Service
from issuer.tables import Account, Certificate, Correction, Setting
from keys.jws import Signer
from schemas.errors import CommandError

LOG = logging.getLogger("zhengyin.signing")

_PASSING = frozenset({"halted", "database_unusable"})
"""Not noted: the next run sees whether it has passed."""


def sign_corrections(service: Service) -> None:
    """Sign what waits, of each institution whose key this process has open."""
    for institution in service.signers.held():
        with reading(service.engine) as session:
            waiting = _waiting(session, institution)
        for correction_id in waiting:
            signer = service.signers.signer(institution)
            if signer is None:
                break
            carry_out(service, signer, correction_id)


def _waiting(session: Session, institution: str) -> list[int]:
    if session.get(Setting, "halted") is not None:
        return []
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
    try:
        _carry_out(service, signer, correction_id)
    except CommandError as error:
        if error.code not in _PASSING:
            _note(service, correction_id, error.code)
    except Exception:
        LOG.exception("correction %s cannot be signed", correction_id)
        _note(service, correction_id, "signing_failed")


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
