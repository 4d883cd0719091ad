"""The one table of codes and outcomes with their words (codes.json), shared with TypeScript.

Sections: `outcomes` and `steps` of a verdict, `verification` codes (each names its outcome),
`warnings`, `trust` refusals, `roster` findings, `command` errors.
"""

import json
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


class _Blanks(dict[str, object]):
    """A blank that nothing fills stays visible as an empty word, never an exception."""

    def __missing__(self, name: str) -> str:
        return ""


def sentence(section: Section, code: str, language: Language, **details: object) -> str:
    """The sentence of `code`, its `{blanks}` filled from `details`."""
    text: str = table()[section][code][language]
    return text.format_map(_Blanks(details)).rstrip(" :：,，")


def hint(section: Section, code: str, language: Language, **details: object) -> str:
    """What to do about `code`, or an empty string."""
    text: str = table()[section][code].get("hint", {}).get(language, "")
    return text.format_map(_Blanks(details))


def outcome(code: str) -> str:
    """The outcome that a verification code belongs to."""
    name: str = table()["verification"][code]["outcome"]
    return name
