"""What a verifier is given and what it believes: values only; the rules are in `keys/trust.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.issued_list import SLOT, IssuedList
from schemas.registry import Institution, Key, Registry
from schemas.root import Root
from schemas.snapshot import PublishedList, Snapshot
from schemas.status_list import StatusList


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What was fetched or read, unverified. A list or type that is absent was not loaded."""

    roots: tuple[bytes, ...]
    """Consecutive versions, ascending."""
    snapshot: bytes
    registry: bytes
    registry_signatures: bytes
    types: Mapping[str, bytes] = field(default_factory=dict)
    """`{type}/{version}` → metadata."""
    status: Mapping[str, bytes] = field(default_factory=dict)
    """`{institution}/{list}` → compressed status list; likewise the next two."""
    issued: Mapping[str, bytes] = field(default_factory=dict)
    replaced: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedList:
    """One institution's lists of one year. None: not loaded, which is said and never skipped."""

    published: PublishedList
    status: StatusList | None
    issued: IssuedList | None
    replaced: Mapping[int, str]
    """Slot → sealed number of the certificate that replaces it."""
    status_is_old: bool = False
    """The status list is an earlier one: what it withdrew is withdrawn, the rest is not known."""

    def with_kept(self, kept: "Kept") -> "TrustedList":
        """This list with what was known of it before."""
        status, issued = self.status, self.issued
        if kept.status is not None:
            status = status.merged_with_revoked(kept.status) if status else kept.status
        if issued is None and kept.issued is not None:
            count = len(kept.issued) // SLOT
            epochs = tuple((n, time) for n, time in self.published.epochs if n <= count)
            issued = IssuedList(data=kept.issued, epochs=epochs)
        is_old = self.status is None and status is not None
        return replace(self, status=status, issued=issued, status_is_old=is_old)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a state knew of a list beyond its last documents; it has to survive on the disk."""

    status: StatusList | None = None
    """With every revocation ever seen."""
    issued: bytes | None = None
    """The slots that were loaded, where the last documents came without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState:
    """What a verifier believes. Only `update` and `restore` build one."""

    root: Root
    root_sha256: str
    snapshot: Snapshot
    snapshot_sha256: str
    registry: Registry
    registry_sha256: str
    types: Mapping[str, Mapping[str, Any]]
    """`{type}/{version}` → metadata."""
    lists: Mapping[str, TrustedList]
    newest: int
    """The newest signed time seen, seconds: no clock can be earlier."""
    keys: Mapping[str, tuple[Institution, Key]]
    """kid → whose key it is."""

    @property
    def demo(self) -> bool:
        """Whether nothing under this root counts as evidence."""
        return self.root.env == "demo"
