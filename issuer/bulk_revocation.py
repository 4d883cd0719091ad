"""Revoke a list of certificates: looked at first, then all of them or none.

What is revoked is what was shown: the answer to the look has a digest, and if anything has changed
since, nothing is done.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, select

from issuer import audit
from issuer.desk import Desk, require_database
from issuer.publication_due import mark_due
from issuer.status import require_reason
from issuer.tables import CERTIFICATES
from schemas.errors import CommandError

_CHUNK = 500  # values of one IN (…)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A certificate that would be revoked."""

    id: int
    type: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of each number of a list; one that stands there twice is one."""

    targets: tuple[Target, ...]
    revoked: tuple[str, ...]
    """Are revoked already."""
    missing: tuple[str, ...]
    ambiguous: tuple[str, ...]
    """Certificates of several types have it: the type must be named."""

    @property
    def digest(self) -> str:
        """Another one for other certificates to revoke."""
        ids = ",".join(str(one.id) for one in sorted(self.targets, key=lambda one: one.id))
        return hashlib.sha256(ids.encode()).hexdigest()


def check(
    session: Session,
    institution: str,
    numbers: Sequence[str],
    type_name: str | None,
    *,
    locked: bool = False,
) -> Checked:
    """Look a list up; `locked` keeps what was found as it is until the transaction's end."""
    table = CERTIFICATES.c
    listed = dict.fromkeys(numbers)
    wanted = sorted(listed)  # two lists lock what they share in the same order
    found: dict[str, list[tuple[Target, str]]] = defaultdict(list)
    for start in range(0, len(wanted), _CHUNK):
        rows = (
            select(table.id, table.type, table.number, table.status)
            .where(
                table.institution == institution,
                table.number.in_(wanted[start : start + _CHUNK]),
                table.signature.is_not(None),
            )
            .order_by(table.number, table.id)
        )
        if type_name is not None:
            rows = rows.where(table.type == type_name)
        for row in session.execute(rows.with_for_update() if locked else rows):
            target = Target(id=row.id, type=row.type, number=row.number)
            found[row.number].append((target, row.status))
    alone = {number: found[number][0] for number in listed if len(found.get(number, ())) == 1}
    return Checked(
        targets=tuple(target for target, status in alone.values() if status != "revoked"),
        revoked=tuple(number for number, (_, status) in alone.items() if status == "revoked"),
        missing=tuple(number for number in listed if number not in found),
        ambiguous=tuple(number for number, ones in found.items() if len(ones) > 1),
    )


def revoke(
    session: Session,
    desk: Desk,
    numbers: Sequence[str],
    type_name: str | None,
    *,
    digest: str,
    reason: str,
    now: datetime,
) -> int:
    """Revoke what `check` found, for one reason; give how many that were.

    Raises:
        CommandError: as `require_reason` and `require_database`; `list_changed`: since it was
            looked at, nothing was done; `list_nothing_to_revoke`.
    """
    require_reason(reason)
    require_database(session, desk)
    checked = check(session, desk.institution.id, numbers, type_name, locked=True)
    if checked.digest != digest:
        raise CommandError("list_changed")
    if not checked.targets:
        raise CommandError("list_nothing_to_revoke")
    ids = [one.id for one in checked.targets]
    for start in range(0, len(ids), _CHUNK):
        session.execute(
            update(CERTIFICATES)
            .where(CERTIFICATES.c.id.in_(ids[start : start + _CHUNK]))
            .values(status="revoked", reason=reason)
        )
    at = int(now.timestamp())
    mark_due(session, at=at)
    for one in checked.targets:
        audit.append(
            session,
            at=at,
            who=desk.who,
            action="revoke",
            subject=f"{desk.institution.id} {one.type} {one.number}",
            reason=reason,
            list=len(ids),
        )
    return len(ids)
