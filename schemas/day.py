"""Days are Beijing's: grants, suspensions and dates of issue are notices of a city at UTC+8."""

from datetime import date

_OFFSET = 8 * 3600  # seconds east of UTC, without daylight saving
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400  # seconds


def day_at(moment: int) -> date:
    """The date in Beijing at `moment`, seconds since 1970."""
    return date.fromordinal(_EPOCH + (moment + _OFFSET) // _DAY)


def start_of(day: date) -> int:
    """When `day` begins in Beijing, seconds since 1970."""
    return (day.toordinal() - _EPOCH) * _DAY - _OFFSET
