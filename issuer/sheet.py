"""The cells of a roster file, whatever its format, before anyone knows what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from schemas.errors import CommandError

MAX_FILE = 64 * 1024 * 1024  # bytes of a roster file; 100,000 rows of ours take 10 MB
MAX_ROWS = 100_000  # the last row with content
MAX_COLUMNS = 256  # the last column with content

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
class Sheet:
    """What one worksheet or CSV file holds."""

    name: str = ""
    """Of the worksheet; empty for CSV."""
    rows: list[list[Cell]]
    """Row `i` is what people call row `i + 1`; an empty cell is an empty string."""
    formulas: frozenset[Place] = frozenset()
    errors: Mapping[Place, str] = field(default_factory=dict)
    """Cells with an error value (#N/A), which read as empty."""
    unread: tuple[str, ...] = ()
    """Other worksheets of the file."""
