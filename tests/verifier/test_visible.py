"""Every character of a text can be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.visible import visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张测试", "张测试"),
        ("王䶮 · 陈𫖯", "王䶮 · 陈𫖯"),
        ("\U00031350", "\U00031350"),  # newer than the interpreter's tables
        ("阿卜杜拉·示例", "阿卜杜拉·示例"),
        ("张\u202e试测", "张‹U+202E›试测"),
        ("a\x1b[31mb\x00\x7f\x9b", "a‹U+001B›[31mb‹U+0000›‹U+007F›‹U+009B›"),
        ("a\nb\u2028", "a‹U+000A›b‹U+2028›"),
        ("张\u200b测\ufeff试\u00ad", "张‹U+200B›测‹U+FEFF›试‹U+00AD›"),
        ("葛\U000e0100", "葛‹U+E0100›"),
        ("\udcff", "‹U+DCFF›"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert expected == visible(text)


@given(st.text())
def test_law(text: str) -> None:
    """Nothing hides afterwards, nothing else changes, and a second time changes nothing."""
    shown = visible(text)
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown
    )
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN", "B"}
    assert not any(unicodedata.bidirectional(character) in bidi for character in shown)
    assert shown == visible(shown)
    shown.encode()
