"""What a worksheet hides or merges is said, where it matters and nowhere else."""

from datetime import date

import pytest
from openpyxl import load_workbook

from issuer.roster.findings import Finding
from issuer.roster.roster import check_roster, read_roster
from schemas.certificate_types import load
from tests.issuer.rosters import HEADINGS, person, saved, xlsx

LEVEL = load("technical_level")
TITLE = ["2024 年度名单"]


def said(data: bytes) -> list[tuple[int | None, str | None, str]]:
    return [(one.row, one.column, one.code) for one in findings(data)]


def findings(data: bytes) -> list[Finding]:
    read = read_roster(data, "roster.xlsx", LEVEL)
    checked = check_roster(read, today=date(2025, 6, 2), demo=True)
    return [one for one in checked.findings if one.code != "training_reference_missing"]


def made(
    *rows: list[object],
    merged: tuple[str, ...] = (),
    hidden_rows: tuple[int, ...] = (),
    hidden_columns: str = "",
) -> bytes:
    """A title, the headings, then `rows`: people begin in row 3."""
    from io import BytesIO

    book = load_workbook(BytesIO(xlsx([TITLE, [*HEADINGS, "备注"], *rows])))
    sheet = book.worksheets[0]
    for reference in merged:
        sheet.merge_cells(reference)
    for number in hidden_rows:
        sheet.row_dimensions[number].hidden = True
    for letter in hidden_columns:
        sheet.column_dimensions[letter].hidden = True
    return saved(book)


def test_hidden_people() -> None:
    """Those that a filter left out are read, and each is warned of; an empty row is nobody."""
    data = made(person(), person(1), [], person(2), hidden_rows=(1, 4, 5))
    assert [(4, None, "row_hidden")] == said(data)
    assert "warning" == findings(data)[0].severity


def test_hidden_columns() -> None:
    """A hidden column says so once, and hides no mistake in its cells."""
    data = made(person(), person(1, level="特级"), hidden_columns="FI")
    assert [(2, "level", "column_hidden"), (4, "level", "level_unknown")] == said(data)
    assert "“专业技术等级”这一列被隐藏，其内容仍会写入证书" == findings(data)[0].message("zh-CN")


MERGED = {
    "a title": (("A1:I1",), []),
    "an occupation over three rows": (("D3:D5",), [(4, "occupation")]),
    "two ranges": (("D3:D4", "F3:F5"), [(4, "level"), (4, "occupation")]),
    "two columns": (("D3:E3",), [(3, "direction")]),
    "remarks": (("I3:I5",), []),
    "nothing but the last row and below": (("D5:D9",), []),
    "below everybody": (("A8:I9",), []),
}


@pytest.mark.parametrize("name", MERGED)
def test_merged_cells(name: str) -> None:
    """An error where a person's cell is empty because of it, and once for each range."""
    ranges, expected = MERGED[name]
    data = made(*(person(index) for index in range(3)), merged=ranges)
    found = [(row, column) for row, column, code in said(data) if code == "cells_merged"]
    assert sorted(expected) == sorted(found)


def test_what_a_merged_range_says() -> None:
    data = made(person(), person(1), person(2), merged=("E3:E5",))
    (found,) = (one for one in findings(data) if one.code == "cells_merged")
    assert "error" == found.severity
    assert "“职业方向”在合并单元格内（第 3 至 5 行），其中只有左上角一格有内容" == found.message(
        "zh-CN"
    )


def test_merged_and_empty() -> None:
    """Nothing is lost where the first cell is empty, too."""
    people = [person(index, direction=None) for index in range(3)]
    assert "cells_merged" not in {code for _, _, code in said(made(*people, merged=("E3:E5",)))}
