r"""JSON in one form only: what we sign is what we write, and what we read is what we would write.

Canonical form (schemas/README.md §2): UTF-8 without a byte-order mark, no white space, characters
escaped only where RFC 8259 §7 demands it, integers only, within ±(2^53 − 1). A document that
differs from its canonical form by one byte is refused; that covers duplicate names, NaN, `1.0`,
`\\u4e2d`, lone surrogates and trailing data, and TypeScript can do the same with JSON.parse.
"""

import json
from typing import Any, Never

from schemas.errors import MalformedError
from schemas.limits import MAX_DEPTH, MAX_SAFE_INTEGER


def _integer(text: str) -> int:
    number = int(text) if len(text) <= len("-9007199254740991") else MAX_SAFE_INTEGER + 1
    if not -MAX_SAFE_INTEGER <= number <= MAX_SAFE_INTEGER:
        raise MalformedError("JSON: an integer outside ±(2^53 − 1)")
    return number


def _refuse(text: str) -> Never:
    raise MalformedError(f"JSON: not an integer: {text[:32]}")


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dumps(value: object) -> bytes:
    """The canonical bytes of `value`; members keep the order they were given."""
    return _ENCODER.encode(value).encode()


def loads(data: bytes) -> Any:
    """The value of canonical JSON `data`.

    Raises:
        MalformedError: not UTF-8, not JSON, or not in canonical form.
    """
    try:
        value = _DECODER.decode(data.decode())
        canonical = dumps(value)
    except (ValueError, RecursionError) as error:  # UnicodeError is a ValueError
        raise MalformedError(f"JSON: {type(error).__name__}") from None
    if canonical != data:
        raise MalformedError("JSON: not in canonical form")
    _check(value, MAX_DEPTH - 1)
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


def _check(value: object, depth: int) -> None:
    """Refuse deep nesting, and names that JavaScript would reorder or that could pollute it."""
    if depth < 0:
        raise MalformedError(f"JSON: nested deeper than {MAX_DEPTH}")
    if type(value) is dict:
        for name in value:
            if not name or name[0] in "0123456789" or name == "__proto__":
                raise MalformedError(
                    "JSON: a member name that is empty, __proto__ or starts with a digit"
                )
        members: Any = value.values()
    elif type(value) is list:
        members = value
    else:
        return
    for member in members:
        if type(member) is dict or type(member) is list:
            _check(member, depth - 1)
