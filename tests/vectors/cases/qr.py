"""Codes: the address in front, the digits behind it, and what the digits hold (schemas/README.md §3)."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

from schemas import qr, skeleton
from schemas.dictionary import DICTIONARIES
from schemas.limits import MAX_PAYLOAD, MAX_QR_DIGITS
from schemas.sd_jwt import SIGNATURE_LENGTH
from tests.vectors import packing
from tests.vectors.cases.case import Case, Cases, case, genuine
from tests.world import ORIGIN, SECOND_ORIGIN, Issued, World

TEXT = skeleton.TEXT.encode()
BYTES_32 = skeleton.BYTES_32.encode()
DIGEST = skeleton.DIGEST.encode()
END = skeleton.END.encode()

FOREIGN_HOST = "zs-example.cn.attacker.example"


class Packed(NamedTuple):
    """The parts of a packed credential."""

    version: int
    skeleton: bytes
    """As it is spelled: one byte, or a length and a deflate part."""
    kid: bytes
    rest: bytes
    """Raw binaries and stream."""
    signature: bytes

    @classmethod
    def of(cls, packed: bytes) -> Self:
        """Take packed bytes apart."""
        length = int.from_bytes(packed[1:3]) - 0x8000 if packed[1] & 0x80 else -1
        kid_at, end = 3 + length if length >= 0 else 2, len(packed) - SIGNATURE_LENGTH
        rest_at = kid_at + qr.KID_BYTES
        return cls(
            packed[0], packed[1:kid_at], packed[kid_at:rest_at], packed[rest_at:end], packed[end:]
        )

    @property
    def digits(self) -> str:
        """What stands in the code."""
        parts = (bytes([self.version]), self.skeleton, self.kid, self.rest, self.signature)
        return qr.to_digits(b"".join(parts))


def _packed(issued: Issued, *, disclosed: bool = False, origin: str = ORIGIN) -> Packed:
    token = issued.token._replace(disclosures=issued.disclosures) if disclosed else issued.token
    return Packed.of(packing.pack(token, origin))


def _code(digits: str, host: str = ORIGIN) -> str:
    return f"https://{host}/#{digits}"


def _scanned(type_name: str, **options: Any) -> Callable[[World], str]:
    return lambda world: _code(_packed(world.issue(type_name, **options)).digits)


def _with(change: Callable[[Packed], Packed], code: str, comment: str = "") -> Case:
    """The genuine code with other parts."""
    return case(lambda world: _code(change(_packed(genuine(world))).digits), code, comment)


def _text(change: Callable[[str], str], code: str = "foreign_code", comment: str = "") -> Case:
    """The genuine code's text, changed."""
    return case(lambda world: change(_code(_packed(genuine(world)).digits)), code, comment)


def _stored(text: bytes) -> bytes:
    """Text as a skeleton of one stored block (RFC 1951 §3.2.4)."""
    size = len(text).to_bytes(2, "little")
    return _spelled(b"\x01" + size + bytes(255 - byte for byte in size) + text)


def _spelled(deflated: bytes) -> bytes:
    return (0x8000 + len(deflated)).to_bytes(2) + deflated


def _numbered(packed: Packed) -> bytes:
    """The text of a skeleton that has a number."""
    return DICTIONARIES[packed.version].skeletons[packed.skeleton[0]].encode()


def _skeleton(change: Callable[[bytes], bytes], code: str, comment: str = "") -> Case:
    """The genuine skeleton spelled out, and changed."""
    return _with(
        lambda packed: packed._replace(skeleton=_stored(change(_numbered(packed)))), code, comment
    )


def _deflated(change: Callable[[bytes], bytes], code: str, comment: str = "") -> Case:
    """The genuine skeleton in a stored block, and that changed."""
    return _with(
        lambda packed: packed._replace(skeleton=_spelled(change(_stored(_numbered(packed))[2:]))),
        code,
        comment,
    )


def _stream(change: Callable[[str], str], code: str = "malformed", comment: str = "") -> Case:
    """The decimal digits of the stream, the leading 1 among them, changed."""

    def changed(packed: Packed) -> Packed:
        raw, stream = packed.rest[:32], int.from_bytes(packed.rest[32:])
        number = int(change(str(stream)))
        return packed._replace(rest=raw + number.to_bytes((number.bit_length() + 7) // 8))

    return _with(changed, code, comment)


def _bomb() -> bytes:
    """One letter, and 258 times that letter again and again (RFC 1951 §3.2.6)."""
    repeats = MAX_PAYLOAD // 258 + 1
    bits = "1" + "10" + "10010001" + ("11000101" + "00000") * repeats + "0000000"
    size = (len(bits) + 7) // 8
    return int(bits.ljust(size * 8, "0")[::-1], 2).to_bytes(size, "little")


def _without_dictionary(world: World) -> str:
    """The reserved version: every text travels as it is, the whole payload as the skeleton."""
    token = genuine(world).token
    whole = Packed(255, _stored(token.payload), _packed(genuine(world)).kid, b"", token.signature)
    return _code(whole.digits)


def _whole_payload(world: World) -> str:
    token = genuine(world).token
    return _code(_packed(genuine(world))._replace(skeleton=_stored(token.payload), rest=b"").digits)


def _second(world: World) -> Packed:
    """The code of a credential of the second origin."""
    if "second" not in world.named:
        world.named["second"] = world.issue(origin=SECOND_ORIGIN)
    return _packed(world.named["second"], origin=SECOND_ORIGIN)


def _altered(world: World) -> Packed:
    packed = _packed(genuine(world))
    return packed._replace(signature=packed.signature[:-2] + bytes(2))


QR_TEXT: Cases = {
    "technical_level": _text(lambda text: text, "ok"),
    "training_completion": case(_scanned("training_completion")),
    "ce_training": case(_scanned("ce_training")),
    "competition_award": case(_scanned("competition_award")),
    "skill_level": case(_scanned("skill_level"), warnings=("issuer_suspended_now",)),
    "a_rare_name": case(_scanned("technical_level", holder_name="买买提江·阿不都热合曼·王䶮𫖯")),
    "a_latin_name": case(_scanned("technical_level", holder_name="TEST O'SAMPLE-示例")),
    "a_number_of_its_own": case(
        _scanned("technical_level", certificate_number="京职〔2025〕第 000123 号")
    ),
    "old_paper": case(_scanned("technical_level", issue_date="2023-06-30")),
    "a_list_of_another_name": case(_scanned("technical_level", list_id="2025-9")),
    "the_holder_s_own_code": case(
        lambda world: _code(_packed(genuine(world), disclosed=True).digits),
        comment="with the disclosure of the ID number",
    ),
    "digits_alone": _text(lambda text: text.partition("#")[2], "ok"),
    "the_second_origin_s": case(lambda world: _code(_second(world).digits, SECOND_ORIGIN)),
    "the_second_origin_s_digits_alone": case(lambda world: _second(world).digits),
    "another_host": case(
        lambda world: _code(_packed(genuine(world)).digits, FOREIGN_HOST),
        comment="a genuine credential behind a look-alike address",
        warnings=("foreign_host",),
    ),
    "another_host_and_altered": case(
        lambda world: _code(_altered(world).digits, FOREIGN_HOST), "bad_signature"
    ),
    "another_host_of_the_second_origin_s": case(
        lambda world: _code(_second(world).digits, FOREIGN_HOST), warnings=("foreign_host",)
    ),
    "the_other_origin_of_the_registry": case(
        lambda world: _code(_packed(genuine(world)).digits, SECOND_ORIGIN),
        warnings=("foreign_host",),
    ),
    "another_port": case(
        lambda world: _code(_packed(genuine(world)).digits, f"{ORIGIN}:8443"),
        warnings=("foreign_host",),
    ),
    "port_65535": case(
        lambda world: _code(_packed(genuine(world)).digits, f"{ORIGIN}:65535"),
        warnings=("foreign_host",),
    ),
    "without_tls": _text(lambda text: text.replace("https", "http")),
    "scheme_in_upper_case": _text(lambda text: text.replace("https", "HTTPS")),
    "host_in_upper_case": _text(lambda text: text.replace(ORIGIN, ORIGIN.upper())),
    "host_with_a_user": _text(lambda text: text.replace(ORIGIN, f"a@{ORIGIN}")),
    "host_with_a_dot_behind": _text(lambda text: text.replace(ORIGIN, f"{ORIGIN}.")),
    "host_in_chinese": _text(lambda text: text.replace(ORIGIN, "证书.example.cn")),
    "host_of_64_characters": _text(lambda text: text.replace(ORIGIN, "a" * 60 + ".cnc")),
    "host_empty": _text(lambda text: text.replace(ORIGIN, "")),
    "port_0": _text(lambda text: text.replace(ORIGIN, f"{ORIGIN}:0")),
    "port_65536": _text(lambda text: text.replace(ORIGIN, f"{ORIGIN}:65536")),
    "port_empty": _text(lambda text: text.replace(ORIGIN, f"{ORIGIN}:")),
    "a_path": _text(lambda text: text.replace("/#", "/v/#")),
    "a_query": _text(lambda text: text.replace("/#", "/?a#")),
    "no_slash": _text(lambda text: text.replace("/#", "#")),
    "a_space_in_front": _text(lambda text: " " + text),
    "a_line_end_behind": _text(lambda text: text + "\n"),
    "a_leading_zero": _text(lambda text: text.replace("#", "#0")),
    "a_full_width_digit": _text(lambda text: text[:-1] + "１"),
    "an_arabic_digit": _text(lambda text: text[:-1] + "١"),
    "a_superscript": _text(lambda text: text[:-1] + "²"),
    "an_underscore": _text(lambda text: text[:-3] + "_" + text[-2:]),
    "hexadecimal": _text(lambda text: text.replace("#", "#0x")),
    "a_minus": _text(lambda text: text.replace("#", "#-")),
    "a_decimal_point": _text(lambda text: text + ".0"),
    "as_many_digits_as_a_code_holds": _text(lambda _: "9" * (MAX_QR_DIGITS + 1)),
    "two_codes": _text(lambda text: text * 2),
    "an_sd_jwt_behind_the_address": case(
        lambda world: f"https://{ORIGIN}/#{genuine(world).text}", "foreign_code"
    ),
}

QR_CONTENT: Cases = {
    "a_digit_too_few": _text(lambda text: text[:-1], "unsupported_version"),
    "a_later_version": _with(lambda packed: packed._replace(version=2), "unsupported_version"),
    "the_last_version_but_one": _with(
        lambda packed: packed._replace(version=254), "unsupported_version"
    ),
    "without_a_dictionary": case(_without_dictionary),
    "a_number_without_a_dictionary": _with(
        lambda packed: packed._replace(version=255), "malformed"
    ),
    "the_skeleton_spelled_out": _skeleton(
        lambda text: text, "ok", "one credential has many codes; none is its name"
    ),
    "the_whole_payload_as_skeleton": case(_whole_payload),
    "a_skeleton_that_has_no_number": _with(
        lambda packed: packed._replace(skeleton=b"\x7f"), "malformed"
    ),
    "a_skeleton_that_is_not_utf8": _skeleton(lambda text: text[:-1] + b"\xff", "malformed"),
    "an_unknown_marker": _skeleton(lambda text: text.replace(TEXT, b"\x1f", 1), "malformed"),
    "the_marker_0": _skeleton(lambda text: text.replace(TEXT, b"\0", 1), "malformed"),
    "an_unknown_marker_at_the_end": _skeleton(lambda text: text + b"\x1e", "malformed"),
    "a_marker_too_many": _skeleton(lambda text: text + TEXT, "malformed"),
    "a_marker_too_few": _skeleton(lambda text: text.replace(TEXT, b"-", 1), "malformed"),
    "a_raw_binary_too_many": _skeleton(lambda text: text + BYTES_32, "malformed"),
    "a_digest_of_nothing": _skeleton(lambda text: text.replace(BYTES_32, DIGEST), "malformed"),
    "an_end_too_many": _skeleton(
        lambda text: b"[]" + END + text, "malformed", "an empty array as disclosure"
    ),
    "17_disclosures": _skeleton(lambda text: (b"[]" + END) * 17 + text, "malformed"),
    "something_after_the_payload": _skeleton(lambda text: text + b" ", "malformed"),
    "another_word_in_the_skeleton": _skeleton(
        lambda text: text.replace("居民身份证".encode(), "护照".encode()), "bad_signature"
    ),
    "deflate_with_a_byte_behind": _deflated(lambda data: data + b"\0", "malformed"),
    "deflate_cut_short": _deflated(lambda data: data[:-1], "malformed"),
    "deflate_not_the_last_block": _deflated(lambda data: b"\0" + data[1:], "malformed"),
    "deflate_of_a_wrong_length": _deflated(lambda data: data[:3] + b"\0\0" + data[5:], "malformed"),
    "deflate_of_an_unknown_block": _deflated(lambda data: b"\x07" + data[1:], "malformed"),
    "deflate_of_nothing": _deflated(lambda _: b"", "malformed"),
    "deflate_of_two_blocks": _deflated(
        lambda data: b"\0\x01\0\xfe\xff" + data[5:6] + _stored(data[6:])[2:], "ok"
    ),
    "deflate_bomb": _deflated(
        lambda _: _bomb(), "malformed", "80 bytes that become more than a payload may have"
    ),
    "deflate_that_ends_beyond_the_code": _with(
        lambda packed: packed._replace(skeleton=b"\xff\xff"), "malformed"
    ),
    "another_kid": _with(
        lambda packed: packed._replace(kid=bytes([packed.kid[0] ^ 1]) + packed.kid[1:]),
        "issuer_unknown",
    ),
    "another_signature": case(lambda world: _code(_altered(world).digits), "bad_signature"),
    "another_digest": _with(
        lambda packed: packed._replace(rest=bytes(32) + packed.rest[32:]), "bad_signature"
    ),
    "cut_short_in_the_digest": _with(
        lambda packed: packed._replace(rest=packed.rest[:20]), "malformed"
    ),
    "no_stream": _with(lambda packed: packed._replace(rest=packed.rest[:32]), "malformed"),
    "stream_with_a_zero_byte": _with(
        lambda packed: packed._replace(rest=packed.rest[:32] + b"\0" + packed.rest[32:]),
        "malformed",
    ),
    "stream_that_starts_with_2": _stream(lambda digits: "2" + digits[1:]),
    "stream_of_the_1_alone": _stream(lambda _: "1"),
    "stream_with_a_digit_too_many": _stream(lambda digits: digits + "0"),
    "stream_with_a_digit_too_few": _stream(lambda digits: digits[:-1]),
    "stream_of_nines": _stream(lambda digits: "1" + "9" * (len(digits) - 1)),
    "stream_of_zeros": _stream(lambda digits: "1" + "0" * (len(digits) - 1)),
}
