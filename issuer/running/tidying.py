"""Once an hour: what has ended is forgotten, what has outlived its retention is erased."""

from issuer import erasure, progress
from issuer.db import transaction
from issuer.people import sessions, throttle
from issuer.running.leases import take_lease
from issuer.running.service import Service

HOUR = 3600  # seconds
_FULL_AGAIN = 24 * HOUR  # after which every bucket of a throttle is full


def tidy(service: Service) -> None:
    """Do it, unless a process did within the hour."""
    now = service.seconds()
    with transaction(service.engine) as session:
        if not take_lease(session, "tidying", now=now, seconds=HOUR, renew=False):
            return
        sessions.forget(session, now=now)
        progress.forget(session, before=now - HOUR)
        erasure.drop_abandoned(session, service.vault, now=now)
        erasure.forget_files(session, now=now)
        erasure.erase_due(session, now=now)
    throttle.forget(service.engine, before=now - _FULL_AGAIN)
