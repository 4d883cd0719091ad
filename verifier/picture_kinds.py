"""Which kind of picture some bytes are, told from the bytes themselves, never from a file's name.

Apart from verifier/pictures.py, so that a command which gets only texts loads no picture library.
"""

from typing import Literal

Kind = Literal["PNG", "JPEG", "WebP", "HEIC"]

MAX_FILE = 40 * 1000 * 1000  # bytes; a 50-megapixel JPEG of a phone has about 20 MB
MAX_PDF = 200 * 1000 * 1000  # bytes: a print run of 2,000 certificates

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def kind(head: bytes) -> Kind | None:
    """The kind of the picture that begins with `head` (≥ 12 bytes of it), or None.

    Source: PNG §5.2, JPEG (ISO/IEC 10918-1) SOI marker, WebP (RFC 9649 §2.4), HEIF (ISO/IEC
    23008-12) major brands.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "HEIC"
    return None
