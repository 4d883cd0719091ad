"""Certificate numbers: the institution's own pattern (annex 4 note 3), gapless, each used once.

A pattern is text with blanks: `{year}` and `{yy}` of the date of issue, `{level}` (the digit of a
skill level) and `{serial:N}`, a counter of N digits for each text around it. Counters are rows of
the database, taken under its lock; a SEQUENCE would leave gaps and max() + 1 duplicates.
"""

import re
from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from issuer.db import Counter
from schemas import vocabulary
from schemas.errors import CommandError

DEFAULT_PATTERNS: Mapping[str, str] = {
    "ce_training": "JX{year}{serial:6}",
    "training_completion": "PX{year}{serial:6}",
    "technical_level": "PJ{year}{serial:6}",
    "competition_award": "JS{year}{serial:6}",
}
"""A skill certificate's number has its own official form; its pattern must be given."""

_PATTERN = re.compile(
    r"(?:[A-Za-z0-9()（）〔〕第号-]|\{year\}|\{yy\}|\{level\})*\{serial:[1-9]\}"
    r"(?:[A-Za-z0-9()（）〔〕第号-]|\{year\}|\{yy\}|\{level\})*"
)
_SERIAL = re.compile(r"\{serial:([1-9])\}")


def check_pattern(pattern: str) -> None:
    """Refuse what is no pattern.

    Raises:
        CommandError: `number_pattern`.
    """
    if _PATTERN.fullmatch(pattern) is None:
        raise CommandError("number_pattern", pattern=pattern)


def series(pattern: str, type_name: str, claims: Mapping[str, object]) -> str:
    """The pattern with all blanks but the serial filled in: one counter counts for it."""
    issued = str(claims["issue_date"])
    text = pattern.replace("{year}", issued[:4]).replace("{yy}", issued[2:4])
    if "{level}" in text:
        digits = {level.name: level.digit for level in vocabulary.levels(type_name)}
        text = text.replace("{level}", digits.get(str(claims.get("level"))) or "0")
    return text


def take(session: Session, institution: str, name: str, count: int) -> int:
    """The first of `count` consecutive values of a counter, which are then used; from 0."""
    counter = session.get(Counter, (institution, name), with_for_update=True)
    if counter is None:
        counter = Counter(institution=institution, series=name, next=0)
    first = counter.next
    counter.next += count
    session.add(counter)
    session.flush()
    return first


def numbers(session: Session, institution: str, wanted: Sequence[str]) -> list[str]:
    """A number for each of the `wanted` series, in their order.

    Raises:
        CommandError: `numbers_exhausted`: the serial's digits do not suffice.
    """
    following = {
        name: take(session, institution, f"number {name}", count) + 1
        for name, count in sorted(Tally(wanted).items())
    }
    result = []
    for name in wanted:
        match = _SERIAL.search(name)
        if match is None:
            raise CommandError("number_pattern", pattern=name)
        digits = str(following[name]).zfill(int(match[1]))
        if len(digits) > int(match[1]):
            raise CommandError("numbers_exhausted", pattern=name)
        following[name] += 1
        result.append(name.replace(match[0], digits))
    return result
