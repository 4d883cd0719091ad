"""Compare what a page of a PDF shows with what was signed.

Only text that can be seen counts: what lies off the page, is tiny or has something drawn over it
does not. A picture of other words pasted over the page is seen; one that is part of it is not:
the verdict therefore shows the signed claims, to be compared by eye.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas import certificate_types, printed
from schemas.codes import LANGUAGES, Language
from schemas.errors import PrintedTextDiffersError
from verifier.verdict import Verdict

SENTENCE = "sentence"
_SENTENCE: Mapping[Language, str] = {"zh-CN": "证书正文", "en": "the certificate's text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """The text of a page in the order in which it was set, without spaces."""

    text: str
    seen: tuple[bool, ...]
    """For each character of `text`, whether people see it."""


def compared(verdict: Verdict, pages: Sequence[PageText]) -> Verdict:
    """`verdict`, or that none of `pages` shows what it says; an invalid one stays as it is."""
    if verdict.claims is None or verdict.type is None or verdict.institution is None:
        return verdict
    name, type_name = verdict.institution["name"], verdict.type
    every = [differing(page, type_name, verdict.claims, name) for page in pages]
    missing = min(every, key=len, default=())
    if not missing:
        return verdict
    said = {
        language: PrintedTextDiffersError(labels=_labels(type_name, missing, language))
        for language in LANGUAGES
    }
    return verdict._replace(
        outcome="invalid",
        code=PrintedTextDiffersError.code,
        warnings=(),
        certificate_number=None,
        holder_name=None,
        claims=None,
        message={language: error.message(language) for language, error in said.items()},
        hint={language: error.hint(language) for language, error in said.items()},
    )


def differing(
    page: PageText, type_name: str, claims: Mapping[str, Any], institution: str
) -> tuple[str, ...]:
    """The claims that `page` does not show as they were signed; `sentence` for its fixed words."""
    found: dict[str, None] = {}
    for text in printed.expected(type_name, claims, institution):
        if not _shows(page, text.pattern):
            filled = [part for part in text.filled if part.claim in claims]
            wrong = [part.claim for part in filled if not _shows(page, _words(part.text))]
            found |= dict.fromkeys(wrong or [text.claim or SENTENCE])
    return tuple(found)


def _shows(page: PageText, pattern: re.Pattern[str]) -> bool:
    return any(all(page.seen[slice(*found.span())]) for found in pattern.finditer(page.text))


def _words(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(printed.solid(text)))


def _labels(type_name: str, claims: Sequence[str], language: Language) -> tuple[str, ...]:
    return tuple(
        _SENTENCE[language]
        if claim == SENTENCE
        else certificate_types.claim_label(claim, language, type_name=type_name)
        for claim in claims
    )
