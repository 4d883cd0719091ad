"""Random credentials: every shape that the format allows, most of which no type has."""

import random
from typing import Any

from schemas import base64url, sd_jwt, strict_json
from schemas.sd_jwt import SdJwt
from tests.benchmarks.population import TYPES, certificates

_CHARACTERS = (
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz-",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/",
    "智能制造工程技术人员大数据北京市王张李·（）",
    "".join(map(chr, range(0x20, 0x7F))),
    "䶮𫖯𬱖鿿龘\u3400\U00020000\U0003134f—é\x7f\u2028😀",
    '"\\\n\t\b\x00\x1f/:,[]{}',
)
_POOL = [each for name in TYPES for each in certificates(name, 50)]


def random_token(draw: random.Random, origin: str) -> SdJwt:
    """A certificate with random claims more, fewer, in another order, or nothing like one."""
    each = draw.choice(_POOL)
    claims: dict[str, Any] = strict_json.loads_object(each.payload(origin))
    disclosures: list[bytes] = []
    if draw.random() < 0.5:
        for _ in range(draw.randrange(3)):
            shown = sd_jwt.disclosure(draw.randbytes(16), _text(draw) or "a", _text(draw))
            disclosures.append(shown)
        digests = [sd_jwt.digest(shown) for shown in disclosures]
        hidden = [base64url.encode(draw.randbytes(32)) for _ in range(draw.randrange(3))]
        claims["_sd"] = sorted(digests + hidden)
    for _ in range(draw.randrange(4)):
        claims[_text(draw).lstrip("0123456789") or "x"] = _value(draw, origin, 3)
    for _ in range(draw.randrange(3)):
        claims.pop(draw.choice(list(claims)), None)
    if draw.random() < 0.2:
        items = list(claims.items())
        draw.shuffle(items)
        claims = dict(items)
    kid = base64url.encode(draw.randbytes(8))
    return SdJwt(kid, strict_json.dumps(claims), draw.randbytes(64), tuple(disclosures))


def _text(draw: random.Random) -> str:
    alphabets = draw.choices(_CHARACTERS, k=draw.choice((1, 1, 2, 3)))
    return "".join(
        draw.choice(alphabet) for alphabet in alphabets for _ in range(draw.randrange(12))
    )


def _value(draw: random.Random, origin: str, depth: int) -> object:
    kind = draw.randrange(10 if depth else 8)
    if kind < 3:
        return _text(draw)
    if kind == 3:
        return draw.choice((0, 7, -5, 2**53 - 1, draw.randrange(10**6), True, False, None))
    if kind == 4:
        return base64url.encode(draw.randbytes(draw.choice((16, 32, 33))))
    if kind == 5:
        return f"{draw.randrange(1900, 2300)}-{draw.randrange(14):02}-{draw.randrange(33):02}"
    if kind == 6:
        return draw.choice(("2024-W25-2", "2024-06-18", "1970-01-01", "1969-12-31", "2243-10-17"))
    if kind == 7:
        return f"https://{origin}/{_text(draw)}"
    inner = [_value(draw, origin, depth - 1) for _ in range(draw.randrange(4))]
    return inner if kind == 8 else {f"k{number}": each for number, each in enumerate(inner)}
