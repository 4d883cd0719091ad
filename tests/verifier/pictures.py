"""Pictures of QR codes, made for the tests."""

from io import BytesIO
from typing import Any, cast

import segno
from PIL import Image
from segno import consts

PREFIX = "https://zs.example.cn/#"
DIGITS = "8146" * 100  # version 10, as a certificate has


def qr(digits: str = DIGITS, *, scale: int = 4) -> Image.Image:
    """A clean code in 8-bit grey, with its quiet zone."""
    segments = [(PREFIX, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    code = segno.make(cast("Any", segments), error="m", micro=False, boost_error=False)
    file = BytesIO()
    code.save(file, kind="png", scale=scale, border=4)
    return Image.open(file).convert("L")


def on_page(
    *codes: tuple[Image.Image, tuple[int, int]], size: tuple[int, int], shade: int = 235
) -> Image.Image:
    """The codes at their places on a grey page."""
    page = Image.new("L", size, shade)
    for code, place in codes:
        page.paste(code, place)
    return page


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a file of `kind`, a name that Pillow knows."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()
