"""The QR code: what comes out is what went in, and nothing else comes out of anything else."""

import random
import zlib
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from schemas import digit_text, qr, sd_jwt, skeleton, strict_json
from schemas.dictionary import NONE, V1
from schemas.errors import ForeignCodeError, MalformedError, PackError, UnsupportedVersionError
from schemas.limits import MAX_PAYLOAD, MAX_QR_DIGITS, MAX_QR_TEXT
from schemas.sd_jwt import SdJwt
from tests.benchmarks.population import ORIGINS, TYPES, certificates
from tests.schemas.outcome import outcome
from tests.schemas.random_tokens import random_token

ORIGIN = "zs.example.cn"
VERSIONS = (V1.version, NONE.version)

# The certificate of schemas/README.md §3.6, signed with the key of RFC 8032 §7.1, TEST 1
KEY = Ed25519PublicKey.from_public_bytes(
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
)
EXAMPLE = SdJwt(
    "kPrK_qmxVWY",
    (
        '{"iss":"https://zs.example.cn/i/demo-pingjia","iat":1718697600,'
        '"vct":"https://zs.example.cn/vct/technical_level/1","status":{"status_list":{"idx":122,'
        '"uri":"https://zs.example.cn/t/status/demo-pingjia/2024"}},'
        '"certificate_number":"PJ2024000123","holder_name":"王䶮","id_type":"居民身份证",'
        '"id_number_tail":"0012","issue_date":"2024-06-17","occupation":"智能制造工程技术人员",'
        '"direction":"数字孪生建模","level":"中级","demo":true,'
        '"_sd":["HWhqINS_T6i5r_PakPOaz1P9mu0PgIXZlx70mAtw2wg"]}'
    ).encode(),
    bytes.fromhex(
        "149f8e6f21897cf7c6dc847fb3370fe11b4259be5a258b11ef1c6e65d1db94f1"
        "d04d21740753f882a62f7513131e70ea6a73c47a750b8d15947b5eb24429200e"
    ),
)
EXAMPLE_SHOWN = sd_jwt.disclosure(bytes(range(16)), "id_number", "119999199001010012")
EXAMPLE_PACKED = bytes.fromhex(
    "013f90facafea9b155661d686a20d4bf4fa8b9aff3da90f39acf53fd9aed0f8085d9971ef4980b70db08"
    "372d743661fb946bf7b0bcdae7acb9257aa99bb1dc4a969b4930c82c5bc025e44dc4c624"
    "149f8e6f21897cf7c6dc847fb3370fe11b4259be5a258b11ef1c6e65d1db94f1"
    "d04d21740753f882a62f7513131e70ea6a73c47a750b8d15947b5eb24429200e"
)
EXAMPLE_DIGITS = qr.to_digits(EXAMPLE_PACKED)
EXAMPLE_STREAM = [
    "0719", "1718697600", "3", "122", "90726492024000123", "90007890019886", "30012", "59",
    "0660", "6448646783434289166554", "0644",
]  # fmt: skip


# The text of a code


@pytest.mark.parametrize("origin", ["zs.example.cn", "localhost:8000", *ORIGINS])
def test_an_address_with_digits(origin: str) -> None:
    text = "".join(qr.segments(origin, EXAMPLE_DIGITS))
    assert f"https://{origin}/#{EXAMPLE_DIGITS}" == text
    assert (origin, EXAMPLE_PACKED) == qr.read_text(text)


def test_digits_alone() -> None:
    assert (None, EXAMPLE_PACKED) == qr.read_text(EXAMPLE_DIGITS)


def _address(digits: str) -> str:
    return f"https://{ORIGIN}/#{digits}"


FOREIGN = {
    "nothing": "",
    "a web page": "https://zs.example.cn/",
    "no digits": _address(""),
    "another scheme": f"http://{ORIGIN}/#{EXAMPLE_DIGITS}",
    "a scheme in capitals": f"HTTPS://{ORIGIN}/#{EXAMPLE_DIGITS}",
    "a host in capitals": f"https://ZS.example.cn/#{EXAMPLE_DIGITS}",
    "a user name": f"https://zs@example.cn/#{EXAMPLE_DIGITS}",
    "a path": f"https://{ORIGIN}/v/#{EXAMPLE_DIGITS}",
    "a query": f"https://{ORIGIN}/?q#{EXAMPLE_DIGITS}",
    "no host": f"https:///#{EXAMPLE_DIGITS}",
    "a host that is too long": f"https://{'a' * 64}/#{EXAMPLE_DIGITS}",
    "a zero in front": _address("0" + EXAMPLE_DIGITS),
    "full-width digits": _address(EXAMPLE_DIGITS.translate({48 + n: 0xFF10 + n for n in range(10)})),
    "Arabic digits": _address(EXAMPLE_DIGITS.translate({48 + n: 0x660 + n for n in range(10)})),
    "an underscore": _address(EXAMPLE_DIGITS[:9] + "_" + EXAMPLE_DIGITS[9:]),
    "a space behind": _address(EXAMPLE_DIGITS + " "),
    "a space in front": " " + _address(EXAMPLE_DIGITS),
    "a line feed behind": _address(EXAMPLE_DIGITS + "\n"),
    "a plus sign": "+" + EXAMPLE_DIGITS,
    "a letter": _address(EXAMPLE_DIGITS[:-1] + "a"),
    "two codes": _address(EXAMPLE_DIGITS) + _address(EXAMPLE_DIGITS),
    "a product's bar code": "6901234567892",
    "a health card": "shc:/" + EXAMPLE_DIGITS,
    "a certificate of vaccination": "HC1:6BFOXN%TS3DH0YOJ58S S-W5HDC *M0II5XHC9B5G2+$N",
    "digits too few": _address("9" * (qr.MIN_QR_DIGITS - 1)),
    "digits too many": _address("9" * (MAX_QR_DIGITS + 1)),
    "a text that is too long": "9" * (MAX_QR_TEXT + 1),
}  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_anything_else_is_foreign(text: str) -> None:
    with pytest.raises(ForeignCodeError):
        qr.read_text(text)


# The law


def test_the_example_byte_by_byte() -> None:
    """The certificate that schemas/README.md §3.6 follows from JSON to digits."""
    KEY.verify(EXAMPLE.signature, EXAMPLE.signing_input)
    assert EXAMPLE_PACKED == qr.pack_token(EXAMPLE, ORIGIN)
    assert EXAMPLE.text == qr.unpack(EXAMPLE_DIGITS, ORIGIN)
    taker = skeleton.Taker(V1, ORIGIN)
    assert V1.skeletons[EXAMPLE_PACKED[1]] == taker.cut(EXAMPLE.payload.decode(), [])
    assert EXAMPLE_STREAM == taker.stream


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("type_name", TYPES)
def test_what_is_printed_and_what_the_holder_shows(type_name: str, version: int) -> None:
    for each in certificates(type_name, 20):
        for token in (each.token(ORIGIN), each.token(ORIGIN, shown=True)):
            digits = qr.pack(token.text, ORIGIN, version=version)
            assert str(version) == str(int(digits).to_bytes(MAX_QR_DIGITS).lstrip(b"\0")[0])
            assert token.text == qr.unpack(digits, ORIGIN)


def test_ten_thousand_random_tokens() -> None:
    draw = random.Random(10_000)
    for number in range(10_000):
        token = random_token(draw, ORIGIN)
        packed = qr.pack_token(token, ORIGIN, version=VERSIONS[number % 10 == 0])
        assert token == qr.unpack_token(packed, ORIGIN)


_json = st.recursive(
    st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(), _json, max_size=8),
    st.lists(_json, max_size=2),
    st.sampled_from(VERSIONS),
)
def test_any_json_comes_out_as_it_went_in(
    claims: dict[str, object], shown: list[object], version: int
) -> None:
    disclosures = tuple(strict_json.dumps(["salt", each]) for each in shown)
    token = SdJwt(EXAMPLE.kid, strict_json.dumps(claims), bytes(64), disclosures)
    assert token.text == qr.unpack(qr.pack(token.text, ORIGIN, version=version), ORIGIN)


def test_the_origin_is_not_carried() -> None:
    """In another host's address the same digits are another text, which no signature covers."""
    moved = qr.unpack_token(EXAMPLE_PACKED, "evil.example.com")
    assert EXAMPLE.payload.replace(b"zs.example.cn", b"evil.example.com") == moved.payload
    with pytest.raises(InvalidSignature):
        KEY.verify(moved.signature, moved.signing_input)


REFUSED = {
    "no token": "",
    "another header": "e30.e30." + "A" * 86 + "~",
    "a payload that is not UTF-8": SdJwt(EXAMPLE.kid, b"\xff", bytes(64)).text,
    "a control byte": SdJwt(EXAMPLE.kid, b'{"a":"\x02"}', bytes(64)).text,
    "more than fits": SdJwt(EXAMPLE.kid, random.Random(1).randbytes(3000).hex().encode(), bytes(64)).text,
    "a disclosure that is not UTF-8": SdJwt(EXAMPLE.kid, b"{}", bytes(64), (b"\xff",)).text,
    "a disclosure that is too long": SdJwt(EXAMPLE.kid, b"{}", bytes(64), (b"1" * 1025,)).text,
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_would_not_come_out_is_not_put_in(text: str) -> None:
    with pytest.raises(PackError) as caught:
        qr.pack(text, ORIGIN)
    assert "pack_refused" == caught.value.code


# Attacks on the digits and on the bytes


def packed(
    *,
    version: int = V1.version,
    spelled: bytes = EXAMPLE_PACKED[1:2],
    raw: bytes = EXAMPLE_PACKED[10:42],
    stream: bytes = EXAMPLE_PACKED[42:-64],
) -> str:
    """The example's digits with one part replaced."""
    kid, signature = EXAMPLE_PACKED[2:10], EXAMPLE_PACKED[-64:]
    return qr.to_digits(bytes([version]) + spelled + kid + raw + stream + signature)


def deflated(text: bytes, *, length: int | None = None, behind: bytes = b"") -> bytes:
    """A skeleton spelled out."""
    deflater = zlib.compressobj(9, wbits=-15, zdict=V1.preset)
    data = deflater.compress(text) + deflater.flush() + behind
    return (0x8000 + (len(data) if length is None else length)).to_bytes(2) + data


def stream(digits: str) -> bytes:
    """A stream part."""
    number = int("1" + digits)
    return number.to_bytes((number.bit_length() + 7) // 8)


SPELLED = deflated(V1.skeletons[EXAMPLE_PACKED[1]].encode())
PART = deflated(b"abc" * 50)

ATTACKS: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "a zero in front": lambda: "0" + EXAMPLE_DIGITS,
    "full-width digits": lambda: EXAMPLE_DIGITS.replace("1", "１"),
    "Arabic digits": lambda: EXAMPLE_DIGITS.replace("1", "١"),
    "an underscore": lambda: EXAMPLE_DIGITS[:9] + "_" + EXAMPLE_DIGITS[9:],
    "spaces": lambda: f" {EXAMPLE_DIGITS} ",
    "a line feed": lambda: EXAMPLE_DIGITS + "\n",
    "a sign": lambda: "+" + EXAMPLE_DIGITS,
    "too few": lambda: "1" * (qr.MIN_QR_DIGITS - 1),
    "too many": lambda: "1" * (MAX_QR_DIGITS + 1),
    "nothing but a signature": lambda: qr.to_digits(bytes([V1.version]) + bytes(73)),
    "an unknown skeleton": lambda: packed(spelled=bytes([127])),
    "a skeleton without dictionary": lambda: packed(version=NONE.version),
    "a length past the end": lambda: packed(spelled=b"\xff\xff" + PART[2:]),
    "a length too short": lambda: packed(spelled=deflated(b"abc" * 50, length=len(PART) - 3)),
    "a length of nothing": lambda: packed(spelled=b"\x80\x00"),
    "a deflate part cut short": lambda: packed(spelled=b"\x80" + bytes([len(PART) - 3]) + PART[2:-1]),
    "a byte behind the deflate part": lambda: packed(spelled=deflated(b"abc", behind=b"\0")),
    "not deflate": lambda: packed(spelled=b"\x80\x04\xff\xff\xff\xff"),
    "another dictionary": lambda: packed(version=NONE.version, spelled=SPELLED),
    "a bomb": lambda: packed(spelled=deflated(b"a" * 1_000_000)),
    "one byte more than fits": lambda: packed(spelled=deflated(b"a" * (MAX_PAYLOAD + 1))),
    "a bomb of markers": lambda: packed(spelled=deflated(b"\x01" * MAX_PAYLOAD)),
    "not UTF-8": lambda: packed(spelled=deflated(b"\xff")),
    "marker 0": lambda: packed(spelled=deflated(b"\x00")),
    "marker 10": lambda: packed(spelled=deflated(b"\x0a")),
    "too many disclosures": lambda: packed(spelled=deflated(b"1\x09" * 17 + b"{}"), raw=b"", stream=b""),
    "a disclosure too long": lambda: packed(spelled=deflated(b"1" * 1025 + b"\x09{}"), raw=b"", stream=b""),
    "raw binaries cut short": lambda: packed(raw=b"", stream=b""),
    "one raw byte too few": lambda: packed(raw=EXAMPLE_PACKED[10:41]),
    "one raw byte too many": lambda: packed(raw=EXAMPLE_PACKED[10:42] + b"\0"),
    "no such disclosure": lambda: packed(spelled=deflated(b'["\x08"]'), raw=b"\0", stream=b""),
    "no stream": lambda: packed(stream=b""),
    "a stream that starts with 2": lambda: packed(stream=b"\x02"),
    "a stream of nothing": lambda: packed(spelled=deflated(b"{}"), raw=b"", stream=b"\x01"),
    "a stream for nothing": lambda: packed(spelled=deflated(b"{}"), raw=b"", stream=stream("1")),
    "a digit too few": lambda: packed(stream=stream("".join(EXAMPLE_STREAM)[:-1])),
    "a digit too many": lambda: packed(stream=stream("".join(EXAMPLE_STREAM) + "0")),
    "a form that is none": lambda: _one_text("43" + "1" * 60),
    "two nines": lambda: _one_text("99" + "0" * 60),
    "an entry past the last": lambda: _one_text("0799"),
    "a code point past the last": lambda: _one_text("891114112"),
    "half a surrogate pair": lambda: _one_text("890055296"),
    "a text that never ends": lambda: _one_text("90000" * 100),
    "a day before 1970": lambda: packed(spelled=deflated(b'"\x05"'), raw=b"", stream=stream("00")),
    "a status without head": lambda: packed(spelled=deflated(b"\x03"), raw=b"", stream=stream("15")),
    "a list without head": lambda: packed(spelled=deflated(b"\x03"), raw=b"", stream=stream("93202415")),
    "a status with no index": lambda: packed(spelled=deflated(b"\x02\x03"), raw=b"", stream=stream("071917186976000")),
    "a status with nine digits": lambda: packed(spelled=deflated(b"\x02\x03"), raw=b"", stream=stream("07191718697600320249" + "9" * 9)),
    "a head cut short": lambda: packed(spelled=deflated(b"\x02"), raw=b"", stream=stream("0719171869760")),
    "an institution too long": lambda: packed(spelled=deflated(b"\x02"), raw=b"", stream=stream("961" + "1" * 22 + "61" + "1" * 22 + "1718697600")),
}  # fmt: skip


def _one_text(digits: str) -> str:
    return packed(spelled=deflated(b'"\x04"'), raw=b"", stream=stream(digits))


@pytest.mark.parametrize("digits", ATTACKS.values(), ids=ATTACKS)
def test_attacks_are_malformed(digits: Callable[[], str]) -> None:
    with pytest.raises(MalformedError):
        qr.unpack(digits(), ORIGIN)


@pytest.mark.parametrize("version", [2, 3, 127, 128, 254])
def test_a_later_version_is_not_called_forged(version: int) -> None:
    with pytest.raises(UnsupportedVersionError):
        qr.unpack(packed(version=version), ORIGIN)


def test_a_skeleton_may_be_spelled_out_where_a_number_would_do() -> None:
    assert EXAMPLE.text == qr.unpack(packed(spelled=SPELLED), ORIGIN)


def test_a_list_that_is_not_the_year_of_signing() -> None:
    for list_id in ("2023", "2024-2", "2024-117"):
        payload = EXAMPLE.payload.replace(b'/2024"', f'/{list_id}"'.encode())
        token = SdJwt(EXAMPLE.kid, payload, EXAMPLE.signature)
        digits = qr.pack(token.text, ORIGIN)
        assert EXAMPLE_PACKED[1] == int(digits).to_bytes(200).lstrip(b"\0")[1]
        assert token.text == qr.unpack(digits, ORIGIN)


def test_the_digest_of_what_is_shown_is_not_carried() -> None:
    shown = SdJwt(EXAMPLE.kid, EXAMPLE.payload, EXAMPLE.signature, (EXAMPLE_SHOWN,))
    data = qr.pack_token(shown, ORIGIN)
    digest = EXAMPLE_PACKED[10:42]
    assert digest in qr.pack_token(EXAMPLE, ORIGIN)
    assert digest not in data
    assert shown == qr.unpack_token(data, ORIGIN)


# The claims, which a code of a known skeleton gives without writing them again to compare


UNUSUAL = (
    "示例", '"', "\\", "\\n", "\\u4e2d", '","a":"', "\0", "\n", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff", "\uffff",
    "7", "0", "007", "-0", "-7", "1.0", "1e3", "9" * 17, "true", "[]", '{"a":1}', '1,"a":2', " 1",
)  # fmt: skip


def code_of(number: int, text: str, *, iat: str = EXAMPLE_STREAM[1], idx: str = "122") -> str:
    """A code of that skeleton, every text of it the same."""
    taken = {
        skeleton.HEAD: EXAMPLE_STREAM[0] + iat,
        skeleton.STATUS: f"{len(idx)}{idx}",
        skeleton.DATE: "59",
        skeleton.TEXT: digit_text.write(text, V1),
    }
    known = V1.skeletons[number]
    return packed(
        spelled=bytes([number]),
        raw=bytes(skeleton.Template.of(known, ORIGIN).raw_length),
        stream=stream("".join(taken.get(character, "") for character in known)),
    )


def read_in_two_steps(digits: str) -> object:
    token = qr.unpack_token(qr.from_digits(digits), ORIGIN)
    return token, list(token.claims().items())


def read_at_once(digits: str) -> object:
    token, claims = qr.unpack_claims(qr.from_digits(digits), ORIGIN)
    return token, list(claims.items())


def assert_equal(digits: str) -> None:
    in_two_steps = outcome(lambda: read_in_two_steps(digits))
    assert in_two_steps == outcome(lambda: read_at_once(digits))


@pytest.mark.parametrize("text", UNUSUAL)
def test_the_claims_are_read_as_strictly_as_any(text: str) -> None:
    for number in range(len(V1.skeletons)):
        assert_equal(code_of(number, text))


@pytest.mark.parametrize("change", [{"iat": "0718697600"}, {"idx": "0"}, {"idx": "012"}])
def test_numbers_of_the_claims_are_read_as_strictly(change: dict[str, str]) -> None:
    assert_equal(code_of(64, "示例", **change))


def test_the_claims_of_a_usual_code_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = EXAMPLE.claims()
    monkeypatch.setattr(strict_json, "loads", None)
    assert (EXAMPLE, expected) == qr.unpack_claims(EXAMPLE_PACKED, ORIGIN)
