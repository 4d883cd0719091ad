"""QR pictures: two segments given explicitly, error correction M (schemas/README.md §3).

A single text would be one byte segment and cost five versions. Pure: the same digits give the same
bytes.
"""

import io
from dataclasses import dataclass
from typing import Any

import segno
from segno import consts

from schemas import qr

QUIET_ZONE = 4  # modules (ISO/IEC 18004 §6.3.8)
MODULE = 0.5  # mm a module on paper: what old phones still read at arm's length
PNG_SCALE = 8  # pixels a module: 0.5 mm at 400 dpi


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
    # segno takes such a list, its type stub does not say so.
    segments: Any = [(prefix, consts.MODE_BYTE), (number, consts.MODE_NUMERIC)]
    return segno.make(segments, error="m", micro=False, boost_error=False)


def draw(origin: str, digits: str) -> QrPictures:
    """Both pictures of a packed credential, black on white with the quiet zone."""
    code = make(origin, digits)
    svg, png = io.BytesIO(), io.BytesIO()
    code.save(svg, kind="svg", scale=MODULE, unit="mm", border=QUIET_ZONE, light="white", nl=False)
    code.save(png, kind="png", scale=PNG_SCALE, border=QUIET_ZONE)
    return QrPictures(version=int(code.version), svg=svg.getvalue(), png=png.getvalue())


def printed_side(png: bytes) -> float:
    """Millimetres a side of such a picture, quiet zone and all, at `MODULE` a module."""
    width = int.from_bytes(png[16:20])  # IHDR comes first (PNG §11.2.1)
    return width / PNG_SCALE * MODULE
