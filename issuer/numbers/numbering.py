"""Certificate numbers: the institution's own pattern (annex 4 note 3), gapless, each used once.

A pattern is text with blanks: `{year}` and `{yy}` of the date of issue, `{level}` (the digit of a
skill level), `{serial:N}`, a counter of N digits for each text around it, and `{check}`, a check
digit over all other digits (issuer/numbers/check_digit.py). Counters are rows of the database, taken under
its lock; a SEQUENCE would leave gaps and max() + 1 duplicates. A number that a roster brought along
or that stands on paper (issuer/numbers/paper_numbers.py) is passed over: it is used.
"""

import re
from collections import Counter as Tally
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import text
from sqlmodel import Session, col, or_, select

from issuer.numbers.check_digit import check_digit
from issuer.roster import skill_number
from issuer.tables import Certificate, Counter, PaperNumber, Pattern, Setting
from schemas import vocabulary
from schemas.errors import CommandError

DEFAULT_PATTERNS: Mapping[str, str] = {
    "ce_training": "JX{year}{serial:6}",
    "training_completion": "PX{year}{serial:6}",
    "technical_level": "PJ{year}{serial:6}",
    "competition_award": "JS{year}{serial:6}",
}
"""A skill certificate's number has its own official form; its pattern must be given."""

MAX_NUMBER = 40  # characters (schemas/types/*/schema.json)
SHOWN = 3  # numbers of a preview

_PASSED_OVER = "numbers passed over by {}"

_TEXT = r"(?:[A-Za-z0-9\u4e00-\u9fff()（）〔〕/_-]|\{year\}|\{yy\}|\{level\})*"
_CHECK = r"(?:\{check\})?"
_PATTERN = re.compile(rf"{_TEXT}{_CHECK}{_TEXT}\{{serial:[1-9]\}}{_TEXT}{_CHECK}{_TEXT}")
_SERIAL = re.compile(r"\{serial:([1-9])\}")
_BLANK = "{check}"
_STEP = 1000  # serials that a preview looks at together, at most

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
    if (
        len(pattern) > 2 * MAX_NUMBER
        or pattern.count(_BLANK) > 1
        or _PATTERN.fullmatch(pattern) is None
    ):
        raise CommandError("number_pattern", pattern=pattern)


def series(pattern: str, type_name: str, claims: Mapping[str, object]) -> str:
    """The pattern with all blanks filled in but serial and check digit: one counter is for it."""
    issued = str(claims["issue_date"])
    text = pattern.replace("{year}", issued[:4]).replace("{yy}", issued[2:4])
    if "{level}" in text:
        digits = {level.name: level.digit for level in vocabulary.levels(type_name)}
        text = text.replace("{level}", digits.get(str(claims.get("level"))) or "0")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the numbers of one series look like."""

    before: str
    after: str
    width: int

    @classmethod
    def of(cls, name: str) -> Self:
        """The form of a series.

        Raises:
            CommandError: `number_pattern`.
        """
        match = _SERIAL.search(name)
        if match is None:
            raise CommandError("number_pattern", pattern=name)
        return cls(before=name[: match.start()], after=name[match.end() :], width=int(match[1]))

    @property
    def last(self) -> int:
        """The highest serial."""
        return int("9" * self.width)

    def number(self, serial: int) -> str:
        """The number with this serial."""
        text = f"{self.before}{serial:0{self.width}}{self.after}"
        return text.replace(_BLANK, check_digit(text)) if _BLANK in text else text

    def spans(self, first: int, last: int) -> list[tuple[str, str]]:
        """(lowest, highest) texts between which all numbers from `first` to `last` lie.

        All are of one length and differ in digits only, so they are in order in every collation. A
        check digit in front of the serial comes before it in that order: it has ten spans.
        """
        if _BLANK in self.before:
            return [
                (
                    f"{before}{first:0{self.width}}{self.after}",
                    f"{before}{last:0{self.width}}{self.after}",
                )
                for before in (self.before.replace(_BLANK, digit) for digit in "0123456789")
            ]
        low, high = (self.after.replace(_BLANK, digit) for digit in "09")
        return [
            (
                f"{self.before}{first:0{self.width}}{low}",
                f"{self.before}{last:0{self.width}}{high}",
            )
        ]


def pattern_of(session: Session, institution: str, type_name: str) -> str:
    """The pattern that an institution has set for a type, else ours; empty where neither is."""
    stored = session.get(Pattern, (institution, type_name))
    return stored.pattern if stored else DEFAULT_PATTERNS.get(type_name, "")


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
    form = Form.of(name)
    found: list[str] = []
    while count > len(found):
        missing = count - len(found)
        first = take(session, institution, _counter(name), missing)
        if first == 0 and (lost := passed_over(session, institution)):
            first = take(session, institution, _counter(name), lost) - missing + lost
        last = first + missing
        if last > form.last:
            raise CommandError("numbers_exhausted", pattern=name)
        taken = {*_used(session, institution, type_name, form, first + 1, last), *given}
        made = map(form.number, range(first + 1, last + 1))
        found += [number for number in made if number not in taken]
    return iter(found)


def _counter(name: str) -> str:
    return f"number {name}"


def _used(
    session: Session, institution: str, type_name: str, form: Form, first: int, last: int
) -> set[str]:
    """The numbers with these serials that a certificate has, here or on paper; and others."""
    spans = form.spans(first, last)
    found: set[str] = set()
    for table in (Certificate, PaperNumber):
        number = col(table.number)
        found.update(
            session.exec(
                select(table.number).where(
                    col(table.institution) == institution,
                    col(table.type) == type_name,
                    or_(*(number.between(low, high) for low, high in spans)),
                )
            )
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a pattern would give next; nothing of it is used by looking."""

    series: str
    numbers: tuple[str, ...]
    """At most `SHOWN`; fewer where the serial's digits do not suffice."""
    passed_over: int
    """How many of the next serials have a number that is used."""
    first_used: str
    """The first of those."""
    left: int
    """How many serials are not counted yet."""


def preview(
    session: Session,
    institution: str,
    type_name: str,
    pattern: str,
    claims: Mapping[str, object],
    *,
    show: int = SHOWN,
) -> Preview:
    """The next numbers of `pattern` for certificates that say `claims`.

    Raises:
        CommandError: `number_pattern`.
    """
    check_pattern(pattern)
    name = series(pattern, type_name, claims)
    form = Form.of(name)
    counter = session.get(Counter, (institution, _counter(name)))
    first = 1 + (counter.next if counter else passed_over(session, institution))
    left = form.last - first + 1
    free: list[str] = []
    passed: list[str] = []
    while len(free) < show and first <= form.last:
        last = min(first + _STEP - 1, form.last)
        used = _used(session, institution, type_name, form, first, last)
        for number in map(form.number, range(first, last + 1)):
            if number not in used:
                free.append(number)
            elif len(free) < show:
                passed.append(number)
            if len(free) == show:
                break
        first = last + 1
    return Preview(
        series=name,
        numbers=tuple(free),
        passed_over=len(passed),
        first_used=passed[0] if passed else "",
        left=left,
    )


def require_fitting(
    type_name: str, number: str, claims: Mapping[str, object], *, pattern: str
) -> None:
    """Refuse a pattern whose numbers the type does not allow.

    Raises:
        CommandError: `number_too_long`, `number_pattern_skill`.
    """
    if len(number) > MAX_NUMBER:
        raise CommandError("number_too_long", pattern=pattern, limit=MAX_NUMBER)
    if type_name == skill_number.TYPE:
        found = skill_number.check_skill_number(
            number,
            level=str(claims.get("level")),
            issue_date=date.fromisoformat(str(claims["issue_date"])),
        )
        if any(one.severity == "error" for one in found):
            raise CommandError("number_pattern_skill", pattern=pattern, number=number)
