"""base64url without padding, byte-exact (RFC 4648 §5; RFC 7515 appendix C).

One byte string has exactly one text: padding, white space, the other alphabet and a last
character with unused bits set are refused.
"""

import binascii
import re

from schemas.errors import MalformedError

_ALPHABET = re.compile(rb"[A-Za-z0-9_-]*")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"", b"==", b"=")


def encode(data: bytes) -> str:
    """The one text of `data`."""
    return encode_bytes(data).decode()


def encode_bytes(data: bytes) -> bytes:
    """The one text of `data`, as ASCII bytes."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_FROM_STANDARD)


def decode(text: str) -> bytes:
    """The bytes of `text`.

    Raises:
        MalformedError: `text` is not what `encode` writes.
    """
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedError("base64url: a character outside ASCII") from None
    if _ALPHABET.fullmatch(raw) is None:
        raise MalformedError("base64url: a character outside the alphabet, or padding")
    if len(raw) % 4 == 1:
        raise MalformedError("base64url: impossible length")
    data = binascii.a2b_base64(raw.translate(_TO_STANDARD) + _PADDING[len(raw) % 4])
    if len(raw) % 4 and encode(data)[-1] != text[-1]:
        raise MalformedError("base64url: unused bits of the last character are set")
    return data
