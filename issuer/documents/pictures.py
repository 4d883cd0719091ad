"""Pictures that an institution adds to its documents, seals and logos, made ready once and safely.

A stranger's file: its kind and size are looked at before anything is decoded. What comes out is
upright, without metadata, of the size that is printed, and is put into the PDF unchanged, as a
photograph is (issuer/photos.py).
"""

import base64
import io

from PIL import Image, ImageOps

from schemas.errors import CommandError
from verifier.pictures import eight_bits, open_picture

SEAL_MM = 42  # the largest seal below the provinces: 4.2 cm
SEAL_PIXELS = 496  # 42 mm at 300 dpi
LEAST_SEAL = 240  # pixels: 145 dpi
SEAL_COLOURS = 32  # a seal has one ink
SQUARE = 0.02  # by how much width and height of a seal may differ
LOGO_PIXELS = (480, 240)


def seal(data: bytes) -> bytes:
    """A seal's imprint as a PNG of at most 496 × 496 pixels, with what is around it transparent.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`, `seal_not_square`,
            `seal_too_coarse`.
    """
    picture = eight_bits(open_picture(data))
    width, height = picture.size
    if abs(width - height) > SQUARE * max(width, height):
        raise CommandError("seal_not_square", width=width, height=height)
    if min(width, height) < LEAST_SEAL:
        raise CommandError("seal_too_coarse", width=width, height=height, least=LEAST_SEAL)
    side = min(SEAL_PIXELS, width)
    imprint = picture.convert("RGBA").resize((side, side), Image.Resampling.LANCZOS)
    if not picture.has_transparency_data:  # scanned on white paper: the paper is no part of it
        darkness = ImageOps.invert(imprint.convert("RGB").split()[1])
        imprint.putalpha(darkness)
    return _saved(imprint.quantize(SEAL_COLOURS, method=Image.Quantize.FASTOCTREE), "PNG")


def logo(data: bytes) -> bytes:
    """A logo as a PNG of at most 480 × 240 pixels.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`.
    """
    picture = eight_bits(open_picture(data)).convert("RGBA")
    picture.thumbnail(LOGO_PIXELS, Image.Resampling.LANCZOS)
    return _saved(picture.quantize(256, method=Image.Quantize.FASTOCTREE), "PNG")


def as_svg(data: bytes) -> str:
    """A JPEG or PNG inside an SVG: typst takes texts, and puts its bytes into the PDF unchanged."""
    kind = "jpeg" if data.startswith(b"\xff\xd8\xff") else "png"
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
    link = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    size = f'width="{width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size}'
        f' viewBox="0 0 {width} {height}"><image {size} xlink:href="{link}"/></svg>'
    )


def _saved(picture: Image.Image, kind: str, **how: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, optimize=True, **how)
    return stream.getvalue()
