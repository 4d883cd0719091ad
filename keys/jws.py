r"""Signing and verifying: JSON Web Signatures with Ed25519 and nothing else (RFC 7515, RFC 9864).

The only module that calls PyJWT. Its algorithm registry and key rules are used; its serialisers
are not, because they write other bytes than ours (`\uXXXX`) and take half as long again as the
verification itself. A protected header is compared, never interpreted: it is one of the few byte
strings that we write, or it is refused, so `jwk`, `jku`, `x5c`, `crit`, `b64`, `zip` and every
other `alg` are refused whatever the signature says.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWS
from jwt.algorithms import Algorithm

from keys.ed25519 import SIGNATURE_SIZE, KeyRefusedError, signature_is_acceptable, vet_public_key
from keys.jwk import Jwk
from schemas import base64url, strict_json
from schemas.errors import BadSignatureError, MalformedError
from schemas.limits import MAX_SD_JWT_TEXT, MAX_SIGNATURES

ALGORITHM: Final = "Ed25519"  # RFC 9864's name; the older "EdDSA" would also mean Ed448

_KID: Final = "[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]"  # the canonical base64url texts of 8 bytes


class Signer(Protocol):
    """Whoever can sign with one key: a file, a token, a test."""

    @property
    def jwk(self) -> Jwk:
        """The public key."""

    @property
    def kid(self) -> str:
        """The public key's identifier, 11 characters."""

    def sign(self, data: bytes) -> bytes:
        """Make the 64-byte Ed25519 signature over exactly `data`."""


class Ed25519Algorithm(Algorithm):
    """Ed25519 for PyJWT, which knows only `EdDSA` and lets an Ed448 key in under any name."""

    def prepare_key(self, key: object) -> Ed25519PrivateKey | Ed25519PublicKey:
        """Give `key` back if it is an Ed25519 key object of `cryptography`.

        Raises:
            KeyRefusedError: anything else, a PEM text too.
        """
        if not isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
            raise KeyRefusedError(f"{type(key).__name__} is not an Ed25519 key")
        return key

    def sign(self, msg: bytes, key: Ed25519PrivateKey) -> bytes:
        """Make the 64-byte signature over `msg`."""
        return key.sign(msg)

    def verify(self, msg: bytes, key: Ed25519PublicKey, sig: bytes) -> bool:
        """Whether `key` made `sig` over `msg` (RFC 8032 §5.1.7); `verify` applies the gate."""
        try:
            key.verify(sig, msg)
        except InvalidSignature:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: Ed25519PublicKey, as_dict: bool = False) -> Any:
        """Give the public JWK, as an object or as its text."""
        members = Jwk.of(key_obj).to_dict()
        return members if as_dict else strict_json.dumps(members).decode()

    @staticmethod
    def from_jwk(jwk: str | dict[str, Any]) -> Ed25519PublicKey:
        """Give the key of a public JWK, vetted."""
        members = strict_json.loads_object(jwk.encode()) if isinstance(jwk, str) else jwk
        key = Jwk.from_dict(members)
        vet_public_key(key.x)
        return key.public_key


def _only_ed25519() -> PyJWS:
    jws = PyJWS(algorithms=[])
    jws.register_algorithm(ALGORITHM, Ed25519Algorithm())
    return jws


JWS: Final = _only_ed25519()
_ED25519: Final = JWS.get_algorithm_by_name(ALGORITHM)


class Compact(NamedTuple):
    """The parts of a compact serialisation, well formed and not yet verified."""

    kid: str  # which key it claims
    payload: bytes
    signature: bytes  # 64 bytes
    signing_input: bytes  # header.payload, as it was signed


class Signature(NamedTuple):
    """One signature of several, well formed and not yet verified."""

    kid: str
    signature: bytes  # 64 bytes
    signing_input: bytes


class General(NamedTuple):
    """The parts of a general serialisation, well formed and not yet verified."""

    payload: bytes
    signatures: tuple[Signature, ...]  # each of another kid


def sign_with(key: Ed25519PrivateKey, data: bytes) -> bytes:
    """Make the 64-byte signature over `data`, for signers that hold a private key themselves.

    Raises:
        KeyRefusedError: not an Ed25519 key.
    """
    return _ED25519.sign(data, _ED25519.prepare_key(key))


def sign(signing_input: bytes, signer: Signer) -> bytes:
    """Make the 64-byte signature over `signing_input`; the same input gives the same bytes."""
    return signer.sign(signing_input)


def verify(signing_input: bytes, signature: bytes, key: Jwk) -> None:
    """Accept only what `key` signed.

    Raises:
        BadSignatureError: it did not, or the signature does not pass `signature_is_acceptable`.
    """
    if not (
        signature_is_acceptable(signature)
        and _ED25519.verify(signing_input, key.public_key, signature)
    ):
        raise BadSignatureError


def sign_compact(payload: bytes, *, typ: str, signer: Signer) -> str:
    """Sign `payload` as it is: `<header>.<payload>.<signature>` (RFC 7515 §7.1)."""
    signing_input = _signing_input(payload, typ, signer.kid)
    return f"{signing_input.decode()}.{base64url.encode(sign(signing_input, signer))}"


def parse_compact(text: str, typ: str, *, max_size: int = MAX_SD_JWT_TEXT) -> Compact:
    """Take a compact serialisation apart.

    Raises:
        MalformedError: larger than `max_size` characters, not three canonical base64url parts,
            another header than the one of `typ`, or a signature of another length.
    """
    if len(text) > max_size:
        raise MalformedError(f"JWS: more than {max_size} characters")
    header, _, rest = text.partition(".")
    payload, _, signature = rest.partition(".")
    return Compact(
        _kid_of(header, typ),
        base64url.decode(payload),
        _signature_of(signature),
        text[: len(header) + 1 + len(payload)].encode(),
    )


def sign_general(payload: bytes, typ: str, signers: Sequence[Signer]) -> bytes:
    """Sign `payload` with each of `signers` (RFC 7515 §7.2.1), as canonical JSON."""
    return _general(base64url.encode(payload), [_entry(payload, typ, signer) for signer in signers])


def add_signature(document: bytes, typ: str, signer: Signer, *, max_size: int) -> bytes:
    """`document` with one signature more; one that the same key made before is made anew.

    Raises:
        MalformedError: as `parse_general`, or more than `MAX_SIGNATURES` with this one.
    """
    general = parse_general(document, typ, max_size=max_size)
    kept: list[dict[str, str]] = [
        entry
        for entry, signature in zip(
            strict_json.loads_object(document)["signatures"], general.signatures, strict=True
        )
        if signature.kid != signer.kid
    ]
    if len(kept) == MAX_SIGNATURES:
        raise MalformedError(f"JWS: more than {MAX_SIGNATURES} signatures")
    new = _entry(general.payload, typ, signer)
    return _general(base64url.encode(general.payload), [*kept, new])


def parse_general(document: bytes, typ: str, *, max_size: int) -> General:
    """Take a general serialisation apart.

    Raises:
        MalformedError: larger than `max_size` bytes, not exactly
            `{"payload":…,"signatures":[{"protected":…,"signature":…},…]}` in canonical JSON, 0 or
            more than `MAX_SIGNATURES` signatures, two of one key, another header than that of `typ`.
    """
    if len(document) > max_size:
        raise MalformedError(f"JWS: more than {max_size} bytes")
    payload, entries = _members(strict_json.loads_object(document), "payload", "signatures")
    if type(entries) is not list or not 1 <= len(entries) <= MAX_SIGNATURES:
        raise MalformedError(f"JWS: not 1 to {MAX_SIGNATURES} signatures")
    signatures = []
    for entry in entries:
        protected, signature = _members(entry, "protected", "signature")
        signing_input = f"{_text(protected)}.{_text(payload)}".encode()
        kid = _kid_of(protected, typ)
        signatures.append(Signature(kid, _signature_of(_text(signature)), signing_input))
    if len({signature.kid for signature in signatures}) != len(signatures):
        raise MalformedError("JWS: two signatures of one key")
    return General(base64url.decode(payload), tuple(signatures))


def count_valid(general: General, keys: Mapping[str, Jwk]) -> int:
    """How many distinct keys of `keys` (by kid) signed `general`.

    A signature of a key that is not among them is passed over; a bad one counts nothing.
    """
    valid = set()
    for kid, signature, signing_input in general.signatures:
        key = keys.get(kid)
        if key is None:
            continue
        try:
            verify(signing_input, signature, key)
        except BadSignatureError:
            continue
        valid.add(key)
    return len(valid)


def _header(typ: str, kid: str) -> bytes:
    return strict_json.dumps({"alg": ALGORITHM, "kid": kid, "typ": typ})


@cache
def _header_of(typ: str) -> re.Pattern[bytes]:
    return re.compile(re.escape(_header(typ, "KID")).replace(b"KID", f"({_KID})".encode()))


def _signing_input(payload: bytes, typ: str, kid: str) -> bytes:
    return f"{base64url.encode(_header(typ, kid))}.{base64url.encode(payload)}".encode()


def _entry(payload: bytes, typ: str, signer: Signer) -> dict[str, str]:
    return {
        "protected": base64url.encode(_header(typ, signer.kid)),
        "signature": base64url.encode(sign(_signing_input(payload, typ, signer.kid), signer)),
    }


def _general(payload: str, signatures: list[dict[str, str]]) -> bytes:
    return strict_json.dumps({"payload": payload, "signatures": signatures})


def _kid_of(header: str, typ: str) -> str:
    match = _header_of(typ).fullmatch(base64url.decode(header))
    if match is None:
        raise MalformedError(f"JWS: another header than that of {typ}")
    return match[1].decode()


def _signature_of(text: str) -> bytes:
    signature = base64url.decode(text)
    if len(signature) != SIGNATURE_SIZE:
        raise MalformedError(f"JWS: a signature of {len(signature)} bytes")
    return signature


def _members(value: object, *names: str) -> list[Any]:
    if type(value) is not dict or tuple(value) != names:
        raise MalformedError(f"JWS: not an object of exactly {', '.join(names)}")
    return list(value.values())


def _text(value: object) -> str:
    if type(value) is not str:
        raise MalformedError("JWS: a member that is not a text")
    return value
