"""Certificate numbers: the institution's own pattern (annex 4 note 3), gapless, each used once.

A pattern is text with blanks: `{year}` and `{yy}` of the date of issue, `{level}` (the digit of a
skill level) and `{serial:N}`, a counter of N digits for each text around it. Counters are rows of
the database, taken under its lock; a SEQUENCE would leave gaps and max() + 1 duplicates. A number
that a roster brought along, as paper certificates did, is passed over: it is used.
"""

import re
from collections import Counter as Tally
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session, col, select

from issuer.tables import Certificate, Counter, Setting
from schemas import vocabulary
from schemas.errors import CommandError

DEFAULT_PATTERNS: Mapping[str, str] = {
    "ce_training": "JX{year}{serial:6}",
    "training_completion": "PX{year}{serial:6}",
    "technical_level": "PJ{year}{serial:6}",
    "competition_award": "JS{year}{serial:6}",
}
"""A skill certificate's number has its own official form; its pattern must be given."""

_PASSED_OVER = "numbers passed over by {}"

_TEXT = r"(?:[A-Za-z0-9\u4e00-\u9fff()（）〔〕/_-]|\{year\}|\{yy\}|\{level\})*"
_PATTERN = re.compile(rf"{_TEXT}\{{serial:[1-9]\}}{_TEXT}")
_SERIAL = re.compile(r"\{serial:([1-9])\}")

_TAKE = text(
    "INSERT INTO counter (institution, series, next) VALUES (:institution, :series, :count) "
    "ON CONFLICT (institution, series) DO UPDATE SET next = counter.next + :count RETURNING next"
)
"""One statement, which locks the row even where it makes it: two may be the first at once."""


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
    values = {"institution": institution, "series": name, "count": count}
    following: int = session.execute(_TAKE, values).scalar_one()
    return following - count


def passed_over(session: Session, institution: str) -> int:
    """How many numbers a new series leaves out: it may have begun after a backup that was restored."""
    setting = session.get(Setting, _PASSED_OVER.format(institution))
    return int(setting.value) if setting else 0


def pass_over(session: Session, institution: str, count: int) -> None:
    """Leave out `count` numbers of every series of an institution, of those to come too."""
    counters = select(Counter).where(
        col(Counter.institution) == institution, col(Counter.series).startswith("number ")
    )
    for counter in session.exec(counters.with_for_update()).all():
        counter.next += count
        session.add(counter)
    value = str(passed_over(session, institution) + count)
    session.merge(Setting(name=_PASSED_OVER.format(institution), value=value))


def numbers(
    session: Session,
    institution: str,
    type_name: str,
    wanted: Sequence[str],
    given: Collection[str] = frozenset(),
) -> list[str]:
    """A number for each of the `wanted` series, in their order; none of the `given` ones.

    Raises:
        CommandError: `numbers_exhausted`: the serial's digits do not suffice.
    """
    made = {
        name: _made(session, institution, type_name, name, count, given)
        for name, count in sorted(Tally(wanted).items())
    }
    return [next(made[name]) for name in wanted]


def _made(
    session: Session,
    institution: str,
    type_name: str,
    name: str,
    count: int,
    given: Collection[str],
) -> Iterator[str]:
    """The next `count` numbers of a series that no certificate has."""
    match = _SERIAL.search(name)
    if match is None:
        raise CommandError("number_pattern", pattern=name)
    before, after, width = name[: match.start()], name[match.end() :], int(match[1])
    found: list[str] = []
    while count > len(found):
        missing = count - len(found)
        first = take(session, institution, f"number {name}", missing)
        if first == 0 and (lost := passed_over(session, institution)):
            first = take(session, institution, f"number {name}", lost) - missing + lost
        last = first + missing
        if len(str(last)) > width:
            raise CommandError("numbers_exhausted", pattern=name)
        serials = range(last - missing + 1, last + 1)
        made = [f"{before}{serial:0{width}}{after}" for serial in serials]
        used = session.exec(
            select(Certificate.number).where(
                col(Certificate.institution) == institution,
                col(Certificate.type) == type_name,
                col(Certificate.number).between(made[0], made[-1]),  # of one length, so in order
            )
        )
        taken = {*used, *given}
        found += [number for number in made if number not in taken]
    return iter(found)
