"""Which bytes are signed for a reserved certificate, and how signatures come into the database.

Both ways lead through here: the key on this machine (issuer/issue.py), and the key on a machine
without a network (issuer/offline.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, update
from sqlmodel import Session

from issuer import audit, payload
from issuer.db import write_many
from issuer.desk import Desk, Named
from issuer.publication_due import mark_due
from issuer.tables import CERTIFICATES
from keys.jws import Signer
from keys.publication import DAY
from schemas import issued_list, sd_jwt

TOO_OLD = DAY  # seconds; what was reserved before is signed with a new time: it must be logged soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature over a certificate's payload."""

    signing_input: bytes
    signature: bytes
    renewed: bytes | None
    """The payload that is signed, where it is another than the stored one."""

    @property
    def slot(self) -> bytes:
        """The certificate's entry in the issued list."""
        return issued_list.slot(self.signing_input)


def is_stale(reserved_for: str, reserved_at: int, signer: Named, iat: int) -> bool:
    """Whether a payload gets this key and this time, since verifiers would refuse the old ones.

    Nobody has seen it yet. Times are seconds.
    """
    return reserved_for != signer.kid or reserved_at < iat - TOO_OLD


def make(content: bytes, signer: Signer, *, new_iat: int | None) -> Signed:
    """Sign a stored payload, with another time if `new_iat` (seconds) is given."""
    renewed = None if new_iat is None else payload.signed_later(content, new_iat)
    signing_input = sd_jwt.SdJwt(signer.kid, renewed or content, b"").signing_input
    return Signed(
        signing_input=signing_input, signature=signer.sign(signing_input), renewed=renewed
    )


def store(session: Session, signed: Mapping[int, Signed], *, kid: str, at: int) -> None:
    """Store what the key `kid` signed, by certificate id, within the caller's transaction.

    It is due to be published then; `at` is now, in seconds.
    """
    mark_due(session, at=at)
    this = CERTIFICATES.c.id == bindparam("key")
    renewed = [
        {"key": certificate, "new": one.renewed}
        for certificate, one in signed.items()
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
            {"key": certificate, "signed": one.signature, "logged": one.slot}
            for certificate, one in signed.items()
        ],
    )


def log(
    session: Session,
    desk: Desk,
    batch_id: int,
    signed: Mapping[int, Signed],
    *,
    kid: str,
    at: int,
    action: str,
    **details: str,
) -> None:
    """Say in the audit log what was stored; the last thing in the caller's transaction."""
    audit.append(
        session,
        at=at,
        who=desk.who,
        action=action,
        subject=f"{desk.institution.id} batch {batch_id}",
        kid=kid,
        rows=len(signed),
        renewed=sum(one.renewed is not None for one in signed.values()),
        **details,
    )
