"""What a certificate prints, word for word: the sentence, the lines and the date, from its claims.

A type's `printed.json` holds the fixed words of its annex (notice 京人社专技字〔2023〕91号). The
issuer sets these texts on the page; a verifier compares the page of a PDF with them.

In a sentence `{name}` is a claim's place; what stands in `[…]` is left out where a claim in it is
missing. Of the ID number a page shows all or the last four characters.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from schemas import certificate_types

RESIDENT = "居民身份证"
_TAIL = "id_number_tail"
_HIDDEN = "\ue000"  # stands for a number that is not disclosed; no claim has such a character
_PLACE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """The fixed part of a type's page."""

    page: Literal["landscape", "portrait"]
    heading: tuple[str, ...]
    sentence: str
    fields: tuple[str, ...]
    """Claims that are printed as lines, label and value, in this order."""
    labels: Mapping[str, str]
    """Labels that differ from those of the type metadata."""
    whole_id_number: bool
    """Whether the annex prints the ID number; else its last four characters are printed."""
    photo: bool
    """Whether there is a place for a photograph, 25 × 35 mm."""
    seal: str
    """The words where the seal goes."""
    lookup: str
    """What stands before the look-up addresses."""
    lookup_note: str = ""


class Part(NamedTuple):
    """A piece of a sentence."""

    text: str
    claim: str = ""
    """Which claim the text is; empty for fixed words."""


class Expected(NamedTuple):
    """A text that a page must show."""

    claim: str
    """Which claim it is a line of; empty for the sentence."""
    pattern: re.Pattern[str]
    """Matches it in a page's text without spaces."""
    filled: tuple[Part, ...] = ()
    """Of the sentence, what is filled in."""


class Line(NamedTuple):
    """A printed line: its claim, label and value."""

    claim: str
    label: str
    value: str


@cache
def load(type_name: str) -> Printed:
    """The fixed part of a type's page.

    Raises:
        CommandError: `certificate_type_unknown`.
    """
    name = certificate_types.load(type_name).name
    path = files("schemas").joinpath("types", name, "printed.json")
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    lists = {key: tuple(raw[key]) for key in ("heading", "fields")}
    return Printed(**{"labels": {}, **raw, **lists})


def chinese_date(day: str) -> str:
    """`2023-06-30` as `2023年6月30日`: no leading zeros."""
    year, month, date = day.split("-")
    return f"{year}年{int(month)}月{int(date)}日"


def sentence(
    type_name: str, claims: Mapping[str, Any], institution: str, *, whole_number: bool
) -> list[Part]:
    """The certificate's sentence.

    Args:
        type_name: The type's name.
        claims: Of the credential, what is disclosed included.
        institution: The name that the registry gives on the day of issue.
        whole_number: Whether the whole ID number is shown, if it is disclosed.
    """
    values = _values(claims, institution, whole_number=whole_number)

    def kept(option: re.Match[str]) -> str:
        text = option.group(1)
        return text if all(name in values for name in _PLACE.findall(text)) else ""

    text = _OPTIONAL.sub(kept, load(type_name).sentence)
    pieces = _PLACE.split(text)  # fixed words and names in turn
    parts: list[Part] = []
    for index, piece in enumerate(pieces):
        fixed = index % 2 == 0
        words = _without_echo(piece, parts) if fixed else values.get(piece, "")
        if words:
            parts.append(Part(words, "" if fixed else piece))
    return parts


def lines(type_name: str, claims: Mapping[str, Any], *, whole_number: bool) -> list[Line]:
    """The printed lines; a claim that the credential lacks has none."""
    printed = load(type_name)
    labels = certificate_types.load(type_name).claim_labels
    values = _values(claims, "", whole_number=whole_number)
    found = []
    for name in printed.fields:
        if name in values:
            claim = name if name != "id_number" or values[name] == claims.get(name) else _TAIL
            label = printed.labels.get(claim) or labels[claim]["zh-CN"]
            found.append(Line(claim, label, values[name]))
    return found


def expected(type_name: str, claims: Mapping[str, Any], institution: str) -> list[Expected]:
    """Everything of the credential that its page must show.

    The number may be printed whole or as its end; of a number that is not disclosed, the end is
    compared. Spaces and line breaks are left out.
    """
    known = {"id_number": _HIDDEN, **claims} if _TAIL in claims else claims
    forms = ((known, True), (claims, False))
    sentences, rows = [], []
    for shown, whole in forms:
        parts = sentence(type_name, shown, institution, whole_number=whole)
        sentences.append("".join(part.text for part in parts))
        rows.append(lines(type_name, shown, whole_number=whole))
    tail = str(claims.get(_TAIL, ""))
    filled = tuple(part for part in parts if part.claim)
    found = [Expected("", _pattern(sentences, tail), filled)]
    for options in zip(*rows, strict=True):
        texts = [f"{line.label}：{line.value}" for line in options]
        found.append(Expected(options[-1].claim, _pattern(texts, tail)))
    date = f"发证日期：{chinese_date(claims['issue_date'])}"
    return [*found, Expected("issue_date", _pattern([date], tail))]


def solid(text: str) -> str:
    """A text without spaces and line breaks, as it is compared."""
    return "".join(text.split())


def _pattern(texts: list[str], tail: str) -> re.Pattern[str]:
    options = dict.fromkeys(re.escape(solid(text)) for text in texts)
    hidden = re.escape(_HIDDEN)
    return re.compile(
        "|".join(one.replace(hidden, f"[0-9A-Z]{{1,16}}{re.escape(tail)}") for one in options)
    )


def _values(claims: Mapping[str, Any], institution: str, *, whole_number: bool) -> dict[str, str]:
    """Claims as they are printed."""
    values = {name: _value(name, value) for name, value in claims.items()}
    values["institution"] = institution
    kind = values.get("id_type", RESIDENT)
    label = "身份证号码" if kind == RESIDENT else f"{kind}号码"
    if whole_number and "id_number" in values:
        values["id_number_label"] = label
    elif _TAIL in values:
        values["id_number"] = values[_TAIL]
        values["id_number_label"] = f"{label}后四位"
    return values


def _value(name: str, value: object) -> str:
    return chinese_date(str(value)) if name.endswith("_date") else str(value)


def _without_echo(words: str, before: list[Part]) -> str:
    """Fixed words without the word that the claim before them ends with: 示例培训班培训班."""
    repeated = words.startswith("培训班") and before and before[-1].text.endswith("班")
    return words.removeprefix("培训班") if repeated else words
