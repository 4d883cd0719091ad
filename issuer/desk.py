"""A desk: everything an officer of one institution issues with, but the signing key."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from issuer.db import lock
from issuer.tables import Certificate, Setting
from issuer.vault import Vault
from keys.trust import TrustState
from schemas import day
from schemas.errors import CommandError
from schemas.registry import Institution, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One institution's database, its entry in the registry, and who sits there."""

    engine: Engine
    vault: Vault
    trust: TrustState
    institution: Institution
    who: str
    """The officer, for the audit log."""

    @property
    def origin(self) -> str:
        """The deployment origin that new credentials carry: the registry's first."""
        return self.trust.registry.origins[0]


def day_at(now: datetime) -> date:
    """The date that certificates bear when it is `now`."""
    return day.day_at(int(now.timestamp()))


def find_institution(trust: TrustState, name: str) -> Institution:
    """The institution with this id or published name.

    Raises:
        CommandError: `institution_unknown`.
    """
    for institution in trust.registry.institutions:
        if name == institution.id or any(name == known.name for known in institution.names):
            return institution
    raise CommandError("institution_unknown", name=name)


class Named(Protocol):
    """A key by its name: a signer, or what the registry says of one that is elsewhere."""

    @property
    def kid(self) -> str:
        """The public key's identifier, 11 characters."""


def require_signer(desk: Desk, signer: Named, now: datetime) -> None:
    """Refuse a key that verifiers would refuse.

    Raises:
        CommandError: as `require_key`.
    """
    require_key(desk.trust, desk.institution, signer, now)


def require_key(trust: TrustState, institution: Institution, signer: Named, now: datetime) -> Key:
    """What the registry says of the institution's key; refuse one that verifiers would refuse.

    Raises:
        CommandError: `signer_not_registered`, `signer_not_in_force`.
    """
    owner, key = trust.keys.get(signer.kid, (None, None))
    if owner is None or key is None or owner.id != institution.id:
        raise CommandError("signer_not_registered", kid=signer.kid, institution=institution.id)
    if not _in_force(key, now):
        raise CommandError("signer_not_in_force", kid=signer.kid)
    return key


def key_in_force(institution: Institution, now: datetime) -> Key:
    """The institution's key that came into force last, for what is signed on another machine.

    Raises:
        CommandError: `no_key_in_force`.
    """
    usable = [key for key in institution.keys if _in_force(key, now)]
    if not usable:
        raise CommandError("no_key_in_force", institution=institution.id)
    return max(usable, key=lambda key: key.from_)


def _in_force(key: Key, now: datetime) -> bool:
    moment = int(now.timestamp())
    return key.state in ("active", "planned") and key.from_ <= moment < key.sign_until


def lock_issuing(session: Session, institution: str) -> None:
    """Have one process at a time take an institution's numbers and slots and sign for it."""
    lock(session, f"issue {institution}")


def restored_setting(institution: str) -> str:
    """The setting of an institution whose records were restored and have to catch up first."""
    return f"restored {institution}"


def require_database(session: Session, desk: Desk) -> None:
    """Refuse a database of another world or key, and one older than what is published of it.

    With another data key, nobody would be found who holds a certificate already. An old backup
    would give numbers and slots a second time; the published lists know better: their last slot
    must be this database's.

    Raises:
        CommandError: `database_of_another_environment`, `database_restored`, `data_key_other`,
            `database_behind_lists`.
    """
    for name, value in (("environment", desk.trust.root.env), ("origin", desk.origin)):
        if (was := _kept(session, name, value)) != value:
            raise CommandError("database_of_another_environment", was=was, now=value)
    if session.get(Setting, restored_setting(desk.institution.id)) is not None:
        raise CommandError("database_restored")
    if _kept(session, "data key", desk.vault.fingerprint) != desk.vault.fingerprint:
        raise CommandError("data_key_other")
    for entry in desk.trust.lists.values():
        published = entry.published
        if published.institution != desk.institution.id or not published.count:
            continue
        last = published.count - 1
        slot = session.exec(
            select(Certificate.slot).where(
                col(Certificate.institution) == published.institution,
                col(Certificate.list_id) == published.list,
                col(Certificate.idx) == last,
            )
        ).first()
        loaded = entry.issued is not None and last < entry.issued.count
        if slot is None or (entry.issued and loaded and entry.issued[last] != slot):
            raise CommandError("database_behind_lists", list=published.key, count=published.count)


def _kept(session: Session, name: str, value: str) -> str:
    """The setting as the first use of the database made it."""
    setting = session.get(Setting, name)
    if setting is None:
        lock(session, "settings")  # two may be the first
        setting = session.get(Setting, name)
    if setting is None:
        setting = Setting(name=name, value=value)
        session.add(setting)
    return setting.value
