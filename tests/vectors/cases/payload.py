"""The payload is canonical JSON of the strict profile; each of these was signed as it stands."""

from schemas.limits import MAX_PAYLOAD
from tests.vectors.cases.case import Case, Cases, case, issued, logged, with_json, with_payload


def _json(old: str, new: str) -> Case:
    return case(with_json(old, new), "malformed")


def _bytes(old: bytes, new: bytes) -> Case:
    return case(with_payload(lambda payload: payload.replace(old, new)), "malformed")


def _more(text: str) -> Case:
    """One member more, written like this."""
    return case(
        with_payload(lambda payload: payload[:-1] + b"," + text.encode() + b"}"), "malformed"
    )


def _whole(text: str | bytes) -> Case:
    data = text if isinstance(text, bytes) else text.encode()
    return case(with_payload(lambda _: data), "malformed")


def _filled(size: int) -> Case:
    """A payload of `size` bytes."""

    def change(payload: bytes) -> bytes:
        empty = payload[:-1] + b',"note":""}'
        return empty[:-2] + b"a" * (size - len(empty)) + empty[-2:]

    return case(with_payload(change), "malformed")


def _nested(depth: int) -> object:
    """`depth` arrays around a number."""
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


PAYLOAD: Cases = {
    "name_twice": _json('"level":"初级"', '"level":"初级","level":"高级"'),
    "name_twice_inside": _json('{"idx":0', '{"idx":0,"idx":1'),
    "name_twice_by_an_escape": _json('"level":"初级"', '"level":"初级","lev\\u0065l":"高级"'),
    "integer_as_float": _json('"iat":1747706400', '"iat":1747706400.0'),
    "integer_with_exponent": _json('"iat":1747706400', '"iat":17477064e2'),
    "integer_minus_zero": _json('"idx":0', '"idx":-0'),
    "integer_with_a_leading_zero": _json('"idx":0', '"idx":00'),
    "integer_with_a_plus": _json('"idx":0', '"idx":+0'),
    "integer_2_53": _more('"n":9007199254740992'),
    "integer_minus_2_53": _more('"n":-9007199254740992'),
    "integer_of_1000_digits": _more('"n":' + "9" * 1000),
    "integer_2_53_minus_1": case(
        logged(n=2**53 - 1, m=1 - 2**53),
        comment="the largest and the smallest integer, in members that nobody knows",
    ),
    "float": _more('"n":0.5'),
    "exponent_1e400": _more('"n":1e400'),
    "NaN": _more('"n":NaN'),
    "Infinity": _more('"n":Infinity'),
    "minus_Infinity": _more('"n":-Infinity'),
    "escaped_chinese": _json("初级", "\\u521d\\u7ea7"),
    "escaped_solidus": _json("/i/demo-pingjia", "\\/i\\/demo-pingjia"),
    "escape_in_upper_case_hex": _more('"n":"\\u001F"'),
    "escape_in_long_form": _more('"n":"\\u000a"'),
    "canonical_escapes": case(
        logged(n='"\\\n\r\t\b\f\u0000\u001f\u007f\u2028\u2029/'),
        comment='only ", \\ and what is below U+0020 is escaped, in the short form where there is one',
    ),
    "lone_surrogate": _more('"n":"\\ud800"'),
    "two_surrogates_escaped": _more('"n":"\\ud869\\uded6"'),
    "surrogate_in_utf8": _bytes("初级".encode(), b"\xed\xa0\x80"),
    "rare_character": case(issued(holder_name="陈𫖯"), comment="four bytes of UTF-8"),
    "compatibility_ideograph": case(
        issued(holder_name="測試\uf900"), comment="NFC would make U+8C48 of it"
    ),
    "bidi_and_zero_width": case(
        issued(holder_name="示例\u202e\u200b"),
        comment="signed as entered; showing it is the page's business",
    ),
    "not_utf8": _bytes("初级".encode(), b"\xff\xfe"),
    "overlong_utf8": _bytes("初级".encode(), b"\xc0\xaf"),
    "cut_utf8": _bytes("初级".encode(), b"\xe5\x88"),
    "utf16": case(with_payload(lambda payload: payload.decode().encode("utf-16-le")), "malformed"),
    "utf16_with_mark": case(
        with_payload(lambda payload: payload.decode().encode("utf-16")), "malformed"
    ),
    "byte_order_mark": case(with_payload(lambda payload: b"\xef\xbb\xbf" + payload), "malformed"),
    "raw_control_character": _json("初级", "初\t级"),
    "raw_nul": _json("初级", "初\0级"),
    "space_between": _json('"level":"初级"', '"level": "初级"'),
    "line_end_behind": case(with_payload(lambda payload: payload + b"\n"), "malformed"),
    "something_behind": case(with_payload(lambda payload: payload + b"{}"), "malformed"),
    "comma_at_the_end": case(with_payload(lambda payload: payload[:-1] + b",}"), "malformed"),
    "comment": _json('{"iss"', '{/**/"iss"'),
    "single_quotes": _json('"初级"', "'初级'"),
    "name_without_quotes": _json('"level":', "level:"),
    "cut_short": case(with_payload(lambda payload: payload[:-1]), "malformed"),
    "empty": _whole(""),
    "empty_object": _whole("{}"),
    "null": _whole("null"),
    "array": _whole("[]"),
    "text": _whole('"{}"'),
    "name_proto": case(logged(__proto__="高级"), "malformed"),
    "name_proto_inside": case(logged(n={"__proto__": {"level": "高级"}}), "malformed"),
    "name_empty": case(logged(**{"": 1}), "malformed"),
    "name_digit": case(
        logged(**{"1": 1}), "malformed", "JavaScript puts such members in front of all others"
    ),
    "name_constructor": case(logged(constructor="a", toString="b"), comment="names like any other"),
    "nested_8_deep": case(logged(n=_nested(7))),
    "nested_9_deep": case(logged(n=_nested(8)), "malformed"),
    "nested_1000_deep": _more('"n":' + "[" * 1000 + "]" * 1000),
    "nested_too_deep_and_unclosed": _more('"n":' + "[" * 3000),
    "unknown_members": case(logged(note="备注", more=[1, True, None, {"a": "b"}])),
    "one_byte_more_than_allowed": _filled(MAX_PAYLOAD + 1),
    "half_a_word": _more('"n":tru'),
}
