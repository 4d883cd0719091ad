"""How large the QR codes are: `python -m tests.benchmarks.qr_versions [COUNT]`.

Over the certificates of `population.py`, a third of it new to the dictionary, with every origin;
beside the same certificates packed without the dictionary, as plain SD-JWT in a URL, and as SMART
Health Cards do it (payload deflated before it is signed, two digits for each character).
"""

import statistics
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from typing import cast

from segno import consts

from schemas import base64url, qr
from schemas.dictionary import NONE
from schemas.sd_jwt import SdJwt, header
from tests.benchmarks.population import ORIGINS, TYPES, certificates

_CAPACITY = cast("dict[int, dict[int, int]]", consts.SYMBOL_CAPACITY)  # bits by version and level


def qr_version(byte_count: int, digit_count: int) -> int:
    """The smallest version at level M for a byte and a numeric segment (ISO/IEC 18004 §7.4)."""
    for version in range(1, 41):
        byte_bits, digit_bits = (8, 10) if version < 10 else (16, 12 if version < 27 else 14)
        bits = 4 + byte_bits + 8 * byte_count
        if digit_count:
            whole, rest = divmod(digit_count, 3)
            bits += 4 + digit_bits + 10 * whole + (0, 4, 7)[rest]
        if bits <= _CAPACITY[version][consts.ERROR_LEVEL_M]:
            return version
    raise ValueError("does not fit into a QR code")


def packed_version(origin: str, packed: bytes) -> int:
    """The version of a packed credential's code."""
    prefix, digits = qr.segments(origin, qr.to_digits(packed))
    return qr_version(len(prefix), len(digits))


def _packed(token: SdJwt, origin: str) -> int:
    return packed_version(origin, qr.pack_token(token, origin))


def _no_dictionary(token: SdJwt, origin: str) -> int:
    return packed_version(origin, qr.pack_token(token, origin, version=NONE.version))


def _plain(token: SdJwt, origin: str) -> int:
    return qr_version(len(qr.segments(origin, "")[0]) + len(token.text), 0)


def _health_card(token: SdJwt, origin: str) -> int:
    deflater = zlib.compressobj(9, wbits=-15)
    payload = deflater.compress(token.payload) + deflater.flush()
    parts = (header(token.kid), payload, token.signature)
    return qr_version(len("shc:/"), 2 * len(".".join(map(base64url.encode, parts))))


WAYS: dict[str, Callable[[SdJwt, str], int]] = {
    "packed, dictionary v1": _packed,
    "packed, no dictionary": _no_dictionary,
    "SMART Health Card style": _health_card,
    "plain SD-JWT in a URL": _plain,
}


def _distribution(versions: list[int]) -> str:
    return "  ".join(f"V{version}: {count}" for version, count in sorted(Counter(versions).items()))


def main() -> None:
    """Print the tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    cases = [(name, True) for name in TYPES] + [("technical_level", False)]
    for name, hidden in cases:
        population = list(certificates(name, count, hidden=hidden))
        sizes = [len(qr.pack_token(each.token(ORIGINS[0]), ORIGINS[0])) for each in population]
        print(
            f"\n{name}, {'hidden ID number' if hidden else 'nothing hidden'}: {count} certificates"
        )
        print(f"  packed bytes: mean {statistics.mean(sizes):.1f}, max {max(sizes)}")
        for origin in ORIGINS:
            versions = [_packed(each.token(origin), origin) for each in population]
            print(f"  origin of {len(origin)} characters   {_distribution(versions)}")
        origin = ORIGINS[len(ORIGINS) // 2]
        for way, version in WAYS.items():
            versions = [version(each.token(origin), origin) for each in population]
            median, largest = int(statistics.median(versions)), max(versions)
            print(
                f"  {way:24} median V{median}-M, largest V{largest}-M ({17 + 4 * largest} modules)"
            )


if __name__ == "__main__":
    main()
