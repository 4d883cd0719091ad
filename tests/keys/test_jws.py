"""Signing and verifying: one algorithm, one header, one text, and every confusion refused."""

import hashlib
import hmac
import json
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keys import jws
from keys.ed25519 import KeyRefusedError
from keys.jwk import Jwk
from keys.signer import MemorySigner
from schemas import base64url, strict_json
from schemas.errors import BadSignatureError, MalformedError, VerificationError
from schemas.limits import MAX_SIGNATURES
from tests.keys import curve

TYP = "dc+sd-jwt"
SIGNER = MemorySigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = MemorySigner(Ed25519PrivateKey.from_private_bytes(bytes(32)))
PAYLOAD = '{"holder_name":"王小明"}'.encode()
SIZE = 4096


def b64(data: bytes) -> str:
    return base64url.encode(data)


def compact(header: bytes, payload: bytes = PAYLOAD) -> str:
    """A token with any header, truly signed."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    return f"{signing_input}.{b64(SIGNER.sign(signing_input.encode()))}"


HEADER = f'{{"alg":"Ed25519","kid":"{SIGNER.kid}","typ":"{TYP}"}}'.encode()


# The algorithm


def test_nothing_but_ed25519_is_registered() -> None:
    assert ["Ed25519"] == jws.JWS.get_algorithms()


@pytest.mark.parametrize("name", ["none", "EdDSA", "HS256", "ES256", "RS256", "Ed448", "ed25519"])
def test_no_other_algorithm_is_found(name: str) -> None:
    with pytest.raises(NotImplementedError):
        jws.JWS.get_algorithm_by_name(name)


OTHER_KEYS = {
    "Ed448 private": Ed448PrivateKey.generate(),
    "Ed448 public": Ed448PrivateKey.generate().public_key(),
    "P-256": generate_private_key(SECP256R1()),
    "bytes": bytes(32),
    "a text": "-----BEGIN PUBLIC KEY-----",
    "a JWK": SIGNER.jwk,
    "nothing": None,
}


@pytest.mark.parametrize("key", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_only_ed25519_keys_get_in(key: object) -> None:
    """PyJWT's own class takes an Ed448 key under this name."""
    with pytest.raises(KeyRefusedError, match="is not an Ed25519 key"):
        jws.JWS.get_algorithm_by_name("Ed25519").prepare_key(key)
    with pytest.raises(KeyRefusedError):
        jws.sign_with(key, b"")  # type: ignore[arg-type]


def test_the_algorithm_reads_and_writes_jwks() -> None:
    algorithm = jws.JWS.get_algorithm_by_name("Ed25519")
    key = SIGNER.jwk.public_key
    assert SIGNER.jwk.to_dict() == algorithm.to_jwk(key, as_dict=True)
    assert key == algorithm.from_jwk(algorithm.to_jwk(key))
    with pytest.raises(KeyRefusedError):
        algorithm.from_jwk(Jwk(x=(1).to_bytes(32, "little")).to_dict())


# One signature


def test_a_signature_verifies() -> None:
    jws.verify(b"data", jws.sign(b"data", SIGNER), SIGNER.jwk)


@given(st.binary(max_size=200), st.data())
def test_no_changed_bit_verifies(data: bytes, draw: st.DataObject) -> None:
    whole = bytearray(SIGNER.sign(data) + data)
    bit = draw.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadSignatureError):
        jws.verify(bytes(whole[64:]), bytes(whole[:64]), SIGNER.jwk)


def with_chosen_nonce() -> bytes:
    """R = 0: the equation holds, `cryptography` accepts it, libsodium does not."""
    r = curve.encode(curve.IDENTITY)
    s = curve.challenge(r, SIGNER.jwk.x, b"data") * curve.secret_scalar(bytes(range(32))) % curve.L
    return r + s.to_bytes(32, "little")


GOOD = SIGNER.sign(b"data")
BAD_SIGNATURES = {
    "empty": b"",
    "63 bytes": GOOD[:-1],
    "65 bytes": GOOD + b"\0",
    "of another key": OTHER.sign(b"data"),
    "of other data": SIGNER.sign(b"date"),
    "S + L": GOOD[:32] + (int.from_bytes(GOOD[32:], "little") + curve.L).to_bytes(32, "little"),
    "R of small order": with_chosen_nonce(),
    "R off the curve": (2).to_bytes(32, "little") + GOOD[32:],
    "zeros": bytes(64),
    "HMAC with the public key": hmac.digest(SIGNER.jwk.x, b"data", hashlib.sha512),
}


@pytest.mark.parametrize("signature", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_a_bad_signature_raises(signature: bytes) -> None:
    with pytest.raises(BadSignatureError):
        jws.verify(b"data", signature, SIGNER.jwk)


# Compact serialisation


def test_compact_has_exactly_our_header_and_payload() -> None:
    token = jws.sign_compact(PAYLOAD, typ=TYP, signer=SIGNER)
    header, payload, _ = token.split(".")
    assert HEADER == base64url.decode(header)
    assert PAYLOAD == base64url.decode(payload)
    assert compact(HEADER) == token


@given(st.binary(max_size=300))
def test_compact_comes_back(payload: bytes) -> None:
    token = jws.sign_compact(payload, typ=TYP, signer=SIGNER)
    parsed = jws.parse_compact(token, TYP)
    assert (SIGNER.kid, payload) == (parsed.kid, parsed.payload)
    assert token == f"{parsed.signing_input.decode()}.{b64(parsed.signature)}"
    jws.verify(parsed.signing_input, parsed.signature, SIGNER.jwk)


def test_signing_again_gives_the_same_bytes() -> None:
    first = jws.sign_compact(PAYLOAD, typ=TYP, signer=SIGNER)
    assert first == jws.sign_compact(PAYLOAD, typ=TYP, signer=SIGNER)


def header(**members: object) -> bytes:
    """Our header with `members` in the place of ours or after them; None leaves one out."""
    ours: dict[str, object] = {"alg": "Ed25519", "kid": SIGNER.kid, "typ": TYP, **members}
    kept = {name: value for name, value in ours.items() if value is not None}
    return json.dumps(kept, separators=(",", ":")).encode()


HEADERS = {
    "alg none": header(alg="none"),
    "alg None": header(alg="None"),
    "alg EdDSA": header(alg="EdDSA"),
    "alg HS256": header(alg="HS256"),
    "alg ES256": header(alg="ES256"),
    "alg Ed448": header(alg="Ed448"),
    "alg a list": header(alg=["Ed25519"]),
    "no alg": header(alg=None),
    "no kid": header(kid=None),
    "no typ": header(typ=None),
    "typ JWT": header(typ="JWT"),
    "typ of another document": header(typ="root+jws"),
    "typ with application/": header(typ="application/dc+sd-jwt"),
    "jwk": header(jwk=SIGNER.jwk.to_dict()),
    "jku": header(jku="https://zs.example.cn/keys"),
    "x5u": header(x5u="https://zs.example.cn/keys"),
    "x5c": header(x5c=["AA"]),
    "crit": header(crit=["exp"]),
    "crit empty": header(crit=[]),
    "b64": header(b64=False, crit=["b64"]),
    "zip": header(zip="DEF"),
    "cty": header(cty="JWT"),
    "kid too short": header(kid="AAAAAAAAAA"),
    "kid too long": header(kid="AAAAAAAAAAAA"),
    "kid with unused bits": header(kid="AAAAAAAAAAB"),
    "kid a path": header(kid="../../../ab"),
    "kid a number": header(kid=12345678901),
    "kid with a line break": header(kid="AAAAAAAAAA\n"),
    "members in another order": b'{"typ":"dc+sd-jwt","alg":"Ed25519","kid":"AAAAAAAAAAA"}',
    "white space": HEADER.replace(b":", b": "),
    "escaped": HEADER.replace(b"alg", b"\\u0061lg"),
    "a member twice": HEADER[:-1] + b',"alg":"none"}',
    "trailing bytes": HEADER + b"\n",
    "byte-order mark": b"\xef\xbb\xbf" + HEADER,
    "empty": b"",
    "no JSON": b"Ed25519",
}


@pytest.mark.parametrize("protected", HEADERS.values(), ids=HEADERS)
def test_another_header_is_refused_whatever_the_signature_says(protected: bytes) -> None:
    with pytest.raises(MalformedError):
        jws.parse_compact(compact(protected), TYP)


def test_the_example_of_rfc8037_is_signed_well_and_refused() -> None:
    """Appendix A.4 has `{"alg":"EdDSA"}`: one name is chosen and the other is refused."""
    key = Jwk.from_dict(
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    )
    token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    signing_input, _, signature = token.rpartition(".")
    jws.verify(signing_input.encode(), base64url.decode(signature), key)
    with pytest.raises(MalformedError):
        jws.parse_compact(token, TYP)


TOKEN = compact(HEADER)
HEAD, BODY, SIGNATURE = TOKEN.split(".")
TEXTS = {
    "empty": "",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{TOKEN}.",
    "encrypted, five parts": f"{HEAD}..{BODY}.{BODY}.{SIGNATURE}",
    "unsigned": f"{HEAD}.{BODY}.",
    "padded": f"{TOKEN}==",
    "white space": f"{HEAD}. {BODY}.{SIGNATURE}",
    "line break": f"{TOKEN}\n",
    "unused bits of the last character": TOKEN[:-1] + chr(ord(TOKEN[-1]) + 1),
    "63-byte signature": f"{HEAD}.{BODY}.{b64(bytes(63))}",
    "65-byte signature": f"{HEAD}.{BODY}.{b64(bytes(65))}",
    "full-width": TOKEN.replace("A", "Ａ"),
    "too large": TOKEN + "A" * 20_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        jws.parse_compact(text, TYP)


def test_the_size_is_looked_at_first() -> None:
    assert jws.parse_compact(TOKEN, TYP, max_size=len(TOKEN))
    with pytest.raises(MalformedError, match="more than"):
        jws.parse_compact(TOKEN, TYP, max_size=len(TOKEN) - 1)


@given(st.text(alphabet="AZaz09-_.=~ \n中", max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        jws.parse_compact(text, TYP)


# General serialisation

ROOT = "root+jws"


def general(signatures: Sequence[object], payload: object = b64(PAYLOAD)) -> bytes:
    return strict_json.dumps({"payload": payload, "signatures": signatures})


def entry(signer: MemorySigner = SIGNER, typ: str = ROOT) -> dict[str, str]:
    document = json.loads(jws.sign_general(PAYLOAD, typ, [signer]))
    (only,) = document["signatures"]
    return {"protected": only["protected"], "signature": only["signature"]}


def keys(*signers: MemorySigner) -> dict[str, Jwk]:
    return {signer.kid: signer.jwk for signer in signers}


def parse(document: bytes) -> jws.General:
    return jws.parse_general(document, ROOT, max_size=SIZE)


def test_general_is_canonical_and_comes_back() -> None:
    document = jws.sign_general(PAYLOAD, ROOT, [SIGNER, OTHER])
    assert general([entry(SIGNER), entry(OTHER)]) == document
    parsed = parse(document)
    assert PAYLOAD == parsed.payload
    assert [SIGNER.kid, OTHER.kid] == [signature.kid for signature in parsed.signatures]
    assert 2 == jws.count_valid(parsed, keys(SIGNER, OTHER))


def test_signatures_are_added_one_by_one() -> None:
    """Custodians sign in turn; signing twice changes nothing."""
    document = jws.sign_general(PAYLOAD, ROOT, [SIGNER])
    both = jws.add_signature(document, ROOT, OTHER, max_size=SIZE)
    assert jws.sign_general(PAYLOAD, ROOT, [SIGNER, OTHER]) == both
    assert both == jws.add_signature(both, ROOT, OTHER, max_size=SIZE)


def test_a_bad_signature_is_made_anew() -> None:
    document = general([entry(SIGNER) | {"signature": b64(bytes(64))}])
    mended = jws.add_signature(document, ROOT, SIGNER, max_size=SIZE)
    assert jws.sign_general(PAYLOAD, ROOT, [SIGNER]) == mended


def test_no_signature_beyond_the_limit() -> None:
    signers = [MemorySigner.generate() for _ in range(MAX_SIGNATURES + 1)]
    full = jws.sign_general(PAYLOAD, ROOT, signers[:-1])
    assert MAX_SIGNATURES == len(parse(full).signatures)
    with pytest.raises(MalformedError):
        jws.add_signature(full, ROOT, signers[-1], max_size=SIZE)
    with pytest.raises(MalformedError):
        parse(jws.sign_general(PAYLOAD, ROOT, signers))


DOCUMENTS = {
    "empty": b"",
    "not JSON": b"{",
    "an array": b"[]",
    "compact": TOKEN.encode(),
    "a line break at the end": general([entry()]) + b"\n",
    "white space": general([entry()]).replace(b":", b": "),
    "no signatures": general([]),
    "signatures an object": strict_json.dumps({"payload": "", "signatures": {}}),
    "flattened (RFC 7515 §7.2.2)": strict_json.dumps({"payload": b64(PAYLOAD), **entry()}),
    "payload missing": strict_json.dumps({"signatures": [entry()]}),
    "payload a number": general([entry()], payload=1),
    "payload padded": general([entry()], payload="AA=="),
    "members in another order": strict_json.dumps(
        {"signatures": [entry()], "payload": b64(PAYLOAD)}
    ),
    "a member more": strict_json.dumps(
        {"payload": b64(PAYLOAD), "signatures": [entry()], "header": {}}
    ),
    "an unprotected header": general([entry() | {"header": {"kid": SIGNER.kid}}]),
    "a signature that is a text": general([TOKEN]),
    "a signature that is a number": general([entry() | {"signature": 1}]),
    "protected null": general([entry() | {"protected": None}]),
    "a 63-byte signature": general([entry() | {"signature": b64(bytes(63))}]),
    "of another typ": general([entry(typ="registry+jws")]),
    "one of another typ": general([entry(SIGNER), entry(OTHER, typ="registry+jws")]),
    "two of one key": general([entry(), entry()]),
    "two of one key, one bad": general([entry(), entry() | {"signature": b64(bytes(64))}]),
    "too large": general([entry()], payload=b64(bytes(SIZE))),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(document)


COUNTS = {
    "all": (general([entry(SIGNER), entry(OTHER)]), keys(SIGNER, OTHER), 2),
    "an unknown key is passed over": (general([entry(SIGNER), entry(OTHER)]), keys(SIGNER), 1),
    "nobody known": (general([entry(SIGNER)]), {}, 0),
    "a bad signature of a known key": (
        general([entry(SIGNER), entry(OTHER) | {"signature": entry(SIGNER)["signature"]}]),
        keys(SIGNER, OTHER),
        1,
    ),
    "signatures of another payload": (
        general([entry(SIGNER), entry(OTHER)], payload=b64(b"{}")),
        keys(SIGNER, OTHER),
        0,
    ),
    "one key under two kids": (
        general(
            [
                entry(SIGNER),
                entry(SIGNER)
                | {"protected": entry(OTHER)["protected"]}
                | {
                    "signature": b64(
                        SIGNER.sign(f"{entry(OTHER)['protected']}.{b64(PAYLOAD)}".encode())
                    )
                },
            ]
        ),
        {SIGNER.kid: SIGNER.jwk, OTHER.kid: SIGNER.jwk},
        1,
    ),
}


@pytest.mark.parametrize(("document", "known", "expected"), COUNTS.values(), ids=COUNTS)
def test_valid_signatures_are_counted_over_distinct_keys(
    document: bytes, known: dict[str, Jwk], expected: int
) -> None:
    assert expected == jws.count_valid(parse(document), known)
