"""The cells of a roster file, whatever its format, before anyone knows what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas.errors import CommandError

MAX_FILE = 64 * 1024 * 1024  # bytes of a roster file; 100,000 rows of ours take 10 MB
MAX_ROWS = 100_000  # the last row with content
MAX_COLUMNS = 256  # the last column with content
MAX_CELLS = 2_600_000  # rows × columns up to the last content; calamine takes 32 bytes for each
MAX_FILLED = 1_500_000  # cells with content
MAX_CELL = 32_767  # characters of a cell; spreadsheet programs hold no more

Cell = str | int | float | bool | date | time | datetime | timedelta
Place = tuple[int, int]
"""A row, as people count from 1, and a column, from 0."""


class RosterError(CommandError):
    """The file as a whole cannot be read as a roster. `code` is one of `command`'s `roster_…`."""

    def named(self, name: str) -> "RosterError":
        """Return the same error with the name of the file."""
        details: dict[str, Any] = {**self.details, "name": name}
        return RosterError(self.code, **details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A range of merged cells, rows from 1 and columns from 0; only its first cell has a value."""

    row: int
    column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a worksheet says about its cells besides their values."""

    formulas: frozenset[Place] = frozenset()
    errors: Mapping[Place, str] = field(default_factory=dict)
    """Cells with an error value (#N/A), which read as empty."""
    hidden_rows: frozenset[int] = frozenset()
    """From 1; by hand or by a filter."""
    hidden_columns: frozenset[int] = frozenset()
    """From 0."""
    merged: tuple[Merged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one worksheet or CSV file holds."""

    name: str = ""
    """Of the worksheet; empty for CSV."""
    rows: list[list[Cell]]
    """Row `i` is what people call row `i + 1`; an empty cell is an empty string."""
    marks: Marks = field(default_factory=Marks)
    unread: tuple[str, ...] = ()
    """Other worksheets of the file."""
