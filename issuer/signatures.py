"""Which bytes are signed for a reserved certificate, and how signatures come into the database.

Both ways lead through here: the key on this machine (issuer/issue.py), and the key on a machine
without a network (issuer/offline.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, update
from sqlmodel import Session

from issuer import audit, payload
from issuer.db import write_many
from issuer.desk import Desk, Named
from issuer.tables import CERTIFICATES
from keys.jws import Signer
from keys.publication import DAY
from schemas import issued_list, sd_jwt

TOO_OLD = DAY  # seconds; what was reserved before is signed with a new time: it must be logged soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature for one stored certificate."""

    certificate: int
    """Its id in the database."""
    signature: bytes
    slot: bytes
    """Its entry in the issued list."""
    renewed: bytes | None
    """The payload that is signed, where it is another than the stored one."""


def is_stale(reserved_for: str, reserved_at: int, signer: Named, iat: int) -> bool:
    """Whether a payload gets this key and this time, since verifiers would refuse the old ones.

    Nobody has seen it yet. Times are seconds.
    """
    return reserved_for != signer.kid or reserved_at < iat - TOO_OLD


def make(certificate: int, content: bytes, signer: Signer, *, new_iat: int | None) -> Signed:
    """Sign a stored payload, with another time if `new_iat` (seconds) is given."""
    signed = content if new_iat is None else payload.signed_later(content, new_iat)
    signing_input = sd_jwt.SdJwt(signer.kid, signed, b"").signing_input
    return Signed(
        certificate=certificate,
        signature=signer.sign(signing_input),
        slot=issued_list.slot(signing_input),
        renewed=None if signed is content else signed,
    )


def store(
    session: Session,
    desk: Desk,
    batch_id: int,
    signatures: Sequence[Signed],
    *,
    kid: str,
    at: int,
    action: str,
    **details: str,
) -> None:
    """Store signatures of the key `kid`, and say so in the log, within the caller's transaction."""
    this = CERTIFICATES.c.id == bindparam("key")
    renewed = [
        {"key": one.certificate, "new": one.renewed}
        for one in signatures
        if one.renewed is not None
    ]
    if renewed:
        changed = update(CERTIFICATES).where(this).values(payload=bindparam("new"))
        session.execute(changed.values(kid=kid), renewed)
    changed = update(CERTIFICATES).where(this).values(signature=bindparam("signed"))
    write_many(
        session,
        changed.values(slot=bindparam("logged")),
        [
            {"key": one.certificate, "signed": one.signature, "logged": one.slot}
            for one in signatures
        ],
    )
    audit.append(
        session,
        at=at,
        who=desk.who,
        action=action,
        subject=f"{desk.institution.id} batch {batch_id}",
        kid=kid,
        rows=len(signatures),
        renewed=len(renewed),
        **details,
    )
