"""Numbers that certificates on paper have: taken in from a list, and never given again.

The list may be handed in as often as one likes: what is known already is only counted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlmodel import Session, col, select

from issuer import audit
from issuer.db import write_many
from issuer.numbers.numbering import MAX_NUMBER
from issuer.tables import METADATA, Certificate, PaperNumber

_PAPER = METADATA.tables["papernumber"]
_NUMBER = re.compile(rf"[^\W_][\w()（）〔〕/.·-]{{0,{MAX_NUMBER - 1}}}")
_CHUNK = 500  # values of one IN (…)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What became of a list."""

    new: int
    known: int
    """Were taken in before, or stand in the list twice."""
    issued: tuple[str, ...]
    """Numbers of certificates of this database: they are not for paper."""
    malformed: tuple[str, ...]


def take_in(
    session: Session,
    institution: str,
    type_name: str,
    values: Sequence[str],
    *,
    at: int,
    who: str,
) -> Import:
    """Keep the numbers that are new; say what the others are."""
    good = {value for value in values if _NUMBER.fullmatch(value)}
    malformed = tuple(dict.fromkeys(value for value in values if value not in good))
    issued = _there(session, Certificate, institution, type_name, good)
    known = _there(session, PaperNumber, institution, type_name, good)
    new = sorted(good - issued - known)
    if new:
        rows = [{"institution": institution, "type": type_name, "number": one} for one in new]
        write_many(session, insert(_PAPER), rows)
        audit.append(
            session,
            at=at,
            who=who,
            action="import numbers",
            subject=f"{institution} {type_name} numbers",
            count=len(new),
            first=new[0],
            last=new[-1],
        )
    refused = sum(value in issued or value not in good for value in values)
    return Import(
        new=len(new),
        known=len(values) - len(new) - refused,
        issued=tuple(sorted(issued)),
        malformed=malformed,
    )


def on_paper(
    session: Session, institution: str, type_name: str, numbers: Iterable[str]
) -> set[str]:
    """Those of `numbers` that certificates on paper have."""
    return _there(session, PaperNumber, institution, type_name, numbers)


def _there(
    session: Session,
    table: type[Certificate | PaperNumber],
    institution: str,
    type_name: str,
    numbers: Iterable[str],
) -> set[str]:
    values = sorted(numbers)
    found: set[str] = set()
    for start in range(0, len(values), _CHUNK):
        found.update(
            session.exec(
                select(table.number).where(
                    col(table.institution) == institution,
                    col(table.type) == type_name,
                    col(table.number).in_(values[start : start + _CHUNK]),
                )
            )
        )
    return found
