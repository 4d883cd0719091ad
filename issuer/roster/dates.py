"""Read the dates that clerks write: five spellings, and the cells that spreadsheets make of them.

2023年6月30日, 2023-6-30, 2023/6/30, 20230630 and the serial number 45107 (days since 1899-12-30,
ECMA-376 part 1 §18.17.4); 2023.6.30 too. The year always comes first: 6/7/2023 is two dates.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta

FIRST = date(1949, 10, 1)
LAST = date(2199, 12, 31)  # schemas.limits.MAX_TIME

_EPOCH = date(1899, 12, 30)
_SERIALS = range((FIRST - _EPOCH).days, (LAST - _EPOCH).days + 1)
_SPELLINGS = re.compile(
    r"([0-9]{4})\s*(?:年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]"
    r"|([-/.])\s*([0-9]{1,2})\s*\4\s*([0-9]{1,2})"
    r"|([0-9]{2})([0-9]{2}))(?:[ T]00:00(?::00(?:\.0+)?)?)?"  # what systems write for a day
)


def read_date(value: object) -> date | None:
    """Return the day that a cell says, or None when it says none between `FIRST` and `LAST`."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str):
        value = _read_text(value)
    return value if isinstance(value, date) and FIRST <= value <= LAST else None


def _read_text(text: str) -> date | None:
    text = text.strip()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if len(text) == len("45107") and text.isdecimal():
        serial = int(text)
        return _EPOCH + timedelta(days=serial) if serial in _SERIALS else None
    spelling = _SPELLINGS.fullmatch(text)
    if spelling is None:
        return None
    year, *groups = spelling.groups()
    month, day = (part for part in groups if part is not None and part.isdecimal())
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
