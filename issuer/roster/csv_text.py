"""Read a table in text as spreadsheets in China write and copy it: CSV (RFC 4180), or cells with tabs.

UTF-8, UTF-16 or GB 18030. GBK is never tried: it lacks 䶮 (U+4DAE as of its own edition), 𬱖
(U+2CC56) and other characters of people's names, and GB 18030 reads whatever GBK wrote.
"""

import codecs
import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import Literal

from issuer.roster.sheet import (
    MAX_CELL,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_FILLED,
    MAX_ROWS,
    Cell,
    RosterError,
    Sheet,
)

DELIMITERS = (",", "\t", ";")
MAX_FILE = 32 * 1024 * 1024  # bytes; 100,000 rows of ours take 14 MB
LAST_ROW = 1_048_576  # of any spreadsheet, with content or without
MAX_ROW = 1024 * 1024  # characters of one row; more is a quotation mark without its end

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED_UTF_16 = (b"\n\0", b"\0\n")

Quoting = Literal[0, 3]
"""How csv takes a quotation mark: as the begin of a quoted cell (QUOTE_MINIMAL), or for itself."""


def read_csv(data: bytes, *, delimiter: str | None = None) -> Sheet:
    """Return the cells of `data`, all of them text.

    Without a `delimiter` the one that makes the most cells is taken. Between tabs, as spreadsheets
    copy cells, quotation marks may stand for themselves: they are kept where they make no sense.

    Raises:
        RosterError: `roster_encoding`, `roster_too_large`, `roster_too_many_rows`,
            `roster_too_wide`, `roster_too_many_cells`, `roster_not_a_workbook` for a quoted cell
            without an end.
    """
    if len(data) > MAX_FILE:
        megabytes = len(data) >> 20
        raise RosterError("roster_too_large", megabytes=megabytes, limit=MAX_FILE >> 20)
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    if not marked and any(line_end in data for line_end in _UNMARKED_UTF_16):
        raise RosterError("roster_encoding")
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return Sheet(rows=_read(data, encoding, delimiter))
        except UnicodeDecodeError:
            continue
    raise RosterError("roster_encoding")


def _read(data: bytes, encoding: str, delimiter: str | None) -> list[list[Cell]]:
    delimiter = delimiter or _delimiter(TextIOWrapper(BytesIO(data), encoding).read(8192))
    ways: tuple[Quoting, ...] = (csv.QUOTE_MINIMAL,)
    if delimiter == "\t":
        ways = (csv.QUOTE_MINIMAL, csv.QUOTE_NONE)
    said = ""
    for quoting in ways:
        text = TextIOWrapper(BytesIO(data), encoding, newline="")  # never the whole text at once
        try:
            return _limited(_rows(text, delimiter, quoting))
        except csv.Error as error:
            said = said or str(error)
    raise RosterError("roster_not_a_workbook", said)


def _rows(text: TextIOWrapper, delimiter: str, quoting: Quoting) -> Iterator[list[str]]:
    length = 0

    def lines() -> Iterator[str]:
        nonlocal length
        while line := text.readline(MAX_ROW):
            length += len(line)
            if length > MAX_ROW:
                raise csv.Error(f"a row of more than {MAX_ROW} characters")
            yield line

    for row in csv.reader(lines(), delimiter=delimiter, quoting=quoting, strict=True):
        if length > MAX_CELL and any(len(cell) > MAX_CELL for cell in row):
            raise csv.Error(f"a cell of more than {MAX_CELL} characters")
        length = 0
        yield row


def _limited(read: Iterator[list[str]]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    number = cells = filled = 0
    for row in read:
        if len(row) > MAX_COLUMNS:
            raise RosterError("roster_too_wide", column=len(row), limit=MAX_COLUMNS)
        content = len(row) - row.count("")
        number += 1
        if number > MAX_ROWS:
            if content or number > LAST_ROW:
                raise RosterError("roster_too_many_rows", row=number, limit=MAX_ROWS)
            continue
        cells, filled = cells + len(row), filled + content
        for count, limit in ((cells, MAX_CELLS), (filled, MAX_FILLED)):
            if count > limit:
                raise RosterError("roster_too_many_cells", count=count, limit=limit)
        rows.append([*row])
    return rows


def _delimiter(head: str) -> str:
    """Return the delimiter that makes the most cells of the first lines."""
    lines = head.splitlines()[:10]
    return max(DELIMITERS, key=lambda delimiter: sum(line.count(delimiter) for line in lines))
