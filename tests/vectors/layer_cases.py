"""The inputs of the layer vectors by name, and what has to come of them; `layers.py` writes them."""

from keys.ed25519 import L, P
from schemas.limits import MAX_DEPTH
from tests.keys import curve
from tests.keys.test_ed25519 import MIXED_ORDER, NOT_CANONICAL, RFC8032, SMALL_ORDER
from tests.lists import stored_zlib
from tests.world import HOUR, SIGNED, key

BASE64URL = {
    # RFC 4648 §10, without padding
    **{f"rfc4648_{n}": text for n, text in enumerate(["", "Zg", "Zm8", "Zm9v", "Zm9vYg"])},
    "both_special_characters": "-_-_",
    "all_bits": "____",
    "32_bytes": "A" * 43,
    "64_bytes": "A" * 86,
    "padded_once": "Zm8=",
    "padded_twice": "Zg==",
    "padding_alone": "=",
    "standard_plus": "+_-_",
    "standard_solidus": "-/-_",
    "one_character": "A",
    "five_characters": "AAAAA",
    "last_of_2_not_canonical": "Zh",
    "last_of_3_not_canonical": "Zm-",
    "last_of_43_not_canonical": "A" * 42 + "B",
    "last_of_86_not_canonical": "A" * 85 + "B",
    "space": "Zm 8",
    "line_end": "Zm8\n",
    "line_ends_as_in_pem": "Zm9v\nYmFy",
    "nul": "Zm8\0",
    "full_width": "Ｚm8",
    "letter_with_accent": "Zé8A",
    "long_s": "ſſſſ",
    "lone_surrogate": "Zm8\ud800",
    "comma": "Zm,8",
    "last_of_2_canonical": "ZA",
}

BASE64URL_GOOD = frozenset(
    {
        *(f"rfc4648_{n}" for n in range(5)),
        *("both_special_characters", "all_bits", "32_bytes", "64_bytes", "last_of_2_canonical"),
    }
)


def _nested(depth: int, opening: str = "[", inner: str = "", closing: str = "]") -> bytes:
    return (opening * depth + inner + closing * depth).encode()


JSON: dict[str, bytes] = {
    "object_empty": b"{}",
    "array_empty": b"[]",
    "null": b"null",
    "true": b"true",
    "text": b'"a"',
    "text_empty": b'""',
    "text_chinese": '"中文"'.encode(),
    "text_rare": '"𫖯"'.encode(),
    "text_line_separators": '"\u2028\u2029"'.encode(),
    "text_delete": b'"\x7f"',
    "text_noncharacter": '"\uffff"'.encode(),
    "text_mark_inside": '"\ufeff"'.encode(),
    "text_that_begins_with_a_colon": b'{"a":":b"}',
    "name_that_begins_with_a_colon": b'{":a":":b"}',
    "texts_that_begin_with_a_colon": b'[":",":"]',
    "name_twice_beside_a_colon": b'{"a":":","a":1}',
    "text_combining": '"e\u0301"'.encode(),
    "escape_quote": b'"\\""',
    "escape_backslash": b'"\\\\"',
    "escape_short": b'"\\b\\f\\n\\r\\t"',
    "escape_long": b'"\\u0000\\u001f\\u000b"',
    "escape_long_upper": b'"\\u001F"',
    "escape_long_for_short": b'"\\u000a"',
    "escape_delete": b'"\\u007f"',
    "escape_solidus": b'"\\/"',
    "escape_letter": b'"\\u0061"',
    "escape_chinese": b'"\\u4e2d"',
    "escape_pair": b'"\\ud869\\uded6"',
    "escape_lone_high": b'"\\ud800"',
    "escape_lone_low": b'"\\udc00"',
    "escape_reversed_pair": b'"\\udc00\\ud800"',
    "escape_unknown": b'"\\x41"',
    "escape_cut": b'"\\u00"',
    "raw_control": b'"\x1f"',
    "raw_tab": b'"\t"',
    "raw_line_end": b'"\n"',
    "zero": b"0",
    "minus_zero": b"-0",
    "minus_one": b"-1",
    "leading_zero": b"01",
    "plus": b"+1",
    "float": b"1.5",
    "float_whole": b"1.0",
    "float_point_behind": b"1.",
    "float_point_in_front": b".5",
    "exponent": b"1e2",
    "exponent_huge": b"1e400",
    "hexadecimal": b"0x10",
    "underscore": b"1_000",
    "largest": b"9007199254740991",
    "one_too_many": b"9007199254740992",
    "two_too_many": b"9007199254740993",
    "smallest": b"-9007199254740991",
    "one_too_few": b"-9007199254740992",
    "2_64": b"18446744073709551616",
    "1000_digits": b"1" * 1000,
    "5000_digits": b"1" * 5000,
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "minus_Infinity": b"-Infinity",
    "undefined": b"undefined",
    "True": b"True",
    "full_width_digit": "１".encode(),
    "nothing": b"",
    "space": b" ",
    "space_in_front": b" 1",
    "line_end_behind": b"1\n",
    "space_after_comma": b"[1, 2]",
    "space_after_colon": b'{"a": 1}',
    "mark_in_front": b"\xef\xbb\xbf1",
    "two_values": b"1 2",
    "two_objects": b"{}{}",
    "comma_behind": b"[1,]",
    "comma_behind_member": b'{"a":1,}',
    "comma_alone": b"[,]",
    "bracket_missing": b"[1",
    "bracket_too_many": b"1]",
    "quote_missing": b'"a',
    "single_quotes": b"'a'",
    "comment": b"/**/1",
    "name_without_quotes": b"{a:1}",
    "name_number": b"{1:1}",
    "name_twice": b'{"a":1,"a":2}',
    "name_twice_same_value": b'{"a":1,"a":1}',
    "name_twice_inside": b'[{"a":1,"a":2}]',
    "name_twice_by_escape": b'{"a":1,"\\u0061":2}',
    "name_empty": b'{"":1}',
    "name_digit": b'{"1":1}',
    "name_digit_and_letters": b'{"1a":1}',
    "name_digit_inside": b'{"a":[{"0":1}]}',
    "name_proto": b'{"__proto__":1}',
    "name_proto_inside": b'{"a":{"__proto__":{}}}',
    "name_constructor": b'{"constructor":1}',
    "name_toString": b'{"toString":1}',
    "name_chinese": '{"姓名":1}'.encode(),
    "names_in_any_order": b'{"b":1,"a":2}',
    "utf8_cut": b'"\xe4\xb8"',
    "utf8_overlong": b'"\xc0\xaf"',
    "utf8_surrogate": b'"\xed\xa0\x80"',
    "utf8_beyond": b'"\xf4\x90\x80\x80"',
    "utf8_lone_byte": b'"\xff"',
    "utf16": "{}".encode("utf-16-le"),
    "utf16_mark": "{}".encode("utf-16"),
    "utf32": "{}".encode("utf-32-le"),
    "deep_arrays": _nested(MAX_DEPTH),
    "too_deep_arrays": _nested(MAX_DEPTH + 1),
    "deep_objects": _nested(MAX_DEPTH, '{"a":', "1", "}"),
    "too_deep_objects": _nested(MAX_DEPTH + 1, '{"a":', "1", "}"),
    "very_deep": _nested(5000),
    "very_deep_and_open": b"[" * 5000,
}

JSON_GOOD = frozenset(
    {
        *("object_empty", "array_empty", "null", "true", "deep_arrays", "deep_objects"),
        *("text", "text_empty", "text_chinese", "text_rare", "text_line_separators"),
        *("text_delete", "text_noncharacter", "text_mark_inside", "text_combining"),
        *("text_that_begins_with_a_colon", "name_that_begins_with_a_colon"),
        *("texts_that_begin_with_a_colon", "escape_quote", "escape_backslash", "escape_short"),
        *("escape_long", "zero", "minus_one", "largest", "smallest", "name_constructor"),
        *("name_toString", "name_chinese", "names_in_any_order"),
    }
)

# (count, zlib stream, entries; None: refused)
STATUS_LISTS: dict[str, tuple[int, bytes, str | None]] = {
    "none": (0, stored_zlib(b""), ""),
    "one_valid": (1, stored_zlib(b"\x00"), "0"),
    "one_of_each": (4, stored_zlib(b"\xe4"), "0121"),
    "least_significant_first": (5, stored_zlib(b"\x01\x02"), "10002"),
    "compressed": (1000, bytes(250), "0" * 1000),
    "compressed_some_revoked": (
        40,
        bytes.fromhex("00010000800000000004"),
        "0000100000000000000200000000000000000100",
    ),
    "a_byte_too_few": (5, stored_zlib(b"\x00"), None),
    "a_byte_too_many": (4, stored_zlib(b"\x00\x00"), None),
    "something_behind": (4, stored_zlib(b"\x00") + b"\x00", None),
    "cut_short": (4, stored_zlib(b"\x00")[:-1], None),
    "wrong_checksum": (4, stored_zlib(b"\x00")[:-1] + b"\x07", None),
    "wrong_header": (4, b"\x78\x00" + stored_zlib(b"\x00")[2:], None),
    "without_header": (4, b"\x78" + stored_zlib(b"\x00")[3:-4], None),
    "two_streams": (8, stored_zlib(b"\x00") * 2, None),
    "empty": (4, b"", None),
    "with_a_dictionary": (4, b"\x78\x20\x00\x00\x00\x01" + stored_zlib(b"\x00")[2:], None),
    "bomb": (4, stored_zlib(bytes(5000)), None),
}

# (earlier, later, what is believed)
MERGED: dict[str, tuple[str, str, str]] = {
    "nothing_before": ("", "012", "012"),
    "revoked_stays": ("1111", "0123", "1111"),
    "suspended_is_lifted": ("2222", "0123", "0121"),
    "valid_changes": ("0000", "0123", "0121"),
    "unused_counts_as_revoked": ("3333", "0123", "1111"),
    "the_list_has_grown": ("1", "00000", "10000"),
    "across_bytes": ("000010000", "0000200001", "0000100001"),
}

_INPUT = b"eyJhIjoxfQ.eyJiIjoyfQ"
# (signing input, slot, epochs, logged at)
EPOCHS: dict[str, tuple[bytes, int, list[list[int]], int]] = {
    "first_slot": (_INPUT, 0, [[1, SIGNED]], SIGNED),
    "last_of_the_first_epoch": (_INPUT, 9, [[10, SIGNED], [20, SIGNED + HOUR]], SIGNED),
    "first_of_the_second_epoch": (_INPUT, 10, [[10, SIGNED], [20, SIGNED + HOUR]], SIGNED + HOUR),
    "two_epochs_of_one_time": (_INPUT, 1, [[1, SIGNED], [2, SIGNED]], SIGNED),
    "another_credential": (_INPUT + b"A", 0, [[1, SIGNED]], SIGNED),
}

# (number, signing input, sealed; None: as `seal_number` does it)
NUMBERS: dict[str, tuple[str, bytes, str | None]] = {
    "short": ("PJ2025000002", _INPUT, None),
    "one_character": ("1", _INPUT, None),
    "chinese": ("京职〔2025〕第 000123 号", _INPUT, None),
    "32_bytes": ("A" * 32, _INPUT, None),
    "33_bytes": ("A" * 33, _INPUT, None),
    "200_characters": ("证" * 200, _INPUT, None),
    "under_another_credential": ("PJ2025000002", _INPUT + b"A", None),
    "not_for_this_credential": ("", _INPUT, "AAAAAAAAAAAAAAAA"),
    "nothing": ("", _INPUT, ""),
    "not_base64url": ("", _INPUT, "A"),
    "longer_than_a_number": ("", _INPUT, "A" * 1070),
}

_PUBLIC = {name: key(name).jwk.x for name in ("pingjia 2025", "prod root 1", "stranger")}
KEYS: dict[str, bytes] = {
    **_PUBLIC,
    **{f"rfc8032 {name}": bytes.fromhex(vector[1]) for name, vector in RFC8032.items()},
    "base point": curve.encode(curve.BASE),
    "minus base point": curve.encode((P - curve.BASE[0], curve.BASE[1])),
    "off the curve": (2).to_bytes(32, "little"),
    "off the curve, odd": (2 + 2**255).to_bytes(32, "little"),
    "all ones": b"\xff" * 32,
    **{f"not canonical: {name}": raw for name, raw in list(NOT_CANONICAL.items())[:6]},
    **{
        f"not canonical: {name}": raw
        for name, raw in NOT_CANONICAL.items()
        if name.startswith("x = ")
    },
    **{f"small order: {name}": raw for name, raw in SMALL_ORDER.items()},
    **{f"mixed order: {name}": raw for name, raw in MIXED_ORDER.items()},
}

KEYS_GOOD = frozenset(
    {*_PUBLIC, *(f"rfc8032 {name}" for name in RFC8032), "base point", "minus base point"}
)

_SEED, _X, _MESSAGE = key("pingjia 2025").seed, key("pingjia 2025").jwk.x, b"header.payload"
_GOOD = key("pingjia 2025").sign(_MESSAGE)


def _scalar(number: int) -> bytes:
    return number.to_bytes(32, "little")


def _with_nonce(r: int, torsion: int, encoded: bytes = b"") -> bytes:
    """A signature that satisfies the cofactored equation, by a signer who chooses R = r·B + T."""
    point = curve.add(curve.multiply(r, curve.BASE), curve.TORSION[torsion])
    encoded = encoded or curve.encode(point)
    k = curve.challenge(encoded, _X, _MESSAGE)
    return encoded + _scalar((r + k * curve.secret_scalar(_SEED)) % L)


def _ours(signature: bytes) -> tuple[bytes, bytes, bytes]:
    return _X, _MESSAGE, signature


SIGNATURES: dict[str, tuple[bytes, bytes, bytes]] = {
    **{
        f"rfc8032 {name}": (bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))
        for name, (_, public, message, signature) in RFC8032.items()
    },
    "good": _ours(_GOOD),
    "another message": (_X, _MESSAGE + b".", _GOOD),
    "another key": (key("stranger").jwk.x, _MESSAGE, _GOOD),
    "S plus L": _ours(_GOOD[:32] + _scalar(int.from_bytes(_GOOD[32:], "little") + L)),
    "S is L": _ours(_GOOD[:32] + _scalar(L)),
    "S is L minus 1": _ours(_GOOD[:32] + _scalar(L - 1)),
    "S is 0": _ours(_GOOD[:32] + bytes(32)),
    "top bits of S": _ours(_GOOD[:63] + bytes([_GOOD[63] | 0xE0])),
    "63 bytes": _ours(_GOOD[:-1]),
    "65 bytes": _ours(_GOOD + b"\0"),
    "nothing": _ours(b""),
    "chosen nonce": _ours(_with_nonce(7, 0)),
    **{f"R of small order: T{n}": _ours(_with_nonce(0, n)) for n in range(8)},
    **{f"R of mixed order: T{n}": _ours(_with_nonce(7, n)) for n in range(1, 8)},
    "R is the identity, y = p + 1": _ours(_with_nonce(0, 0, _scalar(P + 1))),
    "R is the identity, x = -0": _ours(_with_nonce(0, 0, _scalar(1 + 2**255))),
    "R off the curve": _ours(_scalar(2) + _GOOD[32:]),
}

SIGNATURES_GOOD = frozenset({*(f"rfc8032 {name}" for name in RFC8032), "good", "chosen nonce"})
