"""What a clerk's file says, row by row, and what is wrong with it."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from issuer.roster.columns import roster_claims
from issuer.roster.findings import Finding
from issuer.roster.roster import Checked, Roster, check_roster, read_roster
from issuer.roster.sheet import RosterError
from schemas import certificate_types, codes
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

TODAY = date(2025, 6, 2)
LEVEL = load("technical_level")
TRAINING = load("training_completion")
SKILL = load("skill_level")
TRAINING_HEADINGS = (
    *("姓名", "身份证号", "职业", "方向", "等级", "开班日期", "结业日期", "学时", "发证日期"),
)
TRAINED = (
    *("张测试", "119999199001010012", "大数据", "大数据处理", "初级"),
    *("2023-12-25", "2024-01-05", 80, "2024-01-10"),
)


def read(data: bytes, kind: Any = LEVEL, name: str = "roster.xlsx", **defaults: str) -> Roster:
    return read_roster(data, name, kind, defaults=defaults)


def check(data: bytes, kind: Any = LEVEL, name: str = "roster.xlsx", **defaults: str) -> Checked:
    return check_roster(read(data, kind, name, **defaults), today=TODAY, demo=True)


def said(checked: Checked, *severities: str) -> list[tuple[int | None, str | None, str]]:
    """(row, column, code) of the findings, without what concerns every level certificate."""
    return [
        (found.row, found.column, found.code)
        for found in checked.findings
        if found.severity in (severities or ("error", "warning", "notice"))
        and found.code != "training_reference_missing"
    ]


def one(checked: Checked) -> dict[str, object]:
    (row,) = checked.rows
    return row.claims


def test_a_good_row() -> None:
    checked = check(roster(person()))
    assert checked.ok
    assert [] == said(checked)
    assert one(checked) == {
        "holder_name": "张测试",
        "id_type": "居民身份证",
        "id_number": "119999199001010012",
        "id_number_tail": "0012",
        "occupation": "智能制造工程技术人员",
        "direction": "智能装备与产线应用",
        "level": "初级",
        "issue_date": "2024-06-30",
        "certificate_number": "PJ2024000001",
    }


CELLS: dict[str, tuple[str, Any, object, list[str]]] = {
    # name of the case: claim, cell, value, codes
    "padded name": ("holder_name", "李　示例", "李示例", ["name_padding_removed"]),
    "folded dot": ("holder_name", "阿卜杜拉•示例", "阿卜杜拉·示例", ["name_separator_folded"]),
    "private character": ("holder_name", "王\ue863", "王\ue863", ["name_characters"]),
    "formula as a name": ("holder_name", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", ["name_characters"]),
    "no name": ("holder_name", None, None, ["cell_missing"]),
    "spaces for a name": ("holder_name", "　 ", None, ["cell_missing"]),
    "small x": ("id_number", "11999920010704331x", "11999920010704331X", ["id_number_folded"]),
    "spaces in the ID": (
        "id_number",
        "119999 19900101 0012",
        "119999199001010012",
        ["id_number_folded"],
    ),
    "apostrophe before the ID": ("id_number", "'119999199001010012", "119999199001010012", []),
    "ID in a number cell": ("id_number", 119999199001010000, None, ["id_number_cell"]),
    "ID in a float cell": ("id_number", 1.1999919900101e17, None, ["id_number_cell"]),
    "ID in scientific notation": ("id_number", "1.19999E+17", None, ["id_number_scientific"]),
    "ID of 15 digits": ("id_number", "119999900101001", "119999900101001", ["id_old_15"]),
    "ID of 15 digits, a number": ("id_number", 119999900101001, "119999900101001", ["id_old_15"]),
    "wrong check character": (
        "id_number",
        "119999199001010013",
        "119999199001010013",
        ["id_checksum"],
    ),
    "real ID in a demo": (
        "id_number",
        "110101199003071234",
        "110101199003071234",
        ["id_checksum", "id_real_in_demo"],
    ),
    "ID type by another name": ("id_type", "身份证", "居民身份证", []),
    "no ID type": ("id_type", None, "居民身份证", ["id_type_inferred"]),
    "unknown ID type": ("id_type", "学生证", "学生证", ["id_type_unknown"]),
    "field for an occupation": (
        "occupation",
        "智能制造专业",
        "智能制造工程技术人员",
        ["occupation_mapped"],
    ),
    "unknown occupation": ("occupation", "厨师", "厨师", ["occupation_unknown"]),
    "no direction": ("direction", "无", "—", ["direction_filled"]),
    "two hyphens": ("direction", "--", "—", ["direction_filled"]),
    "no direction at all": ("direction", None, "—", ["direction_filled"]),
    "the mark itself": ("direction", "—", "—", []),
    "direction in full": ("direction", "智能装备与产线应用方向", "智能装备与产线应用", []),
    "level with spaces": ("level", " 中级 ", "中级", []),
    "unknown level": ("level", "特级", "特级", ["level_unknown"]),
    "Chinese date": ("issue_date", "2023年6月30日", "2023-06-30", []),
    "date with hyphens": ("issue_date", "2023-6-30", "2023-06-30", []),
    "date with slashes": ("issue_date", "2023/6/30", "2023-06-30", []),
    "date of eight digits": ("issue_date", "20230630", "2023-06-30", []),
    "serial number": ("issue_date", 45107, "2023-06-30", []),
    "date cell": ("issue_date", date(2023, 6, 30), "2023-06-30", []),
    "cell with date and time": ("issue_date", datetime(2023, 6, 30, 9, 5), "2023-06-30", []),  # noqa: DTZ001
    "no date": ("issue_date", "6月30日", "6月30日", ["date_unreadable"]),
    "American date": ("issue_date", "6/30/2023", "6/30/2023", ["date_unreadable"]),
    "future date": ("issue_date", "2025-06-03", "2025-06-03", ["issue_date_future"]),
    "number in a number cell": ("certificate_number", 20240001, "20240001", ["number_cell"]),
    "number of 16 digits": (
        "certificate_number",
        1234567890123456,
        None,
        ["number_cell_damaged"],
    ),
    "number in scientific notation": (
        "certificate_number",
        "2.02400E+17",
        None,
        ["number_cell_damaged"],
    ),
    "number with spaces": (
        "certificate_number",
        "PJ 0001",
        "PJ 0001",
        ["number_characters"],
    ),
    "formula as a number": ("certificate_number", "+1", None, ["formula_cell"]),
    "no number": ("certificate_number", None, None, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_cells(name: str) -> None:
    """Each cell gives its value, or is refused, and every finding is about it."""
    claim, cell, value, expected = CELLS[name]
    checked = check(roster(person(**{claim: cell})))
    assert (value, expected) == (one(checked).get(claim), [code for *_, code in said(checked)])
    assert {(2, claim)} >= {(row, column) for row, column, _ in said(checked)}


def test_findings_name_row_and_column() -> None:
    rows = person(), person(1, id_number="119999199001010013"), person(2, level="X")
    checked = check(roster(*rows))
    assert [(3, "id_number", "id_checksum"), (4, "level", "level_unknown")] == said(checked)
    assert "第 3 行「证件号码」" == checked.findings[-2].place("zh-CN")
    assert not checked.ok


def test_the_sentence_of_a_number_cell() -> None:
    """The message that a clerk who lost three digits most needs."""
    checked = check(roster(*(person(index) for index in range(15)), person(id_number=1.1e17)))
    (found,) = (one for one in checked.findings if one.code == "id_number_cell")
    assert (
        "第 17 行「证件号码」：身份证号后三位为 000 且单元格为数字格式，请改为文本后重新填写"
        == f"{found.place('zh-CN')}：{found.message('zh-CN')}"
    )


# training certificates: dates and hours


def test_a_class_over_the_end_of_the_year() -> None:
    checked = check(xlsx([TRAINING_HEADINGS, TRAINED]), TRAINING)
    assert checked.ok
    claims = one(checked)
    assert ("2023-12-25", "2024-01-05", "80") == tuple(
        claims[name] for name in ("start_date", "end_date", "hours")
    )


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        (6, "2023-12-01", ["end_before_start"]),
        (8, "2024-01-04", ["issue_before_end"]),
        (7, 200, ["hours_per_day_impossible"]),
        (7, 100, ["hours_per_day_high"]),
        (7, 0, ["hours_not_positive"]),
        (7, "八十", ["hours_unreadable"]),
        (7, "80学时", []),
        (7, 7.5, []),
        (7, 7.3, ["hours_step"]),
    ],
)
def test_training_rules(column: int, cell: object, expected: list[str]) -> None:
    row = [*TRAINED[:column], cell, *TRAINED[column + 1 :]]
    found = said(check(xlsx([TRAINING_HEADINGS, row]), TRAINING), "error", "warning")
    assert expected == [code for *_, code in found]


def test_members_of_objects() -> None:
    headings = (*HEADINGS, "培训机构", "培训合格证书编号")
    data = xlsx(
        [headings, [*PERSON, "样例开放学院（演示）", "PX2024000001"], [*person(1), "", "PX1"]]
    )
    first, second = check(data).rows
    assert first.claims["training_ref"] == {
        "issuer": "样例开放学院（演示）",
        "certificate_number": "PX2024000001",
    }
    assert second.claims["training_ref"] == {"certificate_number": "PX1"}
    assert [(3, "training_ref", "training_reference_incomplete")] == said(check(data))


def test_years_are_integers() -> None:
    headings = (*HEADINGS[:6], "发证日期", "证书编号", "评定方式", "竞赛名称", "名次", "年度")
    row = [*PERSON[:4], "", "高级工", "2024-06-30", "S000011000001243000001"]
    basis = ["竞赛", "示例技能大赛", "第 1 名", 2024.0]
    checked = check(xlsx([headings, row + basis]), SKILL)
    assert [] == said(checked, "error", "warning")
    claims = one(checked)
    assert ("三级/高级工", "--") == (claims["level"], claims["direction"])
    assert {
        "kind": "竞赛获奖",
        "competition": "示例技能大赛",
        "rank": "第 1 名",
        "year": 2024,
    } == claims["award_basis"]


# the sheet


def test_titles_above_the_headings_and_rows_that_are_blank() -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"] = "2024 年度学员名单"
    sheet.merge_cells("A1:H1")
    for row in ([], HEADINGS, person(), [], ["　"], person(1), [None] * 12 + ["以下空白"]):
        sheet.append(row)
    found = read(saved(book))
    assert (3, [4, 7]) == (found.header_row, [row.number for row in found.rows])


def test_the_first_visible_sheet_is_read_and_the_others_are_named() -> None:
    book = Workbook()
    hidden: Any = book.active
    hidden.title = "底稿"
    hidden.sheet_state = "hidden"
    hidden.append(HEADINGS)
    hidden.append(person(1))
    for title, row in (("名单", person()), ("旧名单", person(2))):
        sheet: Any = book.create_sheet(title)
        sheet.append(HEADINGS)
        sheet.append(row)
    checked = check(saved(book))
    assert [PERSON[2]] == [row.claims["id_number"] for row in checked.rows]
    assert [(None, None, "sheets_unread")] == said(checked)
    (found,) = (found for found in checked.findings if found.code == "sheets_unread")
    assert "读取的是工作表“名单”，没有读取：底稿、旧名单" == found.message("zh-CN")
    for sheet in book.worksheets[1:]:
        sheet.sheet_state = "veryHidden"
    hidden.sheet_state = "visible"
    assert 1 == len(read(saved(book)).rows)


def test_no_visible_sheet() -> None:
    data = raw_xlsx(row_xml(1, HEADINGS))
    hidden = repacked(
        data,
        {
            "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
            b'main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            b'<sheets><sheet name="a" sheetId="1" state="hidden" r:id="rId1"/></sheets></workbook>'
        },
    )
    with pytest.raises(RosterError) as raised:
        read(hidden)
    assert "roster_no_sheet" == raised.value.code


def test_formulas_and_error_values() -> None:
    """A formula with a value is read and warned of; without one it says nothing, nor does #N/A."""
    row = row_xml(2, [*PERSON, "0"])
    for column, (old, new) in {
        "A": ("张测试", '<c r="A2" t="str"><f>B9</f><v>张测试</v></c>'),
        "F": ("初级", '<c r="F2"><f>B9</f><v/></c>'),
        "G": ("2024-06-30", '<c r="G2" t="e"><v>#N/A</v></c>'),
    }.items():
        row = row.replace(f'<c r="{column}2" t="inlineStr"><is><t>{old}</t></is></c>', new)
    checked = check(raw_xlsx(row_xml(1, [*HEADINGS, "备注"]) + row))
    assert "张测试" == one(checked)["holder_name"]
    assert [
        (2, "holder_name", "formula_cell"),
        (2, "issue_date", "error_cell"),
        (2, "level", "formula_cell"),
    ] == sorted(said(checked))
    assert ["warning", "error", "error"] == [
        found.severity for found in checked.findings if found.row == 2
    ]


# columns and defaults


def test_what_every_row_would_say_is_said_once() -> None:
    headings = ("姓名", "证件号码", "职业名称", "单位", "星座")
    rows = [[*person(index)[:1], *person(index)[2:4], "测试公司", "双鱼"] for index in range(5)]
    assert [
        (None, None, "id_types_inferred"),
        (1, "issue_date", "column_missing"),
        (1, "level", "column_missing"),
        (1, None, "column_unknown"),
    ] == said(check(xlsx([headings, *rows])))


def test_two_columns_for_one_claim() -> None:
    found = said(check(xlsx([(*HEADINGS, "持证人"), [*PERSON, "李示例"]])))
    assert [(1, None, "column_duplicate")] == found


def test_defaults_fill_empty_cells_and_missing_columns() -> None:
    data = xlsx([("姓名", "证件号码", "等级"), [*PERSON[:1], PERSON[2], ""]])
    checked = check(data, level="高级", occupation="智能制造", issue_date="2024年6月30日")
    assert [(None, None, "id_types_inferred")] == said(checked)
    claims = one(checked)
    assert ("高级", "智能制造工程技术人员", "2024-06-30") == tuple(
        claims[name] for name in ("level", "occupation", "issue_date")
    )


def test_cells_win_over_defaults() -> None:
    assert "初级" == one(check(roster(person()), level="高级"))["level"]


def test_a_default_does_not_hide_damage() -> None:
    checked = check(roster(person(id_number=1.1e17)), id_number="119999199001010012")
    assert [(2, "id_number", "id_number_cell")] == said(checked)
    assert "id_number" not in one(checked)


def test_a_default_for_no_claim() -> None:
    with pytest.raises(RosterError) as raised:
        read(roster(person()), lvel="高级")
    assert "roster_unknown_claim" == raised.value.code
    assert "level" in raised.value.hint("en")


def test_numbers_that_must_be_there() -> None:
    found = read(roster(person(certificate_number=None)))
    checked = check_roster(found, today=TODAY, demo=True, numbers_given=True)
    assert [(2, "certificate_number", "cell_missing")] == said(checked)


# between rows


def test_rows_against_each_other() -> None:
    again = person(1, certificate_number=PERSON[7])
    checked = check(roster(person(), again, person(2), person(2, certificate_number="PJ9")))
    assert [
        (2, "certificate_number", "number_duplicate"),
        (3, "certificate_number", "number_duplicate"),
        (4, "holder_name", "person_duplicate"),
        (5, "holder_name", "person_duplicate"),
    ] == said(checked)


def test_three_hundred_rows_twelve_of_them_broken() -> None:
    """One run names each broken row, and no other."""
    damage: dict[int, dict[str, Any]] = {
        5: {"id_number": "119999199001010013"},
        17: {"id_number": 119999199001010000},
        30: {"id_number": "119999900101001"},
        61: {"issue_date": "2026-01-01"},
        62: {"issue_date": "三十日"},
        99: {"occupation": "占星"},
        120: {"level": "特级"},
        150: {"holder_name": "王"},
        151: {"holder_name": None},
        200: {"id_type": "工作证"},
        260: {"certificate_number": "PJ 1"},
        300: {"id_number": "+1"},
    }
    rows = [person(index, **damage.get(index + 1, {})) for index in range(1, 301)]
    checked = check(roster(*rows))
    assert 300 == len(checked.rows)
    assert sorted(damage) == sorted({row or 0 for row, *_ in said(checked, "error")})
    assert {(row, next(iter(damage[row]))) for row in damage} == {
        (row, column) for row, column, _ in said(checked, "error")
    }
    mended = check(roster(*(person(index) for index in range(1, 301))))
    assert mended.ok
    assert [] == said(mended)


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv(encoding: str, delimiter: str) -> None:
    rows = [HEADINGS, person(holder_name="王䶮"), person(1, holder_name="陈𬱖")]
    checked = check(csv(rows, encoding, delimiter), name="roster.csv")
    assert [] == said(checked)
    assert ["王䶮", "陈𬱖"] == [row.claims["holder_name"] for row in checked.rows]


def test_csv_rows_count_as_a_spreadsheet_counts() -> None:
    """A line break inside a quoted cell does not begin a row; an empty line is one."""
    lines = [
        ",".join(HEADINGS),
        "",
        ",".join(person()).replace("张测试", '"张\n测试"'),
        ",".join(person(1)),
    ]
    found = read("\r\n".join(lines).encode(), name="roster.csv")
    assert [3, 4] == [row.number for row in found.rows]
    assert "张测试" == found.rows[0].claims["holder_name"]


def test_csv_with_nul_and_commands() -> None:
    rows = [HEADINGS, person(holder_name="张\x00三"), person(1, holder_name="=cmd|'/C calc'!A0")]
    checked = check(csv(rows), name="roster.csv")
    assert [(2, "holder_name", "name_characters"), (3, "holder_name", "name_characters")] == said(
        checked
    )


# laws

CELL: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.dates(date(1900, 3, 1)),
    st.sampled_from([*PERSON, *TRAINED, "=1", "\t", "——", "二级", "2024年", "119999900101001"]),
)


@settings(max_examples=100)
@given(st.sampled_from(certificate_types.names()), st.data())
def test_any_cells(name: str, data: st.DataObject) -> None:
    """Whatever stands in the cells: all rows are checked, and every finding has words."""
    kind = load(name)
    labels = [kind.claim_labels[claim]["zh-CN"] for claim in roster_claims(kind)]
    headings = data.draw(st.permutations(labels))[data.draw(st.integers(0, len(labels) - 2)) :]
    width = len(headings)
    rows = data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=4))
    checked = check(xlsx([headings, *rows, ["张测试"] * width]), kind)
    assert checked.ok == all(found.severity != "error" for found in checked.findings)
    for found in checked.findings:
        assert all(found.message(language) for language in codes.LANGUAGES)


@pytest.mark.parametrize(
    "number",
    [
        *("119999199001010013", "110101199003071234", "119999900101001", "810000189903100014"),
        *(
            "11999919900101001",
            "ＤＥＭＯ１２３４５６",
            "=119999199001010012",
            "119999199001010012-1",
        ),
    ],
)
@pytest.mark.parametrize("id_type", ["居民身份证", "护照", "港澳居民居住证", "学生证", None])
def test_no_finding_tells_an_id_number(number: str, id_type: str | None) -> None:
    """A report goes to a screen, a terminal and a log; the roster itself has the number."""
    checked = check(roster(person(id_number=number, id_type=id_type)))
    for found in checked.findings:
        for language in codes.LANGUAGES:
            assert number not in found.message(language) + found.fix(language)
            assert "119999199001010012" not in found.message(language)


def test_findings_are_in_order() -> None:
    checked = check(roster(person(level="X", holder_name="1"), person(1, level="X", id_type="Y")))
    places = [(found.row or 0, found.column) for found in checked.findings]
    assert places == [
        (0, "training_ref"),
        (2, "holder_name"),
        (2, "level"),
        (3, "id_type"),
        (3, "level"),
    ]
    more = checked.plus(
        [Finding(row=2, column="id_type", code="id_type_unknown", severity="error")]
    )
    assert (2, "id_type") == (more.findings[2].row, more.findings[2].column)
