"""Find certificates again, and tell what happened to one: search, history.

An ID number is searched by its key (issuer/holders.py), a name as it is folded; neither stands in an
address. Whoever searches sees the certificates of the institutions that are given, and no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, func, or_, select

from issuer.holders import folded
from issuer.issue import Issued, issued
from issuer.tables import CERTIFICATES, MAX_ID, Account, AuditEntry, Certificate, Submission
from issuer.vault import Vault
from schemas import origin, strict_json
from schemas.errors import CommandError

PAGE = 50  # certificates
COUNTED = 1_000  # certificates; more are "more than"
STATUSES = ("valid", "suspended", "revoked", "replaced")


def subject_of(certificate: Certificate) -> str:
    """What the audit log calls a certificate."""
    return f"{certificate.institution} {certificate.type} {certificate.number}"


def status_of(status: str, replaced_by: str | None) -> str:
    """The status as people are told it: a certificate that was replaced is more than revoked."""
    return "replaced" if replaced_by else status


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; an empty text does not narrow it."""

    number: str = ""
    """How it begins."""
    name: str = ""
    """How it begins, as `comparison_key` folds it."""
    holder: str = ""
    """Key of the ID number (`holder_key`)."""
    status: str = ""
    type: str = ""
    institution: str = ""
    since: str = ""
    until: str = ""
    """Dates of issue, ISO, both included."""
    batch: str = ""
    """The number of a roster's batch."""


PLAIN = ("number", "status", "type", "institution", "since", "until", "batch")
"""The fields of a search that say nothing of a person: they may stand in an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of a list of certificates."""

    id: int
    institution: str
    type: str
    number: str
    issue_date: str
    status: str
    holder_name: str
    """Empty where the holder's data were erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of what was found, the newest first."""

    found: Sequence[Found]
    count: int
    """Of all, up to `COUNTED` + 1."""
    next: int | None
    """Where the next page begins."""


def search(
    session: Session, institutions: Sequence[str], wanted: Search, *, after: int | None = None
) -> Page:
    """A page of certificates; `after` is where the page before ended.

    A number or name that is one's exactly is enough; otherwise it is how they begin.
    """
    here = [one for one in institutions if not wanted.institution or one == wanted.institution]
    exact = _matching(here, wanted, exact=True)
    is_exact = session.execute(exact.limit(1)).first() is not None
    ids = exact if is_exact else _matching(here, wanted, exact=False)
    table = CERTIFICATES.c
    count = session.scalar(
        select_columns(func.count()).select_from(ids.limit(COUNTED + 1).subquery())
    )
    if after is not None:
        ids = ids.where(table.id < after)
    rows = session.execute(
        select_columns(
            table.id,
            table.institution,
            table.type,
            table.number,
            table.issue_date,
            table.status,
            table.replaced_by,
            table.payload,
        )
        .where(table.id.in_(ids.order_by(table.id.desc()).limit(PAGE + 1)))
        .order_by(table.id.desc())
    ).all()
    found = [
        Found(
            id=row.id,
            institution=row.institution,
            type=row.type,
            number=row.number,
            issue_date=row.issue_date,
            status=status_of(row.status, row.replaced_by),
            holder_name=_holder_name(row.payload),
        )
        for row in rows[:PAGE]
    ]
    return Page(
        found=found, count=count or 0, next=found[-1].id if len(rows) > PAGE and found else None
    )


def _matching(institutions: Sequence[str], wanted: Search, *, exact: bool) -> Select[Any]:
    table = CERTIFICATES.c
    ids = select_columns(table.id).where(
        table.institution.in_(institutions), table.signature.is_not(None)
    )
    if wanted.number:
        spellings = {wanted.number, folded(wanted.number)}
        ids = ids.where(
            table.number.in_(spellings)
            if exact
            else or_(*(table.number.startswith(one, autoescape=True) for one in spellings))
        )
    if wanted.name:
        name = table.name
        ids = ids.where(
            name == wanted.name if exact else name.startswith(wanted.name, autoescape=True)
        )
    if wanted.holder:
        ids = ids.where(table.holder == wanted.holder)
    if wanted.status == "replaced":
        ids = ids.where(table.replaced_by.is_not(None))
    elif wanted.status:
        ids = ids.where(table.status == wanted.status, table.replaced_by.is_(None))
    if wanted.batch:
        ids = ids.where(table.batch_id == int(wanted.batch))
    if wanted.type:
        ids = ids.where(table.type == wanted.type)
    if wanted.since:
        ids = ids.where(table.issue_date >= wanted.since)
    if wanted.until:
        ids = ids.where(table.issue_date <= wanted.until)
    return ids


def _holder_name(payload: bytes) -> str:
    return str(strict_json.loads_object(payload).get("holder_name", "")) if payload else ""


def find(session: Session, certificate_id: int, institutions: Sequence[str]) -> Certificate | None:
    """A signed certificate of one of the `institutions`; None where there is none of theirs."""
    if not 0 < certificate_id <= MAX_ID:
        return None
    certificate = session.get(Certificate, certificate_id)
    if certificate is None or certificate.institution not in institutions:
        return None
    return certificate if certificate.signature is not None else None


def by_number(session: Session, institution: str, type_name: str, number: str) -> int | None:
    """The id of a signed certificate."""
    return session.exec(
        select(Certificate.id).where(
            Certificate.institution == institution,
            Certificate.type == type_name,
            Certificate.number == number,
            col(Certificate.signature).is_not(None),
        )
    ).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What is printed again: the same bytes as the first time."""

    certificate: Issued
    origin: str
    """As it was signed; the registry may name another one first by now."""

    @property
    def digits(self) -> str:
        """Of the QR code."""
        return self.certificate.digits(self.origin)

    @property
    def link(self) -> str:
        """The text of the QR code."""
        return f"https://{self.origin}/#{self.digits}"


def reprint(vault: Vault, certificate: Certificate) -> Print:
    """The stored certificate, to be handed out again.

    Raises:
        CommandError: `certificate_erased`.
    """
    if certificate.erased is not None:
        raise CommandError("certificate_erased", number=certificate.number)
    again = issued(vault, certificate)
    there, _ = origin.split_issuer(str(again.token.claims()["iss"]))
    return Print(certificate=again, origin=there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a certificate's history."""

    at: int
    who: str
    """A person's name, or as the log has it."""
    action: str
    details: Mapping[str, Any]


def history(session: Session, certificate: Certificate) -> list[Event]:
    """What the log says of a certificate, its batch and the roster that it came with; in order."""
    subjects = [
        subject_of(certificate),
        f"{certificate.institution} batch {certificate.batch_id}",
    ]
    rosters = session.exec(
        select(Submission.id).where(
            Submission.batch_id == certificate.batch_id,
            Submission.institution == certificate.institution,
        )
    )
    subjects += [f"{certificate.institution} roster {one}" for one in rosters]
    entries = session.exec(
        select(AuditEntry).where(col(AuditEntry.subject).in_(subjects)).order_by(col(AuditEntry.id))
    ).all()
    logins = {entry.who for entry in entries}
    people = session.exec(select(Account).where(col(Account.login).in_(logins)))
    names = {person.login: person.name for person in people}
    return [
        Event(
            at=entry.at,
            who=names.get(entry.who, entry.who),
            action=entry.action,
            details=strict_json.loads_object(entry.details.encode()),
        )
        for entry in entries
    ]
