"""The QR code: a credential as decimal digits behind its origin (schemas/README.md §3).

`https://{origin}/#` and one decimal integer, whose big-endian bytes are: version, skeleton, key id,
raw binaries, stream, signature. The skeleton is its number in the dictionary, one byte; or, with
the top bit set, the length of a deflate part in two bytes, and the deflate part.
"""

import zlib
from functools import lru_cache
from typing import Any, Final

from schemas import base64url, skeleton, strict_json
from schemas import origin as address
from schemas.dictionary import DICTIONARIES, V1
from schemas.errors import (
    ForeignCodeError,
    MalformedError,
    PackError,
    UnsupportedVersionError,
)
from schemas.limits import MAX_PACKED, MAX_PAYLOAD, MAX_QR_DIGITS, MAX_QR_TEXT
from schemas.sd_jwt import SIGNATURE_LENGTH, SdJwt

WIRE_VERSION: Final = V1.version
KID_BYTES: Final = 8
MIN_PACKED: Final = 1 + 1 + KID_BYTES + SIGNATURE_LENGTH  # bytes: anything shorter has no signature
MIN_QR_DIGITS: Final = len(str(256 ** (MIN_PACKED - 1)))

_DEFLATED: Final = 0x8000  # of two bytes: the other bits are the length of a deflate part


def read_text(text: str) -> tuple[str | None, bytes]:
    """(origin, packed) of the text of a code: `https://{origin}/#` and digits, or digits alone.

    Raises:
        ForeignCodeError: anything else.
    """
    if len(text) > MAX_QR_TEXT:
        raise ForeignCodeError(f"longer than {MAX_QR_TEXT} characters")
    before, separator, digits = text.rpartition("#")
    origin = _origin_in(before) if separator else None
    if origin == "" or not _is_number(digits):
        raise ForeignCodeError("neither an address with digits nor a whole certificate file")
    if not MIN_QR_DIGITS <= len(digits) <= MAX_QR_DIGITS:
        raise ForeignCodeError(f"not {MIN_QR_DIGITS} to {MAX_QR_DIGITS} digits")
    return origin, _packed(digits)


@lru_cache(maxsize=64)
def _origin_in(uri: str) -> str:
    """The origin that `uri` is the base of; empty when it is none."""
    origin = uri.removeprefix("https://").removesuffix("/")
    return origin if address.is_origin(origin) and uri == address.base_uri(origin) else ""


def _is_number(text: str) -> bool:
    """Whether `text` is ASCII digits, the first not 0."""
    # Bytes have only ASCII digits: 0.2 µs, where str.isdigit takes 1.8 and a pattern 0.6.
    return text.isascii() and text.encode().isdigit() and text[0] != "0"


def segments(origin: str, digits: str) -> tuple[str, str]:
    """The two segments of the code: a prefix for byte mode, digits for numeric mode.

    Given to an encoder as one string they would both be byte mode, five versions larger
    (ISO/IEC 18004 §7.3).
    """
    return f"{address.base_uri(origin)}#", digits


def to_digits(packed: bytes) -> str:
    """The decimal digits of packed bytes."""
    return str(int.from_bytes(packed))


def from_digits(digits: str) -> bytes:
    """The packed bytes that `to_digits` wrote.

    Raises:
        MalformedError: too few or too many, or not ASCII digits, the first not 0.
    """
    if not MIN_QR_DIGITS <= len(digits) <= MAX_QR_DIGITS or not _is_number(digits):
        raise MalformedError(f"QR: not {MIN_QR_DIGITS} to {MAX_QR_DIGITS} digits, the first not 0")
    return _packed(digits)


def _packed(digits: str) -> bytes:
    number = int(digits)
    return number.to_bytes((number.bit_length() + 7) // 8)


def pack(sd_jwt: str, origin: str, *, version: int = WIRE_VERSION) -> str:
    """The digits of an SD-JWT; `unpack` gives back exactly this text.

    Raises:
        PackError: it would not.
    """
    try:
        token = SdJwt.parse(sd_jwt)
    except MalformedError as error:
        raise PackError(str(error.details["detail"])) from None
    return checked_digits(token, origin, version=version)


def checked_digits(token: SdJwt, origin: str, *, version: int = WIRE_VERSION) -> str:
    """The digits of a credential, read back before they are given out.

    Raises:
        PackError: `unpack_token` does not give back exactly this credential.
    """
    packed = pack_token(token, origin, version=version)
    try:
        if unpack_token(packed, origin) == token:
            return to_digits(packed)
    except MalformedError as error:
        raise PackError(str(error.details["detail"])) from None
    raise PackError("it would not come out as it went in")


def unpack(digits: str, origin: str) -> str:
    """The SD-JWT of a code's digits, for the origin that the code names.

    Raises:
        UnsupportedVersionError: a version that is not known here.
        MalformedError: anything else that breaks the format.
    """
    return unpack_token(from_digits(digits), origin).text


def pack_token(token: SdJwt, origin: str, *, version: int = WIRE_VERSION) -> bytes:
    """The packed bytes of a credential; whether they give it back is for the caller to look.

    Raises:
        PackError: it is not UTF-8, too long, or its key id is not one.
    """
    dictionary = DICTIONARIES[version]
    taker = skeleton.Taker(dictionary, origin)
    try:
        text = taker.cut(token.payload.decode(), [shown.decode() for shown in token.disclosures])
        stream = int("".join(["1", *taker.stream])) if taker.stream else 0
        packed = b"".join(
            (
                bytes([version]),
                _spell(text, version),
                _kid_bytes(token.kid),
                taker.raw,
                stream.to_bytes((stream.bit_length() + 7) // 8),
                token.signature,
            )
        )
    except (MalformedError, ValueError, OverflowError) as error:
        raise PackError(str(error)) from None
    if len(packed) > MAX_PACKED:
        raise PackError(f"longer than {MAX_PACKED} bytes")
    return packed


@lru_cache(maxsize=64)
def _kid_bytes(kid: str) -> bytes:
    return base64url.decode(kid)


@lru_cache(maxsize=64)
def _kid(data: bytes) -> str:
    return base64url.encode(data)


def unpack_token(packed: bytes, origin: str) -> SdJwt:
    """The credential of a code's packed bytes; nothing of it is verified, nor its JSON parsed.

    Raises:
        UnsupportedVersionError: a version that is not known here.
        MalformedError: anything else that breaks the format.
    """
    token, _ = _unpack(packed, origin)
    return token


def unpack_claims(packed: bytes, origin: str) -> tuple[SdJwt, dict[str, Any]]:
    """The credential of a code's packed bytes and its `claims()`; nothing of it is verified.

    Raises:
        UnsupportedVersionError: a version that is not known here.
        MalformedError: anything else that breaks the format, or claims not in canonical JSON.
    """
    token, released = _unpack(packed, origin)
    if released is not None and released.needs_no_escape(token.payload):
        return token, strict_json.parse(token.payload)
    return token, token.claims()


def _unpack(packed: bytes, origin: str) -> tuple[SdJwt, skeleton.Template | None]:
    """The credential, and its skeleton if that is one of the dictionary's."""
    if len(packed) < MIN_PACKED:
        raise MalformedError("QR: cut short")
    version, first, kid_at = packed[0], packed[1], 2
    dictionary = DICTIONARIES.get(version)
    if dictionary is None:
        raise UnsupportedVersionError
    is_numbered = not first & 0x80
    if not is_numbered:
        kid_at += 1 + int.from_bytes(packed[1:3]) - _DEFLATED
    raw_at = kid_at + KID_BYTES
    end = len(packed) - SIGNATURE_LENGTH
    if raw_at > end:
        raise MalformedError("QR: cut short")
    template = (
        _numbered(first, version, origin)
        if is_numbered
        else _inflated(packed[3:kid_at], version, origin)
    )
    stream_at = raw_at + template.raw_length
    if stream_at > end:
        raise MalformedError("QR: raw binaries cut short")
    try:
        stream = _stream(packed[stream_at:end])
        *shown, payload = skeleton.fill(template, packed[raw_at:stream_at], stream, dictionary)
    except (ValueError, LookupError, OverflowError):
        raise MalformedError("QR: the stream does not fit the skeleton") from None
    token = SdJwt(_kid(packed[kid_at:raw_at]), payload, packed[end:], tuple(shown))
    return token, template if is_numbered else None


def _stream(data: bytes) -> bytes:
    """The stream's digits; a 1 in front keeps their leading zeros."""
    if not data:
        return b""
    digits = b"%d" % int.from_bytes(data)
    if data[0] == 0 or digits[:1] != b"1" or len(digits) == 1:
        raise ValueError("the stream is not 1 and digits")
    return digits[1:]


# The certificates of a type have few skeletons, and a batch spells each once.
@lru_cache(maxsize=64)
def _spell(text: str, version: int) -> bytes:
    """A skeleton as bytes."""
    dictionary = DICTIONARIES[version]
    if (number := dictionary.numbers.get(text)) is not None:
        return bytes([number])
    deflater = zlib.compressobj(9, wbits=-15, zdict=dictionary.preset)
    deflated = deflater.compress(text.encode()) + deflater.flush()
    return (_DEFLATED + len(deflated)).to_bytes(2) + deflated


@lru_cache(maxsize=256)
def _numbered(number: int, version: int, origin: str) -> skeleton.Template:
    """A skeleton of the dictionary.

    Raises:
        MalformedError: there is none of this number.
    """
    try:
        return skeleton.Template.of(DICTIONARIES[version].skeletons[number], origin)
    except IndexError as error:
        raise MalformedError(f"QR: skeleton: {error}") from None


def _inflated(deflated: bytes, version: int, origin: str) -> skeleton.Template:
    """A skeleton that is spelled out.

    Raises:
        MalformedError: not what `_spell` writes.
    """
    try:
        inflater = zlib.decompressobj(-15, DICTIONARIES[version].preset)
        data = inflater.decompress(deflated, MAX_PAYLOAD + 1)
        if len(data) > MAX_PAYLOAD or not inflater.eof or inflater.unused_data:
            raise MalformedError("QR: skeleton too long, cut short, or with bytes behind its end")
        return skeleton.Template.of(data.decode(), origin)
    except (zlib.error, ValueError) as error:
        raise MalformedError(f"QR: skeleton: {error}") from None
