"""Bring every change to where it is published: at once, and all of it anew once a day.

Where the service publishes for the authority, the lists of all institutions go into a new snapshot;
elsewhere they are written into files, which the authority fetches. Whoever is at it has a lease.
What is due stays due until it is out: a failure is tried again, and when a process dies in the
midst the next one goes on once its lease has ended.
"""

from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from issuer.db import reading, transaction
from issuer.desk import Desk, require_database, require_signer
from issuer.lists import list_files, with_token
from issuer.publication_due import due_since, mark_due, take_due
from issuer.running.leases import release_lease, take_lease
from issuer.running.service import Service
from issuer.tables import Lease, Setting
from keys import authority, files
from keys.publication import DAY, ListFiles
from schemas.errors import CommandError

FOLDER = "lists"
"""In the service's home: `lists/{institution}/{list}.json`."""

WORKING = 45  # seconds until another process goes on where one died
RETRY = 5  # seconds after a failure
_LEASE, _LAST, _WHO = "publisher", "last publication", "publisher"


def publish_due(service: Service) -> None:
    """Publish if something changed or a day has passed, and nobody else is at it.

    Raises:
        ZhengyinError: as `authority.publish` and `require_database`; nothing was published then,
            and it is tried again after `RETRY` seconds.
    """
    with reading(service.engine) as session:
        if not _is_due(session, service.seconds()):
            return
    with transaction(service.engine) as session:
        if not _take(session, service.seconds()):
            return
    published = False
    try:
        with transaction(service.engine) as session:
            lists = list(_collect(session, service))
        _publish(service, lists)
        published = True
    finally:
        with transaction(service.engine) as session:
            _give_back(session, service.seconds(), published=published)


def _take(session: Session, now: int) -> bool:
    """Take the lease; it says since when what is to be published is due."""
    lease = session.get(Lease, _LEASE)
    since = (lease.details if lease else "") or str(due_since(session) or now)
    if not take_lease(session, _LEASE, now=now, seconds=WORKING, renew=False, details=since):
        return False
    take_due(session)
    return True


def _is_due(session: Session, now: int) -> bool:
    if due_since(session) is not None:
        return True
    lease, last = session.get(Lease, _LEASE), session.get(Setting, _LAST)
    left = lease is not None and lease.details != ""  # it failed, or whoever was at it died
    return left or last is None or int(last.value) + DAY <= now


def _collect(session: Session, service: Service) -> Iterator[ListFiles]:
    """All institutions' lists as of one moment; signed where the institution's key is open here."""
    for institution in service.trust().registry.institutions:
        lists = list_files(session, institution.id)
        if lists:
            desk = service.desk(institution.id, _WHO)
            require_database(session, desk)
            yield from (_signed(service, desk, one) for one in lists)


def _signed(service: Service, desk: Desk, lists: ListFiles) -> ListFiles:
    signer = service.signers.signer(desk.institution.id)
    if signer is None:
        return lists
    try:
        require_signer(desk, signer, service.now())
    except CommandError:  # verifiers would refuse the token, and the authority all the rest with it
        return lists
    return with_token(lists, origin=desk.origin, signer=signer, now=service.seconds())


def _publish(service: Service, lists: list[ListFiles]) -> None:
    folder, signer = service.settings.authority, service.snapshot_signer
    if folder is not None and signer is not None:
        authority.publish(folder, lists, [signer], now=service.seconds())
        return
    for one in lists:
        files.write_file(list_path(service.settings.home, one), one.write())


def list_path(home: Path, lists: ListFiles) -> Path:
    """Where the authority fetches an institution's lists."""
    return home / FOLDER / lists.institution / f"{lists.list_id}.json"


def _give_back(session: Session, now: int, *, published: bool) -> None:
    if not published:
        since = session.get_one(Lease, _LEASE).details
        release_lease(session, _LEASE, until=now + RETRY, details=since)
    elif release_lease(session, _LEASE, until=now):
        session.merge(Setting(name=_LAST, value=str(now)))
    else:  # it took too long: another process may have published newer lists before these went out
        mark_due(session, at=now)
