"""Check what the layout of a worksheet keeps from people's eyes, or from the cells of its rows.

What is hidden is signed too: rows that a filter left out are in the file. Of merged cells only the
first has a value, whatever the page shows.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from issuer.roster.columns import Header
from issuer.roster.findings import Finding, finding
from issuer.roster.rows import Row
from issuer.roster.sheet import Cell, Sheet


def check_layout(
    sheet: Sheet, header: Header, rows: Sequence[Row], type_name: str
) -> Iterator[Finding]:
    """Give a finding for each hidden column, hidden person, and merged range that leaves one empty."""
    marks = sheet.marks
    for index, claim in header.columns.items():
        if index in marks.hidden_columns:
            yield finding("column_hidden", row=header.row, column=claim, type=type_name)
    if marks.hidden_rows:
        for row in rows:
            if row.number in marks.hidden_rows:
                yield finding("row_hidden", row=row.number)
    if not marks.merged:
        return
    empty = {
        index: [row.number for row in rows if _cell(sheet, row.number, index) == ""]
        for index in header.columns
    }
    for merged in marks.merged:
        if _cell(sheet, merged.row, merged.column) == "":
            continue
        for index, claim in header.columns.items():
            at = bisect_left(empty[index], merged.row)
            inside = merged.column <= index <= merged.last_column
            if inside and at < len(empty[index]) and empty[index][at] <= merged.last_row:
                yield finding(
                    "cells_merged",
                    row=empty[index][at],
                    column=claim,
                    type=type_name,
                    first=merged.row,
                    last=min(merged.last_row, len(sheet.rows)),
                )
                break


def _cell(sheet: Sheet, row: int, column: int) -> Cell:
    cells = sheet.rows[row - 1] if row <= len(sheet.rows) else []
    return cells[column] if column < len(cells) else ""
