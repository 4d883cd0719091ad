"""Rosters as text: the encodings of spreadsheet programs, and cells copied out of them."""

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.roster.csv_text import read_csv
from issuer.roster.roster import read_roster
from issuer.roster.sheet import RosterError
from schemas.certificate_types import load
from tests.issuer.rosters import HEADINGS, PERSON, person, roster

LEVEL = load("technical_level")
NAMES = ("张测试", "䶮测试", "𬱖测试", "阿卜杜拉·示例")


def copied(*rows: tuple[str, ...]) -> str:
    """Cells as a spreadsheet program puts them on the clipboard."""
    lines = ("\t".join(map(quoted, row)) for row in rows)
    return "".join(line + "\r\n" for line in lines)


def quoted(cell: str) -> str:
    if "\n" in cell or "\t" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("gb18030", b""),
        ("utf-16", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
    ],
)
@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("txt", "\t"), ("tsv", "\t")])
def test_encodings(encoding: str, mark: bytes, name: str, ending: str, delimiter: str) -> None:
    """Excel's "Unicode text" is UTF-16 with tabs; WPS writes GB 18030, and others a mark."""
    text = "\r\n".join(delimiter.join(row) for row in (HEADINGS, (name, *PERSON[1:])))
    read = read_roster(mark + text.encode(encoding), f"roster.{ending}", LEVEL)
    assert [name] == [row.claims["holder_name"] for row in read.rows]
    assert PERSON[2] == read.rows[0].claims["id_number"]


def test_a_roster_that_was_pasted() -> None:
    """What was copied reads as the workbook that it was copied from."""
    people = [tuple(map(str, person(index))) for index in range(3)]
    pasted = read_roster(copied(HEADINGS, *people).encode(), "pasted.tsv", LEVEL)
    assert read_roster(roster(*people), "a.xlsx", LEVEL).rows == pasted.rows
    assert [2, 3, 4] == [row.number for row in pasted.rows]


def test_commas_do_not_part_what_was_pasted() -> None:
    """Were the delimiter guessed, a title full of commas would win."""
    title = "，".join("名单") + ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
    text = copied((title,), HEADINGS, PERSON)
    read = read_roster(text.encode(), "pasted.tsv", LEVEL)
    assert (2, title) == (read.header_row, read.sheet.rows[0][0])


PASTED = {
    'a\tb\r\n"c\nd"\te\r\n': [["a", "b"], ["c\nd", "e"]],
    '"a\tb"\tc\r\n': [["a\tb", "c"]],
    '"a\n""b"""\tc\r\n': [['a\n"b"', "c"]],
    '5"\t6"\r\n': [['5"', '6"']],
    '"星火"培训班\tb\r\n': [['"星火"培训班', "b"]],
    '"优秀\tb\r\nc\td\r\n': [['"优秀', "b"], ["c", "d"]],
    "a\tb": [["a", "b"]],
    "a\t\r\n\tb\r\n": [["a", ""], ["", "b"]],
    "a\tb\nc\td\n": [["a", "b"], ["c", "d"]],
    "a\tb\rc\td": [["a", "b"], ["c", "d"]],
}


@pytest.mark.parametrize("text", PASTED)
def test_cells_of_the_clipboard(text: str) -> None:
    """Quotation marks hold line breaks and tabs together, and else stand for themselves."""
    assert PASTED[text] == read_csv(text.encode(), delimiter="\t").rows


def test_no_row_hides_in_an_open_quotation() -> None:
    """In CSV it cannot be told what was meant, so the file is refused."""
    for text in ('姓名,备注\r\n张测试,"优秀\r\n李示例,\r\n', '姓名,备注\r\n张测试,"优"秀\r\n'):
        with pytest.raises(RosterError) as raised:
            read_csv(text.encode())
        assert "roster_not_a_workbook" == raised.value.code
        assert "引号" in raised.value.message("zh-CN") or "之后" in raised.value.message("zh-CN")


@settings(max_examples=100)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=2, max_size=4),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([",", "\t", ";"]),
)
def test_what_csv_writes_is_read(rows: list[list[str]], delimiter: str) -> None:
    """Any cells in any of the delimiters come back."""
    file = StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert rows == read_csv(file.getvalue().encode("utf-8-sig"), delimiter=delimiter).rows
