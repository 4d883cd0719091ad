"""JSON in one form only: everything that parsers of different languages disagree on is refused."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import strict_json
from schemas.errors import MalformedError
from schemas.limits import MAX_DEPTH, MAX_SAFE_INTEGER

READ: dict[str, tuple[bytes, object]] = {
    "null": (b"null", None),
    "true": (b"true", True),
    "false": (b"false", False),
    "zero": (b"0", 0),
    "the largest integer": (b"9007199254740991", MAX_SAFE_INTEGER),
    "the smallest integer": (b"-9007199254740991", -MAX_SAFE_INTEGER),
    "empty text": (b'""', ""),
    "empty array": (b"[]", []),
    "empty object": (b"{}", {}),
    "Chinese as it is": ('"欧阳·娜娜"'.encode(), "欧阳·娜娜"),
    "beyond the basic plane": ('"𠮷"'.encode(), "𠮷"),
    "not normalised": ('"e\u0301"'.encode(), "e\u0301"),
    "the escapes of RFC 8259 §7": (rb'"\"\\\b\f\n\r\t\u0000\u001f"', '"\\\b\f\n\r\t\0\x1f'),
    "DEL and a slash need none": (b'"\x7f/"', "\x7f/"),
    "line separators need none": ('"\u2028\u2029"'.encode(), "\u2028\u2029"),
    "members keep their order": (b'{"b":1,"a":2}', {"b": 1, "a": 2}),
    "a digit inside a name": (b'{"a1":1}', {"a1": 1}),
    "a name of Object.prototype": (b'{"constructor":1}', {"constructor": 1}),
    "the same name at two places": (b'{"a":{"a":1}}', {"a": {"a": 1}}),
    "nested to the limit": (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, [[[[[[[[]]]]]]]]),
}


@pytest.mark.parametrize(("data", "value"), READ.values(), ids=READ)
def test_read(data: bytes, value: object) -> None:
    assert value == strict_json.loads(data)
    assert data == strict_json.dumps(value)


REFUSED = {
    # not UTF-8, or not only
    "nothing": b"",
    "byte-order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "UTF-32": '{"a":1}'.encode("utf-32"),
    "GB 18030": '"中"'.encode("gb18030"),
    "an overlong slash": b'"\xc0\xaf"',
    "CESU-8": b'"\xed\xa0\x81\xed\xb0\x80"',
    "a surrogate as bytes": b'"\xed\xa0\x80"',
    "beyond U+10FFFF": b'"\xf4\x90\x80\x80"',
    "cut inside a character": b'"\xe4\xb8"',
    # lone surrogates and needless escapes
    "a lone high surrogate": rb'"\ud800"',
    "a lone low surrogate": rb'"\udfff"',
    "surrogates the wrong way round": rb'"\udc00\ud800"',
    "an escaped pair": rb'"\ud842\udfb7"',
    "an escaped letter": rb'"\u0041"',
    "escaped Chinese": rb'"\u4e2d"',
    "an escaped slash": rb'"\/"',
    "an escaped DEL": rb'"\u007f"',
    "an escape with capitals": rb'"\u001F"',
    "a long escape where there is a short one": rb'"\u000a"',
    "an escaped name": rb'{"\u0061":1}',
    "a control character as it is": b'"\n"',
    "NUL as it is": b'"\0"',
    "an unknown escape": rb'"\x41"',
    "an escape that is cut short": rb'"\u00"',
    # numbers
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "NaN in an object": b'{"a":NaN}',
    "1.0": b"1.0",
    "0.1": b"0.1",
    "1e2": b"1e2",
    "1E400": b"1E400",
    "minus zero": b"-0",
    "-0.0": b"-0.0",
    "a leading zero": b"01",
    "a plus sign": b"+1",
    "hexadecimal": b"0x10",
    "underscores": b"1_000",
    "full-width digits": "１２".encode(),
    "Arabic digits": "١٢".encode(),
    "2^53": b"9007199254740992",
    "-2^53": b"-9007199254740992",
    "19 digits": b"1000000000000000000",
    "5,000 digits": b"1" * 5000,
    "5,000 digits in an object": b'{"exp":' + b"1" * 5000 + b"}",
    # form
    "a space in front": b" {}",
    "a newline at the end": b"{}\n",
    "a space after the colon": b'{"a": 1}',
    "a tab": b"[1,\t2]",
    "two values": b"{}{}",
    "trailing letters": b"nullnull",
    "a trailing comma": b"[1,]",
    "a comment": b"{}/**/",
    "single quotes": b"{'a':1}",
    "a name without quotes": b"{a:1}",
    "cut short": b'{"a":1',
    "only a quote": b'"',
    "a word": b"undefined",
    "True": b"True",
    # names
    "the same name twice": b'{"a":1,"a":1}',
    "the same name twice, other values": b'{"exp":1,"exp":2}',
    "the same name twice, deep": b'{"status":{"idx":1,"idx":2}}',
    "the same name twice, once escaped": rb'{"a":1,"\u0061":2}',
    "__proto__": b'{"__proto__":{}}',
    "__proto__ inside": b'[{"a":[{"__proto__":1}]}]',
    "an empty name": b'{"":1}',
    "a name that JavaScript sorts": b'{"1":1}',
    "a name that starts with a digit": b'{"9a":1}',
    # depth
    "one deeper than the limit": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "objects, one too deep": b'{"a":' * MAX_DEPTH + b"[]" + b"}" * MAX_DEPTH,
    "1,000 arrays": b"[" * 1000 + b"]" * 1000,
    "100,000 arrays": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    # work stays in proportion to the size
    "a megabyte of arrays": b"[" * 2**20,
    "a megabyte of digits": b"1" * 2**20,
    "a megabyte of backslashes": b'"' + b"\\" * 2**20,
    "a megabyte of members and a comma": b"[" + b"1," * 2**19 + b"]",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        strict_json.loads(data)


@pytest.mark.parametrize("data", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_only_an_object_is_an_object(data: bytes) -> None:
    with pytest.raises(MalformedError, match="not an object"):
        strict_json.loads_object(data)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: name[0] not in "0123456789" and name != "__proto__"
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)


def nested(depth: int) -> st.SearchStrategy[Any]:
    """Values of the profile, at most `depth` arrays and objects deep."""
    if depth == 0:
        return SCALARS
    inner = nested(depth - 1)
    return inner | st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)


@given(nested(4))
def test_loads_gives_what_dumps_wrote(value: object) -> None:
    again = strict_json.loads(strict_json.dumps(value))
    assert value == again
    assert json.dumps(value) == json.dumps(again)  # the order of members, and True is not 1


def read_or_malformed(data: bytes) -> None:
    """There is no third answer, and what is read is the canonical form."""
    try:
        value = strict_json.loads(data)
    except MalformedError:
        return
    assert data == strict_json.dumps(value)


@given(st.binary(max_size=60))
@example(b"\xff")
@example(b"{")
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    read_or_malformed(data)


@given(st.text(st.sampled_from('{}[]",:\\ud8001e.-+tfn a中'), max_size=30))
def test_any_text_of_json_s_alphabet_is_read_or_malformed(text: str) -> None:
    read_or_malformed(text.encode())


@given(nested(3), st.data())
def test_no_other_text_of_a_value_is_read(value: object, draw: st.DataObject) -> None:
    """Any white space that a JSON parser would pass over is refused."""
    data = strict_json.dumps(value)
    place = draw.draw(st.sampled_from([0, len(data)]))
    space = draw.draw(st.sampled_from([b" ", b"\t", b"\n", b"\r"]))
    with pytest.raises(MalformedError):
        strict_json.loads(data[:place] + space + data[place:])


# Texts that come close: names that stand twice, colons and quotes in texts, white space, escapes.
PIECES = ["0", "-0", "7", "1.0", "true", "null", '""', '":"', '"a"', '"a\\":"', '" "', '"\\u0061"']
MEMBERS = ['"a"', '"b"', '"a:"', '":"', '"a\\":"', '"\\u0061"', '"1"', '""', '"__proto__"']


def joined(opening: str, closing: str, parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Arrays or objects of `parts`, now and then with a space."""
    commas = st.sampled_from([",", ",", ",", ", "])
    return st.builds(
        lambda parts, comma: opening + comma.join(parts) + closing,
        st.lists(parts, max_size=4),
        commas,
    )


NEAR = st.recursive(
    st.sampled_from(PIECES),
    lambda inner: (
        joined("[", "]", inner)
        | joined("{", "}", st.builds("{}:{}".format, st.sampled_from(MEMBERS), inner))
    ),
    max_leaves=8,
)


def fraction(text: str) -> float:
    """No number of the profile."""
    raise ValueError(text)


def names_in(value: Any) -> list[str]:
    """All member names, at any depth."""
    members = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return []
    names = list(value) if isinstance(value, dict) else []
    return names + [name for member in members for name in names_in(member)]


def is_canonical(data: bytes) -> bool:
    """By the definition: parse, write again, compare the bytes; and no name out of place."""
    try:
        value = json.loads(data, parse_float=fraction)
    except ValueError:
        return False
    again = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return again == data and not {"", "1", "__proto__"} & set(names_in(value))


@given(NEAR, st.sampled_from(["", "", "", "1", ",", "}", " "]))
@example('{"a":1,"a":":"}', "")
@example('{"a":{"a":1,"a":1},":":1}', "")
@example('[":",":"]', "")
def test_what_is_read_is_what_the_definition_says(text: str, behind: str) -> None:
    """However it is decided."""
    data = (text + behind).encode()
    try:
        value = strict_json.loads(data)
    except MalformedError:
        assert not is_canonical(data)
        return
    assert is_canonical(data)
    assert json.loads(data) == value
