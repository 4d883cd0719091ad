"""What whoever runs the service wants to know: whether it is ready, and its numbers.

Nothing here names a person; institutions appear by their published ids.
"""

from collections.abc import Iterator

from sqlmodel import col, func, select

from issuer.db import reading
from issuer.running.metrics import Fact
from issuer.running.service import Service
from issuer.tables import Counter, Lease, Setting, Submission
from schemas.errors import CommandError, ZhengyinError

SLOTS = "slot "  # how the series of status slots begin: each slot is one certificate
SIGNER = "signer "  # how the leases of open keys begin


def not_ready(service: Service, *, jobs_alive: bool) -> list[str]:
    """The parts that do not work: `database`, `trust`, `jobs`."""
    broken = []
    try:
        with reading(service.engine) as session:
            session.exec(select(1))
    except CommandError:
        broken.append("database")
    try:
        trust = service.trust()
        # Old data are a warning in every verdict; expired data give none.
        if service.clock() >= min(trust.snapshot.exp, trust.root.exp):
            broken.append("trust")
    except (ZhengyinError, OSError):
        broken.append("trust")
    if not jobs_alive:
        broken.append("jobs")
    return broken


def facts(service: Service) -> Iterator[Fact]:
    """What the database and the published files say now.

    Raises:
        CommandError: `database_unusable`.
    """
    now = service.clock()
    trust = service.trust()
    yield (
        "zhengyin_snapshot_age_seconds",
        "Since the snapshot was signed",
        {},
        now - trust.snapshot.iat,
    )
    yield (
        "zhengyin_snapshot_left_seconds",
        "Until the snapshot expires",
        {},
        trust.snapshot.exp - now,
    )
    yield "zhengyin_registry_version", "Of the published registry", {}, trust.registry.version
    with reading(service.engine) as session:
        issued = session.exec(
            select(Counter.institution, func.sum(Counter.next))
            .where(col(Counter.series).startswith(SLOTS))
            .group_by(Counter.institution)
        ).all()
        waiting = session.exec(
            select(
                Submission.state,
                func.count(),
                func.min(func.coalesce(Submission.decided, Submission.submitted)),
            )
            .where(col(Submission.state).in_(("submitted", "approved")))
            .group_by(Submission.state)
        ).all()
        stopped = session.exec(
            select(Submission.failure, func.count())
            .where(Submission.state == "approved", Submission.failure != "")
            .group_by(Submission.failure)
        ).all()
        open_keys = session.exec(
            select(func.count())
            .select_from(Lease)
            .where(col(Lease.name).startswith(SIGNER), Lease.until > int(now))
        ).one()
        halted = session.get(Setting, "halted") is not None
    for institution, count in issued:
        yield "zhengyin_issued", "Certificates issued", {"institution": institution}, count
    found = {state: (count, oldest) for state, count, oldest in waiting}
    for state in ("submitted", "approved"):
        count, oldest = found.get(state, (0, None))
        yield "zhengyin_rosters_waiting", "Rosters by state", {"state": state}, count
        age = now - oldest if oldest is not None else 0
        yield "zhengyin_rosters_oldest_seconds", "Age of the oldest", {"state": state}, age
    for code, count in stopped:
        yield "zhengyin_rosters_stopped", "Approved, but not signed, by code", {"code": code}, count
    yield "zhengyin_open_keys", "Institutions whose key is open", {}, open_keys
    yield "zhengyin_halted", "Whether all signing is stopped", {}, halted
