"""Recognise the columns of a roster by their headings, in Chinese and English.

The words are data: the labels of the certificate type, then the synonyms of `columns.json`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from issuer.roster.findings import Finding, finding
from issuer.roster.sheet import Cell, RosterError
from schemas.certificate_types import CertificateType, load, names
from schemas.vocabulary import fold

HEADER_ROWS = 10  # rows from the top among which the headings stand; titles are above them
RECOGNISED = 2  # headings that a row must have to be the heading row
ISSUER_NAME = "issuer_name"
"""The one column that is compared with the registry and not signed."""
OWN_HEADINGS = ("校验结果", "问题与修改建议", "链接", "状态", "二维码")
"""What `issuer.roster.workbook` adds to a roster; they are passed over when it is read again."""
CAN_BE_FILLED = frozenset({"certificate_number", "id_type", "id_number_tail", "direction"})
"""Rows get these without a column: a number is given, the ID type shows, no direction has a mark."""

# The issuer makes these: the tail from the number, the digest from the picture.
_NOT_FROM_ROSTERS = frozenset({"photo_digest", "training_ref", "award_basis"})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_DECORATION = " *＊:：.．。、-_#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The heading row of a roster."""

    row: int
    """As people count, from 1."""
    columns: Mapping[int, str]
    """Column, from 0 → claim (dotted inside an object) or `issuer_name`."""
    findings: tuple[Finding, ...]


def find_header(
    rows: Sequence[Sequence[Cell]],
    certificate_type: CertificateType,
    given: frozenset[str],
    *,
    columns: Mapping[int, str] = MappingProxyType({}),
) -> Header | None:
    """Return the heading row among the first `HEADER_ROWS`, or None where no row is one.

    Args:
        rows: All of the sheet.
        certificate_type: Its claims are looked for.
        given: Claims that need no column, because the whole roster has one value for them.
        columns: What people say of columns, whatever their headings are: column, from 0 → claim,
            or an empty string to pass over it.

    Raises:
        RosterError: `roster_unknown_claim`, `roster_unknown_column`.
    """
    _require_known(columns, rows, certificate_type)
    words = _words(certificate_type.name)
    best: tuple[int, Sequence[Cell]] | None = None
    most = RECOGNISED - 1
    for number, row in enumerate(rows[:HEADER_ROWS], start=1):
        known = len({words.get(key) for cell in row for key in _keys(cell)} - {None})
        if known > most:
            best, most = (number, row), known
    if best is None:
        return None
    number, row = best
    found: dict[int, str] = {}
    findings: list[Finding] = []
    firsts: dict[str, str] = {}
    for index in range(max((len(row), *(at + 1 for at in columns)))):
        cell = row[index] if index < len(row) else ""
        heading = str(cell).strip()
        if index in columns:
            claim, heading = columns[index] or None, heading or f"#{index + 1}"
        else:
            claim = next((words[key] for key in _keys(cell) if key in words), None)
        if claim in firsts:
            findings.append(
                finding("column_duplicate", row=number, header=heading, other=firsts[claim])
            )
        elif claim is not None:
            found[index] = claim
            firsts[claim] = heading
        elif heading and index not in columns and not _left_out().intersection(_keys(cell)):
            findings.append(finding("column_unknown", row=number, header=heading))
    needed = certificate_type.mandatory - CAN_BE_FILLED - given - set(firsts)
    findings += (
        finding("column_missing", row=number, column=claim, type=certificate_type.name)
        for claim in certificate_type.claims
        if claim in needed
    )
    return Header(row=number, columns=found, findings=tuple(findings))


def _require_known(
    columns: Mapping[int, str], rows: Sequence[Sequence[Cell]], certificate_type: CertificateType
) -> None:
    width = max(map(len, rows), default=0)
    known = (*roster_claims(certificate_type), ISSUER_NAME)
    for index, claim in columns.items():
        if not 0 <= index < width:
            raise RosterError("roster_unknown_column", column=index + 1, limit=width)
        if claim and claim not in known:
            raise RosterError("roster_unknown_claim", claim=claim, known=known)


def example(type_name: str, claim: str) -> tuple[str, str]:
    """Return an example of what a column holds, and what a clerk has to know about it."""
    entries: Mapping[str, Mapping[str, str]] = _data()["examples"]
    entry = entries.get(f"{type_name}:{claim}", entries.get(claim, {}))
    return entry.get("example", ""), entry.get("zh-CN", "")


def roster_claims(certificate_type: CertificateType) -> tuple[str, ...]:
    """Return the claims that a roster of this type may have columns for, in their order."""
    return tuple(claim for claim in certificate_type.claim_labels if claim not in _NOT_FROM_ROSTERS)


def is_heading(cell: Cell, claim: str) -> bool:
    """Whether some type of certificate calls the claim so."""
    return any(_words(name).get(key) == claim for name in names() for key in _keys(cell))


@cache
def _data() -> dict[str, Any]:
    text = files("issuer.roster").joinpath("columns.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _left_out() -> frozenset[str]:
    return frozenset(map(fold, (*_data()["left_out"], *OWN_HEADINGS)))


@cache
def _words(type_name: str) -> Mapping[str, str]:
    """Folded heading → claim; labels win over synonyms, claims over the issuer's name."""
    certificate_type = load(type_name)
    synonyms: Mapping[str, Sequence[str]] = _data()["columns"]
    claims = roster_claims(certificate_type)
    words = {
        fold(label): claim
        for claim in claims
        for label in (*certificate_type.claim_labels[claim].values(), claim)
    }
    for claim in (*claims, ISSUER_NAME):
        for word in synonyms.get(claim, ()):
            words.setdefault(fold(word), claim)
    return words


def _keys(heading: Cell) -> tuple[str, ...]:
    """Return the folded heading as it stands, and without brackets and decoration."""
    if not isinstance(heading, str) or not heading.strip():
        return ()
    folded = fold(heading)
    return folded, _BRACKETS.sub("", folded).strip(_DECORATION)
