"""The curve in plain affine arithmetic (RFC 8032 §5.1): slow, and nothing shared with `keys`."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]

IDENTITY: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x, y


def multiply(scalar: int, point: Point) -> Point:
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def encode(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(raw: bytes) -> Point | None:
    """The point of a canonical encoding, None of any other 32 bytes."""
    number = int.from_bytes(raw, "little")
    odd, y = number >> 255, number % 2**255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        return None
    return (x if x & 1 == odd else P - x), y


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or IDENTITY


def _point_of_order_8() -> Point:
    """What L leaves of any point outside the prime-order subgroup, until it generates all eight."""
    y = 2
    while True:
        point = decode(y.to_bytes(32, "little"))
        if point is not None and multiply(4, torsion := multiply(L, point)) != IDENTITY:
            return torsion
        y += 1


TORSION = [multiply(n, _point_of_order_8()) for n in range(8)]


def secret_scalar(seed: bytes) -> int:
    """The scalar behind a private key (RFC 8032 §5.1.5)."""
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return number % 2**254 & ~7 | 2**254


def challenge(r: bytes, public_key: bytes, message: bytes) -> int:
    """SHA-512(R ‖ A ‖ M) as a scalar (RFC 8032 §5.1.7 step 2)."""
    return int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % L
