"""Times for the commands of `zhengyin registry`: the clock, and what people type.

Only commands read the clock; rules are given `now`.
"""

import time
from datetime import UTC, datetime

from schemas.errors import TrustError


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def time_of(text: str) -> int:
    """Seconds since 1970 of an ISO 8601 time; without an offset it is UTC.

    Raises:
        TrustError: `day_malformed`.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TrustError("day_malformed", text=text) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
