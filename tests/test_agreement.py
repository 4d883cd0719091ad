"""Strangers agree: the IETF's SD-JWT library and joserfc read what we issue, and we what they do.

Our token is a plain SD-JWT VC: nothing of ours is needed to verify its signature or a disclosure.
"""

import json
from functools import partial
from typing import Any

import pytest
import sd_jwt.disclosure  # type: ignore[import-untyped]
import sd_jwt.issuer  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws as joserfc
from joserfc import jwt
from joserfc.errors import BadSignatureError as JoserfcBadSignatureError
from joserfc.jwk import OKPKey
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from jwcrypto.jws import InvalidJWSSignature  # type: ignore[import-untyped]
from sd_jwt.common import SDObj  # type: ignore[import-untyped]
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from issuer import payload
from issuer.payload import Place
from keys import jws
from schemas import base64url, certificate_types, status_list, strict_json
from schemas import origin as address
from schemas import sd_jwt as ours
from schemas.errors import BadSignatureError, DisclosureMismatchError
from schemas.sd_jwt import SdJwt
from schemas.status_list import Status, StatusList
from tests.institutions import CLAIMS
from tests.world import DAY, ORIGIN, SIGNED, Key, key

ALGORITHMS = ["Ed25519"]
SIGNER = key("pingjia 2025")
PLACE = Place(origin=ORIGIN, institution="demo-pingjia", list_id="2025", idx=17)
ID_NUMBER = "119999199001010012"


def issued(type_name: str = "technical_level") -> SdJwt:
    """A token with its disclosures, made as the institution's service makes it."""
    kind = certificate_types.load(type_name)
    content, disclosures = payload.build(
        kind,
        CLAIMS[type_name] | {"certificate_number": "CS2025000017"},
        place=PLACE,
        iat=SIGNED,
        demo=True,
        salts={name: bytes(range(ours.SALT_LENGTH)) for name in kind.hidden},
    )
    unsigned = SdJwt(SIGNER.kid, content, b"", disclosures)
    signature = jws.sign(unsigned.signing_input, SIGNER)
    return SdJwt(SIGNER.kid, content, signature, disclosures)


def published(signer: Key) -> OKPKey:
    """What a stranger with joserfc imports: the published JWK."""
    return OKPKey.import_key(json.loads(signer.jwk.write()))


def read_by_sd_jwt(text: str, signer: Key = SIGNER) -> SDJWTVerifier:
    """A presentation that the IETF's library has verified."""

    def issuer_key(_issuer: str, header: dict[str, str]) -> JWK:
        assert {"alg": "Ed25519", "kid": SIGNER.kid, "typ": "dc+sd-jwt"} == header
        return JWK.from_json(signer.jwk.write())

    return SDJWTVerifier(text, issuer_key)


def altered(text: str) -> str:
    """The same token for somebody else: 初级 becomes 高级."""
    header, content, rest = text.split(".", 2)
    changed = base64url.decode(content).replace("初级".encode(), "高级".encode())
    assert base64url.encode(changed) != content
    return f"{header}.{base64url.encode(changed)}.{rest}"


# Ours, read by them


@pytest.mark.parametrize("type_name", certificate_types.names())
def test_sd_jwt_verifies_our_tokens_and_disclosures(type_name: str) -> None:
    token = issued(type_name)
    seen = read_by_sd_jwt(token.text).get_verified_payload()
    assert token.reveal(token.claims()) == seen
    assert ID_NUMBER == seen["id_number"]


@pytest.mark.parametrize("type_name", certificate_types.names())
def test_joserfc_verifies_our_tokens(type_name: str) -> None:
    token = issued(type_name)
    compact, *_ = token.text.split("~")
    seen = joserfc.deserialize_compact(compact, published(SIGNER), algorithms=ALGORITHMS)
    assert token.payload == seen.payload
    assert {"alg": "Ed25519", "kid": SIGNER.kid, "typ": "dc+sd-jwt"} == seen.headers()
    assert token.claims() == jwt.decode(compact, published(SIGNER), ALGORITHMS).claims


def test_without_the_disclosure_there_is_no_id_number() -> None:
    printed = issued().without_disclosures()
    seen = read_by_sd_jwt(printed.text).get_verified_payload()
    assert printed.reveal(printed.claims()) == seen
    assert "id_number" not in seen
    assert ID_NUMBER not in printed.text
    assert ID_NUMBER.encode() not in printed.payload


def test_sd_jwt_computes_the_same_digest() -> None:
    token = issued()
    (shown,) = token.disclosures
    verifier = read_by_sd_jwt(token.text)
    assert {ours.digest(shown): base64url.encode(shown)} == verifier._hash_to_disclosure
    assert [ours.digest(shown)] == token.claims()["_sd"]


def test_an_altered_token_verifies_nowhere() -> None:
    text = altered(issued().text)
    with pytest.raises(InvalidJWSSignature):
        read_by_sd_jwt(text).get_verified_payload()
    with pytest.raises(JoserfcBadSignatureError):
        joserfc.deserialize_compact(text.split("~")[0], published(SIGNER), algorithms=ALGORITHMS)
    token = SdJwt.parse(text)
    with pytest.raises(BadSignatureError):
        jws.verify(token.signing_input, token.signature, SIGNER.jwk)


def test_another_key_verifies_nothing() -> None:
    text, other = issued().text, key("xueyuan 2025")
    with pytest.raises(InvalidJWSSignature):
        read_by_sd_jwt(text, other)
    with pytest.raises(JoserfcBadSignatureError):
        joserfc.deserialize_compact(text.split("~")[0], published(other), algorithms=ALGORITHMS)


def test_an_altered_disclosure_discloses_nothing() -> None:
    """The IETF's library passes it over, we refuse it (RFC 9901 §7.1 step 4)."""
    token = issued()
    (shown,) = token.disclosures
    other = SdJwt(token.kid, token.payload, token.signature, (shown.replace(b"0012", b"0020"),))
    assert "id_number" not in read_by_sd_jwt(other.text).get_verified_payload()
    with pytest.raises(DisclosureMismatchError):
        other.reveal(other.claims())


def test_joserfc_verifies_our_status_list_token() -> None:
    statuses = StatusList.of(40, [(17, Status.INVALID), (18, Status.SUSPENDED)])
    uri = address.status_uri(ORIGIN, "demo-pingjia", "2025")
    claims = strict_json.dumps(statuses.claims(uri, iat=SIGNED, exp=SIGNED + DAY))
    token = jws.sign_compact(claims, typ=status_list.TYP, signer=SIGNER)
    seen = jwt.decode(token, published(SIGNER), ALGORITHMS)
    assert status_list.TYP == seen.header["typ"]
    assert issued().claims()["status"]["status_list"]["uri"] == seen.claims["sub"]
    assert SIGNED == seen.claims["iat"] < seen.claims["exp"]
    found = seen.claims["status_list"]
    assert {"bits", "lst"} == set(found)
    assert 2 == found["bits"]
    assert statuses == StatusList.from_compressed(40, base64url.decode(found["lst"]))


# Theirs, read by us


@pytest.fixture
def canonical(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9901 leaves the JSON of a disclosure to its issuer; the strict profile has one form."""
    dumps = partial(json.dumps, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    monkeypatch.setattr(sd_jwt.disclosure, "dumps", dumps)
    monkeypatch.setattr(sd_jwt.issuer, "dumps", dumps)


def issued_by_sd_jwt(claims: dict[Any, Any], *, decoys: bool = False) -> str:
    """A token of the IETF's library under our header."""
    pem = SIGNER._private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = SDJWTIssuer(
        claims,
        JWK.from_pem(pem),
        sign_alg="Ed25519",
        add_decoy_claims=decoys,
        extra_header_parameters={"kid": SIGNER.kid, "typ": "dc+sd-jwt"},
    )
    return str(made.sd_jwt_issuance)


THEIRS = {"iss": "https://zs.example.cn/i/demo-pingjia", "holder_name": "张测试"}


@pytest.mark.usefixtures("canonical")
@pytest.mark.parametrize("decoys", [False, True])
def test_we_verify_a_token_of_sd_jwt_and_its_disclosures(decoys: bool) -> None:
    hidden = {SDObj("id_number"): ID_NUMBER, SDObj("photo"): "照片"}
    text = issued_by_sd_jwt(THEIRS | hidden, decoys=decoys)
    token = SdJwt.parse(text)
    assert text == token.text
    assert SIGNER.kid == token.kid
    jws.verify(token.signing_input, token.signature, SIGNER.jwk)
    assert THEIRS | {"id_number": ID_NUMBER, "photo": "照片"} == token.reveal(token.claims())
    printed = token.without_disclosures()
    assert THEIRS == printed.reveal(printed.claims())


@pytest.mark.usefixtures("canonical")
def test_the_same_claims_give_the_same_bytes() -> None:
    """Ed25519 is deterministic and so is our form: whoever signs, there is one token."""
    text = issued_by_sd_jwt(THEIRS)
    content = base64url.decode(text.split(".")[1])
    unsigned = SdJwt(SIGNER.kid, content, b"")
    assert text == SdJwt(SIGNER.kid, content, SIGNER.sign(unsigned.signing_input)).text
