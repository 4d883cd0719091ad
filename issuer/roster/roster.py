"""Read a roster, a clerk's list of people, and check all of it before anything is signed.

Every row is read and checked, whatever is wrong with the rows before it: one run names every
mistake with row, column, code and a sentence. Only a file that is no roster at all is refused.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path

from issuer.grants import check_issuer_name, grant_check
from issuer.roster.cells import cell_text
from issuer.roster.columns import HEADER_ROWS, OWN_HEADINGS, Header, find_header, roster_claims
from issuer.roster.corrections import Corrections, correct
from issuer.roster.csv_text import read_csv
from issuer.roster.findings import Finding, finding
from issuer.roster.layout import check_layout
from issuer.roster.rows import Row, read_rows
from issuer.roster.rules import check_batch, check_claims
from issuer.roster.sheet import MAX_FILE, RosterError, Sheet
from issuer.roster.xlsx import read_xlsx
from schemas.certificate_types import CertificateType
from schemas.registry import Institution

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: .xls, .et, and any .xlsx with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] §2.3.4

_UNNUMBERED = "0"  # stands for the number that the issuer will give
_SAID_OF_ALL = ("column_missing", "training_reference_missing")
_SCOPE = {"issue_date", "occupation", "direction", "level"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A roster as it was read."""

    name: str
    type: CertificateType
    sheet: Sheet
    header_row: int
    columns: Mapping[int, str]
    """Column, from 0 → claim, dotted inside an object; or `issuer_name`."""
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    """About the file, its columns and its layout."""
    sha256: str
    """Of the file's bytes, hexadecimal; what people corrected is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a person sees of one column, to say what it holds."""

    index: int
    """From 0."""
    heading: str
    example: str
    """What the first person's row says here; it may be an ID number."""
    claim: str | None
    """Its claim or `issuer_name`; None where the column is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A roster with everything that is to be said about it."""

    roster: Roster
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    """All of them: about the file first, then row by row in the order of the claims."""
    ok: bool
    """Whether there is no error: warnings and notices stop nothing."""

    def plus(self, findings: Iterable[Finding]) -> "Checked":
        """Return the same roster with more to be said about it."""
        order = {claim: place for place, claim in enumerate(self.roster.type.claims)}

        def place(one: Finding) -> tuple[int, int]:
            return one.row or 0, order.get((one.column or "").partition(".")[0], len(order))

        together = sorted((*self.findings, *findings), key=place)
        ok = all(one.severity != "error" for one in together)
        return replace(self, findings=tuple(together), ok=ok)


def read_roster(
    source: Path | bytes,
    name: str,
    certificate_type: CertificateType,
    *,
    defaults: Mapping[str, str] | None = None,
    columns: Mapping[int, str] | None = None,
    corrections: Corrections | None = None,
) -> Roster:
    """Read a roster file and what people said about it.

    Args:
        source: The file, or its bytes. Cells that were copied from a spreadsheet program, tabs
            between them, are a file too.
        name: Says the format by its ending (.xlsx, .csv, .tsv, .txt) and is shown to people.
        certificate_type: What the roster is for.
        defaults: By claim, what empty cells and missing columns say.
        columns: What columns hold, whatever their headings are: column, from 0 → claim or
            `issuer_name`, or an empty string to pass over it.
        corrections: Row, as spreadsheet programs show it, and claim → the text that replaces what
            the cell says.

    Raises:
        RosterError: The file as a whole is no roster, or a default, a column or a correction is for
            nothing that there is; whatever is wrong with a row is a finding.
    """
    try:
        data = source if isinstance(source, bytes) else _read_file(source)
        return _read(data, name, certificate_type, defaults or {}, columns or {}, corrections or {})
    except RosterError as error:
        raise error.named(name) from None


def _read(
    data: bytes,
    name: str,
    certificate_type: CertificateType,
    defaults: Mapping[str, str],
    columns: Mapping[int, str],
    corrections: Corrections,
) -> Roster:
    for claim in defaults:
        if claim not in roster_claims(certificate_type):
            raise RosterError(
                "roster_unknown_claim", claim=claim, known=roster_claims(certificate_type)
            )
    sheet = read_sheet(data, name)
    header = find_header(sheet.rows, certificate_type, frozenset(defaults), columns=columns)
    if header is None:
        raise RosterError("roster_no_header", limit=HEADER_ROWS)
    if corrections:
        sheet = correct(sheet, header, corrections)
    rows = read_rows(sheet, header, certificate_type, defaults)
    if not rows:
        raise RosterError("roster_empty")
    return Roster(
        name=name,
        type=certificate_type,
        sheet=sheet,
        header_row=header.row,
        columns=header.columns,
        rows=rows,
        findings=(
            *_about_file(sheet, header, certificate_type, defaults),
            *header.findings,
            *check_layout(sheet, header, rows, certificate_type.name),
        ),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def columns_of(roster: Roster) -> tuple[Column, ...]:
    """Return the columns as they were recognised, for people to correct; not those of our own."""
    heading = roster.sheet.rows[roster.header_row - 1]
    first = roster.sheet.rows[roster.rows[0].number - 1]
    columns = (
        Column(
            index=index,
            heading=cell_text(head),
            example=cell_text(example),
            claim=roster.columns.get(index),
        )
        for index, (head, example) in enumerate(zip_longest(heading, first, fillvalue=""))
    )
    return tuple(
        one for one in columns if one.heading not in OWN_HEADINGS and (one.heading or one.example)
    )


def check_roster(
    roster: Roster,
    *,
    today: date,
    demo: bool,
    institution: Institution | None = None,
    numbers_given: bool = False,
) -> Checked:
    """Check every row by itself, against the other rows and, if given, the institution's grants.

    A row without a certificate number gets one from the issuer, unless `numbers_given` says that
    every row must bring its own.
    """
    certificate_type = roster.type
    grants = grant_check(institution, certificate_type, today=today) if institution else None
    findings = list(roster.findings)
    absent = {found.column for found in findings if found.code in _SAID_OF_ALL}
    for row in roster.rows:
        claims = row.claims
        unnumbered = not numbers_given and "certificate_number" not in claims
        if unnumbered:
            claims = {**claims, "certificate_number": _UNNUMBERED}
        found = check_claims(
            certificate_type, claims, today=today, demo=demo, row=row.number, absent=absent
        )
        said = row.findings
        if found or said:  # what was said about the cell or the column is not said again
            spoiled = absent | {one.column for one in said if one.severity == "error"}
            if unnumbered:
                spoiled.add("certificate_number")
            found = [one for one in found if one.column not in spoiled]
            findings += said
            findings += found
        if institution is not None and grants is not None:
            wrong = {one.column for one in found if one.severity == "error"}
            day = str(claims.get("issue_date", ""))
            if not wrong & _SCOPE and day:
                of_issuer = grants(claims)
                if row.issuer_name:
                    of_issuer += check_issuer_name(institution, row.issuer_name, day)
                findings += (replace(one, row=row.number) for one in of_issuer)
    findings += check_batch(certificate_type, [(row.number, row.claims) for row in roster.rows])
    return Checked(roster=roster, rows=roster.rows, findings=(), ok=True).plus(findings)


def _about_file(
    sheet: Sheet, header: Header, certificate_type: CertificateType, defaults: Mapping[str, str]
) -> list[Finding]:
    """Say once what every row would say because of a column that is not there."""
    findings: list[Finding] = []
    claims = {*header.columns.values(), *defaults}
    if sheet.unread:
        findings.append(finding("sheets_unread", sheet=sheet.name, others=sheet.unread))
    if "id_number" in claims and "id_type" not in claims:
        findings.append(finding("id_types_inferred"))
    refers = any(claim.startswith("training_ref.") for claim in claims)
    if "training_ref" in certificate_type.claims and not refers:
        findings.append(finding("training_reference_missing", column="training_ref"))
    return findings


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            megabytes = path.stat().st_size >> 20
            raise RosterError("roster_too_large", megabytes=megabytes, limit=MAX_FILE >> 20)
        return path.read_bytes()
    except FileNotFoundError:
        raise RosterError("roster_missing") from None
    except OSError as error:
        raise RosterError("roster_not_a_workbook", error.strerror or "") from None


def read_sheet(data: bytes, name: str) -> Sheet:
    """Read the format that the bytes of the file `name` are in, if its ending says the same.

    Raises:
        RosterError: as `read_roster`, for a file that is no table.
    """
    if len(data) > MAX_FILE:
        raise RosterError("roster_too_large", megabytes=len(data) >> 20, limit=MAX_FILE >> 20)
    ending = name.lower().rpartition(".")[2]
    if data.startswith(_OLE):
        raise RosterError("roster_encrypted" if _ENCRYPTED in data else "roster_old_xls")
    if ending in ("xlsm", "xltm"):
        raise RosterError("roster_macros")
    if ending not in ("xlsx", "csv", "tsv", "txt"):
        raise RosterError("roster_not_a_workbook", f".{ending}")
    is_zip = data.startswith(_ZIP)
    if is_zip != (ending == "xlsx"):
        if not is_zip and b"\0" in data:
            raise RosterError("roster_not_a_workbook")
        raise RosterError("roster_wrong_extension", found="a workbook" if is_zip else "text")
    if is_zip:
        return read_xlsx(data)
    return read_csv(data, delimiter="\t" if ending == "tsv" else None)
