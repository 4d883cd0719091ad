"""Strangers agree: joserfc and PyJWT's own decoder read what we sign, and we what joserfc signs."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws as joserfc
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

from keys import jws
from keys.signer import MemorySigner

TYP = "dc+sd-jwt"
ALGORITHMS = ["Ed25519"]
KEY = Ed25519PrivateKey.generate()
SIGNER = MemorySigner(KEY)
PAYLOAD = '{"holder_name":"欧阳·娜娜"}'.encode()
TOKEN = jws.sign_compact(PAYLOAD, typ=TYP, signer=SIGNER)


def public() -> OKPKey:
    """What a stranger imports: our published JWK file."""
    return OKPKey.import_key(json.loads(SIGNER.jwk.write()))


def test_joserfc_verifies_our_token() -> None:
    seen = joserfc.deserialize_compact(TOKEN, public(), algorithms=ALGORITHMS)
    assert PAYLOAD == seen.payload
    assert {"alg": "Ed25519", "kid": SIGNER.kid, "typ": TYP} == seen.headers()


def test_joserfc_refuses_it_altered() -> None:
    header, _, signature = TOKEN.split(".")
    with pytest.raises(BadSignatureError):
        joserfc.deserialize_compact(f"{header}.e30.{signature}", public(), algorithms=ALGORITHMS)


def test_joserfc_verifies_our_general_serialisation() -> None:
    document = json.loads(jws.sign_general(PAYLOAD, "root+jws", [SIGNER]))
    assert PAYLOAD == joserfc.deserialize_json(document, public(), algorithms=ALGORITHMS).payload


def test_joserfc_signs_the_same_bytes() -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    header = {"alg": "Ed25519", "kid": SIGNER.kid, "typ": TYP}
    token = joserfc.serialize_compact(header, PAYLOAD, OKPKey.import_key(pem), ALGORITHMS)
    assert TOKEN == token


def test_joserfc_computes_the_same_thumbprint() -> None:
    assert public().thumbprint().startswith(SIGNER.kid[:10])


def test_pyjwt_decodes_our_token_with_our_algorithm() -> None:
    assert PAYLOAD == jws.JWS.decode(TOKEN, SIGNER.jwk.public_key, algorithms=ALGORITHMS)
