"""Find what a worksheet says about its cells besides their values (ECMA-376 part 1 §18.3.1).

Formulas, error values, what is hidden and what is merged: calamine passes over all of it. The same
pass finds how far the content reaches, in whatever form the addresses are written.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

from issuer.roster.sheet import MAX_COLUMNS, MAX_ROWS, Marks, Merged, Place, RosterError

MAX_ELEMENTS = 3_000_000  # of a sheet that must be looked at closely; 100,000 rows of ours have 2.5
MAX_FORMULAS = 100_000  # cells with a formula or an error value
MAX_MERGED = 100_000  # merged ranges

# One pattern for each: the engine is fast where a pattern begins with the very characters.
_MARKED = tuple(
    map(re.compile, (rb"<f[\s/>]", rb":f[\s/>]", rb"mergeCell", rb"hidden", rb"t=[\"']e"))
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_TRUE = ("1", "true")


def is_marked(sheet: bytes | bytearray) -> bool:
    """Whether there is anything for `read_marks` to find."""
    return any(pattern.search(sheet) for pattern in _MARKED)


@lru_cache(maxsize=2048)
def column_index(letters: str) -> int:
    """Return the column from 0: A is 0, AA is 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The last row and the last column with content, both from 1; formats alone do not count."""

    row: int
    column: int


def read_marks(sheet: bytes | bytearray) -> tuple[Marks, Reach]:
    """Return what the sheet says about its cells, and how far its content reaches.

    Raises:
        RosterError: `roster_too_many_rows`, `roster_too_wide`, `roster_too_many_cells`,
            `roster_too_many_formulas`, `roster_not_a_workbook`.
    """
    elements = sheet.count(b"<") - sheet.count(b"</")
    if elements > MAX_ELEMENTS:
        raise RosterError("roster_too_many_cells", count=elements, limit=MAX_ELEMENTS)
    reader = _Reader()
    # The encoding is given, not asked: in another one a document type would have passed unseen.
    parser = expat.ParserCreate("utf-8", intern=None)  # a name each would fill the memory
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    reader.parser = parser
    try:
        parser.Parse(sheet, True)
    except (expat.ExpatError, ValueError) as error:  # ValueError: a row that is no number
        raise RosterError("roster_not_a_workbook", str(error)[:100]) from None
    marks = Marks(
        formulas=frozenset(reader.formulas),
        errors=reader.errors,
        hidden_rows=frozenset(reader.hidden_rows),
        hidden_columns=frozenset(reader.hidden_columns),
        merged=tuple(reader.merged),
    )
    return marks, Reach(row=reader.last_row, column=reader.last_column)


class _Reader:
    """The handlers of one pass."""

    parser: expat.XMLParserType

    def __init__(self) -> None:
        self._row = self._column = 0
        self.last_row = self.last_column = 0
        self._is_error = False
        self.formulas: set[Place] = set()
        self.errors: dict[Place, str] = {}
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.merged: list[Merged] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._cell(attributes)
            case "v" | "is":
                self._content()
                if self._is_error:
                    self.parser.CharacterDataHandler = self._error_text
            case "f":
                self._content()
                self.formulas.add((self._row, self._column - 1))
                self._limit(len(self.formulas))
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), 0
                if attributes.get("hidden") in _TRUE:
                    self.hidden_rows.add(self._row)
            case "col" if attributes.get("hidden") in _TRUE:
                first, last = int(attributes["min"]), int(attributes["max"])
                self.hidden_columns.update(range(first - 1, min(last, MAX_COLUMNS)))
            case "mergeCell":
                self._merge(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        if self._is_error and tag.rpartition(":")[2] == "v":
            self.parser.CharacterDataHandler = None

    def _cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self._row, column = _place(attributes["r"])
            self._column = column + 1
        else:
            self._column += 1
        self._is_error = attributes.get("t") == "e"
        if self._is_error:
            self.errors[self._row, self._column - 1] = ""
            self._limit(len(self.errors))

    def _content(self) -> None:
        if self._row > MAX_ROWS:
            raise RosterError("roster_too_many_rows", row=self._row, limit=MAX_ROWS)
        if self._column > MAX_COLUMNS:
            raise RosterError("roster_too_wide", column=self._column, limit=MAX_COLUMNS)
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)

    def _error_text(self, text: str) -> None:
        place = self._row, self._column - 1
        self.errors[place] = (self.errors[place] + text)[:20]

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if last:
            (row, column), (last_row, last_column) = _place(first), _place(last)
            self.merged.append(
                Merged(row=row, column=column, last_row=last_row, last_column=last_column)
            )
            if len(self.merged) > MAX_MERGED:
                raise RosterError("roster_too_many_cells", count=len(self.merged), limit=MAX_MERGED)

    @staticmethod
    def _limit(count: int) -> None:
        if count > MAX_FORMULAS:
            raise RosterError("roster_too_many_formulas", limit=MAX_FORMULAS)


def _place(text: str) -> Place:
    address = _ADDRESS.fullmatch(text)
    if address is None:
        raise RosterError("roster_not_a_workbook", text[:100])
    return int(address[2]), column_index(address[1])
