r"""JSON in one form only: what we sign is what we write, and what we read is what we would write.

Canonical form (schemas/README.md §2): UTF-8 without a byte-order mark, no white space, characters
escaped only where RFC 8259 §7 demands it, integers only, within ±(2^53 − 1). A document that
differs from its canonical form by one byte is refused; that covers duplicate names, NaN, `1.0`,
`\\u4e2d`, lone surrogates and trailing data, and TypeScript can do the same with JSON.parse.
"""

import json
import re
from functools import lru_cache
from typing import Any, Never

from schemas.errors import MalformedError
from schemas.limits import MAX_DEPTH, MAX_SAFE_INTEGER


def _integer(text: str) -> int:
    number = int(text) if len(text) <= len("-9007199254740991") else MAX_SAFE_INTEGER + 1
    if not -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER or text == "-0":
        raise MalformedError("JSON: an integer outside ±(2^53 − 1), or −0")
    return number


def _refuse(text: str) -> Never:
    raise MalformedError(f"JSON: not an integer: {text[:32]}")


_SPACE = re.compile(rb"[ \t\n\r]")
_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)


def dumps(value: object) -> bytes:
    """The canonical bytes of `value`; members keep the order they were given."""
    return _ENCODER.encode(value).encode()


def loads(data: bytes) -> Any:
    """The value of canonical JSON `data`.

    Raises:
        MalformedError: not UTF-8, not JSON, or not in canonical form.
    """
    try:
        text = data.decode()
        value, end = _DECODER.raw_decode(text)
        names = _check(value, MAX_DEPTH)
        # Without an escape or white space, the only other ways to write the same value are a name
        # that stands twice and trailing data; writing it again would take as long as reading it.
        # A quote and a colon stand behind each name, and where a text begins with a colon.
        simple = b"\\" not in data and _SPACE.search(data) is None
        if simple and data.count(b'":') == names:
            canonical = end == len(text)
        else:
            canonical = dumps(value) == data
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError
        raise MalformedError(f"JSON: {type(error).__name__}") from None
    if not canonical:
        raise MalformedError("JSON: not in canonical form")
    return value


def loads_object(data: bytes) -> dict[str, Any]:
    """The object that canonical JSON `data` holds.

    Raises:
        MalformedError: as `loads`, or another value than an object.
    """
    value = loads(data)
    if type(value) is not dict:
        raise MalformedError("JSON: not an object")
    return value


def _check(value: object, depth: int) -> int:
    """Refuse deep nesting, and names that JavaScript would reorder or that could pollute it.

    Gives the number of member names.
    """
    if type(value) is dict:
        names = len(value)
        check_names(tuple(value))
        members: Any = value.values()
    elif type(value) is list:
        names = 0
        members = value
    else:
        return 0
    if depth == 0:
        raise MalformedError(f"JSON: nested deeper than {MAX_DEPTH}")
    for member in members:
        if type(member) is dict or type(member) is list:
            names += _check(member, depth - 1)
    return names


@lru_cache(maxsize=256)
def check_names(names: tuple[str, ...]) -> None:
    """Refuse what no object here may have as a member's name.

    Raises:
        MalformedError: empty, `__proto__`, or starting with a digit.
    """
    for name in names:
        if not name or name[0] in "0123456789" or name == "__proto__":
            raise MalformedError("JSON: a name that is empty, __proto__ or starts with a digit")
