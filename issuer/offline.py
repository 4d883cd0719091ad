"""The desk's part of signing on a machine without a network: a batch goes out, signatures come back.

`export_batch` gives what is reserved and to be signed; issuer/offline_key.py signs it on the other
machine, and people compare the document's fingerprint on both. `import_signatures` verifies every
signature over what is stored here and every certificate as `zhengyin issue` does, and stores all in
one transaction or none.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row as StoredRow
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from issuer import audit, payload, signatures
from issuer.batch_document import BatchSignatures, BatchToSign, Row
from issuer.db import transaction
from issuer.desk import Desk, lock_issuing, require_database, require_key
from issuer.halt import require_not_halted
from issuer.issue import issued, require_accepted_by, with_lists
from issuer.signatures import Signed
from issuer.tables import CERTIFICATES, MAX_ID, AuditEntry, Batch, Certificate
from keys import jws
from keys.jwk import Jwk
from keys.trust import verification_key
from schemas import base64url, sd_jwt, strict_json
from schemas.errors import BadSignatureError, CommandError


def export_batch(desk: Desk, batch_id: int, *, now: datetime) -> bytes:
    """The document of a batch that is not signed yet; the same again gives the same bytes.

    Raises:
        CommandError: as `require_database`; `halted`, `batch_unknown`, `batch_already_signed`.
    """
    with transaction(desk.engine) as session:
        require_not_halted(session, desk.institution.id)
        require_database(session, desk)
        batch = require_batch(session, desk, batch_id)
        stored = _certificates(session, batch_id)
        if any(one.signature is not None for one in stored):
            raise CommandError("batch_already_signed", batch=batch_id)
        document = BatchToSign(
            env=desk.trust.root.env,
            institution=batch.institution,
            batch=batch_id,
            roster=batch.digest,
            type=batch.type,
            kid=stored[0].kid,
            registry=desk.trust.registry.version,
            rows=[Row(row=one.row, claims=strict_json.loads(one.payload)) for one in stored],
        ).write()
        audit.append(
            session,
            at=int(now.timestamp()),
            who=desk.who,
            action="export",
            subject=f"{batch.institution} batch {batch_id}",
            rows=len(stored),
            document=hashlib.sha256(document).hexdigest(),
        )
        return document


def import_signatures(desk: Desk, data: bytes, *, now: datetime) -> int:
    """Store the signatures of a batch; give how many were new: none, when it is done again.

    Raises:
        CommandError: as `require_database`, `require_key` and `require_accepted_by`; `halted`,
            `batch_malformed`, `batch_of_another_institution`, `batch_unknown`, `batch_differs`,
            `batch_signed_otherwise`, `batch_signature_wrong`, `batch_out_of_order`.
    """
    document = BatchSignatures.read(data)
    if document.institution != desk.institution.id:
        raise CommandError("batch_of_another_institution", institution=document.institution)
    with transaction(desk.engine) as session:
        lock_issuing(session, desk.institution.id)
        require_not_halted(session, desk.institution.id)
        require_database(session, desk)
        batch = require_batch(session, desk, document.batch)
        stored = _certificates(session, document.batch)
        rows = [one.row for one in document.signatures]
        if batch.digest != document.roster or rows != [one.row for one in stored]:
            raise CommandError("batch_differs", batch=document.batch)
        made = [base64url.decode(one.signature) for one in document.signatures]
        if any(one.signature is not None for one in stored):
            if [(one.kid, one.signature) for one in stored] != [
                (document.kid, one) for one in made
            ]:
                raise CommandError("batch_signed_otherwise", batch=document.batch)
            return 0
        _require_next(session, desk, document.batch)
        new = _verified(desk, document, stored, made)
        signatures.store(session, new, kid=document.kid, at=int(now.timestamp()))
        certificates = [issued(desk.vault, one) for one in _certificates(session, document.batch)]
        future = with_lists(session, desk, now=now)
        require_accepted_by(future, desk, certificates, now=now)
        signatures.log(
            session,
            desk,
            document.batch,
            new,
            kid=document.kid,
            at=int(now.timestamp()),
            action="import",
            document=base64url.decode(document.signed).hex(),
            signatures=hashlib.sha256(data).hexdigest(),
        )
        return len(new)


def last_export(session: Session, institution: str, batch_id: int) -> str | None:
    """The SHA-256 (hex) of the document that was exported last for a batch, from the log."""
    said = session.exec(
        select(AuditEntry.details)
        .where(
            AuditEntry.subject == f"{institution} batch {batch_id}", AuditEntry.action == "export"
        )
        .order_by(col(AuditEntry.id).desc())
        .limit(1)
    ).first()
    return None if said is None else str(strict_json.loads_object(said.encode())["document"])


def require_batch(session: Session, desk: Desk, batch_id: int) -> Batch:
    """A batch of the desk's institution.

    Raises:
        CommandError: `batch_unknown`.
    """
    batch = session.get(Batch, batch_id) if batch_id <= MAX_ID else None
    if batch is None or batch.institution != desk.institution.id:
        raise CommandError("batch_unknown", batch=batch_id, institution=desk.institution.id)
    return batch


def _certificates(session: Session, batch_id: int) -> Sequence[StoredRow[Any]]:
    """A batch's certificates by row, locked."""
    wanted = select_columns(CERTIFICATES).where(CERTIFICATES.c.batch_id == batch_id)
    return session.execute(wanted.order_by(CERTIFICATES.c.row).with_for_update()).all()


def _require_next(session: Session, desk: Desk, batch_id: int) -> None:
    """Refuse what would leave a gap: lists are published up to the first slot without signature."""
    earlier = select(Certificate.batch_id).where(
        Certificate.institution == desk.institution.id,
        col(Certificate.batch_id) < batch_id,
        col(Certificate.signature).is_(None),
    )
    first = session.exec(earlier.order_by(col(Certificate.batch_id)).limit(1)).first()
    if first is not None:
        raise CommandError("batch_out_of_order", batch=batch_id, first=first)


def _verified(
    desk: Desk, document: BatchSignatures, stored: Sequence[StoredRow[Any]], made: Sequence[bytes]
) -> dict[int, Signed]:
    """The signatures over what is stored here, each verified, by certificate id."""
    signed_at = datetime.fromtimestamp(document.iat, UTC)
    key = require_key(desk.trust, desk.institution, document, signed_at)
    public = verification_key(key.jwk)
    return {
        one.id: _one_verified(document, one, signature, public)
        for one, signature in zip(stored, made, strict=True)
    }


def _one_verified(
    document: BatchSignatures, stored: StoredRow[Any], signature: bytes, public: Jwk
) -> Signed:
    reserved_at = strict_json.loads(stored.payload)["iat"]
    if document.iat < reserved_at:
        raise CommandError("batch_differs", batch=document.batch)
    stale = document.iat != reserved_at
    renewed = payload.signed_later(stored.payload, document.iat) if stale else None
    signing_input = sd_jwt.SdJwt(document.kid, renewed or stored.payload, b"").signing_input
    try:
        jws.verify(signing_input, signature, public)
    except BadSignatureError:
        raise CommandError("batch_signature_wrong", batch=document.batch, row=stored.row) from None
    return Signed(signing_input=signing_input, signature=signature, renewed=renewed)
