"""Read the name of a holder as it will be signed (GB 18030-2022, 民委发〔2016〕33号).

A name is signed as entered: NFC would give 1,002 characters another shape, NFKC 216 more, and a
person's name is what the ID card says. Only what keyboards and spreadsheets put in is mended: the
look-alikes of the separator `·`, and the spaces that line up names of two characters. Two names
are compared by their `comparison_key`, which is neither stored nor signed.
"""

import re
import unicodedata

from issuer.roster.id_numbers import Problem
from schemas.certificate_types import MAX_NAME, MAX_NAME_BYTES

DOT = "\N{MIDDLE DOT}"

_DOTS = dict.fromkeys(map(ord, "\u0387\u2022\u2024\u2027\u2219\u22c5\u2e31\u30fb\uff0e\uff65"), DOT)
_FULL_STOP = re.compile(r"(?<=[\u2e80-\U0003ffff])\.(?=[\u2e80-\U0003ffff])")
_SPACES = re.compile(r"\s+")
_PADDING = re.compile(rf"(?<=[\u2e80-\U0003ffff]) (?=[\u2e80-\U0003ffff])| (?={DOT})|(?<={DOT}) ")
_ORDINARY = re.compile(r"[\u3400-\u4dbf\u4e00-\u9ffc]{2,20}")  # needs no closer look

_NO_NAME = 20 * MAX_NAME  # characters; whatever that is, it is not looked at closely

_MARKS = frozenset(" ·'’ʼ-‐.")  # what stands between the letters of a name
# Ideographs assigned after Unicode 14, which is what Python 3.11 knows: extensions I (15.1),
# H (15.0) and J (17.0).
_LATER_IDEOGRAPHS = (range(0x2EBF0, 0x2EE5E), range(0x31350, 0x323B0), range(0x323B0, 0x3347A))
# Letters and marks by category that show nothing: variation selectors, Hangul fillers, joiners.
_BLANKS = frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x1810)))
) | frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def read_name(text: str) -> tuple[str, list[Problem]]:
    """Return the name in a cell's `text`, and what was mended in it or must be refused."""
    if _ORDINARY.fullmatch(text):
        return text, []
    if len(text) > _NO_NAME:
        return text, [_too_long(text)]
    dotted = _FULL_STOP.sub(DOT, text.translate(_DOTS))
    name = _PADDING.sub("", _SPACES.sub(" ", dotted.strip()))
    problems: list[Problem] = []
    if dotted != text:
        problems.append(("name_separator_folded", {"name": name}))
    if name != dotted:
        problems.append(("name_padding_removed", {"name": name}))
    refused = [character for character in dict.fromkeys(name) if not _may_be_in_a_name(character)]
    if name and not refused and all(character in _MARKS for character in name):
        refused = list(dict.fromkeys(name))
    if refused:
        problems.append(("name_characters", {"characters": tuple(map(_shown, refused))}))
    if len(name) > MAX_NAME or len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        problems.append(_too_long(name))
    return name, problems


def _too_long(name: str) -> Problem:
    limits = {"limit": MAX_NAME, "byte_limit": MAX_NAME_BYTES}
    return "name_too_long", {"length": len(name), **limits}


def comparison_key(name: str) -> str:
    """Return what two spellings of one name have in common: no separators, no case, NFKC."""
    if _ORDINARY.fullmatch(name):  # folds to itself
        return name
    folded = unicodedata.normalize("NFKC", name.translate(_DOTS)).casefold()
    return "".join(
        character for character in folded if character not in _MARKS and not character.isspace()
    )


def _may_be_in_a_name(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] in "LM":
        return character not in _BLANKS
    if category == "Cn":
        return any(ord(character) in block for block in _LATER_IDEOGRAPHS)
    return character in _MARKS or character == "〇"


def _shown(character: str) -> str:
    code_point = f"U+{ord(character):04X}"
    return f"{character} ({code_point})" if character.isprintable() else code_point
