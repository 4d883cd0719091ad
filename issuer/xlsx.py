"""Open an .xlsx workbook that nobody vouches for (ECMA-376 parts 1 and 2).

Calamine is fast and trusting: one cell at XFD1048576 makes it ask for 500 GB, and a shared string
of 32,767 characters is copied into every cell that names it. So each part is inflated here, once
and within limits, and looked at; calamine is given a new archive of nothing but these parts.
"""

import re
import zipfile
import zlib
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree as ET
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from issuer.sheet import MAX_COLUMNS, MAX_ROWS, Place, RosterError, Sheet

MAX_UNPACKED = 200 * 1024 * 1024  # bytes of XML; a million empty formatted rows take 50 MB
MAX_RATIO = 250  # unpacked to packed bytes of one part; sheets of real workbooks stay below 40
RATIO_FROM = 1024 * 1024  # bytes; smaller parts may be as repetitive as they like
MAX_ENTRIES = 5_000  # parts; a roster with 2,000 photographs has fewer
MAX_CELLS = 4_000_000  # rows × columns up to the last content; calamine takes 32 bytes for each
MAX_TEXT = 64 * 1024 * 1024  # bytes of text in all cells together

SUMMARY_SHEET, NOTES_SHEET = "校验结果", "填写说明"
"""What `issuer.workbook` puts beside a roster: an annotated workbook, mended, is read again."""

_OWN_SHEETS = (SUMMARY_SHEET, NOTES_SHEET)
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_HELPERS = ("[Content_Types].xml", "_rels/.rels", _STRINGS, "xl/styles.xml")

# The tags of cells and rows in the plain form that all spreadsheet programs write, up to Z99999.
# Whatever else there is, a second address or a prefix on the element, is looked at closely.
_NOT_PLAIN = (
    re.compile(rb"<c(?! r=\"[A-Z][0-9]{1,5}\"(?: [st]=\"[A-Za-z0-9]*\"){0,2} ?/?>)[\s/>]"),
    re.compile(rb"<row(?! r=\"[0-9]{1,5}\"(?: (?!r=)[A-Za-z0-9:]+=\"[^\"<>]*\")* ?/?>)[\s/>]"),
    re.compile(rb":(?:c|row)[\s/>]"),
)
_EMPTY_CELL = re.compile(rb"<c [^<>]*/>")
_EMPTY_ROW = re.compile(rb"<row [^<>]*(?:/>|></row>)")
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_FORMULA_TAG = re.compile(rb"<f[\s/>]")
_FORMULA = re.compile(rb"<c r=\"([A-Z]+)([0-9]+)\"[^>]*>\s*<f()[\s/>]")
_ERROR_TAG = re.compile(rb"t=\"e\"")
_ERROR = re.compile(rb"<c r=\"([A-Z]+)([0-9]+)\"[^>]*?\bt=\"e\"[^>]*>(?:<v>([^<]*))?")
_STRING_ITEM = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_STRING_INDEX = re.compile(rb"<(?:[\w.-]+:)?v[^>]*>\s*([0-9]{1,7})\s*<")

_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # zipfile: a passphrase, or a compression that it does not know
    OSError,
    ValueError,
)


def read_xlsx(data: bytes) -> Sheet:
    """Return the first visible worksheet of the workbook `data`.

    Raises:
        RosterError: `roster_not_a_workbook`, `roster_macros`, `roster_unsafe_zip`,
            `roster_no_sheet`, `roster_too_large`, `roster_too_many_rows`, `roster_too_wide`.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except _BROKEN_ZIP as error:
        said = "cut short" if isinstance(error, zipfile.BadZipFile) else type(error).__name__
        raise RosterError("roster_not_a_workbook", said) from None
    return _read(_Parts(archive))


class _Parts:
    """The parts of an archive, inflated once each, within limits."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise RosterError("roster_unsafe_zip", entry=f"{len(entries)} > {MAX_ENTRIES}")
        self._archive = archive
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._unpacked = 0
        for entry in entries:
            name = entry.filename
            if (
                name.startswith("/")
                or "\\" in name
                or ".." in name.split("/")
                or name in self._entries
            ):
                raise RosterError("roster_unsafe_zip", entry=name)
            self._entries[name] = entry

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def ends(self, ending: str) -> bool:
        return any(name.endswith(ending) for name in self._entries)

    def read(self, name: str) -> bytes:
        entry = self._entries[name]
        self._unpacked += entry.file_size
        if self._unpacked > MAX_UNPACKED:
            megabytes = self._unpacked >> 20
            raise RosterError("roster_too_large", megabytes=megabytes, limit=MAX_UNPACKED >> 20)
        if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
            ratio = entry.file_size // max(1, entry.compress_size)
            raise RosterError("roster_unsafe_zip", entry=f"{name} {ratio}:1")
        try:
            part = self._archive.read(name)  # no more than file_size bytes, checked against the CRC
        except _BROKEN_ZIP as error:
            raise RosterError("roster_not_a_workbook", f"{name} {type(error).__name__}") from None
        if part.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise RosterError("roster_unsafe_zip", entry=f"{name} UTF-16")
        for declaration in (b"<!DOCTYPE", b"<!ENTITY"):
            if declaration in part:
                raise RosterError("roster_unsafe_zip", entry=f"{name} {declaration.decode()}")
        return part


def _read(parts: _Parts) -> Sheet:
    if parts.ends("vbaProject.bin"):
        raise RosterError("roster_macros")
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise RosterError("roster_not_a_workbook", _WORKBOOK)
    needed = {name: parts.read(name) for name in (_WORKBOOK, _RELATIONS)}
    name, path, unread = _choose_sheet(needed[_WORKBOOK], needed[_RELATIONS])
    if path not in parts:
        raise RosterError("roster_not_a_workbook", path)
    needed |= {helper: parts.read(helper) for helper in _HELPERS if helper in parts}
    sheet = needed[path] = _within_limits(parts.read(path))
    _limit_text(sheet, needed.get(_STRINGS, b""))

    repacked = BytesIO()
    with zipfile.ZipFile(repacked, "w") as archive:
        for part, content in needed.items():
            archive.writestr(part, content)
    repacked.seek(0)
    try:
        cells = CalamineWorkbook.from_filelike(repacked).get_sheet_by_name(name)
        rows = cells.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise RosterError("roster_not_a_workbook", str(error)[:100]) from None
    return Sheet(
        name=name,
        rows=rows,
        formulas=frozenset(_found(_FORMULA, sheet)) if _FORMULA_TAG.search(sheet) else frozenset(),
        errors=_found(_ERROR, sheet) if _ERROR_TAG.search(sheet) else {},
        unread=unread,
    )


def _choose_sheet(workbook: bytes, relations: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Return name and path of the first visible worksheet that is not ours, and the other names."""
    try:
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ET.fromstring(relations)  # noqa: S314 - no DOCTYPE gets this far
            if relation.get("Type", "").endswith("/worksheet")
            and relation.get("TargetMode") != "External"
        }
        sheets = [
            (element.get("name", ""), element.get("state", "visible"), targets.get(relation))
            for element in ET.fromstring(workbook).iter()  # noqa: S314
            if element.tag.endswith("}sheet")
            for key, relation in element.items()
            if key.endswith("/relationships}id")
        ]
    except ET.ParseError as error:
        raise RosterError("roster_not_a_workbook", str(error)) from None
    for name, state, target in sheets:
        if state == "visible" and target is not None and name not in _OWN_SHEETS:
            others = (other for other, _, _ in sheets if other != name and other not in _OWN_SHEETS)
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return name, path, tuple(others)
    raise RosterError("roster_no_sheet")


def _within_limits(sheet: bytes) -> bytes:
    """Refuse content so far out that a table up to it would not fit into memory.

    Returns:
        The sheet, maybe without empty cells: formats reach down to row 1,048,576 in some rosters.
    """
    if _is_plain(sheet):
        return sheet
    filled = _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", sheet))
    if _is_plain(filled):  # so every cell has an address, and none has moved
        return filled
    row, column = _last_content(sheet)
    if row > MAX_ROWS:
        raise RosterError("roster_too_many_rows", row=row, limit=MAX_ROWS)
    if column > MAX_COLUMNS or row * column > MAX_CELLS:
        raise RosterError("roster_too_wide", column=column, limit=MAX_COLUMNS)
    return sheet


def _is_plain(sheet: bytes) -> bool:
    return not any(pattern.search(sheet) for pattern in _NOT_PLAIN)


def _last_content(sheet: bytes) -> tuple[int, int]:
    """Return the last row and column with content, both from 1; formats alone do not count."""
    row = column = last_row = last_column = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, last_row, last_column
        match tag.rpartition(":")[2]:
            case "row":
                row, column = int(attributes.get("r", row + 1)), 0
            case "c" if "r" in attributes:
                address = _ADDRESS.fullmatch(attributes["r"])
                if address is None:
                    raise RosterError("roster_not_a_workbook", attributes["r"][:100])
                row, column = int(address[2]), _column_index(address[1]) + 1
            case "c":
                column += 1
            case "v" | "is" | "f":
                last_row, last_column = max(last_row, row), max(last_column, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(sheet, True)
    except (expat.ExpatError, ValueError) as error:  # ValueError: a row that is no number
        raise RosterError("roster_not_a_workbook", str(error)) from None
    return last_row, last_column


def _limit_text(sheet: bytes, strings: bytes) -> None:
    """Refuse few long strings in so many cells that their copies would not fit into memory."""
    starts = [match.start() for match in _STRING_ITEM.finditer(strings)]
    lengths = [end - start for start, end in pairwise([*starts, len(strings)])]
    if max(lengths, default=0) * sheet.count(b"v>") <= MAX_TEXT:
        return
    indexes = map(int, _STRING_INDEX.findall(sheet))
    total = sum(lengths[index] for index in indexes if index < len(lengths))
    if total > MAX_TEXT:
        raise RosterError("roster_too_large", megabytes=total >> 20, limit=MAX_TEXT >> 20)


def _found(pattern: re.Pattern[bytes], sheet: bytes) -> dict[Place, str]:
    return {
        (int(row), _column_index(letters.decode())): value.decode(errors="replace")
        for letters, row, value in pattern.findall(sheet)
    }


def _column_index(letters: str) -> int:
    """Return the column from 0: A is 0, AA is 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
