"""The one table of codes and outcomes with their words (codes.json), shared with TypeScript.

Sections: `outcomes` and `steps` of a verdict, `verification` codes (each names its outcome),
`warnings`, `trust` refusals, `roster` findings, `command` errors.

What went wrong in detail is said in English where it happens, often by the system; details.json
has the Chinese of what people meet, so that no sentence ends in another language than it began.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh-CN", "en"]
Section = Literal["outcomes", "steps", "verification", "warnings", "trust", "roster", "command"]

LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


@cache
def table() -> dict[Section, dict[str, dict[str, Any]]]:
    """The whole table: section → code → {"zh-CN": …, "en": …, "hint": {…}?, "outcome": …?}."""
    text = files("schemas").joinpath("codes.json").read_text(encoding="utf-8")
    parsed: dict[Section, dict[str, dict[str, Any]]] = json.loads(text)
    return parsed


@cache
def _details() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """The Chinese of whole details, and of those with `{}` for what varies."""
    text = files("schemas").joinpath("details.json").read_text(encoding="utf-8")
    parsed: dict[str, str] = json.loads(text)
    patterns = [
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), chinese)
        for english, chinese in sorted(parsed.items(), key=lambda one: -len(one[0]))
        if "{}" in english
    ]
    return parsed, patterns


def detail_in_chinese(detail: str) -> str:
    """An English detail in Chinese, each part between colons by itself; as it is where unknown."""
    parts = detail.split(": ")
    said = [_part_in_chinese(part) for part in parts]
    return detail if said == parts else "：".join(said)


def _part_in_chinese(part: str) -> str:
    whole, patterns = _details()
    if part in whole:
        return whole[part]
    for pattern, chinese in patterns:
        if match := pattern.fullmatch(part):
            return chinese.format(*match.groups())
    return part


_ENGLISH = ("detail", "found", "role", "status")
"""The blanks of sentences that are filled in English."""


class _Blanks(dict[str, object]):
    """A blank that nothing fills stays visible as an empty word, never an exception."""

    def __missing__(self, name: str) -> str:
        return ""


def _filled(text: str, language: Language, details: dict[str, object]) -> str:
    """`text` with its `{blanks}` filled; several things in one blank are listed."""
    between = "、" if language == "zh-CN" else ", "
    blanks = {
        name: between.join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in details.items()
    }
    return text.format_map(_Blanks(blanks))


def sentence(section: Section, code: str, language: Language, **details: object) -> str:
    """The sentence of `code`, its `{blanks}` filled from `details`."""
    text: str = table()[section][code][language]
    if language == "zh-CN":
        for name in _ENGLISH:
            if isinstance(detail := details.get(name), str):
                details[name] = detail_in_chinese(detail)
    return _filled(text, language, details).rstrip(" :：,，")


def hint(section: Section, code: str, language: Language, **details: object) -> str:
    """What to do about `code`, or an empty string."""
    text: str = table()[section][code].get("hint", {}).get(language, "")
    return _filled(text, language, details)


def outcome(code: str) -> str:
    """The outcome that a verification code belongs to."""
    name: str = table()["verification"][code]["outcome"]
    return name
