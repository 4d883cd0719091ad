"""What a page shows of a checked roster: rows that need a hand, cells to mend, what is to be approved.

Pure. An ID number stands in a cell only for whoever entered the roster; nobody else needs it here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from issuer.documents.bulk import PAGES
from issuer.examination import Examined
from issuer.roster.cells import cell_text
from issuer.roster.columns import ISSUER_NAME, roster_claims
from issuer.roster.findings import Finding, Severity, masked
from issuer.roster.roster import Column, Roster, columns_of
from issuer.roster.rows import Row
from issuer.roster.workbook import words_to_choose
from schemas.certificate_types import CertificateType, claim_label
from schemas.codes import Language

PAGE = 50  # rows of one page
NOTICES = 200  # mended cells that a page lists; the workbook has all

_DRAWN = 3_000  # certificates a minute, on two busy cores
_SIZE = 0.15  # MB a certificate, with a photograph

_GROUPED = ("class_name", "competition_name", "occupation", "direction", "level", "issue_date")
_SHOWN = ("holder_name", "id_number_tail", *_GROUPED, "hours", "rank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that something is wrong or odd with."""

    claim: str
    label: str
    value: str
    """As it stands; empty where it must not be shown."""
    findings: Sequence[Finding]
    choices: Sequence[str]
    """What it may say, where that is a short list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A row that something is wrong or odd with."""

    row: int
    name: str
    severity: Severity
    cells: Sequence[Cell]
    notes: Sequence[Finding]
    """About the row, or about what has no column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which of many pages."""

    number: int
    """From 1."""
    count: int

    @classmethod
    def of(cls, asked: str, items: int, size: int = PAGE) -> "Page":
        """The page that was asked for, or the nearest there is."""
        count = max(1, ceil(items / size))
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        return cls(number=min(max(number, 1), count), count=count)

    def slice(self, size: int = PAGE) -> slice:
        """What it shows of all."""
        return slice((self.number - 1) * size, self.number * size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """What printing an issued roster takes."""

    count: int
    """Of certificates."""
    parts: bool
    """Whether it is more than one PDF for the printer."""
    pages: int
    """Of each at most."""
    minutes: int
    megabytes: int


def printing(count: int) -> Printing:
    """What printing so many certificates takes."""
    return Printing(
        count=count,
        parts=count > PAGES,
        pages=PAGES,
        minutes=ceil(count / _DRAWN),
        megabytes=ceil(count * _SIZE),
    )


def troubles(examined: Examined, language: Language, *, shows_numbers: bool) -> list[Trouble]:
    """The rows to look at: those with errors first."""
    roster = examined.checked.roster
    people = {row.number: row for row in roster.rows}
    by_row: dict[int, list[Finding]] = {}
    for found in examined.checked.findings:
        if found.severity != "notice" and found.row in people:
            by_row.setdefault(found.row, []).append(found)
    rows = [
        _trouble(roster, people[number], found, language, shows_numbers=shows_numbers)
        for number, found in by_row.items()
    ]
    return sorted(rows, key=lambda one: (one.severity != "error", one.row))


def _trouble(
    roster: Roster, row: Row, found: Sequence[Finding], language: Language, *, shows_numbers: bool
) -> Trouble:
    at = {claim: index for index, claim in roster.columns.items()}
    columns = dict.fromkeys(one.column for one in found if one.column is not None)
    return Trouble(
        row=row.number,
        name=str(row.claims.get("holder_name", "")),
        severity="error" if any(one.severity == "error" for one in found) else "warning",
        cells=[
            Cell(
                claim=claim,
                label=label(roster.type, claim, language),
                value=text_at(roster, row.number, at[claim])
                if shows_numbers or claim not in roster.type.hidden
                else "",
                findings=[one for one in found if one.column == claim],
                choices=words_to_choose(roster.type, claim),
            )
            for claim in columns
            if claim in at
        ],
        notes=[one for one in found if one.column not in at],
    )


def choices(found: Sequence[Trouble]) -> dict[str, Sequence[str]]:
    """What the cells of a page may say, by claim."""
    return {cell.claim: cell.choices for one in found for cell in one.cells if cell.choices}


def about_file(examined: Examined) -> list[Finding]:
    """What is wrong or odd with the file or its columns."""
    people = {row.number for row in examined.checked.rows}
    return [
        one
        for one in examined.checked.findings
        if one.row not in people and one.severity != "notice"
    ]


def missing(examined: Examined) -> list[str]:
    """The claims for which there is no column: all rows may be given one value."""
    return [
        one.column
        for one in examined.checked.roster.findings
        if one.code == "column_missing" and one.column is not None
    ]


def notices(examined: Examined) -> list[Finding]:
    """What was mended by itself."""
    return [one for one in examined.checked.findings if one.severity == "notice"]


def mapping(examined: Examined, *, shows_numbers: bool) -> list[Column]:
    """The columns with what they were taken for; no ID number but for whoever entered it."""
    hidden = examined.checked.roster.type.hidden
    return [
        column
        if shows_numbers or column.claim not in hidden
        else Column(
            index=column.index,
            heading=column.heading,
            example=masked(column.example),
            claim=column.claim,
        )
        for column in columns_of(examined.checked.roster)
    ]


def needs_mapping(examined: Examined) -> bool:
    """Whether somebody has to say what columns hold."""
    return any(one.code.startswith("column_") for one in about_file(examined))


def claims_to_choose(
    certificate_type: CertificateType, language: Language
) -> list[tuple[str, str]]:
    """(claim, label) of all that a column may hold."""
    claims = (*roster_claims(certificate_type), ISSUER_NAME)
    return [(claim, label(certificate_type, claim, language)) for claim in claims]


def groups(examined: Examined) -> list[tuple[tuple[str, ...], int]]:
    """What the certificates certify, and how many certify it."""
    names = [name for name in _GROUPED if name in examined.checked.roster.type.claims]
    counts = Counter(
        tuple(str(row.claims.get(name, "")) for name in names) for row in examined.checked.rows
    )
    return counts.most_common()


def group_labels(certificate_type: CertificateType, language: Language) -> list[str]:
    """The headings of `groups`."""
    return [
        label(certificate_type, name, language)
        for name in _GROUPED
        if name in certificate_type.claims
    ]


def people(
    rows: Sequence[Row], certificate_type: CertificateType, language: Language
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """(headings, (row, cells)) of what is shown of each person: never the whole ID number."""
    names = [name for name in _SHOWN if name in certificate_type.claims]
    headings = [label(certificate_type, name, language) for name in names]
    return headings, (
        (row.number, [str(row.claims.get(name, "")) for name in names]) for row in rows
    )


def text_at(roster: Roster, row: int, column: int) -> str:
    """What a person reads in a cell."""
    cells = roster.sheet.rows[row - 1]
    return cell_text(cells[column]) if column < len(cells) else ""


def label(certificate_type: CertificateType, claim: str, language: Language) -> str:
    """What people call a column."""
    if claim == ISSUER_NAME:
        return {"zh-CN": "机构名称（只核对）", "en": "institution (compared only)"}[language]
    return claim_label(claim, language, type_name=certificate_type.name)


def mended_cells(
    roster: Roster, fields: Mapping[tuple[int, str], str], *, knows_numbers: bool
) -> dict[tuple[int, str], str]:
    """The cells of a form that say something else than before.

    An empty field of an ID number, which was not shown, says nothing.
    """
    at = {claim: index for index, claim in roster.columns.items()}
    found = {}
    for (row, claim), text in fields.items():
        unseen = claim in roster.type.hidden and not knows_numbers and not text
        known = claim in at and 0 < row <= len(roster.sheet.rows)
        if known and not unseen and text != text_at(roster, row, at[claim]):
            found[row, claim] = text
    return found
