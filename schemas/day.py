"""Days are Beijing's: grants, suspensions and dates of issue are notices of a city at UTC+8."""

from datetime import date
from functools import lru_cache

_OFFSET = 8 * 3600  # seconds east of UTC, without daylight saving
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400  # seconds


def day_at(moment: int) -> date:
    """The date in Beijing at `moment`, seconds since 1970."""
    return date.fromordinal(_EPOCH + (moment + _OFFSET) // _DAY)


def text_at(moment: int) -> str:
    """The date in Beijing at `moment`, YYYY-MM-DD."""
    return _text((moment + _OFFSET) // _DAY)


@lru_cache(maxsize=4096)
def _text(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=4096)
def start_of(day: str) -> int:
    """When `day`, YYYY-MM-DD, begins in Beijing, seconds since 1970."""
    return (date.fromisoformat(day).toordinal() - _EPOCH) * _DAY - _OFFSET
