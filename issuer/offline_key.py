"""The key's part of signing on a machine without a network: check a batch, sign it.

Every row is checked here as the desk did it, against the registry on this machine: who brings a
document decides nothing about what the key signs (issuing invariant 4). No database, no network.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from issuer import payload, signatures
from issuer.batch_document import BatchSignatures, BatchToSign, Row, RowSignature
from issuer.desk import day_at, require_key
from issuer.grants import GrantCheck, grant_check
from issuer.roster.findings import Finding
from issuer.roster.rules import check_claims
from keys.jws import Signer
from keys.trust import TrustState
from schemas import base64url, certificate_types, codes
from schemas.certificate_types import CertificateType
from schemas.credential import Credential
from schemas.errors import CommandError, MalformedError
from schemas.limits import CLOCK_SKEW, MAX_PAYLOAD
from schemas.registry import Institution

DIGEST_LENGTH = 43  # characters of a hidden claim's digest: SHA-256 as base64url


class RowRefusedError(CommandError):
    """A row that the rules of rosters or the registry would not let pass."""

    def __init__(self, row: int, finding: Finding) -> None:
        self.finding = replace(finding, row=row)
        super().__init__("batch_row_refused")

    def message(self, language: codes.Language) -> str:
        """What is wrong with which claim."""
        where, what = self.finding.place(language), self.finding.message(language)
        return codes.sentence("command", self.code, language, where=where, what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBatch:
    """A batch that may be signed. Only `check_batch` builds one."""

    document: BatchToSign
    sha256: bytes
    """Of the document's bytes."""
    payloads: tuple[bytes, ...]
    iat: int
    """When it was reserved, seconds: what all payloads say."""
    trust: TrustState
    institution: Institution


def check_batch(
    data: bytes, trust: TrustState, institution: Institution, *, now: datetime
) -> CheckedBatch:
    """Read a batch, and refuse whatever the institution's own desk could not have exported.

    Raises:
        CommandError: `batch_malformed`, `batch_of_another_institution`,
            `batch_of_another_environment`, `batch_registry_newer`, `batch_from_the_future`,
            `certificate_type_unknown`, `batch_row_malformed`, `batch_row_refused`.
    """
    document = BatchToSign.read(data)
    if document.institution != institution.id:
        raise CommandError("batch_of_another_institution", institution=document.institution)
    if document.env != trust.root.env:
        raise CommandError("batch_of_another_environment", was=document.env, now=trust.root.env)
    if document.registry > trust.registry.version:
        raise CommandError(
            "batch_registry_newer", batch=document.registry, here=trust.registry.version
        )
    certificate_type = certificate_types.load(document.type)
    grants = grant_check(institution, certificate_type, today=day_at(now))
    checked = [
        _checked(row, certificate_type, grants, trust, institution, now) for row in document.rows
    ]
    credentials = [credential for credential, _ in checked]
    _require_distinct(document, credentials)
    iat = credentials[0].iat
    if iat > int(now.timestamp()) + CLOCK_SKEW:
        raise CommandError("batch_from_the_future")
    return CheckedBatch(
        document=document,
        sha256=hashlib.sha256(data).digest(),
        payloads=tuple(content for _, content in checked),
        iat=iat,
        trust=trust,
        institution=institution,
    )


def sign_batch(checked: CheckedBatch, signer: Signer, *, now: datetime) -> bytes:
    """Sign what was checked; give the document of its signatures.

    As at the desk, what was reserved for another key or too long ago bears a new time.

    Raises:
        CommandError: as `require_key`, and as the signer.
    """
    require_key(checked.trust, checked.institution, signer, now)
    document, today = checked.document, int(now.timestamp())
    stale = signatures.is_stale(document.kid, checked.iat, signer, today)
    iat = today if stale else checked.iat
    signed = [
        signatures.make(content, signer, new_iat=iat if stale else None)
        for content in checked.payloads
    ]
    return BatchSignatures(
        institution=document.institution,
        batch=document.batch,
        roster=document.roster,
        signed=base64url.encode(checked.sha256),
        kid=signer.kid,
        iat=iat,
        signatures=[
            RowSignature(row=row.row, signature=base64url.encode(one.signature))
            for row, one in zip(document.rows, signed, strict=True)
        ],
    ).write()


def _checked(
    row: Row,
    certificate_type: CertificateType,
    grants: GrantCheck,
    trust: TrustState,
    institution: Institution,
    now: datetime,
) -> tuple[Credential, bytes]:
    """A row's credential and payload, once it is what this institution may issue."""
    content = row.payload
    try:
        credential = Credential.from_claims(row.claims)
        _require_form(credential, content, certificate_type, trust, institution)
    except MalformedError as error:
        detail = str(error.details["detail"])
        raise CommandError("batch_row_malformed", detail, row=row.row) from None
    claims = {name: row.claims[name] for name in certificate_type.claims if name in row.claims}
    findings = check_claims(
        certificate_type,
        claims,
        today=day_at(now),
        demo=trust.demo,
        unseen=certificate_type.hidden,
    )
    for found in [*findings, *grants(claims)]:
        if found.severity == "error":
            raise RowRefusedError(row.row, found)
    return credential, content


def _require_form(
    credential: Credential,
    content: bytes,
    certificate_type: CertificateType,
    trust: TrustState,
    institution: Institution,
) -> None:
    """Refuse a payload that `payload.build` would not have made of its own claims."""
    if len(content) > MAX_PAYLOAD:
        raise MalformedError(f"payload longer than {MAX_PAYLOAD} bytes")
    digests = credential.claims.get("_sd", [])
    hidden = certificate_type.hidden
    if type(digests) is not list or not (
        len(hidden & certificate_type.mandatory) <= len(digests) <= len(hidden)
    ):
        raise MalformedError("_sd: not the digests of its hidden claims")
    for digest in digests:
        if type(digest) is not str or len(digest) != DIGEST_LENGTH:
            raise MalformedError("_sd: not a list of digests")
        base64url.decode(digest)
    signed_in = datetime.fromtimestamp(credential.iat, UTC).year
    composed = payload.compose(
        certificate_type,
        credential.claims,
        place=payload.Place(
            origin=trust.registry.origins[0],
            institution=institution.id,
            list_id=str(signed_in),
            idx=credential.idx,
        ),
        iat=credential.iat,
        demo=trust.demo,
        digests=digests,
    )
    if composed != content:
        raise MalformedError("not a payload of this institution and type")


def _require_distinct(document: BatchToSign, credentials: Sequence[Credential]) -> None:
    """Each row, number and slot stands once; all were reserved at one time."""
    rows = [row.row for row in document.rows]
    numbers = {one.certificate_number for one in credentials}
    slots = {one.idx for one in credentials}
    once = len(set(rows)) == len(numbers) == len(slots) == len(rows)
    if not once or rows != sorted(rows) or len({one.iat for one in credentials}) > 1:
        raise CommandError("batch_malformed", "rows, numbers or slots that cannot be of one batch")
