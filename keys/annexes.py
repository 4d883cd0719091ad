"""The published directories as data (`directory/*.json`): rows as printed → institutions with grants.

A row is one grant. Names are compared exactly: the notice does not say that two bodies with similar
names are one. Nobody registered a key, so no institution has one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from schemas import vocabulary
from schemas.errors import TrustError
from schemas.registry import Grant, Institution, Name

_FOLDER = files("keys").joinpath("directory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of an annex, as printed."""

    annex: int
    row: int | None
    line: int
    """Line of the notice's text."""
    name: str
    role: str
    occupation: str | None
    level: str | None
    note: str | None = None


@cache
def directories() -> tuple[str, ...]:
    """The names of all directories, sorted."""
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def load_rows(name: str) -> tuple[Row, ...]:
    """All rows of a directory in the order of the notice.

    Raises:
        TrustError: `directory_unknown`.
    """
    return tuple(Row(**row) for row in _data(name)["rows"])


def load_directory(name: str) -> list[Institution]:
    """The institutions of a directory, each with all its grants and no key.

    Ids are given in the order in which the names first appear, and so stay what they are.

    Raises:
        TrustError: `directory_unknown`.
    """
    data = _data(name)
    grants: dict[str, list[Grant]] = {}
    annexes: dict[str, set[int]] = {}
    for row in load_rows(name):
        grants.setdefault(row.name, []).append(_grant(row, data))
        annexes.setdefault(row.name, set()).add(row.annex)
    return [
        Institution(
            id=f"{data['ids']}-{number:04}",
            names=[Name(name=institution)],
            published_in=_published_in(data, annexes[institution]),
            grants=granted,
        )
        for number, (institution, granted) in enumerate(grants.items(), 1)
    ]


def _grant(row: Row, data: Mapping[str, Any]) -> Grant:
    right = data["roles"][row.role]
    occupation = vocabulary.occupation(row.occupation) if row.occupation else None
    levels = [level.name for level in vocabulary.levels(right["type"])]
    return Grant(
        type=right["type"],
        role=right["role"],
        occupation=occupation.name if occupation else row.occupation or "*",
        directions="*",
        levels=levels or "*",
        from_=next(one["from"] for one in data["annexes"] if one["annex"] == row.annex),
        basis=_basis(row, data),
    )


def _basis(row: Row, data: Mapping[str, Any]) -> str:
    place = f"第{row.row}行" if row.row is not None else f"未编号行（文本第{row.line}行）"
    words = [data["document"], f"附件{row.annex}", row.occupation, place, row.level]
    return " ".join(word for word in words if word)


def _published_in(data: Mapping[str, Any], annexes: set[int]) -> str:
    return f"{data['document']} {'、'.join(f'附件{annex}' for annex in sorted(annexes))}"


@cache
def _data(name: str) -> dict[str, Any]:
    if name not in directories():
        raise TrustError("directory_unknown", name=name, known=directories())
    text = _FOLDER.joinpath(f"{name}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
