"""What a check of a roster says: one finding, with its place, its code and words for a clerk.

The words live in section `roster` of schemas/codes.json. A finding never holds a whole ID number:
whoever raises it passes the number through `masked`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from schemas import certificate_types, codes

Severity = Literal["error", "warning", "notice"]

SHOWN_OF_A_NUMBER = (
    4  # characters of an ID number that a message may show; printed ones show four too
)

_ROSTER_ONLY: Mapping[str, Mapping[codes.Language, str]] = {  # columns that are no claim
    "issuer_name": {"zh-CN": "机构名称", "en": "institution"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong (`error`: nothing is signed), odd (`warning`) or mended (`notice`).

    Attributes:
        row: Row of the workbook counted as Excel does, from 1; None for the file as a whole.
        column: Claim name, dotted inside an object (`award_basis.year`); None for the whole row.
        details: Fill the blanks of the sentence. A tuple is written as a list. `type`, the name of
            a certificate type, chooses that type's label for the column.
    """

    row: int | None = None
    column: str | None = None
    code: str
    severity: Severity
    details: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def rule_id(self) -> str:
        """The number of the rule in the rule book (`E01`)."""
        return str(codes.table()["roster"][self.code]["id"])

    def message(self, language: codes.Language) -> str:
        """Say what is wrong, one sentence without its place."""
        return codes.sentence("roster", self.code, language, **self._words(language))

    def fix(self, language: codes.Language) -> str:
        """Say what to do, or nothing."""
        return codes.hint("roster", self.code, language, **self._words(language))

    def place(self, language: codes.Language) -> str:
        """Say where: `第 17 行「证件号码」` or `row 17, ID number`; empty for the file as a whole."""
        label = self._label(language)
        if language == "zh-CN":
            row = "" if self.row is None else f"第 {self.row} 行"
            return f"{row}「{label}」" if label else row
        row = "" if self.row is None else f"row {self.row}"
        return ", ".join(filter(None, (row, label)))

    def _label(self, language: codes.Language) -> str:
        if self.column is None:
            return ""
        if self.column in _ROSTER_ONLY:
            return _ROSTER_ONLY[self.column][language]
        type_name = self.details.get("type")
        return certificate_types.claim_label(
            self.column, language, type_name=type_name if isinstance(type_name, str) else None
        )

    def _words(self, language: codes.Language) -> dict[str, object]:
        separator = "、" if language == "zh-CN" else ", "
        words: dict[str, object] = {"label": self._label(language)}
        for name, value in self.details.items():
            words[name] = separator.join(map(str, value)) if isinstance(value, tuple) else value
        return words


def finding(
    code: str,
    *,
    row: int | None = None,
    column: str | None = None,
    severity: Severity | None = None,
    **details: object,
) -> Finding:
    """Return a finding of `code`, as severe as the table says unless `severity` is given."""
    return Finding(
        row=row, column=column, code=code, severity=severity or severity_of(code), details=details
    )


def from_problem(
    code: str, details: Mapping[str, object], *, row: int | None = None, column: str
) -> Finding:
    """Return the finding for what a check of one value returned as its code and blanks."""
    return Finding(row=row, column=column, code=code, severity=severity_of(code), details=details)


def severity_of(code: str) -> Severity:
    """Return how severe the table says a `code` is."""
    return cast("Severity", codes.table()["roster"][code]["severity"])


def masked(number: str) -> str:
    """Return `number` with all but its last four characters hidden; a short one is hidden whole."""
    shown = SHOWN_OF_A_NUMBER if len(number) > 2 * SHOWN_OF_A_NUMBER else 0
    hidden = len(number) - shown
    return "*" * hidden + number[hidden:]
