"""Pictures that an institution adds to its documents, seals and logos, made ready once and safely.

A stranger's file: its kind and size are looked at before anything is decoded. What comes out is
upright, without metadata, of the size that is printed, and is put into the PDF unchanged, as a
photograph is (issuer/photos.py).
"""

import base64
import io
from functools import lru_cache

from PIL import Image, ImageOps, ImageStat

from schemas.errors import CommandError
from verifier.pictures import eight_bits, open_picture

SEAL_MM = 42  # the largest seal below the provinces: 4.2 cm
SEAL_PIXELS = 496  # 42 mm at 300 dpi
LEAST_SEAL = 240  # pixels: 145 dpi
INK_SPREAD = 48  # the standard deviation of a channel up to which a seal has one ink
SEAL_COLOURS = 32  # of one that has not
SQUARE = 0.02  # by how much width and height of a seal may differ
LOGO_PIXELS = (480, 240)
_METHOD = Image.Quantize.FASTOCTREE  # the one that keeps what is transparent


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
    return _saved(_of_one_ink(imprint) or imprint.quantize(SEAL_COLOURS, method=_METHOD), "PNG")


def _of_one_ink(imprint: Image.Image) -> Image.Image | None:
    """The imprint in its median colour, more or less of it; None if it has several colours."""
    coverage = imprint.getchannel("A")
    inked = ImageStat.Stat(imprint.convert("RGB"), coverage.point(lambda one: 255 * (one > 127)))
    if not inked.count[0] or max(inked.stddev) > INK_SPREAD:
        return None
    made = Image.new("RGB", imprint.size, tuple(inked.median))
    made.putalpha(coverage)
    return made


def logo(data: bytes) -> bytes:
    """A logo as a PNG of at most 480 × 240 pixels.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`.
    """
    picture = eight_bits(open_picture(data)).convert("RGBA")
    picture.thumbnail(LOGO_PIXELS, Image.Resampling.LANCZOS)
    return _saved(picture.quantize(256, method=_METHOD), "PNG")


@lru_cache(maxsize=8)  # a seal and a logo are on all certificates of a batch
def as_svg(data: bytes) -> str:
    """A JPEG or PNG inside an SVG: typst takes texts; a JPEG's bytes come into the PDF unchanged.

    What has one ink is drawn as a mask over it: a PDF then has one channel of it in place of four.
    """
    with Image.open(io.BytesIO(data)) as picture:
        kind, (width, height) = picture.format or "", picture.size
        inks = picture.convert("RGB").getcolors(1) if picture.mode == "RGBA" else None
        if inks:
            data = _saved(picture.getchannel("A"), "PNG")
    size = f'width="{width}" height="{height}"'
    link = f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"
    image = f'<image {size} xlink:href="{link}"/>'
    if inks:
        colour = f"rgb{inks[0][1]}"
        image = (
            f'<mask id="ink" maskUnits="userSpaceOnUse" x="0" y="0" {size}>{image}</mask>'
            f'<rect {size} fill="{colour}" mask="url(#ink)"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {size}'
        f' viewBox="0 0 {width} {height}">{image}</svg>'
    )


def _saved(picture: Image.Image, kind: str, **how: int) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, optimize=True, **how)
    return stream.getvalue()
