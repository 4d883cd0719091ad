"""Write a roster the way a clerk does: a title, headings, one person a line."""

from collections.abc import Mapping, Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from issuer.roster.sheet import Cell
from issuer.roster.xlsx_cells import Pen, add_sheet, save

FIRST_ROW = 3  # of the people, as spreadsheet programs count: title and headings are above

Line = Mapping[str, Cell]
"""Heading → what is typed below it."""


def workbook(title: str, lines: Sequence[Line]) -> bytes:
    """The roster's bytes; all `lines` have the same headings."""
    book = Workbook(write_only=True)
    sheet = add_sheet(book, "名单")
    pen = Pen(sheet)
    headings = list(lines[0])
    for place, heading in enumerate(headings, start=1):
        shown = [heading, *(str(line[heading]) for line in lines)]
        width = max(sum(2 if mark > "\u2e7f" else 1 for mark in text) for text in shown)
        sheet.column_dimensions[get_column_letter(place)].width = width + 2
    sheet.append([pen.cell(title, bold=True)])
    sheet.append([pen.cell(heading, fill="heading", bold=True) for heading in headings])
    for line in lines:
        sheet.append([pen.cell(line[name], number_format=_format(line[name])) for name in headings])
    return save(book)


def _format(cell: Cell) -> str | None:
    if isinstance(cell, date):
        return "yyyy-mm-dd"
    if isinstance(cell, int):
        return "0"
    return "@" if isinstance(cell, str) and cell.isdigit() else None
