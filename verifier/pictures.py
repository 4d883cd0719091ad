"""Find the QR codes in a picture: PNG, JPEG, WebP or HEIC, from a scanner, a screen or a phone.

Sizes are checked before anything is decoded. zxing reads what is easy at once; a picture in which
it finds nothing is looked at again enlarged, sharpened and in pieces (`_HARD`).
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import zxingcpp
from PIL import Image, ImageFile, ImageFilter, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from schemas.errors import CommandError
from verifier.picture_kinds import MAX_FILE, Kind, kind

MAX_PIXELS = 80 * 1000 * 1000  # the grey picture then takes 80 MB, its colours 240 MB
MAX_SIDE = 65_535  # pixels that zxing takes in one direction
MAX_SCALED = 50 * 1000 * 1000  # pixels of an enlarged picture: 12 megapixels doubled
MAX_TILED = 350 * 1000 * 1000  # pixels of all tiles of one stage: a few seconds on one core

TILE = 1_000  # pixels; tiles overlap by half, so a code of up to 500 pixels is whole in one

_PIXELS = f"{MAX_PIXELS // 1_000_000} MP"

# Not Micro QR: in a blurred picture a corner of a QR code can read as one (1 of 4,200 attempts).
_PLAIN_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)

# What a picture library complains about in a file is not a message for the people at the command.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeText:
    """The text of one QR code and where it is: the middle and the height of its box, in pixels."""

    text: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One way to look at the picture: cut it into tiles or not, scale, sharpen what is blurred."""

    scale: float = 1.0
    tiles: bool = False
    sharpen: bool = False


# Chosen by what each finds that those before it miss. Of 224 generated pictures (57 × 57 modules of
# 1.7–9 pixels, blurred by up to half a module, turned, tilted, noisy, dim) the easy stages read
# 51 %, all together 76 %; no wrong text.
_EASY = (_Stage(), _Stage(tiles=True))
_HARD = (
    _Stage(scale=2, tiles=True),
    _Stage(scale=2, sharpen=True),
    _Stage(scale=3),
    _Stage(scale=0.5, sharpen=True),
)


def read_codes(data: bytes) -> list[CodeText]:
    """The distinct QR texts of a picture, from top left to bottom right; at least one.

    An animated picture is its first frame.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`, `picture_no_code`.
    """
    found = find_codes(_grey(open_picture(data, grey=True)))
    if not found:
        raise CommandError("picture_no_code")
    return found


def find_codes(picture: Image.Image) -> list[CodeText]:
    """The distinct QR texts of an 8-bit grey picture, from top left to bottom right."""
    found = _look(picture, _EASY, stop=False) or _look(picture, _HARD, stop=True)
    return _reading_order(found)


def open_picture(data: bytes, *, grey: bool = False) -> Image.Image:
    """The decoded picture, upright; of an animated one the first frame.

    With `grey`, colours are not decoded where that saves memory.

    Raises:
        CommandError: `picture_unreadable`, `picture_too_large`.
    """
    if len(data) > MAX_FILE:
        limit = f"{MAX_FILE // 1_000_000} MB"
        raise CommandError("picture_too_large", f"> {limit}", limit=limit)
    picture_kind = kind(data[:16])
    if picture_kind is None:
        raise CommandError("picture_unreadable")
    try:
        picture: Image.Image = _read_header(picture_kind, data)
        size = picture.size
    except Image.DecompressionBombError:
        raise CommandError("picture_too_large", picture_kind, limit=_PIXELS) from None
    except Exception as error:  # the readers raise whatever their parsers trip over
        raise CommandError("picture_unreadable", f"{picture_kind}: {error}") from error
    if size[0] * size[1] > MAX_PIXELS or max(size) > MAX_SIDE:
        raise CommandError("picture_too_large", f"{size[0]} × {size[1]}", limit=_PIXELS)
    try:
        if grey and picture_kind == "JPEG":
            picture.draft("L", None)  # the luminance only: a third of the memory
        picture.load()
    except Exception as error:  # as above
        raise CommandError("picture_unreadable", f"{picture_kind}: {error}") from error
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - damaged EXIF costs the reading order, not the picture
        return picture


def _read_header(picture_kind: Kind, data: bytes) -> ImageFile.ImageFile:
    """The picture with its size, not decoded.

    `Image.open` is not used: it knows dozens of formats, and its own check of the size warns on
    standard error.
    """
    stream = BytesIO(data)
    match picture_kind:
        case "PNG":
            return PngImageFile(stream)
        case "JPEG":
            return JpegImageFile(stream)
        case "WebP":
            return WebPImageFile(stream)
        case "HEIC":
            from pillow_heif import HeifImageFile  # noqa: PLC0415 - slow, and few pictures need it

            opened: ImageFile.ImageFile = HeifImageFile(stream)  # type: ignore[no-untyped-call]
            return opened


def eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of 16-bit grey as one of 8: Pillow's own conversion cuts off above 255."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.point(lambda value: value * (1 / 256)).convert("L")


def _grey(picture: Image.Image) -> Image.Image:
    """As 8-bit grey; what is transparent becomes white paper."""
    if picture.mode.startswith("I"):
        return eight_bits(picture)
    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        paper = Image.new("L", picture.size, 255)
        paper.paste(colours.convert("L"), mask=colours.getchannel("A"))
        return paper
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    return picture.convert("L")


def _look(picture: Image.Image, stages: tuple[_Stage, ...], *, stop: bool) -> list[CodeText]:
    """What `stages` find, each text once; with `stop`, only as far as the first that finds any."""
    found: dict[str, CodeText] = {}
    for stage in stages:
        for code in _run(picture, stage):
            found.setdefault(code.text, code)
        if found and stop:
            break
    return list(found.values())


def _run(picture: Image.Image, stage: _Stage) -> Iterator[CodeText]:
    boxes = _tiles(picture.size) if stage.tiles else [(0, 0, *picture.size)]
    if stage.tiles and len(boxes) == 1 and stage.scale == 1:
        return  # the whole picture again
    if not stage.tiles and max(picture.size) * stage.scale > MAX_SIDE:
        return
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes)
    if stage.scale != 1 and area * stage.scale**2 > (MAX_TILED if stage.tiles else MAX_SCALED):
        return
    for box in boxes:
        piece = picture if len(boxes) == 1 else picture.crop(box)
        for code in zxingcpp.read_barcodes(
            _prepared(piece, stage), formats=_PLAIN_QR, text_mode=zxingcpp.TextMode.Plain
        ):
            if code.text:
                yield _placed(code, stage.scale, left=box[0], top=box[1])


def _prepared(piece: Image.Image, stage: _Stage) -> Image.Image:
    if stage.scale != 1:
        width, height = (max(1, round(length * stage.scale)) for length in piece.size)
        piece = piece.resize((width, height), Image.Resampling.BICUBIC)
    if stage.sharpen:  # smoothed first: noise must not be sharpened
        piece = piece.filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.UnsharpMask(6, 300, 0))
    return piece


def _placed(code: zxingcpp.Barcode, scale: float, *, left: int, top: int) -> CodeText:
    """The code in the pixels of the whole picture."""
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    across = [corner.x / scale + left for corner in corners]
    down = [corner.y / scale + top for corner in corners]
    return CodeText(
        text=code.text,
        x=round(sum(across) / 4),
        y=round(sum(down) / 4),
        height=round(max(down) - min(down)),
    )


def _tiles(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) that cover `size`, each half over the next."""
    width, height = size
    half = TILE // 2
    return [
        (left, top, min(left + TILE, width), min(top + TILE, height))
        for top in range(0, max(1, height - half), half)
        for left in range(0, max(1, width - half), half)
    ]


def _reading_order(codes: list[CodeText]) -> list[CodeText]:
    """Row by row: a code whose middle is above the bottom of the row's first is in its row."""
    rows: list[list[CodeText]] = []
    for code in sorted(codes, key=lambda code: code.y):
        if rows and code.y < rows[-1][0].y + rows[-1][0].height / 2:
            rows[-1].append(code)
        else:
            rows.append([code])
    return [code for row in rows for code in sorted(row, key=lambda code: code.x)]
