"""Text as decimal digits, for the stream of a QR code (schemas/README.md §3.4).

A text is one segment or more; a 9 in front of a segment says that another follows it. A segment
opens with its form: 0, 1, 2 are one to three entries; 3 is four digits; 40 to 61 are 1 to 22
digits; 62 to 74 are 4 to 16 entries; 75 to 88 are 1 to 14 ASCII characters; 89 is one code point.
An entry is three digits below 800, an entry of the dictionary, or five digits from 80000, a
character from U+4E00. An ASCII character is two digits, a code point seven.
"""

import re
from functools import lru_cache
from itertools import product
from typing import Final

from schemas.dictionary import Dictionary

_DIGITS: Final = 0
_ENTRIES: Final = 1
_ASCII: Final = 2
_POINT: Final = 3
_WIDTHS: Final = {_DIGITS: 1, _ASCII: 2, _POINT: 7}  # digits of an item
_FIRST: Final = "\u4e00"
_LAST: Final = "\u9c1f"  # the 20,000 ideographs that have five digits
_OFFSET: Final = 80_000 - ord(_FIRST)

# items of a segment → its form
_DIGIT_FORMS: Final = {count: str(39 + count) for count in range(1, 23)} | {4: "3"}
_ENTRY_FORMS: Final = {1: "0", 2: "1", 3: "2"} | {count: str(58 + count) for count in range(4, 17)}
_ASCII_FORMS: Final = {count: str(74 + count) for count in range(1, 15)}
_POINT_FORM: Final = "89"
_FORMS = {
    _DIGITS: _DIGIT_FORMS,
    _ENTRIES: _ENTRY_FORMS,
    _ASCII: _ASCII_FORMS,
    _POINT: {1: _POINT_FORM},
}

# The first three digits of a segment → kind, items, digits before them, whether another follows
_OPENINGS: Final[dict[bytes, tuple[int, int, int, bool]]] = {
    (flag + form + "".join(rest))[:3].encode(): (kind, count, len(flag + form), flag == "9")
    for kind, forms in _FORMS.items()
    for count, form in forms.items()
    for flag in ("", "9")
    for rest in product("0123456789", repeat=3 - len(flag + form))
}

_ASCII_CODES: Final = {chr(point): f"{point - 0x20:02}" for point in range(0x20, 0x7F)}
# The byte whose hexadecimal digits are the two of a character → the character
_ASCII_OF: Final = bytes.maketrans(
    bytes.fromhex("".join(f"{code:02}" for code in range(100))), bytes(range(0x20, 0x20 + 100))
)
# Three digits or fewer between other characters are cheaper as ASCII.
_RUN: Final = re.compile(r"([0-9]{4,22})|((?:(?![0-9]{4})[ -~]){1,14})")


class _Ideographs(dict[bytes, bytes]):
    """Five digits → ideograph, worked out when it is first met: nobody needs all 20,000."""

    def __missing__(self, digits: bytes) -> bytes:
        if len(digits) != 5 or digits < b"8":
            raise LookupError("no such entry")
        self[digits] = ideograph = chr(int(digits) - _OFFSET).encode()
        return ideograph


_IDEOGRAPHS: Final = _Ideographs()


def write(text: str, dictionary: Dictionary) -> str:
    """The digits of a text that is not empty."""
    code = dictionary.codes.get(text)
    if code is not None:
        return "0" + code
    if text.isascii() and text.isdigit() and len(text) <= 22:
        return _DIGIT_FORMS[len(text)] + text
    # Names and numbers are of one certificate, other texts of a batch.
    is_seldom = len(text) < 4 or text[-1].isdigit()
    return _segments(text, dictionary) if is_seldom else _remembered(text, dictionary)


def _segments(text: str, dictionary: Dictionary) -> str:
    segments: list[str] = []
    at = 0
    for word in dictionary.words.get(text[0], ()) if text[0].isascii() else ():
        if text.startswith(word):
            segments.append("0" + dictionary.codes[word])
            at = len(word)
            break
    while at < len(text):
        if text[at] > "~" or (found := _RUN.match(text, at)) is None:
            at = _write_others(text, at, dictionary, segments)
        elif digits := found[1]:
            at += len(digits)
            segments.append(_DIGIT_FORMS[len(digits)] + digits)
        else:
            codes = [_ASCII_CODES[character] for character in found[2]]
            at += len(codes)
            segments.append(_ASCII_FORMS[len(codes)] + "".join(codes))
    if len(segments) == 1:
        return segments[0]
    return "9" + "9".join(segments[:-1]) + segments[-1]


_remembered = lru_cache(maxsize=4096)(_segments)


def _write_others(text: str, at: int, dictionary: Dictionary, segments: list[str]) -> int:
    """Append a segment, which starts at `at` with a character outside ASCII; where it ends."""
    words, codes = dictionary.words, dictionary.codes
    run: list[str] = []
    while at < len(text) and len(run) < 16:
        word = character = text[at]
        for candidate in words.get(character, ()):
            if text.startswith(candidate, at):
                word = candidate
                break
        code = codes.get(word)
        if code is None:
            if not _FIRST <= character <= _LAST:
                break
            code = str(ord(character) + _OFFSET)
        run.append(code)
        at += len(word)
    if run:
        segments.append(_ENTRY_FORMS[len(run)] + "".join(run))
        return at
    segments.append(f"{_POINT_FORM}{ord(text[at]):07}")
    return at + 1


def read(digits: bytes, at: int, entries: dict[bytes, bytes]) -> tuple[bytes, int]:
    """The text, UTF-8, that starts at `at`, and where it ends; past the end when digits are missing.

    Args:
        digits: The stream.
        at: Where the text starts.
        entries: Three digits → entry.

    Raises:
        ValueError, LookupError: no such form, entry or code point.
    """
    text = b""
    more = True
    while more:
        kind, count, opening, more = _OPENINGS[digits[at : at + 3]]
        at += opening
        if kind == _ENTRIES:
            for _ in range(count):
                entry = entries.get(digits[at : at + 3])
                if entry is None:
                    text += _IDEOGRAPHS[digits[at : at + 5]]
                    at += 5
                else:
                    text += entry
                    at += 3
            continue
        end = at + count * _WIDTHS[kind]
        items = digits[at:end]
        at = end
        if kind == _DIGITS:
            text += items
        elif kind == _ASCII:
            text += bytes.fromhex(items.decode()).translate(_ASCII_OF).decode("latin-1").encode()
        else:
            text += chr(int(items)).encode()
    return text, at


# What the certificates of a batch have in common, occupation, direction, level, stands last.
@lru_cache(maxsize=1024)
def read_last(digits: bytes, count: int, dictionary: Dictionary) -> tuple[bytes, ...]:
    """The `count` texts that a stream's last `digits` are.

    Raises:
        ValueError, LookupError: as `read`, or digits are missing or left.
    """
    at = 0
    texts = []
    for _ in range(count):
        text, at = read(digits, at, dictionary.entries)
        texts.append(text)
    if at != len(digits):
        raise ValueError("the stream is too long or too short")
    return tuple(texts)
