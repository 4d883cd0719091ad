"""When things happened in the demonstration: all of it counted back from the one `now`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))

FOUNDED = 270  # days ago; the keys' 379 days begin then, so they still sign for three months
TRAINED = 200
EXAMINED = 180
AWARDED = 170
LATER_CLASSES = 150
CHANGED = 120  # revoked, suspended, corrected
STOLEN = 60
SUSPENDED = 45

_OPENS, _PUBLISHES = 10, 18  # hours of the day, Beijing


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Days and moments before `now`, an aware time in whole seconds."""

    now: datetime

    @classmethod
    def before(cls, now: datetime) -> "Times":
        """The times before `now` (aware)."""
        return cls(now=now.astimezone(UTC).replace(microsecond=0))

    def day(self, ago: int) -> date:
        """The day in Beijing `ago` days before today."""
        return self.now.astimezone(BEIJING).date() - timedelta(days=ago)

    def signed(self, ago: int) -> datetime:
        """When an office signs, `ago` (at least 1) days before today."""
        return self._at(ago, _OPENS)

    def published(self, ago: int) -> datetime:
        """When the authority publishes, `ago` days before today; today it is now."""
        return self._at(ago, _PUBLISHES) if ago else self.now

    def year_end_class(self, ago: int) -> tuple[date, date]:
        """First and last day of the latest class that began in one year and ended in the next."""
        year = self.day(ago).year
        if self.day(ago) < date(year, 1, 20):
            year -= 1
        return date(year - 1, 12, 25), date(year, 1, 5)

    def _at(self, ago: int, hour: int) -> datetime:
        day = self.day(ago)
        return datetime(day.year, day.month, day.day, hour, tzinfo=BEIJING).astimezone(UTC)


def seconds(moment: datetime) -> int:
    """`moment` as signed documents have it."""
    return int(moment.timestamp())
