"""Decode the number of a skill level certificate and hold it against its row (人社鉴发〔2019〕2号).

Twenty-two characters: `Y` (employer) or `S` (assessment organisation), body code 4, province 2,
site 6, year 2, level 1, serial 6. A 特级技师 number has two letters and twenty digits; what its
parts say was not published with the rule, so only its form is checked, as for the levels
(学徒工, 首席技师) whose codes were not. Old qualification certificates have sixteen digits.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from issuer.roster.findings import Finding, finding
from schemas import vocabulary

DISTINGUISHED = "特级技师"

TYPE = "skill_level"
_STANDARD = re.compile(
    r"(?P<letter>[YS])(?P<body>[0-9]{4})(?P<province>[0-9]{2})(?P<site>[0-9]{6})"
    r"(?P<year>[0-9]{2})(?P<level>[0-9])(?P<serial>[0-9]{6})"
)
_DISTINGUISHED = re.compile(r"[A-Z]{2}[0-9]{20}")
_LEGACY = re.compile(
    r"(?P<year>[0-9]{2})(?P<province>[0-9]{2})(?P<city>[0-9]{2})(?P<body>[0-9])"
    r"(?P<site>[0-9]{3})(?P<level>[0-9])(?P<serial>[0-9]{5})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillNumber:
    """What a number says by itself."""

    form: Literal["standard", "distinguished", "legacy"]
    letter: str | None = None
    body: str | None = None
    """0000: a body first filed with a province."""
    province: str | None = None
    year: str | None = None
    """The last two digits."""
    level: str | None = None
    """5 初级工 … 1 高级技师."""
    serial: str | None = None


def decode(number: str) -> SkillNumber | None:
    """Return the parts of a certificate number, or None for one of no known form."""
    if match := _STANDARD.fullmatch(number):
        return SkillNumber(
            form="standard",
            letter=match["letter"],
            body=match["body"],
            province=match["province"],
            year=match["year"],
            level=match["level"],
            serial=match["serial"],
        )
    if match := _LEGACY.fullmatch(number):
        return SkillNumber(
            form="legacy",
            body=match["body"],
            province=match["province"],
            year=match["year"],
            level=match["level"],
            serial=match["serial"],
        )
    if _DISTINGUISHED.fullmatch(number):
        return SkillNumber(form="distinguished")
    return None


def check_skill_number(number: str, *, level: str, issue_date: date | None) -> list[Finding]:
    """Return where `number` is of no known form (E20) or contradicts the level or year of its row.

    `level` is one of the type's (`三级/高级工`); an unreadable `issue_date` is None.
    """
    entry = next((entry for entry in vocabulary.levels(TYPE) if entry.name == level), None)
    if entry is None:
        return []  # E05 has said so
    parts = decode(number)
    if parts is None or (parts.form == "distinguished" and level != DISTINGUISHED):
        return [finding("skill_number_format", column="certificate_number", number=number)]
    findings: list[Finding] = []
    if parts.form == "legacy":
        findings.append(finding("skill_number_legacy", column="certificate_number", number=number))
    said = {other.digit: other.name for other in vocabulary.levels(TYPE) if other.digit}
    in_number = said.get(parts.level or "", parts.level or level)
    if in_number != level and (parts.level in said or entry.digit):
        findings.append(_mismatch("level", in_number, level))
    if parts.year is not None and issue_date is not None:
        year = f"{issue_date:%Y}"
        if not year.endswith(parts.year):
            findings.append(_mismatch("issue_date", f"{year[:2]}{parts.year}", issue_date))
    if parts.letter is not None and entry.roles:
        findings += _check_role(parts.letter, level, entry.roles)
    return findings


def _check_role(letter: str, level: str, allowed: tuple[str, ...]) -> list[Finding]:
    roles = vocabulary.roles()
    giver = next(role for role in roles.values() if role.letter == letter)
    if giver.role in allowed:
        return []
    names = tuple(roles[role].name for role in allowed)
    return [
        finding("level_not_for_role", column="level", level=level, roles=names, role=giver.name)
    ]


def _mismatch(column: str, in_number: str, given: object) -> Finding:
    return finding(
        "skill_number_mismatch", column=column, type=TYPE, in_number=in_number, given=given
    )
