"""Files that are no roster, or a hostile one: each is refused with its code, and nothing dies."""

import struct
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from issuer.roster import roster as roster_module
from issuer.roster import xlsx as xlsx_module
from issuer.roster.roster import Roster, read_roster
from issuer.roster.sheet import RosterError
from schemas.certificate_types import load
from tests.issuer.rosters import (
    HEADINGS,
    PERSON,
    csv,
    person,
    raw_xlsx,
    repacked,
    roster,
    row_xml,
    saved,
    xlsx,
)

TYPE = load("technical_level")
GOOD = roster(person())
SHEET = "xl/worksheets/sheet1.xml"
PLAIN = row_xml(1, HEADINGS) + row_xml(2, PERSON)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def read(data: bytes, name: str = "roster.xlsx") -> Roster:
    return read_roster(data, name, TYPE)


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read(name)


def with_declaration(name: str, declaration: bytes) -> bytes:
    return repacked(GOOD, {name: declaration + part(GOOD, name)})


def lying_about_its_size() -> bytes:
    """The sheet's entry says one byte where 10 MB follow."""
    data = bytearray(repacked(GOOD, {SHEET: part(GOOD, SHEET) + b" " * 10_000_000}))
    with zipfile.ZipFile(BytesIO(bytes(data))) as archive:
        size = archive.getinfo(SHEET).file_size
    return bytes(data).replace(struct.pack("<L", size), struct.pack("<L", 1))


REFUSED = {
    "empty file": (b"", "roster.csv", "roster_no_header"),
    "empty workbook": (saved(Workbook()), "roster.xlsx", "roster_no_header"),
    "headings only": (xlsx([HEADINGS]), "roster.xlsx", "roster_empty"),
    "no headings": (xlsx([["a", "b"], ["c", "d"]]), "roster.xlsx", "roster_no_header"),
    "headings too far down": (
        xlsx([*[["标题"]] * 10, HEADINGS, PERSON]),
        "roster.xlsx",
        "roster_no_header",
    ),
    "old .xls": (OLE, "roster.xls", "roster_old_xls"),
    "old .xls called .xlsx": (OLE, "roster.xlsx", "roster_old_xls"),
    "password": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "roster.xlsx",
        "roster_encrypted",
    ),
    ".xlsm": (GOOD, "roster.xlsm", "roster_macros"),
    "macros in .xlsx": (
        repacked(GOOD, {"xl/vbaProject.bin": b"\x00"}),
        "roster.xlsx",
        "roster_macros",
    ),
    "text called .xlsx": (csv([HEADINGS, PERSON]), "roster.xlsx", "roster_wrong_extension"),
    "workbook called .csv": (GOOD, "roster.csv", "roster_wrong_extension"),
    "another ending": (b"%PDF-1.7", "roster.pdf", "roster_not_a_workbook"),
    "no ending": (GOOD, "roster", "roster_not_a_workbook"),
    "cut off": (GOOD[: len(GOOD) // 2], "roster.xlsx", "roster_not_a_workbook"),
    "zip of something else": (
        repacked(GOOD, {})[:4] + b"\x00" * 100,
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "no workbook part": (
        raw_xlsx(PLAIN).replace(b"xl/workbook.xml", b"xl/workbook.bin"),
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "broken XML": (
        raw_xlsx(PLAIN + "<row r='1'"),
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "lying about its size": (lying_about_its_size(), "roster.xlsx", "roster_not_a_workbook"),
    "../ in a name": (
        repacked(GOOD, {"xl/../../etc/passwd": b""}),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "absolute name": (repacked(GOOD, {"/etc/passwd": b""}), "roster.xlsx", "roster_unsafe_zip"),
    "backslash": (repacked(GOOD, {"xl\\a.xml": b""}), "roster.xlsx", "roster_unsafe_zip"),
    "DOCTYPE in the sheet": (
        with_declaration(SHEET, b"<!DOCTYPE a>"),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "billion laughs in the workbook": (
        with_declaration("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]>'),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "external entity in the strings": (
        raw_xlsx(PLAIN, strings='<!ENTITY a SYSTEM "file:///etc/passwd">'),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "DOCTYPE in UTF-16": (
        repacked(GOOD, {SHEET: "<!DOCTYPE a>".encode("utf-16")}),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "bomb of 300:1": (
        repacked(GOOD, {SHEET: b" " * 5_000_000}, level=9),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "thousands of parts": (
        repacked(GOOD, {f"xl/media/{number}": b"" for number in range(5_001)}),
        "roster.xlsx",
        "roster_unsafe_zip",
    ),
    "a cell at XFD1048576": (
        raw_xlsx(PLAIN + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_too_many_rows",
    ),
    "row 100,001": (
        raw_xlsx(PLAIN + row_xml(100_001, PERSON)),
        "roster.xlsx",
        "roster_too_many_rows",
    ),
    "column XFD": (
        raw_xlsx(PLAIN + '<row r="3"><c r="XFD3"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "too many cells in all": (
        raw_xlsx(PLAIN + '<row r="90000"><c r="AZ90000"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "far cell in single quotes": (
        raw_xlsx(PLAIN + "<row r='9'><c r='XFD9'><v>1</v></c></row>"),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "far cell as the second of two addresses": (
        raw_xlsx(PLAIN + '<row r="9"><c r="A9" r = "XFD1048576"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "far cell in lower case": (
        raw_xlsx(PLAIN + '<row r="9"><c r="xfd1048576"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_too_many_rows",
    ),
    "far cell by an entity": (
        raw_xlsx(PLAIN + '<row r="9"><c r="&#88;FD9"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "far cell under a prefix": (
        raw_xlsx(
            PLAIN + '<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            ' r="9"><x:c r="XFD9"><x:v>1</x:v></x:c></x:row>'
        ),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "far cell without an address": (
        raw_xlsx(PLAIN + "<row r='9'>" + "<c><v>1</v></c>" * 300 + "</row>"),
        "roster.xlsx",
        "roster_too_wide",
    ),
    "row number of 20 digits": (
        raw_xlsx(PLAIN + '<row r="9"><c r="A99999999999999999999"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "row that is no number": (
        raw_xlsx(PLAIN + '<row r="x"><c r="A9"><v>1</v></c></row>'),
        "roster.xlsx",
        "roster_not_a_workbook",
    ),
    "long string in every cell": (
        raw_xlsx(
            PLAIN
            + "".join(
                f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 2500)
            ),
            strings=f"<si><t>{'字' * 10_922}</t></si>",
        ),
        "roster.xlsx",
        "roster_too_large",
    ),
    "CSV in no encoding": (csv([HEADINGS]) + b"\xff\xff\xff", "roster.csv", "roster_encoding"),
    "UTF-16 cut off": (csv([HEADINGS], "utf-16")[:-1], "roster.csv", "roster_encoding"),
    "CSV of 300 columns": (b",".join([b"a"] * 300), "roster.csv", "roster_too_wide"),
    "CSV of 100,001 rows": (
        csv([HEADINGS]) + b"a\n" * 100_000,
        "roster.csv",
        "roster_too_many_rows",
    ),
    "CSV cell of 200 kB": (
        csv([HEADINGS]) + b'"' + b"a" * 200_000 + b'"',
        "roster.csv",
        "roster_not_a_workbook",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    """The code is the one named, with words in both languages and the file's name in them."""
    data, file, expected = REFUSED[name]
    with pytest.raises(RosterError) as raised:
        read(data, file)
    assert expected == raised.value.code
    assert file in raised.value.message("zh-CN")
    assert file in raised.value.message("en")
    assert raised.value.hint("zh-CN")
    assert "{" not in raised.value.message("zh-CN") + raised.value.hint("en")


@pytest.mark.parametrize("limit", ["MAX_FILE", "MAX_UNPACKED", "MAX_CONTENT", "MAX_HELPER"])
def test_limits_of_size(limit: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(GOOD)
    module = roster_module if limit == "MAX_FILE" else xlsx_module
    monkeypatch.setattr(module, limit, 100)
    for source in (GOOD, path):
        with pytest.raises(RosterError) as raised:
            read_roster(source, "roster.xlsx", TYPE)
        assert "roster_too_large" == raised.value.code


def test_names_that_come_twice() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = repacked(GOOD, {}, repeat=[SHEET])
    with pytest.raises(RosterError, match="unsafe"):
        read(data)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.xlsx", "missing"), (tmp_path, "not_a_workbook")):
        with pytest.raises(RosterError) as raised:
            read_roster(path, path.name, TYPE)
        assert f"roster_{code}" == raised.value.code


def test_files_are_read_from_their_path(tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(GOOD)
    assert read(GOOD) == read_roster(path, path.name, TYPE)


def test_a_million_empty_formatted_rows() -> None:
    """What a whole column with a format looks like in some programs; nobody is in it."""
    empty = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(3, 1_048_577))
    assert 1 == len(read(raw_xlsx(PLAIN + empty)).rows)


def test_content_right_at_the_limit() -> None:
    data = raw_xlsx(PLAIN + row_xml(100_000, PERSON))
    assert [2, 100_000] == [row.number for row in read(data).rows]


def test_formats_far_to_the_right_do_not_count() -> None:
    styled = PLAIN.replace("</row>", '<c r="XFD1" s="1"/></row>', 1)
    assert 1 == len(read(raw_xlsx(styled)).rows)


def test_cells_without_addresses() -> None:
    """Some exporters leave them out; the order tells."""
    row = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in PERSON)
    assert (
        "张测试"
        == read(raw_xlsx(row_xml(1, HEADINGS) + f"<row>{row}</row>")).rows[0].claims["holder_name"]
    )


def test_notes_of_great_length_in_another_sheet_do_not_matter() -> None:
    strings = f"<si><t>{'字' * 10_000}</t></si>" + "".join(f"<si><t>{t}</t></si>" for t in HEADINGS)
    cells = "".join(
        f'<c r="{chr(65 + at)}1" t="s"><v>{at + 1}</v></c>' for at in range(len(HEADINGS))
    )
    rows = "".join(row_xml(number, PERSON) for number in range(2, 3000))
    data = raw_xlsx(f'<row r="1">{cells}</row>{rows}', strings=strings)
    assert 2998 == len(read(data).rows)


@settings(max_examples=60)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=40))
def test_mutated_workbooks(place: int, noise: bytes) -> None:
    """A changed file reads, or is refused; nothing else happens."""
    with suppress(RosterError):
        read(GOOD[:place] + noise + GOOD[place + len(noise) :])


@settings(max_examples=60)
@given(st.data())
def test_mutated_sheets(data: st.DataObject) -> None:
    """The XML of the sheet is changed under a sound archive."""
    sheet = part(GOOD, SHEET)
    place = data.draw(st.integers(0, len(sheet) - 1))
    noise = data.draw(
        st.sampled_from(
            [b'r="XFD1048576"', b"<c>", b"</row>", b"'", b'"', b"<v>9</v>", b't="s"', b"\x00", b">"]
        )
    )
    with suppress(RosterError):
        read(repacked(GOOD, {SHEET: sheet[:place] + noise + sheet[place:]}))


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_as_csv(data: bytes) -> None:
    with suppress(RosterError):
        read(csv([HEADINGS]) + data, "roster.csv")
