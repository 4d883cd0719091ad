"""SD-JWT with our one header (RFC 9901; SD-JWT VC draft; schemas/README.md §2).

`<header>.<payload>.<signature>~` and, for each disclosed claim, `<disclosure>~`. The header has
exactly three members in one order, so `jwk`, `jku`, `x5u`, `x5c`, `crit`, `b64`, `zip` and any
other `alg` or `typ` are refused whatever the signature says.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from schemas import base64url, strict_json
from schemas.errors import DisclosureMismatchError, MalformedError
from schemas.limits import MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD, MAX_SD_JWT_TEXT

TYP: Final = "dc+sd-jwt"
SIGNATURE_LENGTH: Final = 64  # bytes (RFC 8032 §5.1.6)
KID_LENGTH: Final = 11  # characters: 8 bytes
SALT_LENGTH: Final = 16  # bytes: 128 bit (RFC 9901 §9.3)

# The header's first 24 bytes are 32 base64url characters: the kid starts on a boundary.
_HEADER_HEAD: Final = b'{"alg":"Ed25519","kid":"'
_HEADER_TAIL: Final = b'","typ":"dc+sd-jwt"}'
_RESERVED: Final = frozenset(
    {"iss", "iat", "nbf", "exp", "vct", "status", "cnf", "_sd", "_sd_alg", "..."}
)


def header(kid: str) -> bytes:
    """The protected header of a credential signed with the key `kid`."""
    return _HEADER_HEAD + kid.encode() + _HEADER_TAIL


@lru_cache(maxsize=1024)
def _encoded_header(kid: str) -> bytes:
    return base64url.encode_bytes(header(kid)) + b"."


def disclosure(salt: bytes, name: str, value: str) -> bytes:
    """The JSON of one disclosure; `salt` has 16 bytes and is used once (RFC 9901 §4.2.1)."""
    return strict_json.dumps([base64url.encode(salt), name, value])


def digest(disclosed: bytes) -> str:
    """The digest that the signed payload's `_sd` has for a disclosure's JSON (RFC 9901 §4.2.3)."""
    text = base64url.encode(disclosed).encode()
    return base64url.encode(hashlib.sha256(text).digest())


class SdJwt(NamedTuple):
    """One signed credential, as bytes; nothing of it is verified yet."""

    kid: str
    """Which key is said to have signed."""
    payload: bytes
    """The signed claims, JSON."""
    signature: bytes
    """64 bytes."""
    disclosures: tuple[bytes, ...] = ()
    """The JSON of each disclosure that is shown along."""

    @property
    def signing_input(self) -> bytes:
        """What the signature covers: `<header>.<payload>` (RFC 7515 §5.1)."""
        return _encoded_header(self.kid) + base64url.encode_bytes(self.payload)

    @property
    def text(self) -> str:
        """The compact text; `parse` reads it back."""
        token = f"{self.signing_input.decode()}.{base64url.encode(self.signature)}~"
        return token + "".join(f"{base64url.encode(shown)}~" for shown in self.disclosures)

    def without_disclosures(self) -> "SdJwt":
        """What is printed: the same credential, nothing disclosed."""
        return SdJwt(self.kid, self.payload, self.signature)

    @classmethod
    def parse(cls, text: str) -> "SdJwt":
        """Read a compact SD-JWT.

        Raises:
            MalformedError: too long, another header than ours, or not base64url byte for byte.
        """
        if len(text) > MAX_SD_JWT_TEXT:
            raise MalformedError(f"SD-JWT: longer than {MAX_SD_JWT_TEXT} characters")
        token, *shown = text.split("~")
        if not shown or shown[-1] or len(shown) > MAX_DISCLOSURES + 1:
            raise MalformedError("SD-JWT: not <jwt>~ or <jwt>~<disclosure>~")
        parts = token.split(".")
        if len(parts) != 3:
            raise MalformedError("SD-JWT: not three parts")
        head = base64url.decode(parts[0])
        kid = head.removeprefix(_HEADER_HEAD).removesuffix(_HEADER_TAIL).decode("ascii", "replace")
        if len(kid) != KID_LENGTH or head != header(kid):
            raise MalformedError("SD-JWT: another header than alg Ed25519, kid, typ dc+sd-jwt")
        base64url.decode(kid)
        signature = base64url.decode(parts[2])
        if len(signature) != SIGNATURE_LENGTH:
            raise MalformedError("SD-JWT: the signature is not 64 bytes")
        payload = base64url.decode(parts[1])
        if len(payload) > MAX_PAYLOAD:
            raise MalformedError(f"SD-JWT: payload longer than {MAX_PAYLOAD} bytes")
        return cls(kid, payload, signature, tuple(map(base64url.decode, shown[:-1])))

    def claims(self) -> dict[str, Any]:
        """The payload's claims, not verified.

        Raises:
            MalformedError: not canonical JSON of an object.
        """
        return strict_json.loads_object(self.payload)

    def reveal(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """`claims` with the disclosed ones put in and the digests taken out (RFC 9901 §7.1).

        Raises:
            MalformedError: a disclosure or `_sd` is not of its form, or another hash is named.
            DisclosureMismatchError: a disclosure has no digest, or its name is taken.
        """
        revealed = dict(claims)
        digests = revealed.pop("_sd", [])
        if type(digests) is not list or not {str}.issuperset(map(type, digests)):
            raise MalformedError("_sd: not a list of digests")
        unused = set(digests)
        if len(unused) != len(digests):
            raise MalformedError("_sd: a digest stands twice")
        if revealed.pop("_sd_alg", "sha-256") != "sha-256":
            raise MalformedError("_sd_alg: not sha-256")
        for shown in self.disclosures:
            name, value = _name_and_value(shown)
            entry = digest(shown)
            if entry not in unused or name in revealed or name in _RESERVED:
                raise DisclosureMismatchError
            unused.remove(entry)
            revealed[name] = value
        return revealed


def _name_and_value(shown: bytes) -> tuple[str, Any]:
    if len(shown) > MAX_DISCLOSURE:
        raise MalformedError(f"disclosure: longer than {MAX_DISCLOSURE} bytes")
    parts = strict_json.loads(shown)
    if type(parts) is not list or len(parts) != 3 or not all(type(part) is str for part in parts):
        raise MalformedError("disclosure: not [salt, name, value]")
    if len(base64url.decode(parts[0])) < SALT_LENGTH:
        raise MalformedError("disclosure: a salt of less than 128 bit")
    strict_json.check_names((parts[1],))
    return parts[1], parts[2]
