"""Which keys and signatures count: RFC 8032 vectors, all small-order points, every bad encoding."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.ed25519 import KeyRefusedError, signature_is_acceptable, vet_public_key
from tests.keys import curve

# RFC 8032 §7.1: secret key, public key, message, signature.
RFC8032 = {
    "TEST 1": (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = KEY.public_key().public_bytes_raw()
SIGN_BIT = 2**255


def encoding(number: int) -> bytes:
    return number.to_bytes(32, "little")


@pytest.mark.parametrize("vector", RFC8032.values(), ids=RFC8032)
def test_rfc8032(vector: tuple[str, str, str, str]) -> None:
    """The RFC's keys pass, and so do its signatures, which the library makes byte for byte."""
    secret, public, message, signature = map(bytes.fromhex, vector)
    vet_public_key(public)
    assert signature_is_acceptable(signature)
    assert signature == Ed25519PrivateKey.from_private_bytes(secret).sign(message)


NOT_CANONICAL = {
    **{
        f"y = p + {y - curve.P}, sign {sign}": encoding(y + sign * SIGN_BIT)
        for y in range(curve.P, SIGN_BIT)
        for sign in (0, 1)
    },
    "x = −0, y = 1": encoding(1 + SIGN_BIT),
    "x = −0, y = −1": encoding(curve.P - 1 + SIGN_BIT),
}
SMALL_ORDER = {f"T{n}": curve.encode(point) for n, point in enumerate(curve.TORSION)}
MIXED_ORDER = {
    f"A + T{n}": curve.encode(curve.add(curve.decode(PUBLIC) or curve.IDENTITY, point))
    for n, point in enumerate(curve.TORSION)
    if n
}


def test_there_are_eight_points_of_small_order() -> None:
    assert 8 == len(set(SMALL_ORDER.values()))


@pytest.mark.parametrize("raw", NOT_CANONICAL.values(), ids=NOT_CANONICAL)
def test_a_key_that_is_not_canonical_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyRefusedError, match="not a canonical encoding"):
        vet_public_key(raw)


@pytest.mark.parametrize("raw", SMALL_ORDER.values(), ids=SMALL_ORDER)
def test_a_key_of_small_order_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyRefusedError, match="small order"):
        vet_public_key(raw)


@pytest.mark.parametrize("raw", MIXED_ORDER.values(), ids=MIXED_ORDER)
def test_a_key_of_mixed_order_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyRefusedError, match="mixed order"):
        vet_public_key(raw)


@pytest.mark.parametrize("size", [0, 31, 33, 57, 64])
def test_a_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(KeyRefusedError, match=f"{size} bytes"):
        vet_public_key(bytes(size))


def test_a_key_off_the_curve_is_refused() -> None:
    assert curve.decode(encoding(2)) is None
    with pytest.raises(KeyRefusedError, match="not a point"):
        vet_public_key(encoding(2))


def verdict(raw: bytes) -> bool:
    try:
        vet_public_key(raw)
    except KeyRefusedError:
        return False
    return True


@settings(max_examples=40)
@given(st.integers(0, 2**260), st.integers(0, 7))
def test_exactly_the_points_of_prime_order_pass(scalar: int, torsion: int) -> None:
    """Any multiple of the base point, with any torsion added: the sum decides."""
    point = curve.add(curve.multiply(scalar, curve.BASE), curve.TORSION[torsion])
    assert (torsion == 0 and scalar % curve.L != 0) == verdict(curve.encode(point))


@settings(max_examples=100)
@given(st.binary(min_size=32, max_size=32))
def test_any_bytes_agree_with_plain_arithmetic(raw: bytes) -> None:
    point = curve.decode(raw)
    expected = (
        point is not None
        and point != curve.IDENTITY
        and curve.multiply(curve.L, point) == curve.IDENTITY
    )
    assert expected == verdict(raw)


@given(st.binary(max_size=64))
def test_every_honest_signature_is_acceptable(message: bytes) -> None:
    assert signature_is_acceptable(KEY.sign(message))


def test_a_second_signature_by_adding_the_order_is_refused() -> None:
    """S and S + L satisfy the same equation (RFC 8032 §8.4)."""
    signature = KEY.sign(b"")
    s = int.from_bytes(signature[32:], "little")
    assert not signature_is_acceptable(signature[:32] + encoding(s + curve.L))


S = {
    "0": (0, True),
    "L − 1": (curve.L - 1, True),
    "L": (curve.L, False),
    "2^256 − 1": (2**256 - 1, False),
}


@pytest.mark.parametrize(("s", "expected"), S.values(), ids=S)
def test_s_is_below_the_order(s: int, expected: bool) -> None:
    assert expected == signature_is_acceptable(PUBLIC + encoding(s))


@pytest.mark.parametrize("r", [*NOT_CANONICAL.values(), *SMALL_ORDER.values()])
def test_r_is_canonical_and_not_of_small_order(r: bytes) -> None:
    assert not signature_is_acceptable(r + encoding(1))


@pytest.mark.parametrize("size", [0, 32, 63, 65, 114])
def test_a_signature_has_64_bytes(size: int) -> None:
    assert not signature_is_acceptable(b"\x01" * size)


def test_the_gate_is_needed() -> None:
    """A signer who picks R = 0 makes what one library accepts and another refuses."""
    r = curve.encode(curve.IDENTITY)
    s = curve.challenge(r, PUBLIC, b"message") * curve.secret_scalar(SEED) % curve.L
    signature = r + encoding(s)
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, b"message")
    assert not signature_is_acceptable(signature)
