"""Write cells and workbooks that mean the same everywhere (ECMA-376 parts 1 and 2).

Whatever a cell says is written as text, marked so that no spreadsheet program takes it for a
formula (OWASP ASVS 5.0, 1.2.10), and the same content gives the same bytes.
"""

import math
import re
import zipfile
from collections.abc import Mapping
from copy import copy
from io import BytesIO
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.image import Image
from openpyxl.drawing.spreadsheet_drawing import (
    AnchorMarker,
    OneCellAnchor,
    SpreadsheetDrawing,
)
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from issuer.roster.sheet import Cell
from verifier.csv_cell import starts_formula

_FILLS: Mapping[str | None, PatternFill] = {
    "error": PatternFill("solid", fgColor="FFFFC7CE"),
    "warning": PatternFill("solid", fgColor="FFFFEB9C"),
    "notice": PatternFill("solid", fgColor="FFDDEBF7"),
    "heading": PatternFill("solid", fgColor="FFE7E6E6"),
}
_BOLD = Font(bold=True)
_WRAP = Alignment(wrap_text=True, vertical="top")
_ERROR_VALUE = "#"  # what #N/A starts with

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # ECMA-376 part 1 §22.9.2.19
_EMU = 36_000  # a millimetre (ECMA-376 part 1 §20.1.2.1)
_POINT = 25.4 / 72  # mm
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that ZIP knows


class Pen:
    """Makes the cells of one sheet. A look is put together once: openpyxl is slow at it."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._looks: dict[tuple[object, ...], Any] = {}

    def cell(
        self,
        value: Cell | None,
        *,
        fill: str | None = None,
        number_format: str | None = None,
        bold: bool = False,
        wrap: bool = False,
    ) -> Any:
        """Return what `append` takes; text is text whatever it starts with."""
        if isinstance(value, float) and not math.isfinite(value):
            value = str(value)
        if isinstance(value, str):
            value = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", _ESCAPE.sub("_x005F_", value))
        quoted = isinstance(value, str) and (
            starts_formula(value) or value.startswith(_ERROR_VALUE)
        )
        look = (fill, number_format, bold, wrap, quoted)
        if not any(look):
            return value if value != "" else None
        cell = WriteOnlyCell(self._sheet, None if value == "" else value)  # type: ignore[arg-type]
        if isinstance(value, str) and value:
            cell.data_type = "s"
        if look not in self._looks:
            cell.quotePrefix = quoted
            cell.number_format = number_format or ("@" if quoted else "General")
            if fill:
                cell.fill = _FILLS[fill]
            if bold:
                cell.font = _BOLD
            if wrap:
                cell.alignment = _WRAP
            self._looks[look] = cell._style  # type: ignore[attr-defined]  # noqa: SLF001 - openpyxl's own way to copy a look
        cell._style = copy(self._looks[look])  # type: ignore[attr-defined]  # noqa: SLF001
        return cell


class _Sheet(WriteOnlyWorksheet):
    """A sheet in memory. openpyxl's own lie on the disk until they are saved, ID numbers and all."""

    _writer: WorksheetWriter | None = None

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = WorksheetWriter(self, BytesIO())
            self._writer.write_top()


class _Png(Image):
    """A picture whose bytes go into the workbook as they are; openpyxl's own opens it twice."""

    format = "png"

    def __init__(self, data: bytes) -> None:
        self._bytes = data

    def _data(self) -> bytes:
        return self._bytes


class _Archive(ExcelWriter):
    """Takes such sheets from memory."""

    _archive: zipfile.ZipFile

    def write_worksheet(self, ws: Any) -> None:
        if not isinstance(ws, _Sheet):
            super().write_worksheet(ws)
            return
        sheet: Any = ws
        sheet.close()
        if sheet._images:  # noqa: SLF001
            sheet._drawing = SpreadsheetDrawing()  # noqa: SLF001
            sheet._drawing.images = sheet._images  # noqa: SLF001
        sheet._rels = sheet._writer._rels  # noqa: SLF001 - as ExcelWriter does
        self._archive.writestr(sheet.path[1:], sheet._writer.read())  # noqa: SLF001
        self.manifest.append(sheet)


def add_sheet(book: Workbook, title: str) -> Any:
    """Return a new sheet that rows are appended to, once all else about it is set."""
    sheet = _Sheet(book, title)
    cast("Any", book)._add_sheet(sheet)  # noqa: SLF001 - what create_sheet does
    return sheet


def add_picture(sheet: Any, png: bytes, *, row: int, column: int, side: float) -> None:
    """Put a square picture of `side` mm into a cell, both counted from 1, and make the row fit.

    It must be there before the row is appended.
    """
    corner = AnchorMarker(col=column - 1, row=row - 1)
    size = round(side * _EMU)
    image = _Png(png)
    image.anchor = OneCellAnchor(_from=corner, ext=XDRPositiveSize2D(size, size))
    sheet.add_image(image)
    sheet.row_dimensions[row].height = side / _POINT


def save(book: Workbook) -> bytes:
    """Return the workbook's bytes without the moment of their making."""
    written, steady = BytesIO(), BytesIO()
    _Archive(book, zipfile.ZipFile(written, "w")).save()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(steady, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", part)
            entry = zipfile.ZipInfo(name, _EPOCH)
            target.writestr(entry, part, zipfile.ZIP_DEFLATED)
    return steady.getvalue()
