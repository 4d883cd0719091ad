"""QR pictures: two segments given explicitly, error correction M (schemas/README.md §3).

A single text would be one byte segment and cost five versions. Pure: the same digits give the same
bytes.
"""

import io
from dataclasses import dataclass

import segno
from PIL import Image

from issuer.documents import qr_symbol
from schemas import qr

QUIET_ZONE = 4  # modules (ISO/IEC 18004 §6.3.8)
MODULE = 0.5  # mm a module on paper: what old phones still read at arm's length
PNG_SCALE = 8  # pixels a module: 0.5 mm at 400 dpi
SPECIMEN = "样本，不是证书。Specimen, not a certificate."
"""No address and no digits: a verifier calls it a foreign code."""
_TO_GREY = bytes(0 if module else 255 for module in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPictures:
    """One code as vector and raster."""

    version: int
    """1 to 40: 17 + 4 × version modules a side."""
    svg: bytes
    png: bytes


def make(origin: str, digits: str) -> segno.QRCode:
    """The code of a packed credential."""
    prefix, number = qr.segments(origin, digits)
    return qr_symbol.make(prefix.encode("ascii"), number)


def specimen(version: int) -> segno.QRCode:
    """A code as large as a certificate's that says of itself what it is, to any phone."""
    return segno.make(
        SPECIMEN, error="M", version=version, mode="byte", encoding="utf-8", boost_error=False
    )


def draw(origin: str, digits: str) -> QrPictures:
    """Both pictures of a packed credential, black on white with the quiet zone."""
    code = make(origin, digits)
    svg = io.BytesIO()
    code.save(svg, kind="svg", scale=MODULE, unit="mm", border=QUIET_ZONE, light="white", nl=False)
    return QrPictures(version=int(code.version), svg=svg.getvalue(), png=_png(code))


def _png(code: segno.QRCode) -> bytes:
    """A bit a pixel; segno's own writer gives the same picture in five times the time."""
    side = len(code.matrix)
    modules = Image.frombytes("L", (side, side), b"".join(code.matrix).translate(_TO_GREY))
    page = Image.new("1", 2 * (side + 2 * QUIET_ZONE,), 1)
    page.paste(modules.convert("1"), 2 * (QUIET_ZONE,))
    pixels = page.width * PNG_SCALE
    file = io.BytesIO()
    page.resize((pixels, pixels), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def printed_side(png: bytes) -> float:
    """Millimetres a side of such a picture, quiet zone and all, at `MODULE` a module."""
    width = int.from_bytes(png[16:20])  # IHDR comes first (PNG §11.2.1)
    return width / PNG_SCALE * MODULE
