"""Read the rows below the headings of a roster into claims."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from issuer.roster.cells import readers
from issuer.roster.columns import ISSUER_NAME, Header
from issuer.roster.findings import Finding, Severity, severity_of
from issuer.roster.id_numbers import infer_id_type
from issuer.roster.sheet import Cell, Sheet
from schemas import vocabulary
from schemas.certificate_types import CertificateType

TAIL = 4  # characters of the ID number that are printed, for comparing with the document
_TAIL = re.compile(r"[0-9A-Z]{4}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person of a roster."""

    number: int
    """As spreadsheet programs show it."""
    claims: dict[str, object]
    """What will be signed, as far as it could be read; hidden claims too."""
    issuer_name: str | None
    """The institution that the row names, which is not signed."""
    findings: tuple[Finding, ...]
    """What was mended in the cells, and damage that the claims no longer show."""


def read_rows(
    sheet: Sheet,
    header: Header,
    certificate_type: CertificateType,
    defaults: Mapping[str, str],
) -> tuple[Row, ...]:
    """Return all rows below `header` with anything in a column that was recognised."""
    reader = _RowReader(sheet, header, certificate_type, defaults)
    rows = enumerate(sheet.rows[header.row :], start=header.row + 1)
    read = (reader.read(number, cells) for number, cells in rows)
    return tuple(row for row in read if row is not None)


class _RowReader:
    """Reads the rows of one roster."""

    def __init__(
        self,
        sheet: Sheet,
        header: Header,
        certificate_type: CertificateType,
        defaults: Mapping[str, str],
    ) -> None:
        by_claim = readers(certificate_type)
        self._type = certificate_type
        self._sheet = sheet
        self._columns = [(index, claim, by_claim[claim]) for index, claim in header.columns.items()]
        self._defaults = {
            claim: value
            for claim, text in defaults.items()
            if (value := by_claim[claim](text).value) is not None
        }
        self._has_direction = "direction" in certificate_type.claims
        self._direction = lru_cache(vocabulary.direction)
        columns = {*header.columns.values(), *defaults}
        self._has_objects = any("." in column for column in columns)
        self._says_id_type = "id_type" in columns
        self._says_direction = "direction" in columns

    def read(self, number: int, cells: Sequence[Cell]) -> Row | None:
        """Return the row, or None where no column that was recognised has anything."""
        values: dict[str, object] = {}
        findings: list[Finding] = []
        formulas, errors = self._sheet.marks.formulas, self._sheet.marks.errors
        for index, claim, reader in self._columns:
            cell = cells[index] if index < len(cells) else ""
            if cell != "":
                value, problems = reader(cell)
                if value is not None:
                    values[claim] = value
                if problems:
                    findings += (self._finding(*problem, number, claim) for problem in problems)
            if formulas and (number, index) in formulas:  # without a value it says nothing
                severity: Severity = "error" if cell == "" else "warning"
                findings.append(self._finding("formula_cell", {}, number, claim, severity))
            elif errors and (number, index) in errors:
                details = {"text": errors[number, index]}
                findings.append(self._finding("error_cell", details, number, claim))
        if not values and not findings:
            return None
        if self._defaults:
            said = {found.column for found in findings}
            filled = {claim: value for claim, value in self._defaults.items() if claim not in said}
            values = {**filled, **values}
        issuer_name = values.pop(ISSUER_NAME, None)
        findings += self._fill(number, values)
        return Row(
            number=number,
            claims=_nested(values) if self._has_objects else values,
            issuer_name=None if issuer_name is None else str(issuer_name),
            findings=tuple(findings),
        )

    def _fill(self, number: int, values: dict[str, object]) -> list[Finding]:
        """Add what the row leaves to be known: ID type, tail, and the mark for no direction."""
        findings: list[Finding] = []
        id_number = values.get("id_number")
        if isinstance(id_number, str):
            if _TAIL.search(id_number):
                values.setdefault("id_number_tail", id_number[-TAIL:])
            if "id_type" not in values and (id_type := infer_id_type(id_number)):
                values["id_type"] = id_type
                if self._says_id_type:
                    details = {"id_type": id_type}
                    findings.append(self._finding("id_type_inferred", details, number, "id_type"))
        if self._has_direction:
            text = str(values.get("direction", ""))
            meant = self._direction(self._type.name, str(values.get("occupation", "")), text)
            values["direction"] = meant.name
            if meant.state == "none" and text != meant.name and self._says_direction:
                details = {"mark": meant.name}
                findings.append(self._finding("direction_filled", details, number, "direction"))
        return findings

    def _finding(
        self,
        code: str,
        details: Mapping[str, object],
        row: int,
        column: str,
        severity: Severity | None = None,
    ) -> Finding:
        return Finding(
            row=row,
            column=column,
            code=code,
            severity=severity or severity_of(code),
            details={**details, "type": self._type.name},
        )


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    """Put dotted names into objects: `training_ref.issuer` into `training_ref`."""
    claims: dict[str, object] = {}
    objects: dict[str, dict[str, object]] = {}
    for name, value in values.items():
        head, dot, member = name.partition(".")
        if not dot:
            claims[name] = value
            continue
        if head not in objects:
            claims[head] = objects[head] = {}
        objects[head][member] = value
    return claims
