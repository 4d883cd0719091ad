"""Names are signed as entered, except for what keyboards and spreadsheets put into them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.roster.names import comparison_key, read_name
from schemas import codes

SEPARATOR = "name_separator_folded"
PADDING = "name_padding_removed"
REFUSED = "name_characters"


def codes_of(text: str) -> list[str]:
    return [code for code, _ in read_name(text)[1]]


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("张测试", "张测试", []),
        ("李　示例", "李示例", [PADDING]),
        ("李 示例", "李示例", [PADDING]),
        ("李\u00a0\u2003示 例\t\n", "李示例", [PADDING]),
        ("阿卜杜拉•示例", "阿卜杜拉·示例", [SEPARATOR]),
        ("阿卜杜拉 ・ 示例", "阿卜杜拉·示例", [SEPARATOR, PADDING]),
        ("阿卜杜拉.示例", "阿卜杜拉·示例", [SEPARATOR]),
        ("买买提江·阿不都热合曼·测试", "买买提江·阿不都热合曼·测试", []),
        ("TEST SAMPLE", "TEST SAMPLE", []),
        ("TEST  SAMPLE", "TEST SAMPLE", [PADDING]),
        ("José Álvarez", "José Álvarez", []),
        ("J. R. O'Brien-Smith", "J. R. O'Brien-Smith", []),
        ("李 David", "李 David", []),
        ("王䶮", "王䶮", []),
        ("陈𫖯", "陈𫖯", []),
        ("㛃〇々", "㛃〇々", []),
        ("ئەلى ۋەلى", "ئەلى ۋەلى", []),
        ("", "", []),
        ("　 ", "", [PADDING]),
    ],
)
def test_what_is_mended(typed: str, name: str, expected: list[str]) -> None:
    found, problems = read_name(typed)
    assert (name, expected) == (found, [code for code, _ in problems])


@pytest.mark.parametrize("dot", "\u0387\u2022\u2024\u2027\u2219\u22c5\u2e31\u30fb\uff0e\uff65")
def test_ten_look_alikes_of_the_separator(dot: str) -> None:
    assert "阿依·示例" == read_name(f"阿依{dot}示例")[0]


@pytest.mark.parametrize(
    "character",
    [
        *("\ue863", "\U000f0000"),  # private use
        *("\x00", "\x07", "\x7f", "\x9f"),  # control
        *("\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060"),  # zero width
        *("\u202e", "\u2066", "\u200f"),  # direction
        *(
            "\ufe0f",
            "\U000e0100",
            "\u3164",
            "\u115f",
            "\u034f",
        ),  # letters and marks that show nothing
        *("\u0378", "\ufffe", "\U000e0001"),  # unassigned
        *("=", "<", "1", "１", "（", "(", "@", "/", "⿰", "⼩", "\ud800"),
    ],
)
def test_what_is_refused(character: str) -> None:
    assert [REFUSED] == codes_of(f"张{character}测试")
    details = read_name(f"张{character}测试")[1][0][1]
    assert f"U+{ord(character):04X}" in str(details["characters"])


@pytest.mark.parametrize("name", ["·", "-", "= cmd", "—"])
def test_what_has_no_letter(name: str) -> None:
    assert [REFUSED] == codes_of(name)


@pytest.mark.parametrize(
    "code_point", [0x2EBF0, 0x2EE5D, 0x31350, 0x323AF, 0x323B0, 0x33479, 0x30000, 0x9FFF]
)
def test_ideographs_younger_than_the_python_that_runs(code_point: int) -> None:
    assert [] == codes_of(f"王{chr(code_point)}")


@pytest.mark.parametrize(("name", "expected"), [("张" * 50, []), ("张" * 51, ["name_too_long"])])
def test_length(name: str, expected: list[str]) -> None:
    assert expected == codes_of(name)


@given(st.text(st.characters(codec="utf-8")))
def test_reading_is_stable_and_has_words(text: str) -> None:
    """What was mended needs no mending, nothing raises, and every code is in the table."""
    name, problems = read_name(text)
    assert name == read_name(name)[0]
    assert all(code in codes.table()["roster"] for code, _ in problems)


@given(st.text(st.characters(min_codepoint=0xF900, max_codepoint=0xFAD9), min_size=1, max_size=20))
def test_ideographs_are_never_normalised(text: str) -> None:
    name, problems = read_name(text)
    if not problems:
        assert text == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("李　示例", "李示例"),
        ("阿卜杜拉•示例", "阿卜杜拉·示例"),
        ("Test Sample", "ＴＥＳＴ　SAMPLE"),
        ("\ufa64", unicodedata.normalize("NFC", "\ufa64")),
        ("é", "e\u0301"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert comparison_key(one) == comparison_key(other)


def test_two_names() -> None:
    assert comparison_key("张测试") != comparison_key("张侧试")
