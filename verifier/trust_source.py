"""Which trust state a command uses: the one that `refresh` keeps, or the one that `--trust` names."""

from datetime import UTC, datetime

from keys.store import TrustStore
from keys.trust import TrustState, update
from verifier.refresh import fetch


def load_trust(source: str | None, *, at: datetime) -> TrustState | None:
    """The trust state to check against as of `at`; None when none is kept and none is named.

    Raises:
        TrustError, CommandError: what is named cannot be read or breaks a rule.
    """
    store = TrustStore()
    now = int(max(at, datetime.now(UTC)).timestamp())  # an earlier `at` is for the verdict to judge
    if source is None:
        return store.load(now=now)
    return update(None, fetch(source), pins=store.pins, now=now)
