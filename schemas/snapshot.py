"""snapshot: the registry and all lists as of one moment, by hash (schemas/README.md §4.3)."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from schemas.document import (
    Count,
    Document,
    Environment,
    FormatVersion,
    Pinned,
    Sha256,
    Time,
    Version,
)
from schemas.limits import MAX_LOG_DELAY
from schemas.registry import InstitutionId, ListId

TYP = "snapshot+jws"
POSTER_TYP = "poster+jws"


Epoch = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]
"""[count, time]: by `time`, seconds, `count` slots had been logged."""


class PinnedRegistry(Pinned):
    """Which registry goes with the snapshot."""

    version: Version


class PublishedList(Document):
    """One institution's lists of one year."""

    institution: InstitutionId
    list: ListId
    count: Count
    """Slots in both lists."""
    status: Pinned
    """The zlib bytes of the status list."""
    issued: Sha256
    """SHA-256 of the first `count` slots of the issued list."""
    delay: Annotated[int, Field(ge=0, le=MAX_LOG_DELAY)]
    """Seconds that may pass between signing and logging."""
    epochs: Sequence[Epoch]
    """Ascending in both; the last count is `count`."""
    replaced: Pinned | None = None
    """[[idx, sealed number], …] of the replaced credentials."""

    @property
    def key(self) -> str:
        """`{institution}/{list}`."""
        return f"{self.institution}/{self.list}"


class Snapshot(Document):
    """Signed on each change and daily by the one key that is online."""

    v: FormatVersion = 1
    env: Environment
    version: Version
    iat: Time
    next: Time
    """By when there is a newer one; later than that it is stale."""
    exp: Time
    """From then on it says nothing good any more."""
    registry: PinnedRegistry
    lists: list[PublishedList] = []


class Poster(Document):
    """The freshness code at the hall's door: an old phone sees that it is old."""

    v: FormatVersion = 1
    env: Environment
    version: Version
    iat: Time
    sha256: Sha256
    """Of the snapshot's payload."""
