"""What the trust documents have in common: frozen, strict, canonical JSON (schemas/README.md §4).

Unknown members are ignored, so that documents can grow; the signed bytes are kept beside them.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas import strict_json
from schemas.errors import MalformedError, TrustError
from schemas.limits import MAX_LIST_ENTRIES, MAX_REGISTRY, MAX_SAFE_INTEGER, MAX_TIME

Environment = Literal["prod", "demo"]
Time = Annotated[int, Field(ge=0, le=MAX_TIME)]
"""Seconds since 1970."""
Version = Annotated[int, Field(ge=1, le=MAX_SAFE_INTEGER)]
Count = Annotated[int, Field(ge=0, le=MAX_LIST_ENTRIES)]
FormatVersion = Annotated[int, Field(ge=1, le=1)]
"""The one there is. Not `Literal[1]`, which takes `true` for 1."""
Length = Annotated[int, Field(ge=0, le=MAX_REGISTRY)]
Sha256 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""SHA-256 as base64url."""
Kid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{11}$")]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
"""YYYY-MM-DD: compares as text in the order of time."""


class Document(BaseModel):
    """A part of a trust document."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read canonical JSON.

        Raises:
            TrustError: `document_malformed`: not canonical, or not of this document's form.
        """
        try:
            return cls.model_validate(strict_json.loads_object(data), by_alias=True, by_name=False)
        except MalformedError as error:
            raise TrustError(
                "document_malformed", f"{cls.__name__}: {error.details['detail']}"
            ) from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise TrustError(
                "document_malformed", f"{cls.__name__}: {where}: {first['msg']}"
            ) from None

    def write(self) -> bytes:
        """The canonical JSON; members that are None are left out."""
        return strict_json.dumps(self.model_dump(exclude_none=True))


class Pinned(Document):
    """A file by what it must be."""

    sha256: Sha256
    len: Length


class PublicKey(Document):
    """A public Ed25519 key as JWK (RFC 8037 §2)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Sha256
    """32 bytes, base64url."""
