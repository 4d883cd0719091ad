"""The life of a certificate after it was issued: revoke, suspend, reinstate, replace.

A revocation has no way back (the registry alone can reinstate); a suspension has. A correction
makes a new certificate with `replaces` and revokes the old one, whose code then names the new one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from issuer import audit
from issuer.certificates import subject_of
from issuer.db import transaction
from issuer.desk import Desk, Named, day_at, require_database
from issuer.grants import grant_check
from issuer.holders import folded
from issuer.issue import (
    Issued,
    Order,
    find_batch,
    issued,
    load,
    require_accepted,
    reserve,
    sign,
)
from issuer.publication_due import mark_due
from issuer.roster.cells import readers
from issuer.roster.findings import Finding
from issuer.roster.rows import TAIL
from issuer.roster.rules import check_claims
from issuer.tables import AuditEntry, Certificate
from issuer.vault import Vault
from keys.jws import Signer
from schemas import certificate_types, codes, issued_list, strict_json
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError
from schemas.sd_jwt import SdJwt

_MOVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "revoke": (("valid", "suspended"), "revoked"),
    "suspend": (("valid",), "suspended"),
    "reinstate": (("suspended",), "valid"),
}
"""Action → the statuses it starts from, the status it leads to."""
ACTIONS = tuple(_MOVES)
MAX_REASON = 200  # characters

_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")  # of residents (GB 11643)
_BUREAU = "bureau"
_REPLACES = "replaces "  # before the number, as the name of a batch


class CorrectionError(CommandError):
    """A correction that could not have been issued in the first place."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__("correction_refused")

    def message(self, language: codes.Language) -> str:
        """What is wrong with which claim."""
        where, what = self.finding.place(language), self.finding.message(language)
        return codes.sentence("command", self.code, language, where=where, what=what)

    def hint(self, language: codes.Language) -> str:
        """What the roster's rules say to do."""
        return self.finding.fix(language)


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
    wanted = wanted.with_for_update()
    found = [one for one in session.exec(wanted) if one.signature is not None]
    if not found:
        raise CommandError("certificate_not_found", number=number, institution=institution)
    if len(found) > 1:
        raise CommandError(
            "certificate_ambiguous", number=number, types=[one.type for one in found]
        )
    return found[0]


def change(
    desk: Desk,
    action: str,
    number: str,
    *,
    type_name: str | None,
    reason: str,
    now: datetime,
    by_bureau: bool = False,
) -> str:
    """Carry out `revoke`, `suspend` or `reinstate`; give the new status.

    The bureau (`by_bureau`) suspends and does not revoke. A suspension is taken back by the side
    that made it: an institution could undo the supervision otherwise.

    Raises:
        CommandError: as `find`, `require_database` and `require_reason`; `status_unchanged`,
            `revoked_is_final`, `bureau_only_suspends`, `suspended_by_bureau`,
            `suspended_by_institution`.
    """
    require_reason(reason)
    if by_bureau and action == "revoke":
        raise CommandError("bureau_only_suspends")
    with transaction(desk.engine) as session:
        require_database(session, desk)
        certificate = find(session, desk.institution.id, number, type_name)
        if action == "reinstate" and certificate.status == "suspended":
            _require_own_suspension(session, certificate, by_bureau=by_bureau)
        _move(session, desk, certificate, action, reason, now, by_bureau=by_bureau)
        return certificate.status


def possible(status: str) -> list[str]:
    """The actions that start from a status."""
    return [action for action, (sources, _) in _MOVES.items() if status in sources]


def require_reason(reason: str) -> None:
    """Refuse a reason that says nothing, and one that must not stand in the log.

    Raises:
        CommandError: `reason_missing`, `reason_too_long`, `reason_has_id_number`.
    """
    if not reason.strip():
        raise CommandError("reason_missing")
    if len(reason) > MAX_REASON:
        raise CommandError("reason_too_long", limit=MAX_REASON)
    if _ID_NUMBER.search(folded(reason)):
        raise CommandError("reason_has_id_number")


def is_suspended_by_bureau(session: Session, certificate: Certificate) -> bool:
    """Whether the bureau has suspended it, as the log says."""
    if certificate.status != "suspended":
        return False
    last = session.exec(
        select(AuditEntry.details)
        .where(AuditEntry.subject == subject_of(certificate), AuditEntry.action == "suspend")
        .order_by(col(AuditEntry.id).desc())
        .limit(1)
    ).first()
    return last is not None and strict_json.loads_object(last.encode()).get("by") == _BUREAU


def _require_own_suspension(session: Session, certificate: Certificate, *, by_bureau: bool) -> None:
    if is_suspended_by_bureau(session, certificate) and not by_bureau:
        raise CommandError("suspended_by_bureau", number=certificate.number)
    if by_bureau and not is_suspended_by_bureau(session, certificate):
        raise CommandError("suspended_by_institution", number=certificate.number)


def _move(
    session: Session,
    desk: Desk,
    certificate: Certificate,
    action: str,
    reason: str,
    now: datetime,
    *,
    by_bureau: bool = False,
) -> None:
    sources, target = _MOVES[action]
    if certificate.status not in sources:
        code = "revoked_is_final" if certificate.status == "revoked" else "status_unchanged"
        raise CommandError(code, number=certificate.number, status=certificate.status)
    certificate.status = target
    certificate.reason = reason
    session.add(certificate)
    session.flush()
    at = int(now.timestamp())
    mark_due(session, at=at)
    audit.append(
        session,
        at=at,
        who=desk.who,
        action=action,
        subject=subject_of(certificate),
        reason=reason,
        **({"by": _BUREAU} if by_bureau else {}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A correction under way: the new certificate has its number and waits for its signature."""

    number: str
    """Of the certificate that is corrected."""
    old_id: int | None
    type_name: str
    reason: str
    batch: int
    """In which the new one is alone."""
    replaced_by: str | None
    """The number of the new one, where an earlier run came to the end."""


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
    """Issue the corrected certificate, then revoke the old one; give the new one.

    The old one stays as it is until the new one is signed and verified. The same correction again
    goes on where it stopped, and gives the same certificate.

    Args:
        desk: the institution's.
        signer: its key.
        number: of the certificate to correct.
        type_name: its type, where two types share the number.
        changes: claim → its text, as a roster would have it; an empty text takes the claim away.
        reason: for the record; people see that it was replaced, not why.
        pattern: of the new number, as `reserve` takes it.
        now: aware.

    Raises:
        CommandError: as `begin`, `sign` and `finish`.
    """
    replacement = begin(
        desk,
        signer,
        number,
        type_name=type_name,
        changes=changes,
        reason=reason,
        pattern=pattern,
        now=now,
    )
    sign(desk, signer, replacement.batch, now=now)
    return finish(desk, replacement, now=now)


def begin(
    desk: Desk,
    key: Named,
    number: str,
    *,
    type_name: str | None,
    changes: Mapping[str, object],
    reason: str,
    pattern: str | None,
    now: datetime,
) -> Replacement:
    """Number the corrected certificate, which `key` is to sign: here, or on another machine.

    Raises:
        CommandError: as `find` and `reserve`; `reason_missing`, `certificate_erased`,
            `revoked_is_final`, `claim_unknown`, `correction_refused`.
    """
    require_reason(reason)
    with transaction(desk.engine) as session:
        require_database(session, desk)
        old = find(session, desk.institution.id, number, type_name)
        if old.erased is not None:
            raise CommandError("certificate_erased", number=number)
        certificate_type = certificate_types.load(old.type)
        claims = stored_claims(desk.vault, old)
        old_id, final, replaced_by = old.id, old.status == "revoked", old.replaced_by
    orders = [Order(row=0, claims=corrected(certificate_type, claims, number, changes))]
    known = find_batch(desk.engine, desk.institution.id, certificate_type, orders)
    if final and (known is None or replaced_by is None):
        raise CommandError("revoked_is_final", number=number, status="revoked")
    if known is None:
        require_issuable(desk, certificate_type, orders[0].claims, now)
    source = replacement_source(number)
    return Replacement(
        number=number,
        old_id=old_id,
        type_name=certificate_type.name,
        reason=reason,
        batch=reserve(desk, key, certificate_type, orders, source=source, pattern=pattern, now=now),
        replaced_by=replaced_by,
    )


def finish(desk: Desk, replacement: Replacement, *, now: datetime) -> Issued:
    """Revoke the old certificate in favour of the new one, which is signed; give the new one.

    Raises:
        CommandError: as `require_accepted`; `revoked_is_final`, `certificate_erased`.
    """
    found = load(desk, replacement.batch)
    if not found:
        raise CommandError("certificate_erased", number=replacement.replaced_by)
    [new] = found
    reason = replacement.reason
    final = CommandError("revoked_is_final", number=replacement.number, status="revoked")
    if replacement.replaced_by not in (None, new.number):  # by another correction
        raise final
    require_accepted(desk, [new], now=now)
    overtaken = False
    with transaction(desk.engine) as session:
        replaced = session.get_one(Certificate, replacement.old_id, with_for_update=True)
        if replaced.replaced_by is None and replaced.status == "revoked":
            # Somebody revoked it while the new one was signed: their word holds for both.
            ours = find(session, desk.institution.id, new.number, replacement.type_name)
            if ours.status != "revoked":
                _move(session, desk, ours, "revoke", replaced.reason or reason, now)
            overtaken = True
        elif replaced.replaced_by is None:
            replaced.replaced_by = new.number
            signed = SdJwt(replaced.kid, replaced.payload, b"").signing_input
            replaced.replaced_seal = issued_list.seal_number(new.number, signed)
            _move(session, desk, replaced, "revoke", reason, now)
    if overtaken:
        raise final
    return new


def replacement_source(number: str) -> str:
    """What the batch of a corrected certificate is called."""
    return f"{_REPLACES}{number}"


def replaced_number(source: str) -> str | None:
    """The number of the certificate that a batch of this name corrects, if it is one of those."""
    return source.removeprefix(_REPLACES) if source.startswith(_REPLACES) else None


def corrected(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    number: str,
    changes: Mapping[str, object],
) -> dict[str, object]:
    """The claims of the new certificate, but for its number unless `changes` give it."""
    new = {name: value for name, value in claims.items() if name != "certificate_number"}
    by_claim = readers(certificate_type)
    for name, value in changes.items():
        if name not in certificate_type.claims:
            known = list(certificate_type.claims)
            raise CommandError("claim_unknown", claim=name, known=known)
        read = by_claim[name](value).value if isinstance(value, str) and name in by_claim else value
        new[name] = read
    if "id_number" in changes:
        id_number = new["id_number"]
        new["id_number_tail"] = str(id_number)[-TAIL:] if id_number else None
    new["replaces"] = number
    return {name: value for name, value in new.items() if value is not None}


def require_issuable(
    desk: Desk, certificate_type: CertificateType, claims: Mapping[str, object], now: datetime
) -> None:
    """Refuse a correction that the rules of rosters or the registry would not let pass."""
    number = claims.get("certificate_number")
    whole = claims if number else {**claims, "certificate_number": "0"}  # will be given
    findings = check_claims(certificate_type, whole, today=day_at(now), demo=desk.trust.demo)
    findings += grant_check(desk.institution, certificate_type, today=day_at(now))(claims)
    for found in findings:
        if found.severity == "error" and (number or found.column != "certificate_number"):
            raise CorrectionError(found)


def stored_claims(vault: Vault, certificate: Certificate) -> dict[str, object]:
    """The type's own claims of a stored certificate, the hidden ones included."""
    token = issued(vault, certificate).token
    revealed = token.reveal(token.claims())
    names = certificate_types.load(certificate.type).claims
    return {name: revealed[name] for name in names if name in revealed}
