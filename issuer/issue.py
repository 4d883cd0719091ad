"""Issue a checked batch: reserve, sign, check, each once whatever crashes (DESIGN's §7).

1. `reserve`: one transaction takes the numbers and slots and stores what will be signed.
2. `sign`: signs what is stored; Ed25519 is deterministic, so a retry gives the same bytes.
3. `require_accepted`: every credential is verified as the verifier will do it, against the state
   that is about to be published, before anything is handed out.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Engine, bindparam, insert, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from issuer import audit, numbering, payload
from issuer.db import Batch, Certificate, Setting, transaction
from issuer.desk import Desk, require_signer
from issuer.lists import list_files
from issuer.vault import Vault
from keys.jws import Signer
from keys.publication import published_list
from keys.trust import TrustedList, TrustState
from schemas import issued_list, qr, sd_jwt, strict_json
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError, VerificationError
from schemas.issued_list import IssuedList
from verifier.presentation import Presentation
from verifier.verify import verify

_SAME = (
    *("id_number", "holder_name", "occupation", "direction", "level"),
    *("class_name", "start_date", "competition_name", "year", "rank"),
)
_CERTIFICATE = SQLModel.metadata.tables["certificate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One certificate to issue: checked claims and the roster's row."""

    row: int
    claims: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A signed certificate, ready to be handed out."""

    row: int
    number: str
    token: sd_jwt.SdJwt
    """With the disclosures: the holder's."""
    status: str = "valid"

    def digits(self, origin: str) -> str:
        """The QR code's digits: the certificate without disclosures.

        Raises:
            PackError: the code would not give back what was signed.
        """
        return qr.pack(self.token.without_disclosures().text, origin)


def roster_digest(orders: Sequence[Order]) -> str:
    """What makes a roster the same again: SHA-256 of what its rows say, not of its file."""
    rows = [[order.row, dict(sorted(order.claims.items()))] for order in orders]
    return hashlib.sha256(strict_json.dumps(rows)).hexdigest()


def person_key(certificate_type: CertificateType, claims: Mapping[str, object]) -> tuple[str, ...]:
    """Who a certificate is for and what it says they did: two of one key are one too many (E15)."""
    return (certificate_type.name, *(str(claims.get(name, "")) for name in _SAME))


def find_batch(
    engine: Engine, institution: str, certificate_type: CertificateType, orders: Sequence[Order]
) -> Batch | None:
    """The batch of this very roster, if it was accepted before."""
    with transaction(engine) as session:
        batch = session.exec(
            select(Batch).where(
                Batch.institution == institution,
                Batch.type == certificate_type.name,
                Batch.digest == roster_digest(orders),
            )
        ).first()
        if batch is not None:
            session.expunge(batch)
        return batch


def reserve(
    desk: Desk,
    signer: Signer,
    certificate_type: CertificateType,
    orders: Sequence[Order],
    *,
    source: str,
    pattern: str | None,
    now: datetime,
) -> int:
    """Take numbers and slots for a roster, or find that they were taken; give the batch's id.

    Raises:
        CommandError: `halted`, `database_of_another_environment`, `signer_not_registered`,
            `number_pattern`, `numbers_exhausted`, `number_taken`.
    """
    require_signer(desk, signer, now)
    try:
        with transaction(desk.engine) as session:
            _require_open(session, desk)
            digest = roster_digest(orders)
            batch = Batch(
                institution=desk.institution.id,
                type=certificate_type.name,
                digest=digest,
                source=source,
                rows=len(orders),
                created=int(now.timestamp()),
            )
            known = session.exec(
                select(Batch.id).where(
                    Batch.institution == batch.institution,
                    Batch.type == batch.type,
                    Batch.digest == digest,
                )
            ).first()
            if known is not None:
                return known
            session.add(batch)
            session.flush()
            rows = _rows(session, desk, signer.kid, certificate_type, orders, pattern, now)
            session.execute(insert(_CERTIFICATE), [row | {"batch_id": batch.id} for row in rows])
            audit.append(
                session,
                at=batch.created,
                who=desk.who,
                action="reserve",
                subject=f"{desk.institution.id} batch {batch.id}",
                type=certificate_type.name,
                rows=len(rows),
                roster=digest,
            )
            if batch.id is None:
                raise CommandError("database_unusable", "no batch id")
            return batch.id
    except IntegrityError as error:
        raise CommandError("number_taken", str(error.orig)) from None


def _require_open(session: Session, desk: Desk) -> None:
    if session.get(Setting, "halted") is not None:
        raise CommandError("halted")
    for name, value in (("environment", desk.trust.root.env), ("origin", desk.origin)):
        setting = session.get(Setting, name)
        if setting is None:
            session.add(Setting(name=name, value=value))
        elif setting.value != value:
            raise CommandError("database_of_another_environment", was=setting.value, now=value)


def _rows(
    session: Session,
    desk: Desk,
    kid: str,
    certificate_type: CertificateType,
    orders: Sequence[Order],
    pattern: str | None,
    now: datetime,
) -> list[dict[str, object]]:
    numbers = _numbers(session, desk.institution.id, certificate_type, orders, pattern)
    list_id = str(now.astimezone(UTC).year)
    first = numbering.take(session, desk.institution.id, f"slot {list_id}", len(orders))
    iat = int(now.timestamp())
    rows: list[dict[str, object]] = []
    for idx, (order, number) in enumerate(zip(orders, numbers, strict=True), start=first):
        signed, disclosures = payload.build(
            certificate_type,
            {**order.claims, "certificate_number": number},
            place=payload.Place(
                origin=desk.origin, institution=desk.institution.id, list_id=list_id, idx=idx
            ),
            iat=iat,
            demo=desk.trust.demo,
            salts={name: os.urandom(sd_jwt.SALT_LENGTH) for name in certificate_type.hidden},
        )
        rows.append(
            {
                "row": order.row,
                "institution": desk.institution.id,
                "type": certificate_type.name,
                "number": number,
                "list_id": list_id,
                "idx": idx,
                "kid": kid,
                "payload": signed,
                "sealed": desk.vault.seal(b"\n".join(disclosures), signed),
                "person": desk.vault.keyed_hash(*person_key(certificate_type, order.claims)),
                "status": "valid",
            }
        )
    return rows


def _numbers(
    session: Session,
    institution: str,
    certificate_type: CertificateType,
    orders: Sequence[Order],
    pattern: str | None,
) -> list[str]:
    """Each order's own number, or the next of the pattern."""
    pattern = pattern or numbering.DEFAULT_PATTERNS.get(certificate_type.name, "")
    given = [order.claims.get("certificate_number") for order in orders]
    wanted = []
    if None in given:
        numbering.check_pattern(pattern)
        wanted = [
            numbering.series(pattern, certificate_type.name, order.claims)
            for order, number in zip(orders, given, strict=True)
            if number is None
        ]
    made = iter(numbering.numbers(session, institution, wanted))
    return [str(number) if number is not None else next(made) for number in given]


def sign(desk: Desk, signer: Signer, batch_id: int, *, now: datetime) -> int:
    """Sign what of a batch is not signed yet; give how many that were.

    Raises:
        CommandError: `halted`; `signer_not_registered` when the batch was reserved for another key.
    """
    with transaction(desk.engine) as session:
        _require_open(session, desk)
        waiting = session.execute(
            select_columns(_CERTIFICATE.c.id, _CERTIFICATE.c.kid, _CERTIFICATE.c.payload).where(
                _CERTIFICATE.c.batch_id == batch_id, _CERTIFICATE.c.signature.is_(None)
            )
        ).all()
        signed = []
        for certificate_id, kid, content in waiting:
            if kid != signer.kid:
                raise CommandError(
                    "signer_not_registered", kid=signer.kid, institution=desk.institution.id
                )
            signing_input = sd_jwt.SdJwt(kid, content, b"").signing_input
            signed.append(
                {
                    "key": certificate_id,
                    "signature": signer.sign(signing_input),
                    "slot": issued_list.slot(signing_input),
                }
            )
        if signed:
            session.execute(
                update(_CERTIFICATE)
                .where(_CERTIFICATE.c.id == bindparam("key"))
                .values(signature=bindparam("signature"), slot=bindparam("slot")),
                signed,
            )
            audit.append(
                session,
                at=int(now.timestamp()),
                who=desk.who,
                action="sign",
                subject=f"{desk.institution.id} batch {batch_id}",
                kid=signer.kid,
                rows=len(signed),
            )
        return len(signed)


def load(desk: Desk, batch_id: int) -> list[Issued]:
    """The signed certificates of a batch, by row."""
    with transaction(desk.engine) as session:
        found = session.exec(
            select(Certificate)
            .where(Certificate.batch_id == batch_id, col(Certificate.signature).is_not(None))
            .order_by(col(Certificate.row))
        ).all()
        return [issued(desk.vault, certificate) for certificate in found]


def issued(vault: Vault, certificate: Certificate) -> Issued:
    """A stored, signed certificate with its disclosures opened."""
    opened = vault.open_sealed(certificate.sealed, certificate.payload)
    disclosures = tuple(opened.split(b"\n")) if opened else ()
    token = sd_jwt.SdJwt(
        certificate.kid, certificate.payload, certificate.signature or b"", disclosures
    )
    return Issued(
        row=certificate.row, number=certificate.number, token=token, status=certificate.status
    )


def require_accepted(desk: Desk, certificates: Sequence[Issued], *, now: datetime) -> None:
    """Verify each certificate as its QR code will be, against the state about to be published.

    Raises:
        CommandError: `self_check_failed`: nothing may be handed out.
    """
    future = to_be_published(desk, now=now)
    for certificate in certificates:
        if certificate.status != "valid":
            continue
        text = f"https://{desk.origin}/#{certificate.digits(desk.origin)}"
        try:
            verified = verify(Presentation.read(text), trust=future, now=now)
        except VerificationError as error:
            raise CommandError("self_check_failed", str(error), row=certificate.row) from None
        if verified.credential.certificate_number != certificate.number:
            raise CommandError("self_check_failed", "another certificate", row=certificate.row)


def to_be_published(desk: Desk, *, now: datetime) -> TrustState:
    """The trust state with this institution's lists as they stand in the database now."""
    lists = dict(desk.trust.lists)
    with transaction(desk.engine) as session:
        files = list_files(session, desk.institution.id)
    for entry in files:
        earlier = lists.get(entry.key)
        published = published_list(
            entry, earlier.published if earlier else None, now=int(now.timestamp())
        )
        epochs = tuple((count, time) for count, time in published.epochs)
        lists[entry.key] = TrustedList(
            published=published,
            status=entry.status,
            issued=IssuedList(data=entry.slots, epochs=epochs),
            replaced=entry.replaced,
        )
    return replace(desk.trust, lists=lists)
