"""A public key as it is published: an OKP JSON Web Key on Ed25519 (RFC 8037 §2, RFC 7638)."""

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.ed25519 import KEY_SIZE, KeyRefusedError, vet_public_key
from schemas import base64url, strict_json
from schemas.errors import MalformedError

KID_SIZE = 8  # bytes of the thumbprint that name a key: 11 characters

_MEMBERS = {"kty", "crv", "x"}
_CHECKED_MEMBERS = {"alg": "Ed25519", "use": "sig"}
_KNOWN_MEMBERS = {*_MEMBERS, *_CHECKED_MEMBERS, "kid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwk:
    """One public key. Equal keys have equal `x`; the rest is worked out from it once.

    A key from outside verifies nothing before `keys.ed25519.vet_public_key(jwk.x)` has passed it.
    """

    x: bytes  # 32 bytes, RFC 8032 §5.1.5
    kid: str = field(init=False, compare=False)  # 11 characters
    public_key: Ed25519PublicKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kid", base64url.encode(self.thumbprint()[:KID_SIZE]))
        object.__setattr__(self, "public_key", Ed25519PublicKey.from_public_bytes(self.x))

    @classmethod
    def of(cls, public_key: Ed25519PublicKey) -> Self:
        """Describe a parsed key."""
        return cls(x=public_key.public_bytes_raw())

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read a published JWK, without vetting its point.

        Exactly `kty`, `crv` and `x`; `kid`, `alg` and `use` may stand beside them when they say
        what we would say. Anything else is refused, above all a private `d`.

        Raises:
            KeyRefusedError: not such an object.
        """
        if not isinstance(value, dict):
            raise KeyRefusedError("the JWK is not an object")
        members: dict[Any, Any] = value
        if "d" in members:
            raise KeyRefusedError("the JWK holds a private key")
        if not _MEMBERS <= members.keys() <= _KNOWN_MEMBERS:
            raise KeyRefusedError("the JWK has other members than kty, crv, x, kid, alg and use")
        if members["kty"] != "OKP" or members["crv"] != "Ed25519":
            raise KeyRefusedError("the JWK is not on Ed25519")
        if any(members.get(name, right) != right for name, right in _CHECKED_MEMBERS.items()):
            raise KeyRefusedError("the JWK is for another algorithm or use")
        jwk = cls(x=_decoded(members["x"]))
        if members.get("kid", jwk.kid) != jwk.kid:
            raise KeyRefusedError("the kid is not that of the key")
        return jwk

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read and vet the bytes of a public key file.

        Raises:
            KeyRefusedError: not the canonical JSON of a JWK, or a key that no registry may list.
        """
        try:
            jwk = cls.from_dict(strict_json.loads(data.removesuffix(b"\n")))
        except MalformedError as error:
            raise KeyRefusedError(f"{error.details['detail']}") from None
        vet_public_key(jwk.x)
        return jwk

    def write(self) -> bytes:
        """Give the bytes of a public key file, one line that any JOSE library reads."""
        return strict_json.dumps({**self.to_dict(), "kid": self.kid, **_CHECKED_MEMBERS}) + b"\n"

    def to_dict(self) -> dict[str, str]:
        """Give the members that make the key, in the order of RFC 7638 §3.2."""
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(self.x)}

    def thumbprint(self) -> bytes:
        """Hash the key's members as RFC 7638 §3 writes them: 32 bytes of SHA-256."""
        text = f'{{"crv":"Ed25519","kty":"OKP","x":"{base64url.encode(self.x)}"}}'
        return hashlib.sha256(text.encode()).digest()

    @property
    def fingerprint(self) -> str:
        """The whole thumbprint for people to compare: 16 groups of 4 hexadecimal digits."""
        return self.thumbprint().hex(" ", 2)

    def __reduce__(self) -> tuple[partial[Self], tuple[()]]:
        # The parsed key cannot be pickled; `x` says it all.
        return partial(type(self), x=self.x), ()


def _decoded(text: object) -> bytes:
    if type(text) is not str:
        raise KeyRefusedError("x is not a text")
    try:
        raw = base64url.decode(text)
    except MalformedError as error:
        raise KeyRefusedError(f"x: {error.details['detail']}") from None
    if len(raw) != KEY_SIZE:
        raise KeyRefusedError(f"{len(raw)} bytes instead of {KEY_SIZE}")
    return raw
