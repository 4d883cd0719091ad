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

from schemas import base64url, digit_text
from schemas import origin as address
from schemas.dictionary import Dictionary
from schemas.errors import MalformedError
from schemas.limits import MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD
from schemas.sd_jwt import digest

BASE = "\x01"  # https://{origin}/
HEAD = "\x02"  # from the first brace into vct; stream: institution, a text, and iat, ten digits
STATUS = "\x03"  # from the end of vct to that of status; stream: list (unless the year of iat), idx
TEXT = "\x04"  # stream: a text
DATE = "\x05"  # YYYY-MM-DD; stream: days from the date or iat before it, or since 1970
BYTES_32 = "\x06"  # base64url of 32 raw bytes
BYTES_16 = "\x07"  # base64url of 16 raw bytes
DIGEST = "\x08"  # digest of an included disclosure; one raw byte: which
END = "\x09"  # a disclosure ends here; the payload is what follows the last

_RAW = {BYTES_32: 32, BYTES_16: 16, DIGEST: 1}  # bytes of its raw binary
_BASE64 = {43: BYTES_32, 22: BYTES_16}  # characters of the text
_MAX_INSTITUTION = 32  # characters of an id; STATUS repeats it
_CONTROL = re.compile("([\x00-\x1f])")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400  # seconds
_NEAR = range(-60, 30)  # days from the one before that have two digits, 00 to 89
_FAR = range(100_000)  # days since 1970 that have five digits behind a 9

_HEAD = re.compile(
    f'{{"iss":"{BASE}i/([a-z][a-z0-9-]{{1,31}})","iat":([1-9][0-9]{{9}}),"vct":"{BASE}vct/([^"]+)",'
    f'"status":{{"status_list":{{"idx":([0-9]{{1,8}}),"uri":"{BASE}t/status/\\1/([0-9-]+)"}}}}',
    re.ASCII,
)
# The value of a member: a string or an integer
_MEMBER = re.compile(r':(?:"([^"\\\x00-\x1f]+)"|([0-9]+)(?=[,}]))', re.ASCII)
# The same in an array too; slower to search
_VALUE = re.compile(r'(?<=[:\[,])(?:"([^"\\\x00-\x1f]+)"(?!:)|([0-9]+)(?=[,}\]]))', re.ASCII)


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
        self._day = int(iat) // _DAY
        self.stream += digit_text.write(institution, self._dictionary), iat
        if list_id != _year(self._day):
            self.stream += "9", digit_text.write(list_id, self._dictionary)
        self.stream += str(len(idx)), idx
        rest = self._values(json[head.end() :])
        return f"{HEAD}{vct}{STATUS}{rest}"

    def _values(self, json: str) -> str:
        """The JSON with a marker for each string and integer that is a value."""
        members, bracket, rest = json.partition('["')
        first, *pieces = _MEMBER.split(members)
        out = [first]
        for text, integer, following in zip(*[iter(pieces)] * 3, strict=True):
            if text is None:
                out += ":", self._text(integer), following
            else:
                out += ':"', self._take(text), '"', following
        if bracket:
            out.append(_VALUE.sub(self._found, bracket + rest))
        return "".join(out)

    def _found(self, value: re.Match[str]) -> str:
        text, integer = value.groups()
        return self._text(integer) if text is None else f'"{self._take(text)}"'

    def _text(self, text: str) -> str:
        self.stream.append(digit_text.write(text, self._dictionary))
        return TEXT

    def _take(self, text: str) -> str:
        """Put a string where it travels; its marker, or the string where skeletons have it."""
        length = len(text)
        if text in self._dictionary.literals:
            return text
        if text in self._digests:
            self.raw.append(self._digests[text])
            return DIGEST
        if length in _BASE64:
            try:
                self.raw += base64url.decode(text)
            except MalformedError:
                pass
            else:
                return _BASE64[length]
        if length == 10 and (days := _days(text)) in _FAR:
            near = days - self._day
            self.stream.append(f"{near - _NEAR.start:02}" if near in _NEAR else f"9{days:05}")
            self._day = days
            return DATE
        return self._text(text)


@dataclass(frozen=True, slots=True)
class Template:
    """A skeleton, cut at its markers."""

    texts: tuple[tuple[str, tuple[str, ...]], ...]
    """For each disclosure and the payload: the markers; the pieces, every other one a marker."""
    raw_length: int
    """Bytes of the raw binaries it needs."""

    @classmethod
    def of(cls, skeleton: str) -> "Template":
        """Cut a skeleton.

        Raises:
            ValueError: it has a control character that is no marker, or too many disclosures.
        """
        texts = []
        for text in skeleton.split(END):
            pieces = tuple(_CONTROL.split(text))
            markers = "".join(pieces[1::2])
            if not all(BASE <= marker < END for marker in markers):
                raise ValueError("an unknown marker")
            texts.append((markers, pieces))
        if len(texts) > MAX_DISCLOSURES + 1:
            raise ValueError("too many disclosures")
        raw_length = sum(_RAW.get(marker, 0) for markers, _ in texts for marker in markers)
        return cls(tuple(texts), raw_length)


def fill(
    template: Template, raw: bytes, digits: str, dictionary: Dictionary, origin: str
) -> list[bytes]:
    """The JSON of each disclosure, then of the payload; nothing of it is parsed.

    Args:
        template: The skeleton.
        raw: Exactly the raw binaries it needs.
        digits: The stream.
        dictionary: Whose entries the stream names.
        origin: What BASE stands for.

    Raises:
        ValueError, LookupError, OverflowError: the stream does not fit the skeleton, or a text
            comes out longer than its limit.
    """
    base = address.base_uri(origin)
    entries, singles = dictionary.entries, dictionary.singles
    institution = year = None
    at = raw_at = day = 0
    texts: list[bytes] = []
    for markers, pieces in template.texts:
        values: list[str] = []
        for marker in markers:
            if marker == TEXT:
                value = singles.get(digits[at : at + 4])
                if value is None:
                    value, at = digit_text.read(digits, at, entries)
                else:
                    at += 4
            elif marker == DATE:
                if digits[at] == "9":
                    day = int(digits[at + 1 : at + 6])
                    at += 6
                else:
                    day += int(digits[at : at + 2]) + _NEAR.start
                    at += 2
                if day not in _FAR:
                    raise ValueError("a date before 1970 or after 2243")
                value = _iso(day)
            elif marker == HEAD:
                institution, at = digit_text.read(digits, at, entries)
                iat = digits[at : at + 10]
                at += 10
                day = int(iat) // _DAY
                year = _year(day)
                if len(institution) > _MAX_INSTITUTION:
                    raise ValueError("an institution id that is too long")
                value = f'{{"iss":"{base}i/{institution}","iat":{iat},"vct":"{base}vct/'
            elif marker == STATUS:
                list_id = year
                if digits[at] == "9":
                    list_id, at = digit_text.read(digits, at + 1, entries)
                start, at = at + 1, at + 1 + int(digits[at])
                if not 1 <= at - start <= 8 or institution is None:
                    raise ValueError("a status without index, or without institution")
                uri = f"{base}t/status/{institution}/{list_id}"
                value = f'","status":{{"status_list":{{"idx":{digits[start:at]},"uri":"{uri}"}}}}'
            elif marker == BASE:
                value = base
            elif marker == DIGEST:
                value = digest(texts[raw[raw_at]])
                raw_at += 1
            else:
                length = _RAW[marker]
                value = base64url.encode(raw[raw_at : raw_at + length])
                raw_at += length
            values.append(value)
        out = list(pieces)
        out[1::2] = values
        texts.append("".join(out).encode())
        if len(texts[-1]) > (MAX_PAYLOAD if len(texts) == len(template.texts) else MAX_DISCLOSURE):
            raise ValueError("the payload or a disclosure is too long")
    if at != len(digits):
        raise ValueError("the stream is too long or too short")
    return texts


@lru_cache(maxsize=4096)
def _iso(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def _year(day: int) -> str:
    return _iso(day)[:4]


def _days(text: str) -> int:
    """Days since 1970, negative when it is no date."""
    try:
        day = date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return -1
    return day if _iso(day) == text else -1
