"""Set pages with typst: one compiler for each process, which keeps faces and templates loaded.

A process that has used it must never be forked (its threads would be missing in the child);
executors for documents spawn. PDF/A-3b (ISO 19005-3) refuses a character that no face has.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from issuer.documents import fonts
from schemas.errors import CommandError

STANDARD: Final = "a-3b"  # archive, and the only part of PDF/A in which any file may be attached
_TEMPLATES = Path(str(files("issuer").joinpath("documents", "templates")))
_MISSING = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_TRIAL = b"""#set text(font: json(bytes(sys.inputs.fonts)), fallback: false)
#sys.inputs.text"""


_REMEMBERED = (
    10  # documents: what was set in none of so many is forgotten (typst's `comemo::evict`)
)
_ONE_AT_A_TIME = Lock()  # a compiler is one thread's at a time; the service has several


@cache
def _with_face(_families: tuple[str, ...]) -> set[str]:
    """Characters that were asked for before and have a face: no roster has many others."""
    return set()


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=_TEMPLATES, font_paths=fonts.installed(), ignore_system_fonts=True)


def pdf(template: str, data: Mapping[str, Any], files: Mapping[str, str], *, at: int) -> bytes:
    """A PDF/A-3b, tagged.

    Args:
        template: The template's file, without its ending.
        data: What `data` is in it.
        files: Texts that are too long for JSON (pictures as SVG, credentials), by name.
        at: The document's date, seconds since 1970.

    Raises:
        CommandError: `character_without_face`, `document_failed`, `fonts_missing`.
    """
    [made] = _compile(template, data, files, format="pdf", timestamp=at, pdf_standards=[STANDARD])
    return made


def png(
    template: str, data: Mapping[str, Any], files: Mapping[str, str], *, ppi: float
) -> list[bytes]:
    """A picture of each page, `ppi` pixels an inch.

    Raises:
        CommandError: as `pdf`, but for characters, which the caller has checked.
    """
    return _compile(template, data, files, format="png", ppi=ppi)


def without_face(texts: Iterable[str]) -> frozenset[str]:
    """The characters of `texts` that no face has.

    Raises:
        CommandError: `fonts_missing`.
    """
    families = fonts.families()
    known = _with_face(families)
    asked = {character for text in texts for character in text if character > " "} - known
    if not asked:
        return frozenset()
    inputs = {"fonts": json.dumps(families), "text": "".join(sorted(asked))}
    try:
        with _ONE_AT_A_TIME:
            _compiler().compile(
                input=_TRIAL, format="pdf", sys_inputs=inputs, pdf_standards=[STANDARD], timestamp=0
            )
    except typst.TypstError as error:
        if missing := _missing(error):
            return missing
        raise _failed(error) from error
    known.update(asked)
    return frozenset()


def forget() -> None:
    """Give back what typst keeps of the last documents: of ten with a hundred pages 0.35 GB."""
    with _ONE_AT_A_TIME:
        for _ in range(_REMEMBERED + 1):
            _compiler().compile(input=b"", format="pdf", timestamp=0)


def code_points(characters: Iterable[str]) -> tuple[str, ...]:
    """Characters for people: each with its code point, since they may see none."""
    return tuple(f"{one} (U+{ord(one):04X})" for one in sorted(characters))


def _compile(
    template: str, data: Mapping[str, Any], files: Mapping[str, str], **how: Any
) -> list[bytes]:
    inputs = {**files, "data": json.dumps({**data, "fonts": fonts.families()}, ensure_ascii=False)}
    try:
        with _ONE_AT_A_TIME:
            made = _compiler().compile(
                input=_TEMPLATES / f"{template}.typ", sys_inputs=inputs, **how
            )
    except typst.TypstError as error:
        if missing := _missing(error):
            raise CommandError("character_without_face", characters=code_points(missing)) from error
        raise _failed(error) from error
    pages: Sequence[bytes] = made if isinstance(made, list) else [made or b""]
    return list(pages)


def _missing(error: typst.TypstError) -> frozenset[str]:
    found = _MISSING.findall(error.diagnostic)
    plain = (_ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), one) for one in found)
    return frozenset("".join(plain))


def _failed(error: typst.TypstError) -> CommandError:
    return CommandError("document_failed", error.message)
