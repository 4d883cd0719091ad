"""After an old backup was restored: take from what is published which slots and numbers are used.

What was issued between the backup and its loss is out in the world. Its slots stand in the published
issued lists, so they are entered here as certificates whose holders are unknown, with the status that
is published; lists stay append-only. Their numbers stand nowhere: every counter of the institution
jumps by as many numbers as certificates were lost, so that none of them is given again.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select

from issuer import audit
from issuer.db import reading, transaction
from issuer.desk import Desk, lock_issuing, restored_setting
from issuer.numbers import numbering
from issuer.tables import Certificate, Counter, Setting
from keys.trust import TrustedList
from schemas.errors import CommandError
from schemas.status_list import Status

LOST = "lost"
"""The type of a certificate of which only the slot is known; no roster can have it."""

_STATUS = {Status.VALID: "valid", Status.INVALID: "revoked", Status.SUSPENDED: "suspended"}


def catch_up(desk: Desk, *, now: datetime) -> int:
    """Enter what was lost; give how many certificates that were. Again it finds nothing.

    Raises:
        CommandError: `list_of_another_history`: the published slots before are not this database's;
            `lists_not_loaded`: the published list itself is not at hand.
    """
    lost = 0
    with transaction(desk.engine) as session:
        lock_issuing(session, desk.institution.id)
        for entry in desk.trust.lists.values():
            if entry.published.institution == desk.institution.id:
                lost += _enter(session, entry)
        restored = session.get(Setting, restored_setting(desk.institution.id))
        if lost:
            numbering.pass_over(session, desk.institution.id, lost)
        if restored is not None:
            session.delete(restored)
        if lost or restored is not None:
            audit.append(
                session,
                at=int(now.timestamp()),
                who=desk.who,
                action="catch up",
                subject=desk.institution.id,
                lost=lost,
            )
    return lost


def _enter(session: Session, entry: TrustedList) -> int:
    published = entry.published
    if entry.issued is None or entry.status is None:
        raise CommandError("lists_not_loaded", list=published.key)
    here = select(Certificate).where(
        col(Certificate.institution) == published.institution,
        col(Certificate.list_id) == published.list,
    )
    known = {one.idx: one for one in session.exec(here)}
    lost = 0
    for idx in range(published.count):
        slot, status = entry.issued[idx], _STATUS.get(entry.status[idx], "revoked")
        certificate = known.get(idx)
        if certificate is None:
            lost += 1
            certificate = _lost(entry, idx, slot)
        elif certificate.slot != slot:
            raise CommandError("list_of_another_history", list=published.key, idx=idx)
        if (
            status == "revoked" or certificate.type == LOST
        ):  # nothing that was revoked is good again
            certificate.status = status
        certificate.replaced_seal = certificate.replaced_seal or entry.replaced.get(idx)
        session.add(certificate)
    if lost:
        _count_slots(session, published.institution, published.list, published.count)
    return lost


def _lost(entry: TrustedList, idx: int, slot: bytes) -> Certificate:
    published = entry.published
    return Certificate(
        row=0,
        institution=published.institution,
        type=LOST,
        number=f"{published.list}-{idx}",
        list_id=published.list,
        idx=idx,
        kid="",
        payload=b"",
        sealed=b"",
        person="",
        signature=b"",
        slot=slot,
        erased=published.epochs[-1][1],
    )


def _count_slots(session: Session, institution: str, list_id: str, count: int) -> None:
    counter = session.get(Counter, (institution, f"slot {list_id}"))
    if counter is None:
        counter = Counter(institution=institution, series=f"slot {list_id}", next=0)
    counter.next = max(counter.next, count)
    session.add(counter)


def lost_count(desk: Desk) -> int:
    """How many of the institution's certificates are known by their slot alone."""
    wanted = select(func.count()).where(
        col(Certificate.institution) == desk.institution.id, col(Certificate.type) == LOST
    )
    with reading(desk.engine) as session:
        return session.exec(wanted).one()
