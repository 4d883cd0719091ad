"""What all trust documents share: signatures counted over distinct, vetted keys; files by hash.

Pure. A document is opened, its threshold is required, and only then is its content read.
"""

import hashlib
from functools import lru_cache

from keys import jws
from keys.ed25519 import KeyRefusedError, vet_public_key
from keys.jwk import Jwk
from schemas import base64url
from schemas.document import Pinned, PublicKey
from schemas.errors import MalformedError, TrustError
from schemas.limits import MAX_ROOT, MAX_SNAPSHOT
from schemas.root import TYP as ROOT_TYP
from schemas.root import Role, Root
from schemas.snapshot import TYP as SNAPSHOT_TYP
from schemas.snapshot import Snapshot


def sha256(data: bytes) -> str:
    """SHA-256 as the trust documents write it: base64url."""
    return base64url.encode(hashlib.sha256(data).digest())


def root_fingerprint(document: bytes) -> str:
    """SHA-256 (hex) of a root's payload: what people compare before they pin it.

    Raises:
        TrustError: `document_malformed` or `file_too_large`.
    """
    return hashlib.sha256(open_signed(document, ROOT_TYP, MAX_ROOT).payload).hexdigest()


@lru_cache(maxsize=1024)
def verification_key(public: PublicKey) -> Jwk:
    """The vetted key (canonical, on the curve, of prime order), made once for each key in use.

    A registry may list 100,000 keys and the check takes a millisecond: it is done when a key is
    first used, not when the registry is read.

    Raises:
        KeyRefusedError: the point is none that an honest signer has.
    """
    jwk = Jwk.from_dict(public.model_dump())
    vet_public_key(jwk.x)
    return jwk


def read_root(document: bytes) -> Root:
    """The root in `document`. Its own keys signed it, which does not say whose keys they are.

    Raises:
        TrustError: `document_malformed`, `file_too_large` or `root_signature`.
    """
    signed = open_signed(document, ROOT_TYP, MAX_ROOT)
    root = Root.read(signed.payload)
    require_threshold(signed, root.roles.root, "root_signature")
    return root


def unverified_snapshot(document: bytes) -> Snapshot:
    """What a snapshot says it is: good for knowing which files to read, and for nothing else.

    Raises:
        TrustError: `document_malformed` or `file_too_large`.
    """
    return Snapshot.read(open_signed(document, SNAPSHOT_TYP, MAX_SNAPSHOT).payload)


def open_signed(document: bytes, typ: str, max_size: int) -> jws.General:
    """The parts of a signed document, nothing of it verified; `max_size` in bytes.

    Raises:
        TrustError: `document_malformed` or `file_too_large`.
    """
    if len(document) > max_size:
        raise TrustError("file_too_large", typ)
    try:
        return jws.parse_general(document, typ, max_size=max_size)
    except MalformedError as error:
        raise TrustError("document_malformed", f"{typ}: {error.details['detail']}") from None


def require_threshold(signed: jws.General, role: Role, code: str) -> None:
    """Refuse what fewer than the role's threshold of distinct keys have signed.

    Raises:
        TrustError: `code`, or `document_malformed` where the role itself is wrong.
    """
    try:
        keys = {entry.kid: verification_key(entry.jwk) for entry in role.keys}
    except KeyRefusedError as error:
        raise TrustError("document_malformed", str(error)) from None
    if any(kid != jwk.kid for kid, jwk in keys.items()):
        raise TrustError("document_malformed", "a kid is not that of its key")
    valid = jws.count_valid(signed, keys)
    if valid < role.threshold:
        raise TrustError(code, valid=valid, threshold=role.threshold)


def require_file(
    name: str, data: bytes, pinned: Pinned, max_size: int, code: str = "file_hash"
) -> None:
    """Refuse a file that is not what was pinned; `name` is for people.

    Raises:
        TrustError: `file_too_large` or `code`.
    """
    if len(data) > max_size:
        raise TrustError("file_too_large", name)
    if len(data) != pinned.len or sha256(data) != pinned.sha256:
        raise TrustError(code, name)


def same_keys(before: Role, after: Role) -> bool:
    """Whether a role is held by the same keys as before."""
    return {key.kid for key in before.keys} == {key.kid for key in after.keys}
