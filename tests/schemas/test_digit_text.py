"""Text as decimal digits: the forms of schemas/README.md §3.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import digit_text
from schemas.dictionary import NONE, V1, Dictionary

TABLE = [
    ("中级", "0" + V1.codes["中级"]),
    ("王", "0" + V1.codes["王"]),
    ("王晓明", "2" + V1.codes["王"] + V1.codes["晓"] + V1.codes["明"]),
    ("张孪", "1" + V1.codes["张"] + f"{80000 + ord('孪') - 0x4E00}"),
    ("0012", "30012"),
    ("7", "407"),
    ("11002024060400123", "5611002024060400123"),
    ("1" * 22, "61" + "1" * 22),
    ("1" * 23, "961" + "1" * 22 + "7517"),
    ("052X", "7816211856"),
    ("bj-0001", "90" + V1.codes["bj-"] + "30001"),
    ("PJ2024000123", "90" + V1.codes["PJ"] + "492024000123"),
    ("A-2024", "976" + "3313" + "32024"),
    ("\U00020000", "890131072"),
    ("é", "890000233"),
]


@pytest.mark.parametrize(("text", "digits"), TABLE)
def test_these_digits(text: str, digits: str) -> None:
    assert digits == digit_text.write(text, V1)
    assert (text.encode(), len(digits)) == digit_text.read(digits.encode(), 0, V1.entries)


@given(st.text(min_size=1), st.sampled_from([V1, NONE]), st.text("0123456789", max_size=3))
def test_any_text_is_read_back(text: str, dictionary: Dictionary, before: str) -> None:
    digits = before + digit_text.write(text, dictionary)
    assert digits.isascii()
    assert digits.isdigit()
    read = digit_text.read((digits + "123").encode(), len(before), dictionary.entries)
    assert (text.encode(), len(digits)) == read


@given(st.lists(st.sampled_from([*V1.codes, "2024", "龘", "7", "x"]), min_size=1, max_size=30))
def test_words_and_characters_in_any_order(words: list[str]) -> None:
    text = "".join(words)
    digits = digit_text.write(text, V1)
    assert (text.encode(), len(digits)) == digit_text.read(digits.encode(), 0, V1.entries)


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "9",
        "43123",
        "99000",
        "0",
        "00",
        "0799",
        "079900",
        "08000",
        "9" * 50,
        "891114112",
        "8912345678",
        "0ab1",
    ],
)
def test_what_is_no_text(digits: str) -> None:
    """Refused at once, or an end past the last digit."""
    try:
        _, end = digit_text.read(digits.encode(), 0, V1.entries)
    except (ValueError, LookupError):
        return
    assert len(digits) < end
