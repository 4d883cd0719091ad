"""Turn a cell of a roster into the value of a claim, and say what is wrong with the cell.

A value that no reader understands goes on as it was typed: the rules and the type's schema refuse
it in words that fit (issuer.roster.rules). Told here is what the value no longer shows: what was mended,
and what a spreadsheet lost. It keeps 15 digits of a number, and an ID number has 18.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import NamedTuple

from issuer.roster.columns import roster_claims
from issuer.roster.dates import read_date
from issuer.roster.findings import severity_of
from issuer.roster.id_numbers import Problem, fold_id_number
from issuer.roster.names import read_name
from issuer.roster.sheet import Cell
from schemas import vocabulary
from schemas.certificate_types import CertificateType

EXACT = 10**15  # a number cell holds an integer below this as it was typed
REMEMBERED = 4096  # cells of one column: most columns say the same in every row

_ORDINARY = re.compile(r"[0-9A-Z]{4,40}")  # a number that needs no closer look
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]{1,2}")
_HOURS = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?:个?(?:学时|课时|小时)|h|hours?)?")
_YEAR = re.compile(r"([0-9]{4})\s*(?:年度?)?")
_FORMULA_STARTS = ("=", "+", "-", "@")
_NOTHING = frozenset(("-", "--", "—", "——", "–", "－", "/", "无"))
_NUMBERS = frozenset(("certificate_number", "replaces", "training_ref.certificate_number"))


class Reading(NamedTuple):
    """The value of a cell, None where it has none, and what is to be said about it."""

    value: str | int | None
    problems: tuple[Problem, ...] = ()


Reader = Callable[[Cell], Reading]


def readers(certificate_type: CertificateType) -> Mapping[str, Reader]:
    """Return a reader for each column that a roster of the type may have, `issuer_name` included."""
    name = certificate_type.name
    special: dict[str, Reader] = {
        "holder_name": _name,
        "id_number": _id_number,
        "id_type": _remember(partial(_word, vocabulary.id_type, None)),
        "hours": _remember(_hours),
        "year": _remember(_year),
        "award_basis.year": _remember(_year),
        "occupation": _remember(partial(_word, _occupation_name, ("occupation_mapped", "name"))),
        "level": _remember(
            partial(_word, partial(vocabulary.level, name), ("level_mapped", "level"))
        ),
        "direction": _plain,
        "issuer_name": _plain,
        **dict.fromkeys(_NUMBERS, _number),
    }
    found: dict[str, Reader] = {"issuer_name": _plain}
    for claim in roster_claims(certificate_type):
        if claim in special:
            found[claim] = special[claim]
        elif claim.endswith("_date"):
            found[claim] = _remember(_date)
        elif vocabulary.choices(claim):
            found[claim] = _remember(partial(_word, partial(vocabulary.choice, claim), None))
        else:
            found[claim] = _remember(partial(_text, claim in certificate_type.mandatory))
    return found


def _remember(reader: Reader) -> Reader:
    return lru_cache(REMEMBERED, typed=True)(reader)  # typed: True is not 1


def cell_text(cell: Cell) -> str:
    """Return what a person reads in the cell, in one line."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        whole = float(cell).is_integer() and abs(cell) < EXACT
        return str(int(cell)) if whole else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _plain(cell: Cell) -> Reading:
    return Reading(cell_text(cell) or None)


def _name(cell: Cell) -> Reading:
    if not isinstance(cell, str):
        return _plain(cell)
    name, problems = read_name(cell)
    if not name:
        return Reading(None)
    if not problems:
        return Reading(name)
    notices = (problem for problem in problems if severity_of(problem[0]) == "notice")
    return Reading(name, tuple(notices))


def _id_number(cell: Cell) -> Reading:
    if isinstance(cell, str) and _ORDINARY.fullmatch(cell):
        return Reading(cell)
    if isinstance(cell, int | float) and abs(cell) >= EXACT:
        return Reading(None, (("id_number_cell", {}),))
    typed = cell_text(cell).strip("'‘’`")  # an apostrophe keeps a number text, in Excel's own way
    if _SCIENTIFIC.fullmatch(typed):
        return Reading(None, (("id_number_scientific", {}),))
    number = fold_id_number(typed)
    return Reading(number or None, () if number == typed else (("id_number_folded", {}),))


def _number(cell: Cell) -> Reading:
    if isinstance(cell, str) and _ORDINARY.fullmatch(cell):
        return Reading(cell)
    text = cell_text(cell)
    if _SCIENTIFIC.fullmatch(text):  # as text, or 16 digits and more of a number cell
        return Reading(None, (("number_cell_damaged", {}),))
    if text.startswith(_FORMULA_STARTS):
        return Reading(None, (("formula_cell", {}),))
    if isinstance(cell, int | float):
        return Reading(text, (("number_cell", {"text": text}),))
    return Reading(text or None)


def _date(cell: Cell) -> Reading:
    day = read_date(cell)
    return Reading(cell_text(cell) or None if day is None else day.isoformat())


def _hours(cell: Cell) -> Reading:
    text = cell_text(cell)
    match = _HOURS.fullmatch(unicodedata.normalize("NFKC", text).casefold())
    if match is None:
        return Reading(None, (("hours_unreadable", {"text": text}),) if text else ())
    return Reading(f"{Decimal(match[1]).normalize():f}")


def _year(cell: Cell) -> Reading:
    text = str(cell.year) if isinstance(cell, date) else cell_text(cell)
    match = _YEAR.fullmatch(unicodedata.normalize("NFKC", text))
    return Reading(int(match[1]) if match else text or None)


def _word(
    look_up: Callable[[str], str | None], mapped: tuple[str, str] | None, cell: Cell
) -> Reading:
    """Read a word of the vocabulary; `mapped` is the code that says so, and its blank."""
    text = cell_text(cell)
    word = look_up(text)
    if word is None or word == text or mapped is None:
        return Reading(word or text or None)
    code, blank = mapped
    return Reading(word, ((code, {"text": text, blank: word}),))


def _text(mandatory: bool, cell: Cell) -> Reading:
    text = cell_text(cell)
    if text in _NOTHING and not mandatory:
        return Reading(None)
    if text.startswith(_FORMULA_STARTS):
        return Reading(None, (("formula_cell", {}),))
    return Reading(text or None)


def _occupation_name(text: str) -> str | None:
    occupation = vocabulary.occupation(text)
    return occupation.name if occupation else None
