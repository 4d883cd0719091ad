"""A credential for the QR code: its skeleton and what varies in it (schemas/README.md §3.3).

Everything that differs between two certificates of one type is taken out of the JSON, and a marker,
a control byte that JSON never has, stays in its place. The skeletons are few and the dictionary
has them. What was taken out travels as raw binaries (digests, salts) and as a stream of decimal
digits (times, dates, texts), in the order of the markers.
"""

import re
from dataclasses import dataclass
from datetime import date

from schemas import base64url, digit_text
from schemas import origin as address
from schemas.dictionary import Dictionary
from schemas.limits import MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD
from schemas.sd_jwt import digest

BASE = "\x01"  # https://{origin}/
ISSUER = "\x02"  # https://{origin}/i/{institution}; stream: the institution, a text
STATUS = "\x03"  # the status claim's value; stream: list (unless it is the year of TIME), idx
TIME = "\x04"  # stream: ten digits
DATE = "\x05"  # YYYY-MM-DD; stream: days from the date or time before it, or since 1970
TEXT = "\x06"  # stream: a text
BYTES_32 = "\x07"  # base64url of 32 raw bytes
BYTES_16 = "\x08"  # base64url of 16 raw bytes
DIGEST = "\x09"  # digest of an included disclosure; one raw byte: which
END = "\x0a"  # a disclosure ends here; the payload is what follows the last

MAX_INSTITUTION = 32  # characters of an id
_RAW = {BYTES_32: 32, BYTES_16: 16, DIGEST: 1}  # bytes of its raw binary
_CONTROL = re.compile("([\x00-\x1f])")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400  # seconds
_NEAR = range(-60, 30)  # days from the one before that have two digits, 00 to 89
_FAR = range(100_000)  # days since 1970 that have five digits behind a 9

_HEAD = re.compile(
    f'{{"iss":"{BASE}i/([a-z][a-z0-9-]{{1,31}})","iat":([1-9][0-9]{{9}}),"vct":"([^"]+)",'
    f'"status":{{"status_list":{{"idx":([0-9]{{1,8}}),"uri":"{BASE}t/status/\\1/([0-9-]+)"}}}}',
    re.ASCII,
)
# A string that is a value, not a name; or an integer
_VALUE = re.compile(r'([:,\[])(?:"([^"\\\x00-\x1f]+)"(?!:)|([0-9]+)(?=[,}\]]))', re.ASCII)
_BASE64_32 = re.compile("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)
_BASE64_16 = re.compile("[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Template:
    """A skeleton, cut at its markers."""

    start: str
    places: tuple[tuple[str, str], ...]
    """Each marker and the text that follows it."""
    raw_length: int
    """Bytes of the raw binaries it needs."""

    @classmethod
    def of(cls, skeleton: str) -> "Template":
        """Cut a skeleton.

        Raises:
            ValueError: it has a control character that is no marker.
        """
        start, *rest = _CONTROL.split(skeleton)
        places = tuple(zip(rest[::2], rest[1::2], strict=True))
        if not all(BASE <= marker <= END for marker, _ in places):
            raise ValueError("an unknown marker")
        return cls(start, places, sum(_RAW.get(marker, 0) for marker, _ in places))


class Taker:
    """Takes out what varies, for one credential; `raw` and `stream` fill as texts are cut."""

    def __init__(self, dictionary: Dictionary, origin: str) -> None:
        self.raw = bytearray()
        self.stream: list[str] = []
        self._dictionary = dictionary
        self._base = address.base_uri(origin)
        self._digests: dict[str, int] = {}
        self._day = 0

    def cut(self, payload: str, disclosures: tuple[str, ...]) -> str:
        """The skeleton of a credential's JSON texts."""
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
        return f'{{"iss":"{ISSUER}","iat":{TIME},"vct":"{vct}","status":{STATUS}{rest}'

    def _values(self, json: str) -> str:
        return _VALUE.sub(self._value, json)

    def _value(self, found: re.Match[str]) -> str:
        before, text, integer = found.groups()
        if text is None:
            self.stream.append(digit_text.write(integer, self._dictionary))
            return before + TEXT
        if text in self._dictionary.literals:
            return found[0]
        return f'{before}"{self._take(text)}"'

    def _take(self, text: str) -> str:
        """Put a string where it travels; its marker."""
        length = len(text)
        if length == 43 and _BASE64_32.fullmatch(text):
            if text in self._digests:
                self.raw.append(self._digests[text])
                return DIGEST
            self.raw += base64url.decode(text)
            return BYTES_32
        if length == 22 and _BASE64_16.fullmatch(text):
            self.raw += base64url.decode(text)
            return BYTES_16
        if length == 10 and _DATE.fullmatch(text) and (days := _days(text)) in _FAR:
            near = days - self._day
            self.stream.append(f"{near - _NEAR.start:02}" if near in _NEAR else f"9{days:05}")
            self._day = days
            return DATE
        self.stream.append(digit_text.write(text, self._dictionary))
        return TEXT


def fill(template: Template, raw: bytes, digits: str, dictionary: Dictionary, origin: str) -> list[bytes]:
    """The JSON of each disclosure, then of the payload; nothing of it is parsed.

    Args:
        template: The skeleton.
        raw: Exactly the raw binaries it needs.
        digits: The stream.
        dictionary: Whose entries the stream names.
        origin: What BASE stands for.

    Raises:
        ValueError, IndexError, OverflowError: the stream does not fit the skeleton, or a text
            comes out longer than its limit.
    """
    base = address.base_uri(origin)
    institution = list_id = None
    at = raw_at = day = 0
    digests: list[str] = []
    texts: list[bytes] = []
    out = [template.start]
    for marker, following in template.places:
        if marker == TEXT:
            value, at = digit_text.read(digits, at, dictionary.entries)
        elif marker == DATE:
            if digits[at] == "9":
                day = int(digits[at + 1 : at + 6])
                at += 6
            else:
                day += int(digits[at : at + 2]) + _NEAR.start
                at += 2
            value = date.fromordinal(_EPOCH + day).isoformat()
        elif marker == TIME:
            value = digits[at : at + 10]
            at += 10
            day = int(value) // _DAY
            list_id = _year(day)
        elif marker == ISSUER:
            institution, at = digit_text.read(digits, at, dictionary.entries)
            if len(institution) > MAX_INSTITUTION:
                raise ValueError("an institution id that is too long")
            value = f"{base}i/{institution}"
        elif marker == STATUS:
            listed = list_id
            if digits[at] == "9":
                listed, at = digit_text.read(digits, at + 1, dictionary.entries)
            length = int(digits[at])
            idx = digits[at + 1 : at + 1 + length]
            at += 1 + length
            if institution is None or listed is None or not 1 <= length <= 8:
                raise ValueError("a status without institution, list or index")
            value = f'{{"status_list":{{"idx":{idx},"uri":"{base}t/status/{institution}/{listed}"}}}}'
        elif marker == BASE:
            value = base
        elif marker == END:
            texts.append(_encoded(out, MAX_DISCLOSURE))
            if len(texts) > MAX_DISCLOSURES:
                raise ValueError("too many disclosures")
            digests.append(digest(texts[-1]))
            out = [following]
            continue
        elif marker == DIGEST:
            value = digests[raw[raw_at]]
            raw_at += 1
        else:
            length = _RAW[marker]
            value = base64url.encode(raw[raw_at : raw_at + length])
            raw_at += length
        out += value, following
    if at != len(digits):
        raise ValueError("the stream is too long or too short")
    texts.append(_encoded(out, MAX_PAYLOAD))
    return texts


def _encoded(parts: list[str], limit: int) -> bytes:
    data = "".join(parts).encode()
    if len(data) > limit:
        raise ValueError(f"longer than {limit} bytes")
    return data


def _year(day: int) -> str:
    return str(date.fromordinal(_EPOCH + day).year)


def _days(text: str) -> int:
    """Days since 1970, negative when it is no date."""
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return -1
