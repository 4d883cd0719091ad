"""What people say about a roster: what its columns hold, and what single cells should say."""

from collections.abc import Mapping
from datetime import date

import pytest

from issuer.roster import workbook
from issuer.roster.roster import Checked, Column, check_roster, columns_of, read_roster
from issuer.roster.sheet import MAX_CELL, RosterError
from schemas.certificate_types import load
from tests.issuer.rosters import HEADINGS, PERSON, csv, person, raw_xlsx, roster, row_xml, xlsx

LEVEL = load("technical_level")
MERGED = '<mergeCells count="1"><mergeCell ref="F2:F3"/></mergeCells>'


def check(
    data: bytes,
    columns: Mapping[int, str] | None = None,
    corrections: Mapping[tuple[int, str], str] | None = None,
    name: str = "roster.xlsx",
    **defaults: str,
) -> Checked:
    read = read_roster(
        data, name, LEVEL, defaults=defaults, columns=columns, corrections=corrections
    )
    return check_roster(read, today=date(2025, 6, 2), demo=True)


def said(checked: Checked) -> list[tuple[int | None, str | None, str]]:
    return [
        (found.row, found.column, found.code)
        for found in checked.findings
        if found.code != "training_reference_missing"
    ]


def refusal(
    data: bytes,
    columns: Mapping[int, str] | None = None,
    corrections: Mapping[tuple[int, str], str] | None = None,
) -> RosterError:
    with pytest.raises(RosterError) as raised:
        check(data, columns, corrections)
    for language in ("zh-CN", "en"):
        assert "{" not in raised.value.message(language) + raised.value.hint(language)
    return raised.value


# columns


def test_a_column_with_another_heading() -> None:
    data = xlsx([[*HEADINGS[:6], "颁发于", *HEADINGS[7:]], PERSON])
    assert [(1, "issue_date", "column_missing"), (1, None, "column_unknown")] == said(check(data))
    mended = check(data, {6: "issue_date"})
    assert [] == said(mended)
    assert "2024-06-30" == mended.rows[0].claims["issue_date"]


def test_a_column_without_a_heading() -> None:
    data = xlsx([[*HEADINGS[:6], "", *HEADINGS[7:]], PERSON])
    assert [] == said(check(data, {6: "issue_date"}))


def test_a_column_that_is_passed_over() -> None:
    data = xlsx([[*HEADINGS, "持证人"], [*PERSON, "李示例"]])
    assert [(1, None, "column_duplicate")] == said(check(data))
    assert [] == said(check(data, {8: ""}))
    other = check(data, {0: ""})
    assert [] == said(other)
    assert "李示例" == other.rows[0].claims["holder_name"]


def test_a_needed_column_that_is_passed_over() -> None:
    assert [(1, "issue_date", "column_missing")] == said(check(roster(person()), {6: ""}))


def test_an_unknown_column_that_is_passed_over_is_not_warned_of() -> None:
    data = xlsx([[*HEADINGS, "星座"], [*PERSON, "双鱼"]])
    assert [(1, None, "column_unknown")] == said(check(data))
    assert [] == said(check(data, {8: ""}))


def test_one_claim_for_two_columns() -> None:
    """What was recognised stays unless it is passed over, too."""
    data = xlsx([[*HEADINGS, ""], [*PERSON, "李示例"]])
    (found,) = [
        one for one in check(data, {8: "holder_name"}).findings if one.code == "column_duplicate"
    ]
    assert "“#9”与“姓名”两列内容相同" == found.message("zh-CN")


def test_the_name_of_the_institution() -> None:
    data = xlsx([[*HEADINGS, "谁发的"], [*PERSON, "测试学院"]])
    assert "测试学院" == check(data, {8: "issuer_name"}).rows[0].issuer_name


def test_columns_of_short_rows() -> None:
    """CSV rows end where their content does."""
    data = csv([HEADINGS, [*PERSON, "2024-07-01"]])
    read = check(data, {6: "", 8: "issue_date"}, name="roster.csv")
    assert "2024-07-01" == read.rows[0].claims["issue_date"]


@pytest.mark.parametrize("index", [-1, 8, 10**9])
def test_columns_that_are_not_there(index: int) -> None:
    assert "roster_unknown_column" == refusal(roster(person()), {index: "level"}).code


@pytest.mark.parametrize("claim", ["lvl", "photo_digest", "iss", " "])
def test_claims_that_are_not_there(claim: str) -> None:
    error = refusal(roster(person()), {0: claim})
    assert "roster_unknown_claim" == error.code
    assert "holder_name" in error.hint("zh-CN")


# what the console shows


def test_the_columns_as_they_were_recognised() -> None:
    data = xlsx(
        [["2024 年名单"], [*HEADINGS[:3], "备 注\n(选填)", ""], [*person()[:3], 3.0, "测试"]]
    )
    read = read_roster(data, "roster.xlsx", LEVEL)
    assert columns_of(read) == (
        Column(index=0, heading="姓名", example="张测试", claim="holder_name"),
        Column(index=1, heading="证件类型", example="居民身份证", claim="id_type"),
        Column(index=2, heading="证件号码", example="119999199001010012", claim="id_number"),
        Column(index=3, heading="备 注 (选填)", example="3", claim=None),
        Column(index=4, heading="", example="测试", claim=None),
    )


def test_columns_of_ours_are_not_shown() -> None:
    again = workbook.annotate(check(roster(person())))
    shown = columns_of(read_roster(again, "roster.xlsx", LEVEL))
    assert list(HEADINGS) == [column.heading for column in shown]


def test_what_people_said_is_shown() -> None:
    read = read_roster(roster(person()), "roster.xlsx", LEVEL, columns={0: "", 3: "exam_site"})
    assert [None, "exam_site"] == [columns_of(read)[index].claim for index in (0, 3)]


# cells


def test_corrected_cells() -> None:
    data = roster(person(), person(1, id_number=1.19999e17, level="特级"))
    damage = {(3, "level", "level_unknown"), (3, "id_number", "id_number_cell")}
    assert damage == set(said(check(data)))
    number = str(person(1)[2])
    mended = check(data, None, {(3, "id_number"): number, (3, "level"): "中级"})
    assert [] == said(mended)
    assert ("中级", number) == tuple(mended.rows[1].claims[it] for it in ("level", "id_number"))


def test_a_correction_is_read_like_a_cell() -> None:
    """It may be wrong itself, or be mended."""
    assert [(2, "issue_date", "date_unreadable")] == said(
        check(roster(person()), None, {(2, "issue_date"): "六月"})
    )
    read = check(roster(person()), None, {(2, "holder_name"): " 李　示例"})
    assert "李示例" == read.rows[0].claims["holder_name"]


def test_an_emptied_cell() -> None:
    read = check(roster(person()), None, {(2, "level"): ""}, level="高级")
    assert "高级" == read.rows[0].claims["level"]


def test_formulas_and_errors_go_with_a_correction() -> None:
    row = row_xml(2, PERSON)
    for column, (text, xml) in {
        "F": (PERSON[5], '<c r="F2" t="str"><f>A9</f><v>初级</v></c>'),
        "G": (PERSON[6], '<c r="G2" t="e"><v>#N/A</v></c>'),
    }.items():
        row = row.replace(f'<c r="{column}2" t="inlineStr"><is><t>{text}</t></is></c>', xml)
    data = raw_xlsx(row_xml(1, HEADINGS) + row)
    assert {"formula_cell", "error_cell"} == {code for _, _, code in said(check(data))}
    assert [] == said(check(data, None, {(2, "level"): "初级", (2, "issue_date"): "2024-06-30"}))


def test_merged_cells_that_were_filled_in() -> None:
    sheet = row_xml(1, HEADINGS) + row_xml(2, PERSON)
    second = [*map(str, person(1))]
    second[5] = ""
    data = raw_xlsx(sheet + row_xml(3, second) + "</sheetData>" + MERGED + "<sheetData>")
    assert (3, "level", "cells_merged") in said(check(data))
    assert [] == said(check(data, None, {(3, "level"): "初级"}))


def test_corrections_follow_the_mapping() -> None:
    data = xlsx([[*HEADINGS[:6], "颁发于", *HEADINGS[7:]], person(issue_date="六月")])
    mended = check(data, {6: "issue_date"}, {(2, "issue_date"): "2024-06-30"})
    assert [] == said(mended)


def test_the_corrected_roster_is_what_the_annotated_workbook_shows() -> None:
    mended = check(roster(person(level="特级")), None, {(2, "level"): "中级"})
    assert "中级" == check(workbook.annotate(mended)).rows[0].claims["level"]


def test_a_correction_does_not_change_what_was_read() -> None:
    """The file's hash is the file's; the rows are others."""
    plain, mended = check(roster(person())), check(roster(person()), None, {(2, "level"): "中级"})
    assert plain.roster.sha256 == mended.roster.sha256
    assert plain.rows != mended.rows


@pytest.mark.parametrize(
    "place",
    [(1, "level"), (0, "level"), (-3, "level"), (3, "level"), (2, "exam_site"), (2, "lvl")],
)
def test_cells_that_are_not_there(place: tuple[int, str]) -> None:
    assert "roster_unknown_cell" == refusal(roster(person()), None, {place: "x"}).code


def test_a_correction_beyond_measure() -> None:
    error = refusal(roster(person()), None, {(2, "level"): "x" * (MAX_CELL + 1)})
    assert "roster_correction_too_long" == error.code
