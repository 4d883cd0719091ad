"""A lease: one process does a job for a while, and nobody else until it has ended."""

import os
import secrets

from sqlmodel import Session

from issuer.db import lock
from issuer.tables import Lease

PROCESS = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
"""What this process is called in leases."""


def lock_lease(session: Session, name: str) -> None:
    """Keep others from the lease until the transaction ends, whether it is there or not."""
    lock(session, f"lease {name}")


def take_lease(
    session: Session,
    name: str,
    *,
    now: int,
    seconds: int,
    renew: bool = True,
    details: str = "",
) -> bool:
    """Take a lease that nobody holds, or that this process holds and may `renew`; whether it is ours."""
    lock_lease(session, name)
    lease = session.get(Lease, name)
    if lease is None:
        lease = Lease(name=name, holder="", until=0)
    mine = renew and lease.holder == PROCESS
    if lease.until > now and not mine:
        return False
    lease.holder, lease.until, lease.details = PROCESS, now + seconds, details
    session.add(lease)
    return True


def release_lease(session: Session, name: str, *, until: int, details: str = "") -> bool:
    """Give a lease back, for others to take at `until`; False if another process has it by now."""
    lock_lease(session, name)
    lease = session.get_one(Lease, name)
    if lease.holder != PROCESS:
        return False
    lease.until, lease.details = until, details
    session.add(lease)
    return True
