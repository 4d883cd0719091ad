"""Rosters at an office, by the rules and without pages: entered, mended, submitted, approved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import select

from issuer import submission
from issuer.db import reading, transaction
from issuer.desk import Desk
from issuer.entry import Entry, open_entry
from issuer.examination import Examined, examine, recognise
from issuer.issue import Order
from issuer.people.access import Caller, Role
from issuer.running.service import Service
from issuer.tables import Account, Submission
from schemas import certificate_types
from tests.issuer.desk import INSTITUTION, write_roster
from tests.issuer.office import Office


def workbook(
    wanted: Sequence[Order],
    mend: Callable[[int, dict[str, Any]], None] = lambda _row, _cells: None,
) -> bytes:
    """The bytes of a roster."""
    with TemporaryDirectory() as folder:
        return write_roster(Path(folder) / "roster.xlsx", wanted, mend=mend).read_bytes()


def caller(service: Service, login: str) -> Caller:
    """Somebody of the office as the door lets them in."""
    with reading(service.engine) as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        return Caller(
            name=account.name,
            who=account.login,
            institution=account.institution,
            account_id=account.id,
            role=Role(account.role),
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """One roster, and what people do with it."""

    service: Service
    id: int

    @classmethod
    def enter(
        cls,
        office: Office | Service,
        data: bytes,
        *,
        by: str = "clerk",
        name: str = "名单.xlsx",
        type_name: str = "technical_level",
    ) -> "Roster":
        """Take a file in."""
        service = office if isinstance(office, Service) else office.service
        who = caller(service, by)
        kind = certificate_types.load(type_name)
        entry = recognise(_desk(service), Entry(type=kind, name=name, data=data))
        examined = examine(_desk(service), entry, now=service.now())
        with transaction(service.engine) as session:
            made = submission.enter(
                session, service.vault, entry, examined, who, now=service.seconds()
            )
        return cls(service, made)

    @property
    def stored(self) -> Submission:
        """Its row as it is now."""
        with reading(self.service.engine) as session:
            found = session.get_one(Submission, self.id)
            session.expunge_all()
        return found

    @property
    def entry(self) -> Entry:
        """What was handed in."""
        return open_entry(self.service.vault, self.stored)

    def look(self) -> Examined:
        """Check it."""
        return examine(_desk(self.service), self.entry, now=self.service.now())

    def change(self, *, by: str = "clerk", learn: bool = False, **said: Any) -> Examined:
        """Say something about it."""
        seen, entry = self.stored, replace(self.entry, **said)
        examined = examine(_desk(self.service), entry, now=self.service.now())
        with transaction(self.service.engine) as session:
            submission.change(
                session,
                self.service.vault,
                seen,
                entry,
                examined,
                caller(self.service, by),
                now=self.service.seconds(),
            )
            if learn:
                submission.remember_columns(session, entry, seen.institution)
        return examined

    def submit(self, *, by: str = "clerk") -> "Roster":
        """Hand it over."""
        seen, examined = self.stored, self.look()
        with transaction(self.service.engine) as session:
            submission.submit(
                session, seen, examined, caller(self.service, by), now=self.service.seconds()
            )
        return self

    def approve(self, *, by: str = "approver", digest: str | None = None) -> "Roster":
        """Let it be signed."""
        seen, examined = self.stored, self.look()
        with transaction(self.service.engine) as session:
            submission.approve(
                session,
                seen,
                examined,
                caller(self.service, by),
                seen.digest if digest is None else digest,
                now=self.service.seconds(),
            )
        return self

    def send_back(self, remark: str = "请核对", *, by: str = "approver") -> None:
        """Return it."""
        with transaction(self.service.engine) as session:
            who = caller(self.service, by)
            submission.send_back(session, self.stored, who, remark, now=self.service.seconds())

    def withdraw(self, *, by: str = "clerk") -> None:
        """Give it up."""
        with transaction(self.service.engine) as session:
            who = caller(self.service, by)
            submission.withdraw(
                session, self.service.vault, self.stored, who, "", now=self.service.seconds()
            )

    def retry(self, *, by: str = "approver") -> None:
        """Have it signed again."""
        with transaction(self.service.engine) as session:
            submission.retry(
                session, self.stored, caller(self.service, by), now=self.service.seconds()
            )


def _desk(service: Service) -> Desk:
    return service.desk(INSTITUTION, "tests")
