"""Workbooks for clerks: every finding in its place, nothing that runs, the same bytes each time."""

import zipfile
from datetime import date
from io import BytesIO
from typing import Any

import PIL.Image
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from issuer.documents.qr_image import PNG_SCALE, draw
from issuer.roster import workbook
from issuer.roster.columns import CAN_BE_FILLED, roster_claims
from issuer.roster.roster import Checked, check_roster, read_roster
from issuer.roster.sheet import RosterError
from schemas import certificate_types, vocabulary
from schemas.certificate_types import CertificateType, load
from tests.issuer.rosters import HEADINGS, PERSON, csv, person, raw_xlsx, roster, row_xml, xlsx

TODAY = date(2025, 6, 2)
ORIGIN = "zs.example.cn"
DIGITS = "1234567890" * 40
LEVEL = load("technical_level")
DANGEROUS = ("=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "#N/A", "_x003D_1", "a\x00b")
DANGEROUS += (" =1+1", "\u3000=1+1", "＝cmd|'/C calc'!A0", "＋1", "－1", "＠SUM(A1)")


def check(data: bytes, name: str = "roster.xlsx") -> Checked:
    return check_roster(read_roster(data, name, LEVEL), today=TODAY, demo=True)


def opened(data: bytes) -> Any:
    return load_workbook(BytesIO(data))


def cells(data: bytes, sheet: int = 1) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return book.get_sheet_by_index(sheet).to_python()


BROKEN = check(
    roster(
        person(),
        person(1, id_number="119999199001010013"),
        person(2, id_number=1.1999919900101e17, holder_name="李　示例"),
    )
)


def test_the_roster_comes_back_with_its_findings() -> None:
    rows = cells(workbook.annotate(BROKEN))
    assert [*HEADINGS, "校验结果", "问题与修改建议"] == rows[0]
    assert [*PERSON, "✓ 通过", ""] == rows[1]
    assert "✕ 错误 1 处" == rows[2][8]
    assert rows[2][9].startswith("证件号码：居民身份证号码 **************0013 的校验位不对")
    assert "✕ 错误 1 处，· 已规范 1 处" == rows[3][8]
    assert "请改为文本后重新填写" in rows[3][9]


def test_bad_cells_are_marked_by_more_than_colour() -> None:
    sheet = opened(workbook.annotate(BROKEN))["学员名单"]
    bad, good, mended = sheet["C3"], sheet["C2"], sheet["A4"]
    assert ("FFFFC7CE", "FFDDEBF7") == (bad.fill.fgColor.rgb, mended.fill.fgColor.rgb)
    assert "校验位不对" in bad.comment.text
    assert "李示例" in mended.comment.text
    assert (None, None) == (good.comment, good.fill.fill_type)
    assert "A2" == sheet.freeze_panes


def test_numbers_are_text_and_lost_digits_stay_numbers() -> None:
    """A mended ID number must stay text; a damaged one must not pass for text when it returns."""
    sheet = opened(workbook.annotate(BROKEN))["学员名单"]
    assert ("@", "@") == (sheet["C2"].number_format, sheet["C4"].number_format)
    assert ("s", "n") == (sheet["C2"].data_type, sheet["C4"].data_type)
    again = check(workbook.annotate(BROKEN))
    assert [one.code for one in BROKEN.findings] == [one.code for one in again.findings]


def test_the_summary() -> None:
    rows = cells(workbook.annotate(BROKEN), 0)
    facts = {row[0]: row[1] for row in rows[:6]}
    assert facts == {
        "名单": "roster.xlsx",
        "证书类型": "专业技术等级证书",
        "人数": "3",
        "有错误": "2 行",
        "有提醒": "1 行",
        "结论": "有错误，尚未签发任何证书；请改正后重新提交整份名单",
    }
    assert ["行", "列", "程度", "规则", "问题", "修改建议"] == rows[7]
    assert [3.0, "证件号码", "✕ 错误", "E08"] == rows[9][:4]
    assert len(BROKEN.findings) == len(rows[8:])
    assert "没有错误，可以签发" == cells(workbook.annotate(check(roster(person()))), 0)[5][1]


def test_after_issuing() -> None:
    checked = check(roster(person(certificate_number=None), person(1)))
    issued = {
        2: workbook.Outcome("PJ2024000007", "https://zs.example.cn/#123", "已签发"),
        3: workbook.Outcome("PJ2024000002", "https://zs.example.cn/#456", "已撤销"),
    }
    rows = cells(workbook.annotate(checked, issued))
    assert ["链接", "状态"] == rows[0][-2:]
    assert ["PJ2024000007", "PJ2024000002"] == [row[7] for row in rows[1:]]
    assert ["https://zs.example.cn/#456", "已撤销"] == rows[2][-2:]
    assert "已签发 2 张证书" == cells(workbook.annotate(checked, issued), 0)[5][1]


def test_after_issuing_without_a_column_for_numbers() -> None:
    checked = check(xlsx([HEADINGS[:7], PERSON[:7]]))
    rows = cells(workbook.annotate(checked, {2: workbook.Outcome("PJ1", "https://a/#1", "已签发")}))
    assert ["证书编号", "链接", "状态"] == rows[0][-3:]
    assert ["PJ1", "https://a/#1", "已签发"] == rows[1][-3:]


def pictured(count: int, asked: list[int] | None = None) -> tuple[Checked, bytes]:
    """A roster of so many rows, issued, its pictures in the workbook."""
    checked = check(roster(*(person(index) for index in range(count))))
    issued = {
        row.number: workbook.Outcome(
            f"PJ{row.number}", f"https://{ORIGIN}/#{DIGITS + str(row.number)}", "已签发"
        )
        for row in checked.rows
    }

    def picture(row: int) -> bytes:
        if asked is not None:
            asked.append(row)
        return draw(ORIGIN, DIGITS + str(row)).png

    return checked, workbook.annotate(checked, issued, picture=picture)


def test_pictures_stand_in_their_rows() -> None:
    """Each row has its own code, of the size that is printed, and it can be read."""
    _, data = pictured(3)
    sheet = opened(data)["学员名单"]
    (column,) = (cell.column for cell in sheet[1] if cell.value == "二维码")
    assert sheet.max_column == column
    assert [2, 3, 4] == [picture.anchor._from.row + 1 for picture in sheet._images]
    assert {column} == {picture.anchor._from.col + 1 for picture in sheet._images}
    for picture in sheet._images:
        row = picture.anchor._from.row + 1
        image = PIL.Image.open(BytesIO(picture._data()))
        modules = image.width / PNG_SCALE
        assert picture.anchor.ext.cx == picture.anchor.ext.cy == modules * 0.5 * 36_000
        assert sheet.row_dimensions[row].height == pytest.approx(modules * 0.5 / 25.4 * 72)
        (read,) = zxingcpp.read_barcodes(image)
        assert f"https://{ORIGIN}/#{DIGITS}{row}" == read.text == sheet.cell(row, column - 2).value
    facts = {row[0]: row[1] for row in cells(data, 0)[:7]}
    assert facts["二维码"].startswith("供在屏幕上核对")
    assert data == pictured(3)[1]


def test_a_workbook_with_pictures_comes_back() -> None:
    """The pictures and the columns of ours are passed over, and drawn anew."""
    checked, data = pictured(2)
    again = check(data)
    assert [row.claims for row in checked.rows] == [
        {**row.claims, "certificate_number": one.claims["certificate_number"]}
        for row, one in zip(again.rows, checked.rows, strict=True)
    ]
    assert again.ok
    assert [*HEADINGS, "校验结果", "问题与修改建议"] == cells(workbook.annotate(again))[0]
    assert not opened(workbook.annotate(again))["学员名单"]._images


def test_too_many_rows_for_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is drawn, and the summary says why."""
    monkeypatch.setattr(workbook, "MAX_PICTURES", 2)
    asked: list[int] = []
    _, data = pictured(3, asked)
    assert [] == asked
    assert not opened(data)["学员名单"]._images
    assert "链接" in cells(data)[0]
    assert "二维码" not in cells(data)[0]
    assert "未附图" in {row[0]: row[1] for row in cells(data, 0)[:7]}["二维码"]


def test_an_annotated_workbook_comes_back_mended() -> None:
    """A clerk mends the workbook that names the mistakes, and hands that one in."""
    book = opened(workbook.annotate(BROKEN))
    book["学员名单"]["C3"] = person(1)[2]
    book["学员名单"]["C4"] = person(2)[2]
    file = BytesIO()
    book.save(file)
    mended = check(file.getvalue())
    assert mended.ok
    assert [2, 3, 4] == [row.number for row in mended.rows]
    assert [*HEADINGS, "校验结果", "问题与修改建议"] == cells(workbook.annotate(mended))[0]


def test_titles_dates_and_gaps_are_kept() -> None:
    data = xlsx(
        [
            ["2024 年名单"],
            [],
            HEADINGS,
            person(issue_date=date(2024, 6, 30)),
            [],
            ["", "备注：测试"],
        ]
    )
    rows = cells(workbook.annotate(check(data)))
    assert "2024 年名单" == rows[0][0]
    assert date(2024, 6, 30) == rows[3][6]
    assert "备注：测试" == rows[5][1]
    assert "校验结果" == rows[2][8]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_becomes_a_formula(text: str) -> None:
    """Whatever a clerk's cell says is text in the workbook that they get back."""
    data = csv([[*HEADINGS, "备注", text], [*person(), text, text]])
    annotated = workbook.annotate(check(data, "roster.csv"))
    with zipfile.ZipFile(BytesIO(annotated)) as archive:
        parts = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in parts
    assert b"<v>#N/A" not in parts
    sheet = opened(annotated)["名单"]
    assert "s" == sheet["I2"].data_type
    if text.lstrip()[0] in "=+-@#＝＋－＠":
        assert text == sheet["I2"].value == sheet["J1"].value
        assert sheet["I2"].quotePrefix


def test_formulas_of_the_roster_are_not_taken_over() -> None:
    row = row_xml(2, PERSON).replace(
        '<c r="A2" t="inlineStr"><is><t>张测试</t></is></c>',
        '<c r="A2" t="str"><f>HYPERLINK("http://x.example","张测试")</f><v>张测试</v></c>',
    )
    annotated = workbook.annotate(check(raw_xlsx(row_xml(1, HEADINGS) + row)))
    assert b"HYPERLINK" not in zipfile.ZipFile(BytesIO(annotated)).read("xl/worksheets/sheet2.xml")


@settings(max_examples=40)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), max_size=30),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_comes_back(texts: list[str]) -> None:
    """A cell reads the same in the annotated workbook, but for what XML cannot hold."""
    data = xlsx(
        [
            HEADINGS,
            person(),
            *(
                [None] * 9
                + [text.translate({**dict.fromkeys(range(32)), 0xFFFE: None, 0xFFFF: None})]
                for text in texts
            ),
        ]
    )
    checked = check(data)
    written = workbook.annotate(checked)
    before = [row[9:10] for row in checked.roster.sheet.rows[2:]]
    after = [row[9:10] for row in read_roster(written, "a.xlsx", LEVEL).sheet.rows[2:]]
    assert [cell for row in before for cell in row if cell] == [
        cell for row in after for cell in row if cell
    ]


def test_the_same_roster_gives_the_same_bytes() -> None:
    """Neither the archive's entries nor the properties know when they were written."""
    first = workbook.annotate(BROKEN)
    with zipfile.ZipFile(BytesIO(first)) as archive:
        assert {(1980, 1, 1, 0, 0, 0)} == {entry.date_time for entry in archive.infolist()}
        core = archive.read("docProps/core.xml")
    assert 2 == core.count(b"1980-01-01T00:00:00Z")
    assert first == workbook.annotate(BROKEN)


@pytest.mark.parametrize("kind", certificate_types.all_types(), ids=lambda kind: kind.name)
def test_templates(kind: CertificateType) -> None:
    """A template has a heading for each claim, is read without a finding, and holds text."""
    data = workbook.template(kind)
    assert data == workbook.template(kind)
    with pytest.raises(RosterError) as raised:
        read_roster(data, "roster.xlsx", kind)
    assert "roster_empty" == raised.value.code
    book = opened(data)
    assert ["学员名单", "填写说明"] == book.sheetnames
    sheet = book["学员名单"]
    headings = [cell.value for cell in sheet[1]]
    assert {label for label in headings if label.endswith("*")} == {
        kind.claim_labels[claim]["zh-CN"] + "*"
        for claim in roster_claims(kind)
        if claim in kind.mandatory - CAN_BE_FILLED
    }
    assert all("@" == sheet.column_dimensions[letter].number_format for letter in "ABCD")
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    words = ",".join(level.name for level in vocabulary.levels(kind.name))
    assert not words or f'"{words}"' in lists
    assert all(
        len(words) <= 255 for words in lists
    )  # more than 255 characters and Excel repairs the file
    sheet["A2"] = "x"
    file = BytesIO()
    book.save(file)
    filled = read_roster(file.getvalue(), "roster.xlsx", kind)
    assert [] == [one.code for one in filled.findings if one.severity != "notice"]


def test_examples_of_the_template_are_good() -> None:
    """What the notes show as an example passes every check."""
    notes = opened(workbook.template(LEVEL))["填写说明"]
    examples = {row[0].value: row[2].value for row in notes.iter_rows(min_row=2) if row[2].value}
    checked = check(xlsx([[*examples], [*examples.values()]]))
    assert [] == [(one.column, one.code) for one in checked.findings if one.severity == "error"]
