"""The fast encoder and `segno` make the same symbols, module for module."""

from random import Random
from typing import Any

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from segno import consts

from issuer.documents import qr_symbol

CAPACITY: Any = consts.SYMBOL_CAPACITY
DIGITS = "".join(Random(7).choices("0123456789", k=8_000))


def by_segno(prefix: bytes, digits: str) -> segno.QRCode:
    segments: Any = [(prefix, consts.MODE_BYTE), (digits, consts.MODE_NUMERIC)]
    return segno.make(segments, error="m", micro=False, boost_error=False)


def seen(code: segno.QRCode) -> tuple[object, ...]:
    return code.version, code.error, code.mask, code.mode, tuple(map(bytes, code.matrix))


@given(
    st.binary(min_size=1, max_size=60),
    st.text("0123456789", min_size=1, max_size=60),
    st.integers(1, 15),
)
def test_any_text_is_the_symbol_of_segno(prefix: bytes, digits: str, times: int) -> None:
    assert seen(by_segno(prefix, digits * times)) == seen(qr_symbol.make(prefix, digits * times))


@pytest.mark.parametrize("version", range(1, 41))
def test_of_every_version(version: int) -> None:
    """Filled to the last digit; then one more, for which the next version is needed."""
    code = qr_symbol.make(b"#", DIGITS[: room(version)])
    assert version == code.version
    assert seen(by_segno(b"#", DIGITS[: room(version)])) == seen(code)
    if version < 40:
        assert version + 1 == qr_symbol.make(b"#", DIGITS[: room(version) + 1]).version


def room(version: int) -> int:
    """Digits that fit in beside a byte (ISO/IEC 18004 §7.4)."""
    level = consts.ERROR_LEVEL_M
    bits = CAPACITY[version][level] - (34 if version < 10 else 44 if version < 27 else 46)
    return int(bits // 10 * 3 + (0, 0, 0, 0, 1, 1, 1, 2, 2, 2)[bits % 10])


@pytest.mark.parametrize("digits", range(1, 40))
def test_at_every_place_in_a_codeword(digits: int) -> None:
    """Where the stream ends with a codeword, segno adds eight bits before it pads."""
    assert seen(by_segno(b"", DIGITS[:digits])) == seen(qr_symbol.make(b"", DIGITS[:digits]))


def test_more_than_the_largest_symbol_holds() -> None:
    with pytest.raises(segno.DataOverflowError):
        qr_symbol.make(b"#", DIGITS[: room(40) + 1])
