"""The life of a certificate after it was issued: revoke, suspend, reinstate, replace.

A revocation has no way back (the registry alone can reinstate); a suspension has. A correction
makes a new certificate with `replaces` and revokes the old one, whose code then names the new one.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from issuer import audit
from issuer.db import Certificate, transaction
from issuer.desk import Desk
from issuer.issue import Issued, Order, issued, require_accepted, reserve, sign
from issuer.vault import Vault
from keys.jws import Signer
from schemas import certificate_types
from schemas.errors import CommandError

_MOVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "revoke": (("valid", "suspended"), "revoked"),
    "suspend": (("valid",), "suspended"),
    "reinstate": (("suspended",), "valid"),
}
"""Action → the statuses it starts from, the status it leads to."""


def find(session: Session, institution: str, number: str, type_name: str | None) -> Certificate:
    """The signed certificate with this number; `type_name` where two types share it.

    Raises:
        CommandError: `certificate_not_found`, `certificate_ambiguous`.
    """
    wanted = select(Certificate).where(
        Certificate.institution == institution, Certificate.number == number
    )
    if type_name is not None:
        wanted = wanted.where(Certificate.type == type_name)
    found = [one for one in session.exec(wanted) if one.signature is not None]
    if not found:
        raise CommandError("certificate_not_found", number=number, institution=institution)
    if len(found) > 1:
        raise CommandError(
            "certificate_ambiguous", number=number, types=", ".join(one.type for one in found)
        )
    return found[0]


def change(
    desk: Desk, action: str, number: str, *, type_name: str | None, reason: str, now: datetime
) -> str:
    """Carry out `revoke`, `suspend` or `reinstate`; give the new status.

    Raises:
        CommandError: as `find`; `status_unchanged`, `revoked_is_final`, `reason_missing`.
    """
    with transaction(desk.engine) as session:
        certificate = find(session, desk.institution.id, number, type_name)
        _move(session, desk, certificate, action, reason, now)
        return certificate.status


def _move(
    session: Session, desk: Desk, certificate: Certificate, action: str, reason: str, now: datetime
) -> None:
    if not reason.strip():
        raise CommandError("reason_missing")
    sources, target = _MOVES[action]
    if certificate.status not in sources:
        code = "revoked_is_final" if certificate.status == "revoked" else "status_unchanged"
        raise CommandError(code, number=certificate.number, status=certificate.status)
    certificate.status = target
    certificate.reason = reason
    session.add(certificate)
    audit.append(
        session,
        at=int(now.timestamp()),
        who=desk.who,
        action=action,
        subject=f"{certificate.institution} {certificate.type} {certificate.number}",
        reason=reason,
    )


def replace(
    desk: Desk,
    signer: Signer,
    number: str,
    *,
    type_name: str | None,
    changes: Mapping[str, object],
    reason: str,
    pattern: str | None,
    now: datetime,
) -> Issued:
    """Issue the corrected certificate and revoke the old one; both or neither.

    The new one is signed first: if the process ends in between, the same command goes on.

    Raises:
        CommandError: as `find` and `reserve`; `revoked_is_final`, `claim_unknown`.
    """
    with transaction(desk.engine) as session:
        old = find(session, desk.institution.id, number, type_name)
        if old.status == "revoked":
            raise CommandError("revoked_is_final", number=number, status=old.status)
        claims = stored_claims(desk.vault, old)
        old_id, old_type = old.id, old.type
    certificate_type = certificate_types.load(old_type)
    unknown = [name for name in changes if name not in certificate_type.claims]
    if unknown:
        raise CommandError(
            "claim_unknown", claim=unknown[0], known=", ".join(certificate_type.claims)
        )
    corrected = {name: value for name, value in claims.items() if name != "certificate_number"}
    corrected |= {**changes, "replaces": number}
    batch = reserve(
        desk,
        signer,
        certificate_type,
        [Order(row=0, claims=corrected)],
        source=f"replaces {number}",
        pattern=pattern,
        now=now,
    )
    sign(desk, signer, batch, now=now)
    with transaction(desk.engine) as session:
        new = session.exec(select(Certificate).where(Certificate.batch_id == batch)).one()
        replaced = session.get(Certificate, old_id)
        if replaced is None:
            raise CommandError(
                "certificate_not_found", number=number, institution=desk.institution.id
            )
        replaced.replaced_by = new.number
        _move(session, desk, replaced, "revoke", reason, now)
        result = issued(desk.vault, new)
    require_accepted(desk, [result], now=now)
    return result


def stored_claims(vault: Vault, certificate: Certificate) -> dict[str, object]:
    """The type's own claims of a stored certificate, the hidden ones included."""
    token = issued(vault, certificate).token
    revealed = token.reveal(token.claims())
    names = certificate_types.load(certificate.type).claims
    return {name: revealed[name] for name in names if name in revealed}
