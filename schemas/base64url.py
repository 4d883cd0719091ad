"""base64url without padding, byte-exact (RFC 4648 §5; RFC 7515 appendix C).

One byte string has exactly one text: padding, white space, the other alphabet and a last
character with unused bits set are refused.
"""

import binascii
from typing import Final

from schemas.errors import MalformedError

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST: Final = (_ALPHABET, b"", _ALPHABET[::16], _ALPHABET[::4])  # by length % 4: unused bits are 0
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_PADDING: Final = (b"", b"", b"==", b"=")


def encode(data: bytes) -> str:
    """The one text of `data`."""
    return encode_bytes(data).decode()


def encode_bytes(data: bytes) -> bytes:
    """The one text of `data`, as ASCII bytes."""
    # Faster than `translate`: there is little to replace.
    text = binascii.b2a_base64(data, newline=False).rstrip(b"=")
    return text.replace(b"+", b"-").replace(b"/", b"_")


def decode(text: str) -> bytes:
    """The bytes of `text`.

    Raises:
        MalformedError: `text` is not what `encode` writes.
    """
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedError("base64url: a character outside ASCII") from None
    if raw.translate(None, _ALPHABET):
        raise MalformedError("base64url: a character outside the alphabet, or padding")
    if len(raw) % 4 == 1:
        raise MalformedError("base64url: impossible length")
    if raw[-1:] not in _LAST[len(raw) % 4]:
        raise MalformedError("base64url: unused bits of the last character are set")
    return binascii.a2b_base64(raw.translate(_TO_STANDARD) + _PADDING[len(raw) % 4])
