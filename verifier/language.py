"""Which language to speak on a terminal, and how to speak it where characters are missing.

Chinese in a Chinese locale, else English (POSIX.1-2024 §8.2: LC_ALL, LC_MESSAGES, LANG).
"""

import codecs
import io
import locale
import re
from collections.abc import Mapping
from typing import TextIO

from schemas.codes import Language
from schemas.errors import CommandError

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")

# What to write where the encoding lacks a character. The marks of outcomes come first: a tick must
# never become the question mark that means 'cannot be decided'.
_INSTEAD = {
    "✓": ("√", "OK"),
    "✕": ("×", "X"),
    "◇": ("*",),
    "‹": ("<",),
    "›": (">",),
    "·": ("-",),
    "…": ("...",),
    "—": ("--",),
    "“": ('"',),
    "”": ('"',),
    "：": (": ",),
    "，": (", ",),
    "。": (". ",),
}
_ERRORS = "zhengyin.instead"


def choose(option: str | None, environ: Mapping[str, str]) -> Language:
    """The language of `--lang`, else of the locale that `environ` names.

    Raises:
        CommandError: `language_unknown`, for an `option` that is neither Chinese nor English.
    """
    if option is not None:
        language = re.split("[-_.]", option.lower())[0]
        if language not in ("zh", "en"):
            raise CommandError("language_unknown", name=option)
        return "zh-CN" if language == "zh" else "en"
    named = next((environ[name] for name in _VARIABLES if environ.get(name)), None)
    if named is None:  # Windows has no such variables
        named = locale.getlocale()[0] or ""
    return "zh-CN" if named.lower().startswith(("zh", "chinese")) else "en"


def never_fail(stream: TextIO) -> None:
    """Let `stream` write something readable for each character that its encoding lacks."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_ERRORS)


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to colour what goes to `stream`: a terminal, and nobody objects (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _instead(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    candidates = _INSTEAD.get(character, ())
    if error.encoding == "charmap":  # one of the 8-bit code pages, and no telling which
        candidates = candidates[-1:]
    for candidate in candidates:
        try:
            candidate.encode(error.encoding)
        except UnicodeEncodeError:
            continue
        return candidate, error.start + 1
    return f"<U+{ord(character):04X}>", error.start + 1


codecs.register_error(_ERRORS, _instead)
