"""Look at all of a roster at once: what its rows say, what the registry and the database say to it.

Nothing is changed by looking; an approval is bound to the digest that is made here.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import select

from issuer.already_issued import check_not_issued
from issuer.db import reading
from issuer.desk import Desk, day_at
from issuer.documents.printable import check_printable
from issuer.entry import Entry
from issuer.issue import Order, roster_digest
from issuer.numbers import numbering
from issuer.roster.findings import Finding, Severity
from issuer.roster.roster import Checked, check_roster, columns_of
from issuer.tables import Batch, ColumnWord
from schemas.errors import CommandError
from schemas.vocabulary import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An entry, read and checked against the registry and the database as they are now."""

    checked: Checked
    orders: tuple[Order, ...]
    digest: str
    """`roster_digest`: what an approval is bound to."""
    known: Batch | None
    """The batch of this very roster, where its certificates were issued or booked before."""
    pattern: str
    """How the numbers will be made; empty: the roster must bring them."""

    @property
    def errors(self) -> int:
        """How many rows cannot be issued: all, where a column is wrong."""
        return len(rows_with("error", self.checked))

    @property
    def warnings(self) -> int:
        """How many rows have a warning of their own, and no error."""
        rows = {row.number for row in self.checked.rows}
        odd = {one.row for one in self.checked.findings if one.severity == "warning"} & rows
        return len(odd - rows_with("error", self.checked))


def rows_with(severity: Severity, checked: Checked) -> set[int | None]:
    """The rows that have such a finding; one about the headings or the whole roster is all rows'."""
    rows: set[int | None] = {row.number for row in checked.rows}
    found = {one.row for one in checked.findings if one.severity == severity}
    return rows if found - rows else found


def examine(desk: Desk, entry: Entry, *, now: datetime) -> Examined:
    """Check a whole entry: each row, the rows against each other, grants, what was issued before.

    Raises:
        RosterError: as `Entry.read`.
    """
    roster = entry.read()
    institution, type_name = desk.institution.id, entry.type.name
    with reading(desk.engine) as session:
        pattern = numbering.pattern_of(session, institution, type_name)
        checked = check_roster(
            roster,
            today=day_at(now),
            demo=desk.trust.demo,
            institution=desk.institution,
            numbers_given=not pattern,
        )
        orders = tuple(Order(row=row.number, claims=row.claims) for row in checked.rows)
        digest = roster_digest(entry.type, orders)
        known = session.exec(
            select(Batch).where(
                Batch.institution == institution, Batch.type == type_name, Batch.digest == digest
            )
        ).first()
        if known is not None:
            session.expunge(known)
        else:
            checked = checked.plus(
                check_not_issued(session, desk.vault, institution, entry.type, orders)
            )
    checked = checked.plus(_not_printable(checked, entry))
    return Examined(checked=checked, orders=orders, digest=digest, known=known, pattern=pattern)


def _not_printable(checked: Checked, entry: Entry) -> list[Finding]:
    """What could never be printed; nothing, where this machine prints nothing."""
    try:
        return check_printable(checked.rows, entry.type)
    except CommandError as error:
        if error.code != "fonts_missing":
            raise
        return []


def recognise(desk: Desk, entry: Entry) -> Entry:
    """The entry with what the institution said of such headings the last time.

    Raises:
        RosterError: as `Entry.read`.
    """
    with reading(desk.engine) as session:
        found = session.exec(
            select(ColumnWord).where(
                ColumnWord.institution == desk.institution.id, ColumnWord.type == entry.type.name
            )
        )
        remembered = {word.heading: word.claim for word in found}
    if not remembered:
        return entry
    columns = {
        column.index: remembered[heading]
        for column in columns_of(entry.read())
        if (heading := fold(column.heading)) in remembered
        and (column.claim is None or remembered[heading] != column.claim)
    }
    return replace(entry, columns=columns)


def heading_words(entry: Entry) -> dict[str, str]:
    """What people said of headings, to be remembered: folded heading → claim.

    That a column is passed over is remembered only where its heading says nothing to us: a slip must
    not keep the next roster's names out.
    """
    recognised = columns_of(replace(entry, columns={}, corrections={}).read())
    return {
        fold(column.heading): entry.columns[column.index]
        for column in recognised
        if column.heading and (entry.columns.get(column.index) or column.claim is None)
        if column.index in entry.columns
    }
