"""Public keys as they are published: RFC 8037 appendix A, strict reading, stable identifiers."""

import copy
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keys.ed25519 import KeyRefusedError
from keys.jwk import Jwk
from schemas import base64url

# RFC 8037 appendix A.2 and A.3
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": X}


def test_thumbprint_of_rfc8037() -> None:
    assert THUMBPRINT == base64url.encode(Jwk.from_dict(JWK).thumbprint())


def test_kid_is_the_start_of_the_thumbprint() -> None:
    assert base64url.encode(base64url.decode(THUMBPRINT)[:8]) == Jwk.from_dict(JWK).kid
    assert "kPrK_qmxVWY" == Jwk.from_dict(JWK).kid


def test_fingerprint_is_the_whole_thumbprint_in_groups() -> None:
    fingerprint = Jwk.from_dict(JWK).fingerprint
    assert [4] * 16 == [len(group) for group in fingerprint.split(" ")]
    assert base64url.decode(THUMBPRINT) == bytes.fromhex(fingerprint.replace(" ", ""))


def test_only_the_public_members_are_published() -> None:
    assert JWK == Jwk.from_dict(JWK).to_dict()
    assert ["crv", "kty", "x"] == list(Jwk.from_dict(JWK).to_dict())


def test_a_public_key_file_reads_back() -> None:
    jwk = Jwk.from_dict(JWK)
    expected = (
        f'{{"crv":"Ed25519","kty":"OKP","x":"{X}","kid":"kPrK_qmxVWY","alg":"Ed25519","use":"sig"}}'
    )
    assert expected.encode() + b"\n" == jwk.write()
    assert jwk == Jwk.read(jwk.write())
    assert jwk == Jwk.read(jwk.write().removesuffix(b"\n"))


@pytest.mark.parametrize("extra", [{"kid": "kPrK_qmxVWY"}, {"alg": "Ed25519"}, {"use": "sig"}])
def test_members_that_say_the_same_are_read(extra: dict[str, str]) -> None:
    assert Jwk.from_dict(JWK) == Jwk.from_dict(JWK | extra)


def without(name: str) -> dict[str, str]:
    return {member: value for member, value in JWK.items() if member != name}


REFUSED: dict[str, object] = {
    "not an object": [JWK],
    "nothing": None,
    "a text": X,
    "private": JWK | {"d": "secret"},
    "no kty": without("kty"),
    "no crv": without("crv"),
    "no x": without("x"),
    "kty EC": JWK | {"kty": "EC"},
    "crv Ed448": JWK | {"crv": "Ed448"},
    "crv X25519": JWK | {"crv": "X25519"},
    "crv in lower case": JWK | {"crv": "ed25519"},
    "alg EdDSA": JWK | {"alg": "EdDSA"},
    "alg null": JWK | {"alg": None},
    "use enc": JWK | {"use": "enc"},
    "another kid": JWK | {"kid": "AAAAAAAAAAA"},
    "an unknown member": JWK | {"key_ops": ["verify"]},
    "x a number": JWK | {"x": 1},
    "x padded": JWK | {"x": X + "="},
    "x with unused bits": JWK | {"x": X[:-1] + "p"},
    "x in base64": JWK | {"x": X.replace("_", "/")},
    "x short": JWK | {"x": base64url.encode(bytes(31))},
    "x long": JWK | {"x": base64url.encode(bytes(33))},
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        Jwk.from_dict(value)
    assert "key_refused" == caught.value.code
    assert "secret" not in str(caught.value)


FILES = {
    "empty": b"",
    "not JSON": b"-----BEGIN",
    "not UTF-8": b"\xff",
    "a name twice": b'{"crv":"Ed25519","kty":"OKP","x":"A","x":"B"}',
    "white space": b'{"crv": "Ed25519"}',
    "small order": Jwk(x=(1).to_bytes(32, "little")).write(),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_bad_public_key_file_is_refused(data: bytes) -> None:
    with pytest.raises(KeyRefusedError):
        Jwk.read(data)


@given(st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes))
def test_every_key_comes_back_from_its_jwk(key: Ed25519PrivateKey) -> None:
    jwk = Jwk.of(key.public_key())
    assert jwk == Jwk.from_dict(jwk.to_dict()) == Jwk.read(jwk.write())
    assert 11 == len(jwk.kid)
    jwk.public_key.verify(key.sign(b"data"), b"data")


def test_a_key_is_a_value() -> None:
    """Equal by its bytes, usable in sets, copied to other processes."""
    one, other = Jwk.from_dict(JWK), Jwk.from_dict(JWK)
    assert {one} == {other}
    assert one == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
    assert one.kid == pickle.loads(pickle.dumps(one)).kid
