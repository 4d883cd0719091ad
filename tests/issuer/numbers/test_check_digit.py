"""Check digits: ISO/IEC 7064 MOD 11,10, and what they find."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.numbers.check_digit import check_digit

DIGITS = st.text("0123456789", min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0794", "5"),  # the standard's own example
        ("79462", "3"),
        ("8609574271", "9"),  # German tax numbers, which are public test values
        ("6592997048", "9"),
        ("PJ-〔2025〕794-62", check_digit("202579462")),
        ("１２", "1"),  # full-width digits are no digits
    ],
)
def test_known_digits(text: str, expected: str) -> None:
    assert expected == check_digit(text)


def valid(text: str) -> bool:
    return check_digit(text[:-1]) == text[-1]


@given(DIGITS, st.data())
def test_every_wrong_digit_is_found(text: str, data: st.DataObject) -> None:
    whole = text + check_digit(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from(sorted(set("0123456789") - {whole[at]})))
    assert not valid(whole[:at] + other + whole[at + 1 :])


def test_nearly_all_swapped_neighbours_are_found() -> None:
    """Counted over all numbers of five digits."""
    swapped = missed = 0
    for digits in product("0123456789", repeat=4):
        text = "".join(digits)
        whole = text + check_digit(text)
        for at in range(4):
            if whole[at] != whole[at + 1]:
                swapped += 1
                missed += valid(whole[:at] + whole[at + 1] + whole[at] + whole[at + 2 :])
    assert 0.025 > missed / swapped
