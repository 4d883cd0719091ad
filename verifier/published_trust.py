"""What a published tree says now, believed by the verifiers' own rules: for services that look again.

The tree is read when another snapshot stands there. What cannot be read or breaks a rule changes
nothing: what was believed before stays.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from keys.published import SNAPSHOT, read_tree
from keys.trust import Documents, TrustState, update
from schemas.errors import ZhengyinError


class PublishedTrust:
    """The trust state of a folder that the authority publishes into.

    Args:
        folder: the published tree.
        pins: fingerprints (hex) of root documents under which it is believed; a demo needs none.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, pins: frozenset[str], clock: Callable[[], float]) -> None:
        self._folder = folder
        self._snapshot = folder / SNAPSHOT
        self._pins = pins
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._documents: Documents | None = None
        self._state: TrustState | None = None

    def known(self) -> TrustState | None:
        """What `current` would give, at once; None where it would have to read the tree first."""
        try:
            return self._state if self._stat() == self._seen else None
        except OSError:
            return None

    def current(self) -> TrustState:
        """The newest state that held.

        Raises:
            ZhengyinError, OSError: there was none yet.
        """
        with self._lock:
            try:
                seen = self._stat()
                if self._state is None or seen != self._seen:
                    documents = read_tree(self._folder, known=self._documents)
                    now = int(self._clock())
                    self._state = update(self._state, documents, pins=self._pins, now=now)
                    self._documents, self._seen = documents, seen
            except (ZhengyinError, OSError):
                if self._state is None:
                    raise
            return self._state

    def _stat(self) -> tuple[int, int]:
        stat = self._snapshot.stat()
        return stat.st_mtime_ns, stat.st_ino

    def type_metadata(self, name: str) -> bytes | None:
        """The metadata of the type `{type}/{version}`, as the registry pins it."""
        self.current()
        return self._documents.types.get(name) if self._documents else None
