"""Open an .xlsx workbook that nobody vouches for (ECMA-376 parts 1 and 2).

Calamine is fast and trusting: one cell at XFD1048576 makes it ask for 500 GB, and a shared string
of 32,767 characters is copied into every cell that names it. So each part is inflated here, within
limits, and looked at; calamine is given a new archive of nothing but these parts.
"""

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from itertools import pairwise
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from issuer.roster.sheet import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_FILLED,
    MAX_ROWS,
    Cell,
    Marks,
    RosterError,
    Sheet,
)
from issuer.roster.xlsx_marks import Reach, column_index, is_marked, read_marks
from issuer.roster.xlsx_parts import Parts, require_plain_xml

MAX_UNPACKED = 200 * 1024 * 1024  # bytes of a sheet; a million empty formatted rows take 50 MB
MAX_CONTENT = (
    80 * 1024 * 1024
)  # bytes of all parts without empty cells; 100,000 rows of ours: 62 MB
MAX_STRINGS = 32 * 1024 * 1024  # bytes of shared strings; 100,000 rows of ours have 20 MB
MAX_HELPER = (
    16 * 1024 * 1024
)  # bytes of any other part; 64,000 formats, all there may be, take 13 MB
MAX_TEXT = 64 * 1024 * 1024  # bytes of text in all cells together

SUMMARY_SHEET, NOTES_SHEET = "校验结果", "填写说明"
"""What `issuer.roster.workbook` puts beside a roster: an annotated workbook, mended, is read again."""

_OWN_SHEETS = (SUMMARY_SHEET, NOTES_SHEET)
_TYPES = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_HELPERS = (_TYPES, "_rels/.rels", "xl/styles.xml")

_MACRO_PARTS = re.compile(r"vbaProject\.bin$|^xl/macrosheets/", re.IGNORECASE)
_MACRO_TYPES = re.compile(rb"macroEnabled|vbaProject|macrosheet", re.IGNORECASE)

# The tags of cells and rows in the plain form that all spreadsheet programs write. Whatever else
# there is, a second address or a prefix on the element, is looked at closely.
_NOT_PLAIN = (
    re.compile(rb"<c(?! r=\"[A-Z]{1,3}[0-9]{1,7}\"(?: [st]=\"[A-Za-z0-9]*\"){0,2} ?/?>)[\s/>]"),
    re.compile(rb"<row(?! r=\"[0-9]{1,7}\"(?: (?!r=)[A-Za-z0-9:]+=\"[^\"<>]*\")* ?/?>)[\s/>]"),
    re.compile(rb":(?:c|row)[\s/>]"),
)
_EMPTY_CELL = re.compile(rb"<c [^<>]*+>(?:(?<=/>)|</c>)")
_EMPTY_ROW = re.compile(rb"<row [^<>]*+>(?:(?<=/>)|</row>)")
_ROW = re.compile(rb"<row r=\"([0-9]{1,7})\"")
_BEYOND_Z99999 = re.compile(rb"<c r=\"(?![A-Z][0-9]{1,5}\")")
_ADDRESS = re.compile(rb"<c r=\"([A-Z]{1,3})([0-9]{1,7})\"")
_STRING_ITEM = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_STRING_INDEX = re.compile(rb"<(?:[\w.-]+:)?v[^>]*>\s*([0-9]{1,7})\s*<")


def read_xlsx(data: bytes) -> Sheet:
    """Return the first visible worksheet of the workbook `data`.

    Raises:
        RosterError: `roster_not_a_workbook`, `roster_macros`, `roster_encrypted`,
            `roster_unsafe_zip`, `roster_no_sheet`, `roster_too_large`, `roster_too_many_rows`,
            `roster_too_wide`, `roster_too_many_cells`, `roster_too_many_formulas`.
    """
    parts = Parts(data)
    if any(_MACRO_PARTS.search(part) for part in parts):
        raise RosterError("roster_macros")
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise RosterError("roster_not_a_workbook", _WORKBOOK)
    needed = {name: parts.read(name, MAX_HELPER) for name in (_WORKBOOK, _RELATIONS)}
    name, path, unread = _choose_sheet(needed[_WORKBOOK], needed[_RELATIONS])
    if path not in parts:
        raise RosterError("roster_not_a_workbook", path)
    needed |= {helper: parts.read(helper, MAX_HELPER) for helper in _HELPERS if helper in parts}
    if _MACRO_TYPES.search(needed.get(_TYPES, b"")):
        raise RosterError("roster_macros")
    if _STRINGS in parts:
        needed[_STRINGS] = parts.read(_STRINGS, MAX_STRINGS)
    needed[path], marks = _read_sheet(parts, path)
    _require_at_most(sum(map(len, needed.values())), MAX_CONTENT)
    _limit_text(needed[path], needed.get(_STRINGS, bytearray()))
    return Sheet(name=name, rows=_read_cells(needed, name), marks=marks, unread=unread)


def _read_cells(needed: dict[str, bytearray], name: str) -> list[list[Cell]]:
    """Have calamine read the sheet `name`. Each copy is let go as the next is made."""
    repacked = BytesIO()
    with zipfile.ZipFile(repacked, "w") as archive:
        while needed:
            archive.writestr(*needed.popitem())
    repacked.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(repacked)
        repacked.close()
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise RosterError("roster_not_a_workbook", str(error)[:100]) from None


def _choose_sheet(workbook: bytearray, relations: bytearray) -> tuple[str, str, tuple[str, ...]]:
    """Return name and path of the first visible worksheet that is not ours, and the other names."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _elements(relations, "Relationship")
        if relation.get("Type", "").endswith("/worksheet")
        and relation.get("TargetMode") != "External"
    }
    sheets = [
        (element.get("name", ""), element.get("state", "visible"), targets.get(relation))
        for element in _elements(workbook, "sheet")
        for key, relation in element.items()
        if key.endswith("/relationships}id")
    ]
    for name, state, target in sheets:
        if state == "visible" and target is not None and name not in _OWN_SHEETS:
            others = (other for other, _, _ in sheets if other != name and other not in _OWN_SHEETS)
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return name, path, tuple(others)
    raise RosterError("roster_no_sheet")


def _elements(part: bytearray, name: str) -> list[dict[str, str]]:
    """Return the attributes of all elements of that name, names as `namespace}name`."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith("}" + name):
            found.append(attributes)

    parser = expat.ParserCreate("utf-8", "}", None)
    parser.StartElementHandler = start
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise RosterError("roster_not_a_workbook", str(error)) from None
    return found


def _read_sheet(parts: Parts, path: str) -> tuple[bytearray, Marks]:
    """Return the sheet's XML and marks; refuse a table that would not fit into memory.

    Empty cells and rows are left out: formats reach down to row 1,048,576 in some rosters.
    """
    sheet = _without_empty(parts.pieces(path, MAX_UNPACKED))
    plain = _is_plain(sheet)  # so every cell has an address, and none has moved
    if not plain:
        sheet = bytearray().join(parts.pieces(path, MAX_CONTENT))
    require_plain_xml(sheet, path)
    marks, reach = Marks(), None
    if not plain or is_marked(sheet):
        marks, reach = read_marks(sheet)
    elif _BEYOND_Z99999.search(sheet):
        reach = _reach(sheet)
    if reach is not None and reach.row * reach.column > MAX_CELLS:
        raise RosterError("roster_too_wide", column=reach.column, limit=MAX_COLUMNS)
    return sheet, marks


def _without_empty(pieces: Iterable[bytes]) -> bytearray:
    """Return the sheet without its empty cells and rows, and refuse it as soon as it is too much.

    Memory holds little more than what is kept.
    """
    kept, rest, filled = bytearray(), b"", 0
    for piece in pieces:
        rest += piece
        whole = max(rest.rfind(b"<row"), 0) or max(rest.rfind(b"<"), 0) or len(rest)
        part = _emptied(rest[:whole])
        rest = rest[whole:]
        filled += part.count(b"<c ")
        if filled > MAX_FILLED:
            raise RosterError("roster_too_many_cells", count=filled, limit=MAX_FILLED)
        last = _ROW.match(part, max(part.rfind(b"<row "), 0))
        if last and int(last[1]) > MAX_ROWS:
            raise RosterError("roster_too_many_rows", row=int(last[1]), limit=MAX_ROWS)
        kept += part
        _require_at_most(len(kept), MAX_CONTENT)
    return kept + _emptied(rest)


def _emptied(piece: bytes) -> bytes:
    if b"/>" not in piece and b"></c>" not in piece:
        return piece
    return _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", piece))


def _is_plain(sheet: bytearray) -> bool:
    return not any(pattern.search(sheet) for pattern in _NOT_PLAIN)


def _reach(sheet: bytearray) -> Reach:
    """Return how far a sheet in the plain form reaches."""
    last_row = last_column = 0
    for match in _ADDRESS.finditer(sheet):
        row, column = int(match[2]), column_index(match[1].decode()) + 1
        if row > last_row:
            if row > MAX_ROWS:
                raise RosterError("roster_too_many_rows", row=row, limit=MAX_ROWS)
            last_row = row
        if column > last_column:
            if column > MAX_COLUMNS:
                raise RosterError("roster_too_wide", column=column, limit=MAX_COLUMNS)
            last_column = column
    return Reach(row=last_row, column=last_column)


def _limit_text(sheet: bytearray, strings: bytearray) -> None:
    """Refuse few long strings in so many cells that their copies would not fit into memory."""
    starts: list[int] = []
    for match in _STRING_ITEM.finditer(strings):
        starts.append(match.start())
        if len(starts) > MAX_FILLED:
            raise RosterError("roster_too_many_cells", count=len(starts), limit=MAX_FILLED)
    lengths = [end - start for start, end in pairwise([*starts, len(strings)])]
    if max(lengths, default=0) * sheet.count(b"v>") <= MAX_TEXT:
        return
    indexes = (int(match[1]) for match in _STRING_INDEX.finditer(sheet))
    _require_at_most(sum(lengths[index] for index in indexes if index < len(lengths)), MAX_TEXT)


def _require_at_most(size: int, limit: int) -> None:
    if size > limit:
        raise RosterError("roster_too_large", megabytes=size >> 20, limit=limit >> 20)
