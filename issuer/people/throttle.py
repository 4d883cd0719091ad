"""How often something may be tried: token buckets in the database, the same for all processes.

A bucket holds `burst` tries and fills with one every `seconds`. What is counted (an address, a
number) is kept as a keyed hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete
from sqlmodel import col

from issuer.db import lock, transaction
from issuer.tables import Throttle
from issuer.vault import Vault
from schemas.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many tries at once, and the seconds after which there is one more."""

    name: str
    burst: int
    seconds: float


SIGN_IN_ADDRESS = Limit(name="sign-in address", burst=20, seconds=15)
SIGN_IN_LOGIN = Limit(name="sign-in login", burst=10, seconds=60)  # NIST SP 800-63B §5.2.2: ≤ 100
SIGN_IN_ALL = Limit(name="sign-in all", burst=200, seconds=0.5)
SECOND_FACTOR = Limit(name="second factor", burst=5, seconds=60)
UNLOCK = Limit(name="unlock", burst=5, seconds=120)
LOOK_UP_ADDRESS = Limit(name="look-up address", burst=30, seconds=10)
LOOK_UP_NUMBER = Limit(name="look-up number", burst=10, seconds=360)  # 100 misses take ten hours
LOOK_UP_ALL = Limit(name="look-up all", burst=600, seconds=0.1)
API_TOKEN = Limit(name="API address", burst=60, seconds=1)


def require_allowed(
    engine: Engine, vault: Vault, wanted: Sequence[tuple[Limit, str]], *, now: float
) -> None:
    """Take one try from each bucket; all or none.

    Raises:
        CommandError: `too_many_tries`, with `seconds` until the next one.
    """
    wait = 0.0
    with transaction(engine) as session:
        taken = []
        # In one order everywhere, so that two processes never wait for each other.
        for limit, subject in sorted(wanted, key=lambda one: (one[0].name, one[1])):
            name = vault.keyed_hash("throttle", limit.name, subject)
            lock(session, f"throttle {name}")
            bucket = session.get(Throttle, name)
            if bucket is None:
                bucket = Throttle(bucket=name, tokens=limit.burst, at=now)
            refilled = bucket.tokens + max(0.0, now - bucket.at) / limit.seconds
            tokens = min(float(limit.burst), refilled)
            if tokens < 1:
                wait = max(wait, (1 - tokens) * limit.seconds)
            taken.append((bucket, tokens))
        if wait == 0:
            for bucket, tokens in taken:
                bucket.tokens, bucket.at = tokens - 1, now
                session.add(bucket)
    if wait > 0:
        raise CommandError("too_many_tries", seconds=int(wait) + 1)


def give_back(engine: Engine, vault: Vault, limit: Limit, subject: str) -> None:
    """Return one try: it turned out to be none, such as a look-up by somebody who knew everything."""
    with transaction(engine) as session:
        name = vault.keyed_hash("throttle", limit.name, subject)
        lock(session, f"throttle {name}")
        bucket = session.get(Throttle, name)
        if bucket is not None:
            bucket.tokens = min(float(limit.burst), bucket.tokens + 1)
            session.add(bucket)


def forget(engine: Engine, *, before: float) -> None:
    """Delete the buckets that nobody touched since `before` (seconds): they are full again."""
    with transaction(engine) as session:
        session.execute(delete(Throttle).where(col(Throttle.at) < before))
