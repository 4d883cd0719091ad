"""What the camera sees: frames with codes on a page, and clips for Chromium's fake camera.

A clip is Motion JPEG, JPEG files one after the other, which Chromium plays at 30 frames a second,
from the first one again at each start of the camera.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO

import segno
from PIL import Image, ImageDraw

from issuer.documents import qr_image
from tests.world import ORIGIN

FRAMES = 30  # a second
SIZE = (1280, 720)  # pixels
LEAD = 0.5  # seconds without a code at the start, as when a phone is raised
_PAPER = 235  # of 255
_INK = 40


@cache
def picture(text: str, scale: int = 6) -> Image.Image:
    """A code of `scale` pixels a module: drawn as our issuer draws it, where it is one of ours."""
    host, _, digits = text.removeprefix("https://").partition("/#")
    if host == ORIGIN and digits.isdecimal():
        code = qr_image.make(ORIGIN, digits)
    else:
        code = segno.make(text, error="m", micro=False, boost_error=False)
    file = BytesIO()
    code.save(file, kind="png", scale=scale, border=qr_image.QUIET_ZONE)
    return Image.open(file).convert("L")


def page(*texts: str, size: tuple[int, int] = SIZE, scale: int = 6) -> Image.Image:
    """A desk with a sheet of paper, lines of print and these codes side by side."""
    frame = Image.new("L", size, 110)
    draw = ImageDraw.Draw(frame)
    width, height = size
    draw.rectangle((width // 16, 0, width - width // 16, height), fill=_PAPER)
    for line in range(40, height, 44):
        draw.line((width // 12, line, width // 6, line), fill=_INK, width=6)
    for place, text in enumerate(texts):
        code = picture(text, scale)
        middle = width * (2 * place + 1) // (2 * len(texts))
        frame.paste(code, (middle - code.width // 2, (height - code.height) // 2))
    return frame


@cache
def frame(*texts: str, scale: int = 6) -> bytes:
    """One frame of a clip."""
    return jpeg(page(*texts, scale=scale))


def jpeg(image: Image.Image, quality: int = 85) -> bytes:
    """A JPEG file."""
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def clip(*scenes: str | Sequence[str], hold: float = 1.0, gap: float = 0.3) -> bytes:
    """The lead-in, then each scene (one code, or several side by side) with a gap behind it."""
    return b"".join(_frames(scenes, hold, gap))


def _frames(scenes: Iterable[str | Sequence[str]], hold: float, gap: float) -> Iterable[bytes]:
    yield frame() * round(LEAD * FRAMES)
    for scene in scenes:
        texts = (scene,) if isinstance(scene, str) else scene
        scale = 6 if len(texts) == 1 else 5
        yield frame(*texts, scale=scale) * round(hold * FRAMES)
        yield frame() * round(gap * FRAMES)
