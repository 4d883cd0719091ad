"""Put what people typed over single cells of a roster, before anyone reads its rows.

A corrected cell is text, as if the clerk had typed it into a text column: an annotated workbook
shows it, and what was wrong with the cell before is gone with it.
"""

from collections.abc import Mapping
from dataclasses import replace

from issuer.roster.columns import Header
from issuer.roster.sheet import MAX_CELL, RosterError, Sheet

Corrections = Mapping[tuple[int, str], str]
"""Row, as spreadsheet programs show it, and claim → the text that replaces the cell."""


def correct(sheet: Sheet, header: Header, corrections: Corrections) -> Sheet:
    """Return the sheet with `corrections`; the old one stays as it is.

    Raises:
        RosterError: `roster_unknown_cell`: no such row below the headings, or no column for the
            claim; `roster_correction_too_long`.
    """
    columns = {claim: index for index, claim in header.columns.items()}
    rows = list(sheet.rows)
    places = set()
    for (number, claim), text in corrections.items():
        if claim not in columns or not header.row < number <= len(rows):
            raise RosterError("roster_unknown_cell", row=number, claim=claim)
        if len(text) > MAX_CELL:
            raise RosterError("roster_correction_too_long", limit=MAX_CELL)
        index = columns[claim]
        cells = list(rows[number - 1])
        cells += [""] * (index + 1 - len(cells))
        cells[index] = text
        rows[number - 1] = cells
        places.add((number, index))
    marks = replace(
        sheet.marks,
        formulas=sheet.marks.formulas - places,
        errors={place: text for place, text in sheet.marks.errors.items() if place not in places},
    )
    return replace(sheet, rows=rows, marks=marks)
