"""Write what a cell of a CSV file says, so that a spreadsheet program shows it and runs nothing.

No cell becomes a formula (OWASP ASVS 5.0, 1.2.10), and no number loses digits or becomes a date.
Every CSV file that Zhengyin writes has its cells from here.
"""

import re

from verifier.visible import visible

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, the full-width ones in Chinese ones."""

# What a spreadsheet would show as another number, or as a date: more digits than it displays,
# leading zeros, 2024E12, 2024-11.
_MISTAKEN = re.compile(r"[0-9]{12,}|0[0-9]+|[0-9]+[Ee][0-9]+|[0-9]{1,4}[-/][0-9]{1,2}")


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet may take `text` for a formula; spaces in front hide nothing."""
    return text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)


def csv_cell(value: object) -> str:
    """Return the text of a cell; an apostrophe marks what a spreadsheet would mistake."""
    text = visible("" if value is None else str(value))
    if starts_formula(text) or _MISTAKEN.fullmatch(text.strip()):
        return f"'{text}"
    return text
