"""The issued list: which credentials an institution has signed (schemas/README.md §5).

An append-only array of 10-byte truncated SHA-256 values, one for each slot of a status list. The
hash covers the JWS signing input, not the signature: other schemes' signatures are malleable and
one credential has many texts. An indexed array leaves a forger one slot to hit: 2^80 tries.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from schemas import base64url
from schemas.errors import MalformedError

SLOT = 10  # bytes
MAX_NUMBER = 800  # bytes of a certificate number: 200 characters (schemas/credential.py)

_REPLACED = b"zhengyin replaced by\x00"


def slot(signing_input: bytes) -> bytes:
    """The 10 bytes that stand for a credential."""
    return hashlib.sha256(signing_input).digest()[:SLOT]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedList:
    """The first `count` slots, and by when how many of them had been logged."""

    data: bytes
    epochs: tuple[tuple[int, int], ...]
    """(count, time in seconds), both ascending: by `time`, the first `count` slots were logged."""

    @property
    def count(self) -> int:
        """How many slots there are."""
        return len(self.data) // SLOT

    def __getitem__(self, idx: int) -> bytes:
        """The 10 bytes of slot `idx`."""
        return self.data[idx * SLOT : (idx + 1) * SLOT]

    def logged_at(self, idx: int) -> int:
        """By when slot `idx` had been logged, seconds: the trusted time of its signature.

        Raises:
            IndexError: it had not.
        """
        for count, time in self.epochs:
            if count > idx:
                return time
        raise IndexError(idx)


def starts_with(epochs: Sequence[tuple[int, int]], earlier: Sequence[tuple[int, int]]) -> bool:
    """Whether `epochs` only adds to `earlier`."""
    return tuple(epochs[: len(earlier)]) == tuple(earlier)


def _pad(signing_input: bytes, length: int) -> bytes:
    blocks = range(-(-length // hashlib.sha256().digest_size))
    pad = b"".join(
        hashlib.sha256(_REPLACED + bytes([block]) + signing_input).digest() for block in blocks
    )
    return pad[:length]


def seal_number(number: str, signing_input: bytes) -> str:
    """The certificate number that replaces a credential, readable only with that credential.

    The list of replacements is public; numbers are not to be collected from it. The pad is
    SHA-256 over a block counter and the replaced credential's signing input, used for this one
    text (WebCrypto has SHA-256 and no stream of it).
    """
    data = number.encode()
    pad = _pad(signing_input, len(data))
    return base64url.encode(bytes(a ^ b for a, b in zip(data, pad, strict=True)))


def open_number(sealed: str, signing_input: bytes) -> str:
    """The certificate number that `seal_number` hid; unreadable text becomes U+FFFD."""
    try:
        data = base64url.decode(sealed)
    except MalformedError:
        return "\ufffd"
    if len(data) > MAX_NUMBER:
        return "\ufffd"
    pad = _pad(signing_input, len(data))
    return bytes(a ^ b for a, b in zip(data, pad, strict=True)).decode("utf-8", "replace")
