"""A hundred thousand damaged codes: no forgery, no surprise, nothing expensive."""

import random
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter

import pytest

from schemas import qr
from schemas.dictionary import V1
from schemas.errors import MalformedError, UnsupportedVersionError
from schemas.limits import MAX_PACKED, MAX_PAYLOAD, MAX_QR_DIGITS
from schemas.sd_jwt import SdJwt
from tests.benchmarks.population import TYPES, certificates
from tests.schemas.outcome import outcome
from tests.schemas.random_tokens import random_token

ORIGIN = "zs.example.cn"
MUTATIONS = 100_000


def _originals(draw: random.Random) -> list[tuple[SdJwt, str]]:
    tokens = [
        each.token(ORIGIN, shown=shown)
        for name in TYPES
        for shown in (False, True)
        for each in certificates(name, 20)
    ]
    tokens += [random_token(draw, ORIGIN) for _ in range(200)]
    return [(token, qr.to_digits(qr.pack_token(token, ORIGIN))) for token in tokens]


def _a_digit(draw: random.Random, digits: str, other: str) -> str:
    at = draw.randrange(len(digits))
    return digits[:at] + draw.choice("0123456789") + digits[at + 1 :]


def _digit_lost(draw: random.Random, digits: str, other: str) -> str:
    at = draw.randrange(len(digits))
    return digits[:at] + digits[at + 1 :]


def _digit_more(draw: random.Random, digits: str, other: str) -> str:
    at = draw.randrange(len(digits))
    return digits[:at] + draw.choice("0123456789") + digits[at:]


def _cut_short(draw: random.Random, digits: str, other: str) -> str:
    return digits[: draw.randrange(len(digits))]


def _two_halves(draw: random.Random, digits: str, other: str) -> str:
    return digits[: draw.randrange(len(digits))] + other[draw.randrange(len(other)) :]


def _bytes(digits: str) -> bytearray:
    return bytearray(int(digits).to_bytes(MAX_PACKED).lstrip(b"\0"))


def _a_byte(draw: random.Random, digits: str, other: str) -> str:
    data = _bytes(digits)
    data[draw.randrange(1, len(data))] = draw.randrange(256)
    return qr.to_digits(bytes(data))


def _some_bytes(draw: random.Random, digits: str, other: str) -> str:
    data = _bytes(digits)
    at = draw.randrange(1, len(data))
    data[at : at + draw.randrange(9)] = draw.randbytes(draw.randrange(9))
    return qr.to_digits(bytes(data))


def _another_character(draw: random.Random, digits: str, other: str) -> str:
    at = draw.randrange(len(digits))
    return digits[:at] + draw.choice("_ +-.eEx\n１١\0") + digits[at:]


KINDS: tuple[Callable[[random.Random, str, str], str], ...] = (
    _a_digit,
    _digit_lost,
    _digit_more,
    _cut_short,
    _two_halves,
    _a_byte,
    _some_bytes,
    _another_character,
)


def test_a_hundred_thousand_mutations(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is one of two errors, or a well-formed credential for the signature to judge."""
    draw = random.Random(100_000)
    originals = _originals(draw)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(MUTATIONS):
        token, digits = draw.choice(originals)
        mutated = KINDS[number % len(KINDS)](draw, digits, draw.choice(originals)[1])
        if mutated == digits:
            continue
        start = perf_counter()
        try:
            read = qr.unpack_token(qr.from_digits(mutated), ORIGIN)
        except (MalformedError, UnsupportedVersionError) as error:
            outcomes[error.code] += 1
        else:
            outcomes["the same credential" if read == token else "another credential"] += 1
            assert read == SdJwt.parse(read.text)
            assert outcome(read.claims) == outcome(partial(_claims, mutated))
        slowest = max(slowest, perf_counter() - start)
    with capsys.disabled():
        print(f"\n  {dict(outcomes)}, the slowest {slowest * 1000:.2f} ms")
    assert MUTATIONS * 0.9 < outcomes.total()


def _claims(digits: str) -> object:
    return qr.unpack_claims(qr.from_digits(digits), ORIGIN)[1]


def _spelled_out(skeleton: bytes, stream: str) -> str:
    deflater = zlib.compressobj(9, wbits=-15, zdict=V1.preset)
    data = deflater.compress(skeleton) + deflater.flush()
    number = int("1" + stream)
    head = bytes([V1.version]) + (0x8000 + len(data)).to_bytes(2) + data + bytes(8)
    return qr.to_digits(head + number.to_bytes((number.bit_length() + 7) // 8) + bytes(64))


ROOM = 3_600  # digits of a stream that still fit into a code
COSTLY = {
    "digits": "9" * MAX_QR_DIGITS,
    "a bomb": _spelled_out(b"a" * 1_000_000, ""),
    "markers": _spelled_out(b"\x01" * MAX_PAYLOAD, "0"),
    "texts": _spelled_out(b"\x04" * (ROOM // 4), "0799" * (ROOM // 4)),
    "dates": _spelled_out(b"\x05" * (ROOM // 2), "60" * (ROOM // 2)),
    "far dates": _spelled_out(b"\x05" * (ROOM // 6), "999999" * (ROOM // 6)),
    "statuses": _spelled_out(b"\x02" + b"\x03" * (ROOM // 2), "0720" + "1" * 10 + "11" * (ROOM // 2)),
    "heads": _spelled_out(b"\x02" * (ROOM // 14), "07201718697600" * (ROOM // 14)),
    "one long text": _spelled_out(b"\x04", "90000" * (ROOM // 5) + "0000"),
    "nines": _spelled_out(b"\x04", "9" * ROOM),
}  # fmt: skip


@pytest.mark.parametrize("digits", COSTLY.values(), ids=COSTLY)
def test_nothing_costs_much(digits: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Digits, inflated bytes and markers are capped, so time and memory are; printed, not judged."""
    assert len(digits) <= MAX_QR_DIGITS
    start = perf_counter()
    _read(digits)
    elapsed = perf_counter() - start
    tracemalloc.start()
    _read(digits)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with capsys.disabled():
        print(f"\n  {elapsed * 1000:.2f} ms, {peak / 2**20:.2f} MiB")
    assert peak < 64 * 2**20


def _read(digits: str) -> None:
    with suppress(MalformedError, UnsupportedVersionError):
        qr.unpack_token(qr.from_digits(digits), ORIGIN)
