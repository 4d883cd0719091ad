"""Workbooks made to harm: each is refused, or read with its finding, in little memory.

Every file is made here and read in a process of its own. Files that are merely no roster are in
`test_roster_files`.
"""

import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

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

ROOT = Path(__file__).parents[3]
MEMORY = 300 * 1000 * 1000  # bytes that reading may take, with the interpreter and all modules
PATIENCE = 30  # seconds after which a file is taken for one that never ends

SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
WORKBOOK, TYPES = "xl/workbook.xml", "[Content_Types].xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN = row_xml(1, HEADINGS) + row_xml(2, PERSON)
GOOD = roster(person())
LAST_ROW = 1_048_576
ROWS = range(3, LAST_ROW + 1)
LAUGHS = '<!DOCTYPE l [<!ENTITY l0 "lol">' + "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10)
)
FLAGS_OF_AN_ENTRY = {b"PK\x03\x04": 6, b"PK\x01\x02": 8}  # signature → where the flags are


class Hostile(NamedTuple):
    """A file, and what is said of it."""

    make: Callable[[], bytes]
    codes: str
    """Separated by spaces: one refusal, or all findings."""
    name: str = "roster.xlsx"
    people: int = 0


def part(name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(GOOD)) as archive:
        return archive.read(name)


def declared(name: str, declaration: str) -> bytes:
    """The document type before the root of a part."""
    return repacked(GOOD, {name: declaration.encode() + part(name)})


def packed(name: str, method: int, pieces: Iterator[bytes], **options: Any) -> bytes:
    """The good roster with one part packed by `method`, without ever holding it whole."""
    file = BytesIO(repacked(GOOD, {name: b"x"}))
    with zipfile.ZipFile(BytesIO(file.getvalue())) as source:
        others = {other: source.read(other) for other in source.namelist() if other != name}
    target = BytesIO()
    with zipfile.ZipFile(target, "w", method, **options) as archive:
        for other, content in others.items():
            archive.writestr(other, content)
        with archive.open(name, "w") as entry:
            for piece in pieces:
                entry.write(piece)
    return target.getvalue()


def spaces(megabytes: int) -> Iterator[bytes]:
    return (b" " * 1_000_000 for _ in range(megabytes))


def lying(megabytes: int) -> bytes:
    """The entry of the sheet says 1,000 bytes; so many megabytes follow."""
    data = packed(SHEET, zipfile.ZIP_DEFLATED, spaces(megabytes), compresslevel=9)
    size = (megabytes * 1_000_000).to_bytes(4, "little")
    return data.replace(size, (1_000).to_bytes(4, "little"))


def twice(name: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of what is meant here
        return repacked(GOOD, {}, repeat=[name])


def encrypted_entries() -> bytes:
    """Each entry says that a password is needed."""
    data = bytearray(GOOD)
    for signature, flags in FLAGS_OF_AN_ENTRY.items():
        at = data.find(signature)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def rows(template: str) -> bytes:
    """All rows below the first two that a worksheet can have."""
    return raw_xlsx(PLAIN + "".join(template.replace("#", str(row)) for row in ROWS))


def cell(column: str, xml: str) -> bytes:
    """The good person, one cell of the row written as `xml`."""
    at = "ABCDEFGH".index(column)
    old = f'<c r="{column}2" t="inlineStr"><is><t>{PERSON[at]}</t></is></c>'
    return raw_xlsx(PLAIN.replace(old, xml))


def around(before: str, after: str) -> bytes:
    """The good roster with XML before and after the data of its sheet."""
    sheet = raw_xlsx(PLAIN + row_xml(3, person(1)))
    with zipfile.ZipFile(BytesIO(sheet)) as archive:
        xml = archive.read(SHEET).decode()
    xml = xml.replace("<sheetData>", before + "<sheetData>").replace(
        "</sheetData>", "</sheetData>" + after
    )
    return repacked(sheet, {SHEET: xml.encode()})


def merged(*references: str, people: int = 3, **changes: Any) -> bytes:
    """Ranges merged over the data, as a spreadsheet program does it: the other cells are emptied."""
    from openpyxl import load_workbook

    rows = [person(index, **(changes if index else {})) for index in range(people)]
    book = load_workbook(BytesIO(roster(*rows)))
    for reference in references:
        book.worksheets[0].merge_cells(reference)
    return saved(book)


def sheets(*states: str) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(GOOD))
    for state in states:
        sheet = book.create_sheet(state)
        sheet.append(HEADINGS)
        sheet.append(person(1))
        sheet.sheet_state = state
    return saved(book)


def dde() -> bytes:
    """A formula that starts a program, and the link that it belongs to."""
    sheet = cell("A", """<c r="A2" t="str"><f>cmd|'/C calc'!A0</f><v>张测试</v></c>""")
    link = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
    return repacked(sheet, {"xl/externalLinks/externalLink1.xml": link.encode()})


def nested() -> bytes:
    """The sheet is itself an archive of an archive that grows a thousandfold."""
    inner = packed(SHEET, zipfile.ZIP_DEFLATED, spaces(50), compresslevel=9)
    return repacked(GOOD, {SHEET: repacked(GOOD, {"bomb.xlsx": inner})})


HOSTILE = {
    # XML
    "external entity": Hostile(
        lambda: declared(SHEET, '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "roster_unsafe_zip",
    ),
    "external entity in the strings": Hostile(
        lambda: raw_xlsx(PLAIN, strings='<!ENTITY x SYSTEM "file:///etc/passwd">'),
        "roster_unsafe_zip",
    ),
    "external document type of the workbook": Hostile(
        lambda: declared(WORKBOOK, '<!DOCTYPE a SYSTEM "http://example.com/a.dtd">'),
        "roster_unsafe_zip",
    ),
    "billion laughs": Hostile(lambda: declared(WORKBOOK, LAUGHS + "]>"), "roster_unsafe_zip"),
    "billion laughs in the sheet": Hostile(
        lambda: declared(SHEET, LAUGHS + "]>"), "roster_unsafe_zip"
    ),
    "document type in EBCDIC": Hostile(
        lambda: repacked(
            GOOD, {WORKBOOK: ("<?xml version='1.0' encoding='cp037'?>" + LAUGHS).encode("cp037")}
        ),
        "roster_not_a_workbook",
    ),
    "four million elements that mean nothing": Hostile(
        lambda: raw_xlsx(PLAIN + "".join(f"<x{n}/>" for n in range(4_000_000))), "", people=1
    ),
    "four million elements, looked at closely": Hostile(
        lambda: raw_xlsx(PLAIN + "<f/>" + "".join(f"<x{n}/>" for n in range(4_000_000))),
        "roster_too_many_cells",
    ),
    # ZIP
    "bomb of 1000:1": Hostile(
        lambda: packed(SHEET, zipfile.ZIP_DEFLATED, spaces(150), compresslevel=9),
        "roster_unsafe_zip",
    ),
    "bomb in the styles": Hostile(
        lambda: packed(STYLES, zipfile.ZIP_DEFLATED, spaces(15), compresslevel=9),
        "roster_unsafe_zip",
    ),
    "bomb that lies about its size": Hostile(lambda: lying(600), "roster_not_a_workbook"),
    "bzip2": Hostile(lambda: packed(SHEET, zipfile.ZIP_BZIP2, spaces(100)), "roster_unsafe_zip"),
    "LZMA": Hostile(lambda: packed(SHEET, zipfile.ZIP_LZMA, spaces(20)), "roster_unsafe_zip"),
    "nested bombs": Hostile(nested, "roster_not_a_workbook"),
    "a bomb that nobody opens": Hostile(
        lambda: packed("xl/embeddings/a.zip", zipfile.ZIP_DEFLATED, spaces(150), compresslevel=9),
        "",
        people=1,
    ),
    "../ in a name": Hostile(
        lambda: repacked(GOOD, {"xl/../../../etc/cron.d/a": b"x"}), "roster_unsafe_zip"
    ),
    "absolute name": Hostile(lambda: repacked(GOOD, {"/etc/cron.d/a": b"x"}), "roster_unsafe_zip"),
    "name of Windows": Hostile(lambda: repacked(GOOD, {"..\\a": b"x"}), "roster_unsafe_zip"),
    "the sheet twice": Hostile(lambda: twice(SHEET), "roster_unsafe_zip"),
    "truncated": Hostile(lambda: GOOD[:-200], "roster_not_a_workbook"),
    "entries with a password": Hostile(encrypted_entries, "roster_encrypted"),
    "a workbook with a password": Hostile(
        lambda: (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(504)
            + "EncryptedPackage".encode("utf-16-le")
        ),
        "roster_encrypted",
    ),
    # size
    "a million empty rows with heights": Hostile(
        lambda: rows(
            '<row r="#" spans="1:8" ht="14.25" customHeight="1"><c r="A#" s="1"/><c r="B#" s="1"/></row>'
        ),
        "",
        people=1,
    ),
    "a million rows in use": Hostile(
        lambda: rows('<row r="#"><c r="A#"><v>1</v></c></row>'), "roster_too_many_rows"
    ),
    "a million rows in use, in single quotes": Hostile(
        lambda: rows("<row r='#'><c r='A#'><v>1</v></c></row>"), "roster_too_many_cells"
    ),
    "a million rows in use, without addresses": Hostile(
        lambda: rows("<row><c><v>1</v></c></row>"), "roster_too_many_cells"
    ),
    "two million cells": Hostile(
        lambda: raw_xlsx(
            PLAIN
            + "".join(
                f'<row r="{row}">'
                + "".join(f'<c r="{column}{row}"><v>1</v></c>' for column in "ABCDEFGHIJKLMNOPQRST")
                + "</row>"
                for row in range(3, 100_000)
            )
        ),
        "roster_too_many_cells",
    ),
    "50 MB of shared strings": Hostile(
        lambda: raw_xlsx(
            PLAIN, strings="".join(f"<si><t>{number:040}</t></si>" for number in range(900_000))
        ),
        "roster_too_large",
    ),
    "six million empty strings": Hostile(
        lambda: raw_xlsx(PLAIN, strings="".join(f"<si/>{n % 7}" for n in range(5_000_000))),
        "roster_too_many_cells",
    ),
    "one long string in every cell": Hostile(
        lambda: raw_xlsx(
            PLAIN
            + "".join(
                f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(3, 90_000)
            ),
            strings=f"<si><t>{'字' * 10_000}</t></si>",
        ),
        "roster_too_large",
    ),
    "half a million formats": Hostile(
        lambda: repacked(
            GOOD,
            {
                STYLES: f'<styleSheet xmlns="{MAIN}"><numFmts>'.encode()
                + b"".join(
                    b'<numFmt numFmtId="%d" formatCode="0.%07d"/>' % (number, number)
                    for number in range(500_000)
                )
                + b"</numFmts></styleSheet>"
            },
        ),
        "roster_too_large",
    ),
    "a million defined names": Hostile(
        lambda: repacked(
            GOOD,
            {
                WORKBOOK: part(WORKBOOK).replace(
                    b"</sheets>",
                    b"</sheets><definedNames>"
                    + b"".join(b'<definedName name="n%d">1</definedName>' % n for n in range(10**6))
                    + b"</definedNames>",
                )
            },
        ),
        "roster_too_large",
    ),
    "200,000 formulas": Hostile(
        lambda: raw_xlsx(
            PLAIN
            + "".join(
                f'<row r="{n}"><c r="A{n}"><f>1+{n}</f><v>1</v></c><c r="B{n}"><f>1</f><v>1</v></c></row>'
                for n in range(3, 99_000)
            )
        ),
        "roster_too_many_formulas",
    ),
    "a million merged ranges": Hostile(
        lambda: around(
            "", "<mergeCells>" + '<mergeCell ref="A2:XFD1048576"/>' * 1_000_000 + "</mergeCells>"
        ),
        "roster_too_many_cells",
    ),
    # macros and sheets
    ".xlsm": Hostile(lambda: GOOD, "roster_macros", "roster.xlsm"),
    "macros in .xlsx": Hostile(
        lambda: repacked(GOOD, {"xl/vbaProject.bin": b"\0"}), "roster_macros"
    ),
    "macros by another name": Hostile(
        lambda: repacked(
            GOOD, {TYPES: part(TYPES).replace(b"sheet.main", b"sheet.macroEnabled.main")}
        ),
        "roster_macros",
    ),
    "macros of Excel 4": Hostile(
        lambda: repacked(GOOD, {"xl/macrosheets/sheet1.xml": b"<a/>"}), "roster_macros"
    ),
    "text called .xlsx": Hostile(lambda: csv([HEADINGS, PERSON]), "roster_wrong_extension"),
    "a workbook called .csv": Hostile(lambda: GOOD, "roster_wrong_extension", "roster.csv"),
    "hidden sheets": Hostile(lambda: sheets("hidden", "veryHidden"), "sheets_unread", people=1),
    "hidden rows": Hostile(
        lambda: raw_xlsx(PLAIN + row_xml(3, person(1)).replace("<row ", '<row hidden="1" ')),
        "row_hidden",
        people=2,
    ),
    "hidden columns": Hostile(
        lambda: around('<cols><col min="3" max="16384" hidden="true"/></cols>', ""),
        "column_hidden",
        people=2,
    ),
    "cells merged over two rows": Hostile(
        lambda: merged("F2:F3", level=None), "cells_merged cell_missing", people=3
    ),
    "cells merged where a direction may be missing": Hostile(
        lambda: merged("E2:E4", direction=None), "cells_merged direction_filled", people=3
    ),
    "cells merged over two columns": Hostile(
        lambda: merged("D2:E2", people=1), "cells_merged direction_filled", people=1
    ),
    # cells
    "a formula": Hostile(
        lambda: cell("F", '<c r="F2" t="str"><f>"初"&amp;"级"</f><v>初级</v></c>'),
        "formula_cell",
        people=1,
    ),
    "a formula under a prefix": Hostile(
        lambda: cell(
            "F", f'<x:c xmlns:x="{MAIN}" r="F2" t="str"><x:f>A1</x:f><x:v>初级</x:v></x:c>'
        ),
        "formula_cell",
        people=1,
    ),
    "DDE": Hostile(dde, "formula_cell", people=1),
    "DDE as text": Hostile(
        lambda: xlsx([HEADINGS, person(holder_name="=cmd|'/C calc'!A0")]),
        "name_characters",
        people=1,
    ),
    "ID number as a float": Hostile(
        lambda: cell("C", '<c r="C2"><v>1.19999199001010E17</v></c>'), "id_number_cell", people=1
    ),
    "date as a float": Hostile(lambda: cell("G", '<c r="G2"><v>45107</v></c>'), "", people=1),
    "date with a fraction": Hostile(
        lambda: cell("G", '<c r="G2"><v>45107.75</v></c>'), "date_unreadable", people=1
    ),
    "date that is none": Hostile(
        lambda: cell("G", '<c r="G2"><v>1e300</v></c>'), "date_unreadable", people=1
    ),
    "error value": Hostile(
        lambda: cell("G", '<c r="G2" t="e"><v>#REF!</v></c>'), "error_cell", people=1
    ),
    # text
    "NUL in a cell": Hostile(
        lambda: csv([HEADINGS, person(holder_name="张\0测试")]),
        "name_characters",
        "roster.csv",
        people=1,
    ),
    "UTF-16 without its mark": Hostile(
        lambda: csv([HEADINGS, PERSON], "utf-16-le", "\t"), "roster_encoding", "roster.txt"
    ),
    "nothing but NUL": Hostile(lambda: bytes(10_000_000), "roster_not_a_workbook", "roster.csv"),
    "30 MB in one row": Hostile(lambda: b"a," * 15_000_000, "roster_too_wide", "roster.csv"),
    "30 MB in one quoted row": Hostile(
        lambda: b'"\n",' * 7_500_000, "roster_not_a_workbook", "roster.csv"
    ),
    "30 MB of empty rows": Hostile(
        lambda: csv([HEADINGS, PERSON]) + b"\n" * 30_000_000, "roster_too_many_rows", "roster.csv"
    ),
    "60 MB of text": Hostile(
        lambda: csv([HEADINGS, PERSON]) * 500_000, "roster_too_large", "roster.csv"
    ),
    "a quotation mark without its end": Hostile(
        lambda: csv([[*HEADINGS, "备注"], [*PERSON, '"优秀'], [*person(1), ""]]),
        "roster_not_a_workbook",
        "roster.csv",
    ),
    "long names": Hostile(
        lambda: csv([HEADINGS, *[person(holder_name="长 " * 15_000) for _ in range(300)]]),
        "name_too_long number_duplicate person_duplicate",
        "roster.csv",
        people=300,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name: str, tmp_path: Path) -> None:
    """The answer is the one named, in both languages, and little memory was held."""
    hostile = HOSTILE[name]
    path = tmp_path / hostile.name
    path.write_bytes(hostile.make())
    process = subprocess.run(
        [sys.executable, "-m", "tests.issuer.reading", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "" == process.stderr
    read = json.loads(process.stdout)
    print(f"\n{read['seconds']:.2f} s, {read['peak'] / 1e6:.0f} MB: {name}")
    assert set(hostile.codes.split()) == {code for code, _, _ in read["said"]}
    assert hostile.people == read["people"]
    for _, chinese, english in read["said"]:
        assert chinese
        assert english
        assert "{" not in chinese + english
    assert MEMORY > read["peak"]
