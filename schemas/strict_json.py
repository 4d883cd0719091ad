r"""JSON in one form only: what we sign is what we write, and what we read is what we would write.

Canonical form (schemas/README.md §2): UTF-8 without a byte-order mark, no white space, characters
escaped only where RFC 8259 §7 demands it, integers only, within ±(2^53 − 1). A document that
differs from its canonical form by one byte is refused; that covers duplicate names, NaN, `1.0`,
`\u4e2d`, lone surrogates and trailing data, and TypeScript can do the same with JSON.parse.
"""

from functools import lru_cache
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from schemas.errors import MalformedError
from schemas.limits import MAX_DEPTH, MAX_SAFE_INTEGER


def dumps(value: object) -> bytes:
    """The canonical bytes of `value`; members keep the order they were given.

    Raises:
        ValueError: a lone surrogate, which no UTF-8 text has, or not a JSON value.
    """
    try:
        return to_json(value)
    except PydanticSerializationError as error:
        raise ValueError(str(error)) from None


def loads(data: bytes) -> Any:
    """The value of canonical JSON `data`.

    Raises:
        MalformedError: not UTF-8, not JSON, or not in canonical form.
    """
    value = parse(data)
    try:
        canonical = to_json(value)
    except ValueError as error:
        raise MalformedError(f"JSON: {error}") from None
    if canonical != data:
        raise MalformedError("JSON: not in canonical form")
    _check(value, MAX_DEPTH)
    return value


def parse(data: bytes) -> Any:
    """The value of JSON that can only be in canonical form; `loads` is for all other.

    Raises:
        MalformedError: not UTF-8, or not JSON.
    """
    try:
        return from_json(data, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise MalformedError(f"JSON: {error}") from None


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
    """Refuse fractions, large integers, deep nesting, and names that JavaScript would reorder."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:  # type: ignore[operator]
            raise MalformedError("JSON: an integer outside ±(2^53 − 1)")
        return
    if kind is float:
        raise MalformedError("JSON: not an integer")
    if depth == 0:
        raise MalformedError(f"JSON: nested deeper than {MAX_DEPTH}")
    members: Any = value
    if kind is dict:
        check_names(tuple(members))
        members = members.values()
    for member in members:
        if type(member) is not str:
            _check(member, depth - 1)


@lru_cache(maxsize=256)
def check_names(names: tuple[str, ...]) -> None:
    """Refuse what no object here may have as a member's name.

    Raises:
        MalformedError: empty, `__proto__`, or starting with a digit.
    """
    for name in names:
        if not name or name[0] in "0123456789" or name == "__proto__":
            raise MalformedError("JSON: a name that is empty, __proto__ or starts with a digit")
