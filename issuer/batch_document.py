"""The two documents of signing on a machine without a network: a batch to sign, and its signatures.

Canonical JSON of exactly these members. A row holds the claims as they are signed, so that people
can read them; canonical JSON within canonical JSON gives the same bytes back. Neither document holds
a disclosure: no ID number travels.
"""

import hashlib
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field

from schemas import base64url, strict_json
from schemas.document import Document, Environment, FormatVersion, Kid, Sha256, Time, Version
from schemas.errors import CommandError, MalformedError, TrustError

MAX_SIZE = 64 * 1024 * 1024  # bytes of a document: 50,000 certificates


def _canonical(text: str) -> str:
    """Refuse a second text of the same bytes."""
    try:
        base64url.decode(text)
    except MalformedError as error:
        raise ValueError(error.details["detail"]) from None
    return text


RowNumber = Annotated[int, Field(ge=0)]
"""The roster's row, as Excel counts; 0 for a certificate that replaces another."""
BatchNumber = Annotated[int, Field(ge=1, lt=2**31)]
"""A batch's number in the institution's database, whose ids have 32 bits."""
Signature = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{86}$"), AfterValidator(_canonical)]
"""64 bytes, base64url."""


class _BatchDocument(Document):
    """What both documents have in common."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read canonical JSON.

        Raises:
            CommandError: `batch_malformed`.
        """
        if len(data) > MAX_SIZE:
            raise CommandError("batch_malformed", f"longer than {MAX_SIZE} bytes")
        try:
            return super().read(data)
        except TrustError as error:
            _class, _, detail = str(error.details["detail"]).partition(": ")
            raise CommandError("batch_malformed", detail) from None


class Row(_BatchDocument):
    """One certificate to sign."""

    row: RowNumber
    claims: dict[str, Any]
    """The payload, its slot (`status`) included."""

    @property
    def payload(self) -> bytes:
        """The bytes that are signed."""
        return strict_json.dumps(self.claims)


class BatchToSign(_BatchDocument):
    """A batch to sign."""

    typ: Literal["batch"] = "batch"
    version: FormatVersion = 1
    env: Environment
    institution: str
    batch: BatchNumber
    roster: str
    """`roster_digest` of what was approved."""
    type: str
    kid: Kid
    """The key that it was reserved for."""
    registry: Version
    """The registry that the roster was checked against."""
    rows: Annotated[list[Row], Field(min_length=1)]

    @property
    def numbers(self) -> list[object]:
        """The certificate numbers, by row; not checked."""
        return [row.claims.get("certificate_number") for row in self.rows]


class RowSignature(_BatchDocument):
    """The signature of one certificate."""

    row: RowNumber
    signature: Signature


class BatchSignatures(_BatchDocument):
    """What comes back."""

    typ: Literal["batch-signatures"] = "batch-signatures"
    version: FormatVersion = 1
    institution: str
    batch: BatchNumber
    roster: str
    signed: Annotated[Sha256, AfterValidator(_canonical)]
    """SHA-256 of the document that was signed."""
    kid: Kid
    """The key that signed."""
    iat: Time
    """The time of signing that all its certificates bear."""
    signatures: Annotated[list[RowSignature], Field(min_length=1)]


def fingerprint(data: bytes) -> str:
    """The SHA-256 of a document for people to compare: 16 groups of 4 hexadecimal digits."""
    return hashlib.sha256(data).digest().hex(" ", 2)
