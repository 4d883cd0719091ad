"""Text as decimal digits, for the stream of a QR code (schemas/README.md §3.4).

A text is one segment or more; a 9 in front of a segment says that another follows it. A segment
opens with its form: 0, 1, 2 are one to three entries; 3 is four digits; 40 to 61 are 1 to 22
digits; 62 to 74 are 4 to 16 entries; 75 to 88 are 1 to 14 ASCII characters; 89 is one code point.
An entry is three digits below 800, an entry of the dictionary, or five digits from 80000, a
character from U+4E00. An ASCII character is two digits, a code point six.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product

from schemas.dictionary import Dictionary

_DIGITS, _ENTRIES, _ASCII, _POINT = range(4)
_FIRST_IDEOGRAPH = 0x4E00
_IDEOGRAPHS = range(_FIRST_IDEOGRAPH, _FIRST_IDEOGRAPH + 20_000)  # they have five digits
_OFFSET = 80_000 - _FIRST_IDEOGRAPH

_FORMS: Mapping[int, Mapping[int, str]] = {
    _DIGITS: {count: str(39 + count) for count in range(1, 23)} | {4: "3"},
    _ENTRIES: {1: "0", 2: "1", 3: "2"} | {count: str(58 + count) for count in range(4, 17)},
    _ASCII: {count: str(74 + count) for count in range(1, 15)},
    _POINT: {1: "89"},
}
# The first three digits of a segment → kind, items, digits before them, whether another follows
_OPENINGS: Mapping[str, tuple[int, int, int, bool]] = {
    (flag + form + "".join(rest))[:3]: (kind, count, len(flag + form), flag == "9")
    for kind, forms in _FORMS.items()
    for count, form in forms.items()
    for flag in ("", "9")
    for rest in product("0123456789", repeat=3 - len(flag + form))
}

# Three digits or fewer between other characters are cheaper as ASCII.
_RUN = re.compile(r"([0-9]{4,22})|((?:(?![0-9]{4})[ -~]){1,14})|([^ -~]+)")



def write(text: str, dictionary: Dictionary) -> str:
    """The digits of a text that is not empty."""
    code = dictionary.codes.get(text)
    if code is not None:
        return "0" + code
    if len(text) <= 22 and text.isascii() and text.isdigit():
        return _FORMS[_DIGITS][len(text)] + text
    *others, last = _segments(text, dictionary)
    return "".join(["9" + segment for segment in others]) + last


def _segments(text: str, dictionary: Dictionary) -> Iterator[str]:
    at = 0
    for word in dictionary.words.get(text[0], ()) if text[0].isascii() else ():
        if text.startswith(word):
            yield "0" + dictionary.codes[word]
            at = len(word)
            break
    for run in _RUN.finditer(text, at):
        digits, ascii_characters, others = run.groups()
        if digits:
            yield _FORMS[_DIGITS][len(digits)] + digits
        elif ascii_characters:
            codes = [f"{ord(character) - 0x20:02}" for character in ascii_characters]
            yield _FORMS[_ASCII][len(codes)] + "".join(codes)
        else:
            yield from _other_segments(others, dictionary)


def _other_segments(text: str, dictionary: Dictionary) -> Iterator[str]:
    """Segments of a text without ASCII characters: entries, the longest words first."""
    codes: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        for word in dictionary.words.get(character, ()):
            if text.startswith(word, at):
                break
        else:
            word = character
        at += len(word)
        code = dictionary.codes.get(word)
        if code is None and ord(character) in _IDEOGRAPHS:
            code = str(ord(character) + _OFFSET)
        if code is not None:
            codes.append(code)
        if codes and (code is None or len(codes) == 16 or at == len(text)):
            yield _FORMS[_ENTRIES][len(codes)] + "".join(codes)
            codes.clear()
        if code is None:
            yield f"{_FORMS[_POINT][1]}{ord(character):06}"


def read(digits: str, at: int, entries: Mapping[str, str]) -> tuple[str, int]:
    """The text that starts at `at`, and where it ends; past the end when digits are missing.

    Args:
        digits: The stream.
        at: Where the text starts.
        entries: Three digits → entry.

    Raises:
        ValueError, LookupError: no such form, entry or code point.
    """
    text = ""
    more = True
    while more:
        kind, count, opening, more = _OPENINGS[digits[at : at + 3]]
        at += opening
        if kind == _ENTRIES:
            for _ in range(count):
                entry = entries.get(digits[at : at + 3])
                if entry is None:
                    text += _ideograph(digits[at : at + 5])
                    at += 5
                else:
                    text += entry
                    at += 3
        elif kind == _DIGITS:
            text += digits[at : at + count]
            at += count
        elif kind == _ASCII:
            for _ in range(count):
                text += chr(int(digits[at : at + 2]) + 0x20)
                at += 2
        else:
            text += chr(int(digits[at : at + 6]))
            at += 6
    return text, at


def _ideograph(digits: str) -> str:
    point = int(digits) - _OFFSET
    if point not in _IDEOGRAPHS:
        raise ValueError("no such entry")
    return chr(point)
