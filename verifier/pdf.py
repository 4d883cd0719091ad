"""Read a PDF that is presented: credentials attached to it, texts of its pages, QR codes on them.

A stranger's file: sizes are looked at before work, nothing in it is run. PDFium is not safe for
threads, so one file is read at a time.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from schemas.errors import CommandError, VerificationError
from schemas.limits import MAX_SD_JWT_TEXT
from verifier.page_text import PageText
from verifier.picture_kinds import MAX_PDF
from verifier.pictures import MAX_PIXELS, find_codes
from verifier.presentation import Presentation

MAX_PAGES = 2_000
MAX_ATTACHMENTS = 2_000
MAX_CHARACTERS = 20_000  # of one page's text
DPI = 150  # at which pages are looked at for codes
LEAST_SIZE = 4.0  # points; smaller text is not read by people
COVERED = 0.5  # of a character's box; more than that is not seen

_POINTS = 72  # an inch
_LOCK = Lock()
_Box = tuple[float, float, float, float]  # left, bottom, right, top, in points


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """One credential in a PDF."""

    text: str
    pages: tuple[PageText, ...] = ()
    """Of an attached one, the pages of which one has to show what it says."""


def read_pdf(data: bytes) -> list[Presented]:
    """The credentials of a PDF, at least one: attached ones first, then other codes on its pages.

    Raises:
        CommandError: `pdf_unreadable`, `pdf_too_large`, `pdf_no_code`, `picture_too_large`.
    """
    if len(data) > MAX_PDF:
        limit = f"{MAX_PDF // 1_000_000} MB"
        raise CommandError("pdf_too_large", f"> {limit}", limit=limit)
    with _LOCK:
        try:
            document = pdfium.PdfDocument(data)
            try:
                return _presented(document)
            finally:
                document.close()
        except pdfium.PdfiumError as error:
            locked = "password" in str(error).lower()
            detail = "it asks for a password" if locked else "damaged or cut off"
            raise CommandError("pdf_unreadable", detail) from error


def _presented(document: pdfium.PdfDocument) -> list[Presented]:
    if len(document) > MAX_PAGES:
        raise CommandError("pdf_too_large", f"{len(document)} p.", limit=f"{MAX_PAGES} p.")
    attached = list(_attached(document))
    texts: list[PageText] = []
    codes: dict[str, None] = {}
    for page in document:
        if attached:
            texts.append(_page_text(page))
        codes |= dict.fromkeys(_codes(page))
        page.close()
    known = {_signed(text) for text in attached}
    others = [code for code in codes if _signed(code) not in known]
    found = [Presented(text=text, pages=tuple(texts)) for text in attached]
    found += [Presented(text=code) for code in others]
    if not found:
        raise CommandError("pdf_no_code")
    return found


def _attached(document: pdfium.PdfDocument) -> Iterator[str]:
    """Attached texts that look like credentials."""
    for index in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        try:
            data = document.get_attachment(index).get_data()
        except pdfium.PdfiumError:  # it has a name and no content
            continue
        if len(data) <= MAX_SD_JWT_TEXT:
            text = bytes(data).decode("utf-8", "replace").strip()
            if text.startswith("eyJ") and "~" in text:
                yield text


def _signed(text: str) -> object:
    """What a presentation is the same by: the signed bytes, in whatever form they come."""
    try:
        presentation = Presentation.read(text)
        token = presentation.token(presentation.origin or "")
    except VerificationError:
        return text
    return (token.kid, token.payload, token.signature)


def _codes(page: pdfium.PdfPage) -> list[str]:
    width, height = page.get_size()
    scale = DPI / _POINTS
    if width * height * scale**2 > MAX_PIXELS:
        size = f"{width * scale:.0f} × {height * scale:.0f}"
        raise CommandError("picture_too_large", size, limit=f"{MAX_PIXELS // 1_000_000} MP")
    picture = page.render(scale=scale, grayscale=True).to_pil()
    return [code.text for code in find_codes(picture.convert("L"))]


def _page_text(page: pdfium.PdfPage) -> PageText:
    """The text of a page, and which of its characters are seen."""
    text = page.get_textpage()
    count = min(text.count_chars(), MAX_CHARACTERS)
    objects = list(page.get_objects(max_depth=1))
    heights = {_address(one.raw): height for height, one in enumerate(objects)}
    covers = [(height, one.get_bounds()) for height, one in enumerate(objects) if _covers(one)]
    covers += [(len(objects), box) for box in _notes(page)]
    paper = (0.0, 0.0, *page.get_size())
    letters: list[str] = []
    boxes: list[_Box] = []
    layers: list[int] = []
    index = 0
    while index < count:
        unit = raw.FPDFText_GetUnicode(text, index)
        letter, step = _letter(text, index, unit)
        if not letter.isspace() and unit >= 0x20:
            owner = raw.FPDFText_GetTextObject(text, index)
            shown = owner and _is_drawn(owner) and _is_readable(text, index)
            letters.append(letter)
            boxes.append(text.get_charbox(index))
            layers.append(heights.get(_address(owner), 0) if shown else -1)
        index += step
    text.close()
    seen = [
        layer >= 0 and _share(box, paper) > 1 - COVERED and not _hidden(box, layer, covers)
        for box, layer in zip(boxes, layers, strict=True)
    ]
    for place in _overprinted(boxes, layers):
        seen[place] = False
    return PageText(text="".join(letters), seen=tuple(seen))


def _letter(text: pdfium.PdfTextPage, index: int, unit: int) -> tuple[str, int]:
    """The character at `index`, and how many places it takes: PDFium counts in UTF-16."""
    if 0xD800 <= unit < 0xDC00:
        low = raw.FPDFText_GetUnicode(text, index + 1)
        if 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 2
    return (" " if 0xD800 <= unit < 0xE000 else chr(unit)), 1


def _address(handle: Any) -> int:
    return ctypes.addressof(handle.contents) if handle else 0


def _is_drawn(owner: Any) -> bool:
    mode: int = raw.FPDFTextObj_GetTextRenderMode(owner)
    return mode not in (
        raw.FPDF_TEXTRENDERMODE_INVISIBLE,
        raw.FPDF_TEXTRENDERMODE_CLIP,
    )


def _is_readable(text: pdfium.PdfTextPage, index: int) -> bool:
    box: _Box = text.get_charbox(index, loose=True)
    left, bottom, right, top = box
    return max(right - left, top - bottom) >= LEAST_SIZE


def _covers(one: pdfium.PdfObject) -> bool:
    """Whether an object can hide what is drawn before it."""
    if one.type == raw.FPDF_PAGEOBJ_PATH:
        fill, stroke = ctypes.c_int(), raw.FPDF_BOOL()
        raw.FPDFPath_GetDrawMode(one.raw, fill, stroke)
        return bool(fill.value != raw.FPDF_FILLMODE_NONE)
    return bool(one.type != raw.FPDF_PAGEOBJ_TEXT)


def _notes(page: pdfium.PdfPage) -> Iterator[_Box]:
    """The boxes of notes and drawings that a reader's program lays over the page."""
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, index)
        rectangle = raw.FS_RECTF()
        if raw.FPDFAnnot_GetSubtype(note) != raw.FPDF_ANNOT_LINK and raw.FPDFAnnot_GetRect(
            note, rectangle
        ):
            yield rectangle.left, rectangle.bottom, rectangle.right, rectangle.top
        raw.FPDFPage_CloseAnnot(note)


def _hidden(box: _Box, layer: int, covers: list[tuple[int, _Box]]) -> bool:
    return any(height > layer and _share(box, cover) > COVERED for height, cover in covers)


def _overprinted(boxes: list[_Box], layers: list[int]) -> Iterator[int]:
    """The places of characters over which later ones are set, found by sweeping from the left."""
    places = sorted(range(len(boxes)), key=lambda place: boxes[place][0])
    for order, one in enumerate(places):
        for other in places[order + 1 :]:
            if boxes[other][0] >= boxes[one][2]:
                break
            lower, upper = (one, other) if layers[one] <= layers[other] else (other, one)
            if layers[lower] < layers[upper] and _share(boxes[lower], boxes[upper]) > COVERED:
                yield lower


def _share(box: _Box, other: _Box) -> float:
    """How much of `box` lies in `other`, 0 to 1."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return width * height / area if width > 0 and height > 0 and area > 0 else 0.0
