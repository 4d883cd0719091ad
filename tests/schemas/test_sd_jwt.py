"""SD-JWT in one form: one header, canonical parts, and disclosures by the rules of RFC 9901 §7.1."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import base64url, sd_jwt, strict_json
from schemas.errors import DisclosureMismatchError, MalformedError
from schemas.limits import MAX_DISCLOSURE, MAX_DISCLOSURES, MAX_PAYLOAD, MAX_SD_JWT_TEXT
from schemas.sd_jwt import SdJwt

KID = "q0lJx8mB3FA"
SALT = bytes(range(16))
SHOWN = sd_jwt.disclosure(SALT, "id_number", "119999199001010012")
CLAIMS = {
    "iss": "https://zs.example.cn/i/demo-pingjia",
    "holder_name": "张测试",
    "_sd": [sd_jwt.digest(SHOWN)],
}
TOKEN = SdJwt(KID, strict_json.dumps(CLAIMS), bytes(64), (SHOWN,))


def b64(data: bytes) -> str:
    return base64url.encode(data)


def text(
    header: bytes | None = None,
    payload: bytes = TOKEN.payload,
    signature: bytes = TOKEN.signature,
    after: str = "~",
) -> str:
    """A token with any parts."""
    header = sd_jwt.header(KID) if header is None else header
    return f"{b64(header)}.{b64(payload)}.{b64(signature)}{after}"


# The text


def test_the_header_is_these_bytes() -> None:
    assert b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}' == sd_jwt.header(KID)


def test_the_text_of_a_token() -> None:
    expected = f"{text()}{b64(SHOWN)}~"
    assert expected == TOKEN.text
    assert TOKEN == SdJwt.parse(expected)


def test_what_is_printed_shows_nothing() -> None:
    assert text() == TOKEN.without_disclosures().text
    assert TOKEN.signing_input == TOKEN.without_disclosures().signing_input


def test_the_signature_covers_header_and_payload_as_they_are_written() -> None:
    assert text(after="").rpartition(".")[0].encode() == TOKEN.signing_input


@given(
    st.binary(min_size=8, max_size=8),
    st.binary(max_size=200),
    st.binary(min_size=64, max_size=64),
    st.lists(st.binary(max_size=60), max_size=MAX_DISCLOSURES),
)
def test_parse_reads_what_text_wrote(
    kid: bytes, payload: bytes, signature: bytes, disclosures: list[bytes]
) -> None:
    token = SdJwt(b64(kid), payload, signature, tuple(disclosures))
    assert token == SdJwt.parse(token.text)


@given(st.data())
def test_a_changed_character_is_refused_or_another_token(draw: st.DataObject) -> None:
    """No two texts are the same token."""
    place = draw.draw(st.integers(0, len(TOKEN.text) - 1))
    character = draw.draw(st.sampled_from("AQgw-_~.=+/ \n\0é"))
    changed = TOKEN.text[:place] + character + TOKEN.text[place + 1 :]
    try:
        token = SdJwt.parse(changed)
    except MalformedError:
        return
    assert changed == token.text
    assert (changed == TOKEN.text) == (token == TOKEN)


@given(st.text(max_size=80) | st.text(st.sampled_from("ey.~_-=A"), max_size=80))
def test_any_text_is_read_or_malformed(anything: str) -> None:
    try:
        token = SdJwt.parse(anything)
    except MalformedError:
        return
    assert anything == token.text


HEADERS = {
    "alg none": b'{"alg":"none","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg None": b'{"alg":"None","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg EdDSA": b'{"alg":"EdDSA","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg ed25519": b'{"alg":"ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg HS256": b'{"alg":"HS256","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg ES256": b'{"alg":"ES256","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "alg as a list": b'{"alg":["Ed25519"],"kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "no alg": b'{"kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "typ JWT": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"JWT"}',
    "typ vc+sd-jwt": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"vc+sd-jwt"}',
    "typ statuslist+jwt": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"statuslist+jwt"}',
    "typ in capitals": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"DC+SD-JWT"}',
    "no typ": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA"}',
    "no kid": b'{"alg":"Ed25519","typ":"dc+sd-jwt"}',
    "kid of 10 characters": b'{"alg":"Ed25519","kid":"q0lJx8mB3F","typ":"dc+sd-jwt"}',
    "kid of 12 characters": b'{"alg":"Ed25519","kid":"q0lJx8mB3FAA","typ":"dc+sd-jwt"}',
    "kid with unused bits": b'{"alg":"Ed25519","kid":"q0lJx8mB3FB","typ":"dc+sd-jwt"}',
    "kid as a path": b'{"alg":"Ed25519","kid":"../../etc/x","typ":"dc+sd-jwt"}',
    "kid as SQL": b'{"alg":"Ed25519","kid":"x\' OR 1=1--","typ":"dc+sd-jwt"}',
    "kid as an array": b'{"alg":"Ed25519","kid":["q0lJx8mB3FA"],"typ":"dc+sd-jwt"}',
    "kid that closes its quotes": b'{"alg":"Ed25519","kid":"","jwk":"ab","typ":"dc+sd-jwt"}',
    "kid with 11 quotes": b'{"alg":"Ed25519","kid":"' + b'"' * 11 + b'","typ":"dc+sd-jwt"}',
    "kid in bytes beyond ASCII": b'{"alg":"Ed25519","kid":"q0lJx8mB3F\xff","typ":"dc+sd-jwt"}',
    "kid in Chinese": '{"alg":"Ed25519","kid":"证印证印证印证印证印证","typ":"dc+sd-jwt"}'.encode(),
    "crit": b'{"alg":"Ed25519","crit":["b64"],"kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "b64": b'{"alg":"Ed25519","b64":false,"kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "jwk": b'{"alg":"Ed25519","jwk":{"kty":"OKP"},"kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "jku": b'{"alg":"Ed25519","jku":"https://evil.example","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "x5u": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt","x5u":"https://evil.example"}',
    "x5c": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt","x5c":[]}',
    "zip": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt","zip":"DEF"}',
    "enc": b'{"alg":"Ed25519","enc":"A256GCM","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "another order": b'{"alg":"Ed25519","typ":"dc+sd-jwt","kid":"q0lJx8mB3FA"}',
    "a space": b'{"alg":"Ed25519", "kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "a byte behind": b'{"alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}\n',
    "alg twice": b'{"alg":"none","alg":"Ed25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "an escape": rb'{"alg":"\u0045d25519","kid":"q0lJx8mB3FA","typ":"dc+sd-jwt"}',
    "empty": b"",
    "empty object": b"{}",
    "null": b"null",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_no_other_header_is_read(header: bytes) -> None:
    with pytest.raises(MalformedError):
        SdJwt.parse(text(header))


JWT = text(after="")
TEXTS = {
    "empty": "",
    "only a tilde": "~",
    "only tildes": "~" * 20,
    "a JWT without the tilde": JWT,
    "a key binding JWT at the end": f"{JWT}~{b64(SHOWN)}~{JWT}",
    "a disclosure without its tilde": f"{JWT}~{b64(SHOWN)}",
    "one disclosure too many": f"{JWT}~" + f"{b64(SHOWN)}~" * (MAX_DISCLOSURES + 1),
    "two parts": JWT.rpartition(".")[0] + "~",
    "four parts": f"{JWT}.{b64(bytes(64))}~",
    "five parts (encrypted)": f"{JWT}..~",
    "no payload and no signature": f"{b64(sd_jwt.header(KID))}..~",
    "no signature": text(signature=b""),
    "signature of 63 bytes": text(signature=bytes(63)),
    "signature of 65 bytes": text(signature=bytes(65)),
    "padding on the signature": f"{JWT}==~",
    "signature with unused bits": f"{JWT[:-1]}B~",
    "a space in front": f" {JWT}~",
    "a newline at the end": f"{JWT}~\n",
    "a newline inside": f"{JWT[:90]}\n{JWT[90:]}~",
    "a disclosure with a newline": f"{JWT}~{b64(SHOWN)}\n~",
    "a disclosure with padding": f"{JWT}~{b64(SHOWN)}=~",
    "JSON": '{"payload":"e30"}~',
    "an SD-JWT beside another": f"{JWT}~{JWT}~",
    "a lone surrogate": f"{JWT}\ud800~",
    "too long": text(payload=bytes(MAX_SD_JWT_TEXT)),
    "payload too long": text(payload=bytes(MAX_PAYLOAD + 1)),
    "10 MB of dots": "." * 10_000_000,
}


@pytest.mark.parametrize("bad", TEXTS.values(), ids=TEXTS)
def test_no_other_text_is_read(bad: str) -> None:
    with pytest.raises(MalformedError):
        SdJwt.parse(bad)


@pytest.mark.parametrize("payload", [b"", b"[]", b'"a"', b"{", b'{"a": 1}', b'{"a":1,"a":1}'])
def test_claims_are_a_canonical_object(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        SdJwt(KID, payload, bytes(64)).claims()


# The disclosures


def test_digest_of_the_standard_s_example() -> None:
    """RFC 9901 §4.2.3."""
    example = '["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]'.encode()
    assert "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0" == sd_jwt.digest(example)


def test_the_bytes_of_a_disclosure() -> None:
    assert b'["AAECAwQFBgcICQoLDA0ODw","id_number","119999199001010012"]' == SHOWN


def reveal(claims: dict[str, Any], *disclosures: bytes) -> dict[str, Any]:
    """What a presentation of these claims with these disclosures says."""
    return SdJwt(KID, b"", bytes(64), disclosures).reveal(claims)


def test_a_disclosed_claim_is_put_in() -> None:
    public = {"iss": CLAIMS["iss"], "holder_name": "张测试"}
    assert public | {"id_number": "119999199001010012"} == TOKEN.reveal(TOKEN.claims())
    assert public == reveal(CLAIMS)


def test_the_claims_themselves_stay_as_they_are() -> None:
    before = strict_json.dumps(CLAIMS)
    reveal(CLAIMS, SHOWN)
    assert before == strict_json.dumps(CLAIMS)


def test_a_digest_that_nothing_opens_is_a_decoy() -> None:
    """RFC 9901 §4.2.5: nobody can tell it from a claim that is not shown."""
    decoy = {"_sd": [sd_jwt.digest(b"decoy"), sd_jwt.digest(SHOWN)], "a": "1"}
    assert {"a": "1", "id_number": "119999199001010012"} == reveal(decoy, SHOWN)


def test_the_name_of_the_hash_may_stand_there_and_is_no_claim() -> None:
    assert {"a": "1"} == reveal({"a": "1", "_sd_alg": "sha-256"})


def hidden(*disclosures: bytes, **claims: Any) -> dict[str, Any]:
    """Claims with the digests of `disclosures`."""
    return {"_sd": [sd_jwt.digest(one) for one in disclosures]} | claims


def raw(*parts: object) -> bytes:
    """Any array as a disclosure."""
    return strict_json.dumps(list(parts))


def disclosed(name: str, value: str = "x") -> bytes:
    """A disclosure of our form."""
    return sd_jwt.disclosure(SALT, name, value)


B22 = b64(SALT)

MISMATCHES: dict[str, Callable[[], object]] = {
    "no digest at all": lambda: reveal({"a": "1"}, SHOWN),
    "an empty _sd": lambda: reveal({"_sd": []}, SHOWN),
    "the digest of another": lambda: reveal(hidden(disclosed("id_number")), SHOWN),
    "another value under the same salt": lambda: reveal(
        CLAIMS, sd_jwt.disclosure(SALT, "id_number", "119999199001010020")
    ),
    "the same disclosure twice": lambda: reveal(CLAIMS, SHOWN, SHOWN),
    "a good one and a stray one": lambda: reveal(CLAIMS, SHOWN, disclosed("photo")),
    "two disclosures of one name": lambda: reveal(
        hidden(disclosed("a", "1"), disclosed("a", "2")), disclosed("a", "1"), disclosed("a", "2")
    ),
    "a name that the payload has": lambda: reveal(
        hidden(disclosed("holder_name"), holder_name="张测试"), disclosed("holder_name")
    ),
    "a digest that stands one level down": lambda: reveal({"a": hidden(SHOWN)}, SHOWN),
    "a digest that stands in an array": lambda: reveal(
        {"a": [{"...": sd_jwt.digest(SHOWN)}]}, SHOWN
    ),
} | {
    f"a disclosed {name}": lambda name=name: reveal(hidden(disclosed(name)), disclosed(name))  # type: ignore[misc]
    for name in ("iss", "iat", "nbf", "exp", "vct", "status", "cnf", "_sd", "_sd_alg", "...")
}


@pytest.mark.parametrize("attempt", MISMATCHES.values(), ids=MISMATCHES)
def test_disclosures_that_do_not_belong(attempt: Callable[[], object]) -> None:
    with pytest.raises(DisclosureMismatchError):
        attempt()


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"[",
    "an object": b'{"id_number":"1"}',
    "a text": b'"id_number"',
    "not canonical": SHOWN.replace(b",", b", "),
    "two elements (of an array)": raw(B22, "119999199001010012"),
    "four elements": raw(B22, "id_number", "1", "2"),
    "no element": b"[]",
    "a salt of 120 bit": raw(b64(bytes(15)), "id_number", "1"),
    "no salt": raw("", "id_number", "1"),
    "a salt that is a number": raw(1, "id_number", "1"),
    "a salt that is not base64url": raw("!" * 22, "id_number", "1"),
    "a salt with padding": raw(B22 + "==", "id_number", "1"),
    "a name that is a number": raw(B22, 1, "1"),
    "a name that pollutes JavaScript": raw(B22, "__proto__", "1"),
    "an empty name": raw(B22, "", "1"),
    "a name that starts with a digit": raw(B22, "1a", "1"),
    "a value that is a number": raw(B22, "id_number", 1),
    "a value that is null": raw(B22, "id_number", None),
    "a value that is true": raw(B22, "demo", True),
    "a value that hides more": raw(B22, "a", {"_sd": [sd_jwt.digest(SHOWN)]}),
    "too long": disclosed("a", "x" * MAX_DISCLOSURE),
    "deep": raw(B22, "a", [[[[[[["x"]]]]]]]),
}


@pytest.mark.parametrize("shown", MALFORMED.values(), ids=MALFORMED)
def test_disclosures_of_another_form(shown: bytes) -> None:
    """Refused though the payload has their digest."""
    with pytest.raises(MalformedError):
        reveal(hidden(shown), shown)


DIGESTS = {
    "_sd is a text": {"_sd": sd_jwt.digest(SHOWN)},
    "_sd is an object": {"_sd": {sd_jwt.digest(SHOWN): 1}},
    "_sd is null": {"_sd": None},
    "_sd has a number": {"_sd": [1]},
    "_sd has an array": {"_sd": [[sd_jwt.digest(SHOWN)]]},
    "a digest twice": {"_sd": [sd_jwt.digest(SHOWN)] * 2},
    "another hash": {"_sd": [sd_jwt.digest(SHOWN)], "_sd_alg": "sha-512"},
    "a weak hash": {"_sd": [sd_jwt.digest(SHOWN)], "_sd_alg": "md5"},
    "a hash that is null": {"_sd": [sd_jwt.digest(SHOWN)], "_sd_alg": None},
    "a hash in capitals": {"_sd_alg": "SHA-256"},
    "hashes in an array": {"_sd_alg": ["sha-256"]},
}


@pytest.mark.parametrize("claims", DIGESTS.values(), ids=DIGESTS)
@pytest.mark.parametrize("shown", [(), (SHOWN,)], ids=["nothing shown", "one shown"])
def test_digests_of_another_form(claims: dict[str, Any], shown: tuple[bytes, ...]) -> None:
    with pytest.raises(MalformedError):
        reveal(claims, *shown)


NAMES = st.from_regex(r"[a-z]{4,8}", fullmatch=True).filter(lambda name: name != "status")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(NAMES, st.tuples(WORDS, st.booleans()), max_size=8))
def test_what_is_shown_and_nothing_else_is_revealed(drawn: dict[str, tuple[str, bool]]) -> None:
    everything = {name: disclosed(name, value) for name, (value, _) in drawn.items()}
    shown = [everything[name] for name, (_, is_shown) in drawn.items() if is_shown]
    expected = {name: value for name, (value, is_shown) in drawn.items() if is_shown}
    assert expected == reveal(hidden(*everything.values()), *shown)


@given(st.binary(max_size=80))
def test_any_bytes_as_a_disclosure_are_malformed_or_do_not_belong(shown: bytes) -> None:
    with pytest.raises((MalformedError, DisclosureMismatchError)):
        reveal(CLAIMS, shown)
