"""The text: `<header>.<payload>.<signature>~`, base64url byte for byte (RFC 4648 §5), or it is not ours."""

from collections.abc import Callable

from schemas import base64url
from schemas.limits import MAX_SD_JWT_TEXT
from tests.vectors.cases.case import Case, Cases, case, genuine, shown, with_parts, with_text
from tests.world import World

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _part(index: int, change: Callable[[str], str]) -> Case:
    """One of the three parts written another way."""

    def parts(old: list[str]) -> list[str]:
        return [change(part) if at == index else part for at, part in enumerate(old)]

    return case(with_parts(parts), "malformed")


def _next(text: str) -> str:
    """The same bytes for a careless decoder: an unused bit of the last character is set."""
    return text[:-1] + _ALPHABET[_ALPHABET.index(text[-1]) + 1]


def _text(change: Callable[[str], str], code: str) -> Case:
    return case(with_text(change), code)


def _standard_alphabet(world: World) -> str:
    """`+` and `/` for `-` and `_`, in a signature that has one of them."""
    while True:
        text = world.issue(log=False).text
        head, payload, signature = text.split(".")
        if "-" in signature or "_" in signature:
            return f"{head}.{payload}.{signature.replace('-', '+').replace('_', '/')}"


def _disclosures(count: int) -> Callable[[World], str]:
    def show(world: World) -> str:
        one = world.issue()
        return shown(*one.disclosures * count, token=one.token)

    return show


def _other(text: str) -> Case:
    return case(lambda _: text, "foreign_code")


COMPACT: Cases = {
    "header_padded": _part(0, lambda part: part + "="),
    "payload_padded": _part(1, lambda part: part + "=" * (-len(part) % 4 or 4)),
    "signature_padded": _part(2, lambda part: part + "=="),
    "signature_not_canonical": _part(2, _next),
    "signature_in_the_other_alphabet": case(_standard_alphabet, "malformed"),
    "signature_empty": _part(2, lambda _: ""),
    "signature_of_63_bytes": _part(2, lambda part: base64url.encode(base64url.decode(part)[:-1])),
    "signature_of_65_bytes": _part(
        2, lambda part: base64url.encode(base64url.decode(part) + b"\0")
    ),
    "signature_with_a_line_end": _part(2, lambda part: part + "\n"),
    "signature_with_a_space": _part(2, lambda part: part[:40] + " " + part[40:]),
    "payload_empty": _part(1, lambda _: ""),
    "payload_with_a_line_end": _part(1, lambda part: part[:76] + "\n" + part[76:]),
    "payload_of_impossible_length": _part(1, lambda part: part + "A" * (1 + -len(part) % 4)),
    "payload_with_a_full_width_character": _part(1, lambda part: "Ａ" + part[1:]),
    "header_with_a_space_in_front": _part(0, lambda part: " " + part),
    "header_with_a_nul": _part(0, lambda part: part + "\0"),
    "a_lone_surrogate": _part(1, lambda part: part + "\ud800"),
    "two_parts": _text(lambda text: text.rsplit(".", 1)[0] + "~", "foreign_code"),
    "four_parts": _text(lambda text: text[:-1] + ".AAAA~", "foreign_code"),
    "without_a_tilde": _text(lambda text: text[:-1], "foreign_code"),
    "two_tildes": _text(lambda text: text + "~", "malformed"),
    "a_disclosure_without_its_tilde": case(
        lambda world: genuine(world).holder_text[:-1], "foreign_code"
    ),
    "with_a_key_binding_token": _text(lambda text: text + "eyJh.eyJu.AAAA", "foreign_code"),
    "with_a_line_end": _text(lambda text: text + "\n", "foreign_code"),
    "with_a_byte_order_mark": _text(lambda text: "\ufeff" + text, "malformed"),
    "in_quotes": _text(lambda text: f'"{text}"', "foreign_code"),
    "17_disclosures": case(_disclosures(17), "malformed"),
    "longer_than_allowed": _text(
        lambda text: text[:-1] + "A" * (MAX_SD_JWT_TEXT + 1 - len(text)) + "~", "foreign_code"
    ),
}

FOREIGN: Cases = {
    "nothing": _other(""),
    "a_space": _other(" "),
    "a_word": _other("证书"),
    "a_tilde": _other("~"),
    "dots_and_a_tilde": case(lambda _: "..~", "malformed"),
    "another_site": _other("https://www.example.com/verify?id=123456"),
    "this_site_without_digits": _other("https://zs.example.cn/#"),
    "a_payment_code": _other("weixin://wxpay/bizpayurl?pr=AbCdEfG"),
    "a_covid_pass": _other("HC1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"),
    "a_health_card": _other("shc:/567629095243206034602924374044603122295953265460346029"),
    "few_digits": _other("1234567890"),
    "a_lone_surrogate_alone": _other("\ud800"),
    "nul": _other("\0"),
    "a_million_characters_would_be_too_many": _other("9" * (MAX_SD_JWT_TEXT + 1)),
    "a_plain_jwt": _other("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA"),
}
