"""Which Ed25519 keys and signatures count at all (RFC 8032 §5.1), before any verification.

Libraries disagree on keys and nonces outside the prime-order subgroup and on encodings that are
not canonical; without those inputs they all agree. So both are refused here, in Python and in
TypeScript alike, and what is left has one verdict everywhere.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from schemas.errors import CommandError

KEY_SIZE: Final = 32  # bytes
SIGNATURE_SIZE: Final = 64  # bytes: R ‖ S

P: Final = 2**255 - 19  # the field
L: Final = 2**252 + 27742317777372353535851937790883648493  # the order of the base point
_TOP_OF_L: Final = L >> 248  # its top byte: what has a smaller one is smaller
D: Final = -121665 * pow(121666, -1, P) % P  # the curve: −x² + y² = 1 + D·x²·y²
SIGN_BIT: Final = 2**255  # of an encoded point: x is odd

_Y_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_Y_OF_SMALL_ORDER = (
    1,  # order 1
    P - 1,  # order 2
    0,  # order 4
    _Y_OF_ORDER_8,
    P - _Y_OF_ORDER_8,
)


def _encodings(y: int) -> tuple[bytes, bytes]:
    return y.to_bytes(KEY_SIZE, "little"), (y | SIGN_BIT).to_bytes(KEY_SIZE, "little")


# y ≥ P has a shorter equal; x = 0 has no odd form (RFC 8032 §5.1.3 steps 1 and 4).
_NOT_CANONICAL = frozenset(
    [encoding for y in range(P, SIGN_BIT) for encoding in _encodings(y)]
    + [_encodings(1)[1], _encodings(P - 1)[1]]
)
_SMALL_ORDER = frozenset(e for y in _Y_OF_SMALL_ORDER for e in _encodings(y)) - _NOT_CANONICAL
_REFUSED: Final = _NOT_CANONICAL | _SMALL_ORDER

# ±1 modulo L and 0 modulo 8, and what X25519 leaves as it is when it clamps (RFC 7748 §5):
# this multiple of a point is the point itself, up to its sign, exactly when it has no torsion.
_MULTIPLE = max(8 * pow(8, -1, L), 8 * L - 8 * pow(8, -1, L))
_TORSION_FILTER = X25519PrivateKey.from_private_bytes(_MULTIPLE.to_bytes(KEY_SIZE, "little"))


class KeyRefusedError(CommandError):
    """A public key that no registry may list."""

    def __init__(self, detail: str) -> None:
        super().__init__("key_refused", detail)


def vet_public_key(raw: bytes) -> None:
    """Accept only a canonical encoding of a point of prime order.

    Args:
        raw: 32 bytes, RFC 8032 §5.1.5.

    Raises:
        KeyRefusedError: another length, not canonical, not on the curve, small or mixed order.
    """
    if len(raw) != KEY_SIZE:
        raise KeyRefusedError(f"{len(raw)} bytes instead of {KEY_SIZE}")
    if raw in _NOT_CANONICAL:
        raise KeyRefusedError("not a canonical encoding")
    if raw in _SMALL_ORDER:
        raise KeyRefusedError("a point of small order")
    y = int.from_bytes(raw, "little") % SIGN_BIT
    # x² = (y² − 1) / (D·y² + 1); a quotient is a square when the product is (Euler's criterion).
    if pow((y * y - 1) * (D * y * y + 1), (P - 1) // 2, P) != 1:
        raise KeyRefusedError("not a point of the curve")
    u = ((1 + y) * pow(1 - y, -1, P) % P).to_bytes(KEY_SIZE, "little")  # RFC 7748 §4.1
    if _TORSION_FILTER.exchange(X25519PublicKey.from_public_bytes(u)) != u:
        raise KeyRefusedError("a point of mixed order")


def signature_is_acceptable(signature: bytes) -> bool:
    """Whether every library would reach one verdict on `signature`: the gate before verification.

    True for 64 bytes with S < L (no second signature by adding L) and an R that is canonical and
    not of small order. Whether R is a point at all is left to the verification equation.
    """
    return (
        len(signature) == SIGNATURE_SIZE
        and signature[:KEY_SIZE] not in _REFUSED
        and (signature[-1] < _TOP_OF_L or int.from_bytes(signature[KEY_SIZE:], "little") < L)
    )
