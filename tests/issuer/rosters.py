"""Roster files for tests, made as spreadsheet programs make them, and as nobody should."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from issuer.roster.id_numbers import check_character

HEADINGS = (
    "姓名",
    "证件类型",
    "证件号码",
    "职业名称",
    "职业方向",
    "专业技术等级",
    "发证日期",
    "证书编号",
)
PERSON = (
    "张测试",
    "居民身份证",
    "119999199001010012",
    "智能制造工程技术人员",
    "智能装备与产线应用",
    "初级",
    "2024-06-30",
    "PJ2024000001",
)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def person(index: int = 0, **changes: Any) -> list[Any]:
    """A good row of `HEADINGS`; another person for each index, columns changed by claim."""
    claims = (
        *("holder_name", "id_type", "id_number", "occupation"),
        *("direction", "level", "issue_date", "certificate_number"),
    )
    row = dict(zip(claims, PERSON, strict=True))
    if index:
        first = f"119999{1960 + index % 40}01{1 + index % 28:02}{index % 1000:03}"
        row["id_number"] = first + check_character(first)
        row["certificate_number"] = f"PJ2024{index + 1:06}"
    return list((row | changes).values())


def xlsx(rows: Iterable[Sequence[Any]], *, title: str = "学员名单") -> bytes:
    """A workbook of one sheet; text is text, even where it starts like a formula."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def roster(*rows: Sequence[Any]) -> bytes:
    """A workbook with the usual headings."""
    return xlsx([HEADINGS, *rows])


def csv(rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """A CSV file without quotes."""
    return "".join(delimiter.join(row) + "\r\n" for row in rows).encode(encoding)


def repacked(
    workbook: bytes, changes: Mapping[str, bytes], *, level: int = 1, repeat: Sequence[str] = ()
) -> bytes:
    """The workbook with parts replaced or added; names in `repeat` are written twice."""
    file = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(workbook)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target,
    ):
        parts = {name: source.read(name) for name in source.namelist()}
        parts |= changes
        for name, part in parts.items():
            target.writestr(name, part)
        for name in repeat:
            target.writestr(zipfile.ZipInfo(name), parts[name])
    return file.getvalue()


def raw_xlsx(
    sheet_data: str, *, strings: str | None = None, extra: Mapping[str, bytes] | None = None
) -> bytes:
    """A workbook around the `sheetData` that is given, and shared strings."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONSHIPS}"><sheets>'
        '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONSHIPS}/worksheet"'
        ' Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATIONSHIPS}/sharedStrings"'
        ' Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet_data}'
        "</sheetData></worksheet>",
    }
    if strings is not None:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{strings}</sst>'
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def row_xml(number: int, cells: Sequence[str]) -> str:
    """One row of inline strings in the plain form of spreadsheet programs."""
    texts = (
        f'<c r="{chr(ord("A") + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for at, text in enumerate(cells)
    )
    return f'<row r="{number}">{"".join(texts)}</row>'
