"""A list of certificate numbers as people hand it in: pasted, or the column of a file."""

import re

from issuer.roster.cells import cell_text
from issuer.roster.columns import HEADER_ROWS, is_heading
from issuer.roster.roster import read_sheet
from issuer.roster.sheet import MAX_ROWS, Cell, RosterError
from schemas.errors import CommandError

_BETWEEN = re.compile(r"[\s,;，；、]+")


def read_list(text: str, file: tuple[str, bytes] | None) -> list[str]:
    """The numbers of a pasted list and of a file (name, content), in their order.

    Raises:
        RosterError: as `read_sheet`, for a file that is no table.
        CommandError: `list_empty`, `list_too_long`, `list_no_heading`.
    """
    found = [one for one in _BETWEEN.split(text) if one]
    if file is not None:
        found += _of_file(*file)
    if not found:
        raise CommandError("list_empty")
    if len(found) > MAX_ROWS:
        raise CommandError("list_too_long", count=len(found), limit=MAX_ROWS)
    return found


def _of_file(name: str, data: bytes) -> list[str]:
    """What stands below the heading of numbers; in a file of one column, all of it."""
    try:
        rows = read_sheet(data, name).rows
    except RosterError as error:
        raise error.named(name) from None
    at, first = _column(rows, name)
    texts = (cell_text(row[at]).strip("'‘’`") for row in rows[first:] if at < len(row))
    return [text for text in texts if text]


def _column(rows: list[list[Cell]], name: str) -> tuple[int, int]:
    """(column, first row) of the numbers, both from 0."""
    for number, row in enumerate(rows[:HEADER_ROWS]):
        for at, cell in enumerate(row):
            if is_heading(cell, "certificate_number"):
                return at, number + 1
    filled = {at for row in rows for at, cell in enumerate(row) if cell != ""}
    if len(filled) > 1:  # the first may count the rows
        raise CommandError("list_no_heading", name=name)
    return min(filled, default=0), 0
