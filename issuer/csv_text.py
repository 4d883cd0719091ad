"""Read a CSV file as spreadsheets in China write it: UTF-8, UTF-16 or GB 18030; comma, semicolon or tab.

GBK is never tried: it lacks 䶮 (U+4DAE as of its own edition), 𬱖 (U+2CC56) and other characters
of people's names, and GB 18030 reads whatever GBK wrote.
"""

import codecs
import csv
from io import StringIO

from issuer.sheet import MAX_COLUMNS, MAX_ROWS, Cell, RosterError, Sheet

DELIMITERS = (",", "\t", ";")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_csv(data: bytes) -> Sheet:
    """Return the cells of `data`, all of them text.

    Raises:
        RosterError: `roster_encoding`, `roster_too_many_rows`, `roster_too_wide`,
            `roster_not_a_workbook` for a quoted cell without an end.
    """
    text = _decode(data)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text)):
            if len(row) > MAX_COLUMNS:
                raise RosterError("roster_too_wide", column=len(row), limit=MAX_COLUMNS)
            if len(rows) >= MAX_ROWS and any(row):
                raise RosterError("roster_too_many_rows", row=len(rows) + 1, limit=MAX_ROWS)
            rows.append(list(row))
    except csv.Error as error:
        raise RosterError("roster_not_a_workbook", str(error)) from None
    return Sheet(rows=rows)


def _decode(data: bytes) -> str:
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RosterError("roster_encoding")


def _delimiter(text: str) -> str:
    """Return the delimiter that makes the most cells of the first lines."""
    head = text[:8192].splitlines()[:10]
    return max(DELIMITERS, key=lambda delimiter: sum(line.count(delimiter) for line in head))
