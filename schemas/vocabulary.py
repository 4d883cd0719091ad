"""The field's words, which are data (`vocabulary/*.json`): what may be written, and how it is meant.

An occupation, direction, level, ID type, role or choice is added by a line of data. Look-ups take
what people write (智能制造专业, 高级工, full-width digits) and give the one form that is signed.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from schemas import certificate_types

DirectionState = Literal["none", "listed", "unlisted", "unknown", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """A 职业. The name is what is signed and matched; both editions' codes are in circulation."""

    name: str
    en: str
    field: str
    codes: Mapping[str, str]
    """Code by edition of the occupational classification (2015, 2022)."""
    directions: tuple[str, ...] | None
    """None: this vocabulary has no list of them."""
    directions_complete: bool
    """Whether a direction outside the list is wrong rather than unusual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """A 职业方向 as it is signed, and how it stands to the occupation's list.

    `none`: there is none, `name` is the type's mark. `listed`. `unlisted`: not in a list that may
    be incomplete. `unknown`: not in a complete list. `unchecked`: the type keeps no lists.
    """

    name: str
    state: DirectionState
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of one type of certificate."""

    name: str
    en: str
    digit: str | None
    """Position 16 of a skill certificate number."""
    roles: tuple[str, ...]
    """The only grant roles that may give it; empty: every role of the type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdType:
    """An ID document. `patterns` are whole-text alternatives and say nothing of check digits."""

    name: str
    en: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What an institution may be, per occupation."""

    role: str
    name: str
    en: str
    letter: str | None
    """First letter of the skill certificate numbers that it gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a claim that is a choice."""

    value: str
    en: str
    since: str | None
    """The day of the notice that first names it, where that is not the first notice."""


def fold(text: str) -> str:
    """Return what two spellings of one word have in common: no spaces, width or case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(text.split()).casefold()


@lru_cache(maxsize=1024)
def occupation(text: str) -> Occupation | None:
    """Return the occupation with this name, alias or code."""
    return _occupation_index().get(fold(text))


@cache
def occupations() -> tuple[Occupation, ...]:
    """Return all occupations in the order of the notice."""
    return tuple(
        Occupation(
            name=entry["name"],
            en=entry["en"],
            field=entry["field"],
            codes={code["edition"]: code["code"] for code in entry["codes"]},
            directions=_direction_names(entry["directions"]),
            directions_complete=bool(entry["directions"] and entry["directions"]["complete"]),
        )
        for entry in _data("occupations")["occupations"]
    )


@cache
def occupation_must_be_listed(type_name: str) -> bool:
    """Return whether certificates of this type are only for occupations of this vocabulary."""
    return type_name in _data("occupations")["closed"]


@lru_cache(maxsize=1024)
def direction(type_name: str, occupation_name: str, text: str) -> Direction:
    """Return what `text`, a cell that may be empty, means as a direction of the occupation."""
    name = text.strip()
    while name.endswith("方向"):  # the template prints the word itself
        name = name.removesuffix("方向").rstrip()
    if fold(name) in _no_direction():
        mark = certificate_types.load(type_name).no_direction_mark
        return Direction(name=mark or "", state="none")
    found = occupation(occupation_name)
    if found is None or not occupation_must_be_listed(type_name):
        return Direction(name=name, state="unchecked")
    allowed = found.directions or ()
    for listed in allowed:
        if fold(listed) == fold(name):
            return Direction(name=listed, state="listed", allowed=allowed)
    state: DirectionState = "unknown" if found.directions_complete else "unlisted"
    return Direction(name=name, state=state, allowed=allowed)


@cache
def levels(type_name: str) -> tuple[Level, ...]:
    """Return the levels of a type in rising order; empty for a type without levels."""
    return tuple(
        Level(
            name=entry["name"],
            en=entry["en"],
            digit=entry.get("digit"),
            roles=tuple(entry.get("roles", ())),
        )
        for entry in _levels(type_name)
    )


def level(type_name: str, text: str) -> str | None:
    """Return the level as it is signed (`三级/高级工`), or None where `text` is none of the type."""
    return _level_index(type_name).get(fold(text))


@cache
def id_types() -> tuple[IdType, ...]:
    """Return all ID types, the most usual first."""
    return tuple(
        IdType(name=entry["name"], en=entry["en"], patterns=tuple(entry["pattern"]))
        for entry in _data("id_types")["id_types"]
    )


def id_type(text: str) -> str | None:
    """Return the name of the ID type with this name or alias."""
    return _id_type_index().get(fold(text))


@cache
def roles() -> Mapping[str, Role]:
    """Return all grant roles by their id."""
    return {
        entry["role"]: Role(
            role=entry["role"], name=entry["name"], en=entry["en"], letter=entry.get("letter")
        )
        for entry in _data("roles")["roles"]
    }


@cache
def choices(claim: str) -> tuple[Choice, ...]:
    """Return the values of a claim that is a choice (`mode`, `award_basis.kind`), else nothing."""
    return tuple(
        Choice(value=entry["value"], en=entry["en"], since=entry.get("since"))
        for entry in _data("enums")["values"].get(claim, ())
    )


def choice(claim: str, text: str) -> str | None:
    """Return the value of `claim` that `text` means."""
    return _choice_index(claim).get(fold(text))


@cache
def _data(name: str) -> dict[str, Any]:
    text = files("schemas").joinpath("vocabulary", f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _index(entries: Iterable[Mapping[str, Any]], key: str) -> dict[str, str]:
    """Folded names and aliases → the name."""
    return {
        fold(word): entry[key]
        for entry in entries
        for word in (entry[key], *entry.get("aliases", ()))
    }


@cache
def _occupation_index() -> dict[str, Occupation]:
    names = _index(_data("occupations")["occupations"], "name")
    by_name = {entry.name: entry for entry in occupations()}
    codes = {code: entry for entry in occupations() for code in entry.codes.values()}
    return codes | {word: by_name[name] for word, name in names.items()}


@cache
def _no_direction() -> frozenset[str]:
    return frozenset(map(fold, _data("occupations")["no_direction"]))


def _direction_names(directions: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    return None if directions is None else tuple(entry["name"] for entry in directions["names"])


def _levels(type_name: str) -> list[dict[str, Any]]:
    for scale in _data("levels")["scales"]:
        if type_name in scale["types"]:
            entries: list[dict[str, Any]] = scale["levels"]
            return entries
    return []


@cache
def _level_index(type_name: str) -> dict[str, str]:
    return _index(_levels(type_name), "name")


@cache
def _id_type_index() -> dict[str, str]:
    return _index(_data("id_types")["id_types"], "name")


@cache
def _choice_index(claim: str) -> dict[str, str]:
    return _index(_data("enums")["values"].get(claim, ()), "value")
