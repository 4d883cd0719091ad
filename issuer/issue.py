"""Issue a checked batch: reserve, sign, check, each once whatever crashes (DESIGN's §7).

1. `reserve`: one transaction takes the numbers and slots and stores what will be signed.
2. `sign`: signs what is stored; Ed25519 is deterministic, so a retry gives the same bytes. What an
   earlier run left unsigned is signed first: lists are published up to the first gap.
3. `require_accepted`: every credential is verified as the verifier will do it, against the state
   that is about to be published, before anything is handed out.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Row, insert
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from issuer import audit, payload, signatures
from issuer.db import reading, transaction, write_many
from issuer.desk import Desk, Named, lock_issuing, require_database, require_signer
from issuer.halt import HaltWatch, require_not_halted
from issuer.holders import holder_columns
from issuer.lists import list_files
from issuer.numbers import numbering
from issuer.tables import BATCHES, CERTIFICATES, Batch, Certificate
from issuer.vault import Vault
from keys.jws import Signer
from keys.publication import published_list
from keys.trust import TrustedList, TrustState
from schemas import certificate_types, qr, sd_jwt, strict_json
from schemas.certificate_types import CertificateType
from schemas.errors import CommandError, VerificationError
from schemas.issued_list import IssuedList
from verifier.presentation import Presentation
from verifier.verify import verify

TOGETHER = 10_000  # certificates that are stored in one transaction, which takes a quarter second

_SAME = (
    *("id_number", "holder_name", "occupation", "direction", "level"),
    *("class_name", "start_date", "competition_name", "year", "rank"),
)


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
        return qr.checked_digits(self.token.without_disclosures(), origin)


def roster_digest(certificate_type: CertificateType, orders: Sequence[Order]) -> str:
    """What makes a roster the same again: SHA-256 of what its rows say, not of its file."""
    names = certificate_type.claims
    rows = [[order.row, *map(order.claims.get, names)] for order in orders]
    return hashlib.sha256(strict_json.dumps(rows)).hexdigest()


def person_key(certificate_type: CertificateType, claims: Mapping[str, object]) -> tuple[str, ...]:
    """Who a certificate is for and what it says they did: two of one key are one too many (E15)."""
    same = _same_claims(certificate_type.name)
    return (certificate_type.name, *[str(claims.get(name, "")) for name in same])


@cache
def _same_claims(type_name: str) -> tuple[str, ...]:
    claims = certificate_types.load(type_name).claims
    return tuple(name for name in _SAME if name in claims)


def find_batch(
    engine: Engine, institution: str, certificate_type: CertificateType, orders: Sequence[Order]
) -> Batch | None:
    """The batch of this very roster, if it was accepted before."""
    with reading(engine) as session:
        batch = session.exec(
            select(Batch).where(
                Batch.institution == institution,
                Batch.type == certificate_type.name,
                Batch.digest == roster_digest(certificate_type, orders),
            )
        ).first()
        if batch is not None:
            session.expunge(batch)
        return batch


def reserve(
    desk: Desk,
    signer: Named,
    certificate_type: CertificateType,
    orders: Sequence[Order],
    *,
    source: str,
    pattern: str | None,
    now: datetime,
    also: Callable[[Session, int], None] = lambda _session, _batch_id: None,
) -> int:
    """Take numbers and slots for a roster, or find that they were taken; give the batch's id.

    Nothing is signed: `signer` is who will, here or elsewhere. `also` belongs to the same
    transaction; where it raises, nothing is taken.

    Raises:
        CommandError: as `require_signer` and `require_database`; `halted`, `number_pattern`,
            `numbers_exhausted`, `number_taken`.
    """
    require_signer(desk, signer, now)
    try:
        with transaction(desk.engine) as session:
            lock_issuing(session, desk.institution.id)
            require_not_halted(session, desk.institution.id)
            require_database(session, desk)
            digest = roster_digest(certificate_type, orders)
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
                also(session, known)
                return known
            session.add(batch)
            session.flush()
            rows = _rows(session, desk, signer.kid, certificate_type, orders, pattern, now)
            write_many(
                session, insert(CERTIFICATES), [{**row, "batch_id": batch.id} for row in rows]
            )
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
            also(session, batch.id)
            return batch.id
    except IntegrityError as error:
        raise CommandError("number_taken", str(error.orig)) from None


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
                "sealed": desk.vault.seal(
                    b"\n".join(disclosures), _place(desk.institution.id, list_id, idx)
                ),
                "person": desk.vault.keyed_hash(*person_key(certificate_type, order.claims)),
                **holder_columns(desk.vault, order.claims, number),
                "status": "valid",
            }
        )
    return rows


def _place(institution: str, list_id: str, idx: int) -> bytes:
    """What sealed disclosures belong to: the slot, which no two certificates share."""
    return f"{institution}/{list_id}/{idx}".encode()


def _numbers(
    session: Session,
    institution: str,
    certificate_type: CertificateType,
    orders: Sequence[Order],
    pattern: str | None,
) -> list[str]:
    """Each order's own number, or the next of the pattern: the institution's, unless one is given."""
    pattern = pattern or numbering.pattern_of(session, institution, certificate_type.name)
    given = [order.claims.get("certificate_number") for order in orders]
    wanted = []
    if None in given:
        numbering.check_pattern(pattern)
        wanted = [
            numbering.series(pattern, certificate_type.name, order.claims)
            for order, number in zip(orders, given, strict=True)
            if number is None
        ]
    used = frozenset(str(number) for number in given if number is not None)
    made = iter(numbering.numbers(session, institution, certificate_type.name, wanted, used))
    found = []
    for order, number in zip(orders, given, strict=True):
        if number is None:
            new = next(made)
            numbering.require_fitting(certificate_type.name, new, order.claims, pattern=pattern)
            found.append(new)
        else:
            found.append(str(number))
    return found


def sign(desk: Desk, signer: Signer, batch_id: int, *, now: datetime) -> int:
    """Sign what is not signed yet of a batch and of those before it; give how many that were.

    Signing holds no lock, so that whoever halts it need not wait; storing does, and leaves out what
    another process has signed meanwhile.

    Raises:
        CommandError: as `require_signer` and `require_database`; `halted`: what was stored until
            then stays, another run goes on with the rest.
    """
    require_signer(desk, signer, now)
    certificate, batch = CERTIFICATES.c, BATCHES.c
    with transaction(desk.engine) as session:
        require_not_halted(session, desk.institution.id)
        require_database(session, desk)
        waiting = session.execute(
            select_columns(certificate.id, certificate.kid, certificate.payload, batch.created)
            .join(BATCHES, batch.id == certificate.batch_id)
            .where(
                certificate.institution == desk.institution.id,
                certificate.batch_id <= batch_id,
                certificate.signature.is_(None),
            )
            .order_by(certificate.id)
        ).all()
    iat, count = int(now.timestamp()), 0
    for first in range(0, len(waiting), TOGETHER):
        signed = _signed(desk, signer, waiting[first : first + TOGETHER], iat)
        count += _store(desk, signer, batch_id, signed, iat)
    return count


def _signed(
    desk: Desk, signer: Signer, waiting: Sequence[Row[Any]], iat: int
) -> dict[int, signatures.Signed]:
    """The signatures by certificate id; somebody may halt it in the midst."""
    watch = HaltWatch(desk.engine, desk.institution.id)
    signed = {}
    for one in waiting:
        watch.look()
        stale = signatures.is_stale(one.kid, one.created, signer, iat)
        signed[one.id] = signatures.make(one.payload, signer, new_iat=iat if stale else None)
    return signed


def _store(
    desk: Desk, signer: Signer, batch_id: int, signed: Mapping[int, signatures.Signed], iat: int
) -> int:
    """Store signatures in one transaction; give how many."""
    certificate = CERTIFICATES.c
    with transaction(desk.engine) as session:
        lock_issuing(session, desk.institution.id)
        require_not_halted(session, desk.institution.id)
        unsigned = session.scalars(
            select_columns(certificate.id).where(
                certificate.institution == desk.institution.id,
                certificate.id.between(min(signed), max(signed)),
                certificate.signature.is_(None),
            )
        )
        new = {one: signed[one] for one in unsigned if one in signed}
        if new:
            signatures.store(session, new, kid=signer.kid, at=iat)
            signatures.log(session, desk, batch_id, new, kid=signer.kid, at=iat, action="sign")
        return len(new)


def is_signed(desk: Desk, batch_id: int) -> bool:
    """Whether every certificate of a batch has its signature."""
    certificate = CERTIFICATES.c
    waiting = select_columns(certificate.id).where(
        certificate.batch_id == batch_id, certificate.signature.is_(None)
    )
    with reading(desk.engine) as session:
        return session.execute(waiting.limit(1)).first() is None


def load(desk: Desk, batch_id: int) -> list[Issued]:
    """The signed certificates of a batch, by row; those that were erased are not among them."""
    certificate = CERTIFICATES.c
    with reading(desk.engine) as session:
        found = session.execute(
            select_columns(CERTIFICATES)
            .where(
                certificate.batch_id == batch_id,
                certificate.signature.is_not(None),
                certificate.erased.is_(None),
            )
            .order_by(certificate.row)
        )
        return [issued(desk.vault, row) for row in found]


def issued(vault: Vault, stored: Certificate | Row[Any]) -> Issued:
    """A stored, signed certificate with its disclosures opened."""
    place = _place(stored.institution, stored.list_id, stored.idx)
    opened = vault.open_sealed(stored.sealed, place)
    disclosures = tuple(opened.split(b"\n")) if opened else ()
    token = sd_jwt.SdJwt(stored.kid, stored.payload, stored.signature or b"", disclosures)
    return Issued(row=stored.row, number=stored.number, token=token, status=stored.status)


def require_accepted(desk: Desk, certificates: Sequence[Issued], *, now: datetime) -> None:
    """Verify each certificate as its QR code will be, against the state about to be published.

    Raises:
        CommandError: as `require_accepted_by`: nothing may be handed out.
    """
    require_accepted_by(to_be_published(desk, now=now), desk, certificates, now=now)


def require_accepted_by(
    future: TrustState, desk: Desk, certificates: Sequence[Issued], *, now: datetime
) -> None:
    """Verify each certificate as its QR code will be, against `future`.

    Raises:
        CommandError: `self_check_failed`.
    """
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
    with reading(desk.engine) as session:
        return with_lists(session, desk, now=now)


def with_lists(session: Session, desk: Desk, *, now: datetime) -> TrustState:
    """The trust state with this institution's lists as this transaction would leave them."""
    lists = dict(desk.trust.lists)
    for entry in list_files(session, desk.institution.id):
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
