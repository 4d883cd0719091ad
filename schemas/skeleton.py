"""A credential for the QR code: its skeleton and what varies in it (schemas/README.md §3.3).

Everything that differs between two certificates of one type is taken out of the JSON, and a marker,
a control byte that JSON never has, stays in its place. The skeletons are few and the dictionary
has them. What was taken out travels as raw binaries (digests, salts) and as a stream of decimal
digits (times, dates, texts), in the order of the markers.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from schemas import base64url, digit_text
from schemas import origin as address
from schemas.dictionary import Dictionary
from schemas.errors import MalformedError
from schemas.limits import MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD
from schemas.sd_jwt import digest

BASE: Final = "\x01"  # https://{origin}/
HEAD: Final = (
    "\x02"  # from the first brace into vct; stream: institution, a text, and iat, ten digits
)
STATUS: Final = (
    "\x03"  # from the end of vct to that of status; stream: list (unless the year of iat), idx
)
TEXT: Final = "\x04"  # stream: a text
DATE: Final = "\x05"  # YYYY-MM-DD; stream: days from the date or iat before it, or since 1970
BYTES_32: Final = "\x06"  # base64url of 32 raw bytes
BYTES_16: Final = "\x07"  # base64url of 16 raw bytes
DIGEST: Final = "\x08"  # digest of an included disclosure; one raw byte: which
END: Final = "\x09"  # a disclosure ends here; the payload is what follows the last

_HOLE: Final = "\x00"  # where a value goes, in a skeleton whose markers are spelled out
_REST: Final = "\x00"  # among the markers of a template: every TEXT up to the end of the stream

_RAW: Final = {BYTES_32: 32, BYTES_16: 16, DIGEST: 1}  # bytes of its raw binary
_DATE_LENGTH: Final = 10  # characters
_LENGTHS: Final = {43: BYTES_32, 22: BYTES_16, _DATE_LENGTH: DATE}  # of a text → what it can be
_MAX_INSTITUTION: Final = 32  # characters of an id; STATUS repeats it
_LAST: Final = re.compile(f"{TEXT}+(?=[{BYTES_32}{BYTES_16}{DIGEST}]*$)")
_CONTROL: Final = re.compile("[\x00-\x1f]")
_ZERO: Final = ord("0")
_NINE: Final = ord("9")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400  # seconds
_NEAR: Final = range(-60, 30)  # days from the one before that have two digits, 00 to 89
_FAR: Final = range(100_000)  # days since 1970 that have five digits behind a 9

_HEAD: Final = re.compile(
    f'{{"iss":"{BASE}i/([a-z][a-z0-9-]{{1,31}})","iat":([1-9][0-9]{{9}}),"vct":"{BASE}vct/([^"]+)",'
    f'"status":{{"status_list":{{"idx":([0-9]{{1,8}}),"uri":"{BASE}t/status/\\1/([0-9-]+)"}}}}',
    re.ASCII,
)
# The value of a member, a string or an integer, and the character before it
_MEMBER: Final = re.compile(r'(:(?:"[^"\\\x00-\x1f]+"|[0-9]+(?=[,}])))', re.ASCII)
# The same in an array too; slower to search
_VALUE: Final = re.compile(r'([:\[,](?:"[^"\\\x00-\x1f]+"(?!:)|[0-9]+(?=[,}\]])))', re.ASCII)


class Taker:
    """Takes out what varies, for one credential."""

    def __init__(self, dictionary: Dictionary, origin: str) -> None:
        self.raw = bytearray()
        self.stream: list[str] = []
        self._dictionary = dictionary
        self._base = address.base_uri(origin)
        self._digests: dict[str, int] = {}
        self._day = 0

    def cut(self, payload: str, disclosures: list[str]) -> str:
        """The skeleton of a credential's JSON texts; `raw` and `stream` get the rest."""
        for index, shown in enumerate(disclosures):
            self._digests[digest(shown.encode())] = index
        shown_first = [self._values(shown) + END for shown in disclosures]
        return "".join(shown_first) + self._payload(payload.replace(self._base, BASE))

    def _payload(self, json: str) -> str:
        head = _HEAD.match(json)
        if head is None:
            return self._values(json)
        institution, iat, vct, idx, list_id = head.groups()
        self._day, year = _day_and_year(iat)
        self.stream += digit_text.write(institution, self._dictionary), iat
        if list_id != year:
            self.stream += "9", digit_text.write(list_id, self._dictionary)
        self.stream += str(len(idx)), idx
        rest = self._values(json[head.end() :])
        return f"{HEAD}{vct}{STATUS}{rest}"

    def _values(self, json: str) -> str:
        """The JSON with a marker for each string and integer that is a value."""
        members, bracket, rest = json.partition('["')
        pieces = _MEMBER.split(members)
        for at in range(1, len(pieces), 2):
            pieces[at] = self._take(pieces[at])
        if bracket:
            more = _VALUE.split(bracket + rest)
            for at in range(1, len(more), 2):
                more[at] = self._take(more[at])
            pieces += more
        return "".join(pieces)

    def _take(self, value: str) -> str:
        """Put a value where it travels; what stands in the skeleton, the character before it too."""
        if value[1] != '"':
            self.stream.append(digit_text.write(value[1:], self._dictionary))
            return value[0] + TEXT
        text = value[2:-1]
        if text in self._dictionary.literals:
            return value
        marker = self._take_binary_or_date(text) if len(text) in _LENGTHS else None
        if marker is None:
            marker = TEXT
            self.stream.append(digit_text.write(text, self._dictionary))
        return f'{value[0]}"{marker}"'

    def _take_binary_or_date(self, text: str) -> str | None:
        """The marker of such a text."""
        if len(text) == _DATE_LENGTH:
            if text[4] != "-":
                return None
            digits, self._day = _date(text, self._day)
            if digits:
                self.stream.append(digits)
            return DATE if digits else None
        if text in self._digests:
            self.raw.append(self._digests[text])
            return DIGEST
        try:
            self.raw += base64url.decode(text)
        except MalformedError:
            return None
        return _LENGTHS[len(text)]


@dataclass(frozen=True, slots=True)
class Template:
    """A skeleton under one origin, cut where its values go."""

    texts: tuple[tuple[str, tuple[bytes, ...], int], ...]
    """For each disclosure and the payload: its markers but BASE; its JSON, every other piece empty
    and waiting for a value; its limit in bytes."""
    raw_length: int
    """Bytes of the raw binaries it needs."""
    last: int
    """How many texts end the stream, for the one marker _REST."""
    quotes: int | None
    """How many the payload has where every value stands in quotes and has none itself."""

    @classmethod
    def of(cls, skeleton: str, origin: str) -> "Template":
        """Cut a skeleton.

        Raises:
            ValueError: it has a control character that is no marker, or too many disclosures.
        """
        spelled_out = _spelled_out(address.base_uri(origin))
        *disclosures, payload = skeleton.split(END)
        texts: list[tuple[str, tuple[bytes, ...], int]] = []
        for text in (*disclosures, payload):
            markers = "".join(_CONTROL.findall(text))
            if not all(BASE <= marker < END for marker in markers):
                raise ValueError("an unknown marker")
            filled = text.translate(spelled_out).replace(_HOLE, f"{_HOLE}{_HOLE}")
            pieces = tuple(filled.encode().split(_HOLE.encode()))
            limit = MAX_PAYLOAD if len(texts) == len(disclosures) else MAX_DISCLOSURE
            texts.append((markers.replace(BASE, ""), pieces, limit))
        if len(disclosures) > MAX_DISCLOSURES:
            raise ValueError("too many disclosures")
        raw_length = sum(_RAW.get(marker, 0) for markers, *_ in texts for marker in markers)
        markers, pieces, limit = texts[-1]
        last = _LAST.search(markers)
        texts[-1] = _LAST.sub(_REST, markers), pieces, limit
        quotes = None if f":{TEXT}" in payload else b"".join(pieces).count(b'"')
        return cls(tuple(texts), raw_length, len(last[0]) if last else 0, quotes)

    def needs_no_escape(self, payload: bytes) -> bool:
        """Whether each value that `fill` put into `payload` is a string that JSON has as it is.

        Such a payload of a released skeleton is in canonical form, if it is JSON at all: the
        skeletons are, and a string without quotation mark and backslash has one form.
        """
        return payload.count(b'"') == self.quotes and b"\\" not in payload


def _spelled_out(base: str) -> dict[int, str]:
    """Marker → its text, with holes for what is taken from the code."""
    head = f'{{"iss":"{base}i/{_HOLE}","iat":{_HOLE},"vct":"{base}vct/'
    uri = f"{base}t/status/{_HOLE}/{_HOLE}"
    status = f'","status":{{"status_list":{{"idx":{_HOLE},"uri":"{uri}"}}}}'
    values = dict.fromkeys((TEXT, DATE, BYTES_32, BYTES_16, DIGEST), _HOLE)
    return str.maketrans({BASE: base, HEAD: head, STATUS: status, **values})


def fill(template: Template, raw: bytes, digits: bytes, dictionary: Dictionary) -> list[bytes]:
    """The JSON of each disclosure, then of the payload; nothing of it is parsed.

    Args:
        template: The skeleton.
        raw: Exactly the raw binaries it needs.
        digits: The stream.
        dictionary: Whose entries the stream names.

    Raises:
        ValueError, LookupError, OverflowError: the stream does not fit the skeleton, or a text
            comes out longer than its limit.
    """
    entries = dictionary.entries
    institution, year = b"", ""
    at = raw_at = day = 0
    texts: list[bytes] = []
    for markers, pieces, limit in template.texts:
        values: list[bytes] = []
        for marker in markers:
            if marker == TEXT:
                value, at = digit_text.read(digits, at, entries)
                values.append(value)
            elif marker == _REST:
                values += digit_text.read_last(digits[at:], template.last, dictionary)
                at = len(digits)
            elif marker == DATE:
                if digits[at] == _NINE:
                    day = int(digits[at + 1 : at + 6])
                    at += 6
                else:
                    day += int(digits[at : at + 2]) + _NEAR.start
                    at += 2
                if day not in _FAR:
                    raise ValueError("a date before 1970 or after 2243")
                values.append(_iso(day).encode())
            elif marker == HEAD:
                institution, at = digit_text.read(digits, at, entries)
                if len(institution.decode()) > _MAX_INSTITUTION:
                    raise ValueError("an institution id that is too long")
                iat = digits[at : at + 10]
                at += 10
                day, year = _day_and_year(iat)
                values += institution, iat
            elif marker == STATUS:
                if digits[at] == _NINE:
                    list_id, at = digit_text.read(digits, at + 1, entries)
                else:
                    list_id = year.encode()
                start, at = at + 1, at + 1 + digits[at] - _ZERO
                if not 1 <= at - start <= 8 or not institution:
                    raise ValueError("a status without index, or without institution")
                values += digits[start:at], institution, list_id
            elif marker == DIGEST:
                values.append(digest(texts[raw[raw_at]]).encode())
                raw_at += 1
            else:
                length = _RAW[marker]
                values.append(base64url.encode_bytes(raw[raw_at : raw_at + length]))
                raw_at += length
        out = list(pieces)
        out[1::2] = values
        text = b"".join(out)
        if len(text) > limit:
            raise ValueError("the payload or a disclosure is too long")
        texts.append(text)
    if at != len(digits):
        raise ValueError("the stream is too long or too short")
    return texts


@lru_cache(maxsize=4096)
def _day_and_year(iat: str | bytes) -> tuple[int, str]:
    """The day of a time, since 1970, and its year; a batch is signed in few seconds."""
    day = int(iat) // _DAY
    return day, _iso(day)[:4]


@lru_cache(maxsize=4096)
def _iso(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=4096)
def _date(text: str, before: int) -> tuple[str, int]:
    """The digits of a date and its day, after the day `before`; none and that, if it is no date."""
    try:
        day = date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return "", before
    if day not in _FAR or _iso(day) != text:
        return "", before
    near = day - before
    return f"{near - _NEAR.start:02}" if near in _NEAR else f"9{day:05}", day
