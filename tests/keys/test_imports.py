"""Institutions from a file: what spreadsheets write, and which row is wrong."""

import json
from pathlib import Path

import pytest

from keys import draft
from keys.annexes import load_directory
from keys.authority_folder import Draft
from keys.imports import COLUMNS, ImportRowError, read_institutions
from schemas.errors import TrustError

HEAD = "机构编号,机构名称,证书类型,角色,职业,等级,起始日期,依据"
ROW = "demo-a,示例评价中心,专业技术等级证书,评价机构,智能制造专业,初级、中级,2022-01-01,示例通知 附件1"
SECOND = "demo-a,示例评价中心,training_completion,training,大数据,*,2022-01-01,示例通知 附件1"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_has_a_grant_a_row(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join([HEAD, ROW, SECOND, "", "demo-b,示例基地,,,,,,", ""])
    one, two = read_institutions(write(tmp_path / "a.csv", text, encoding))
    assert ("demo-a", "示例评价中心") == (one.id, one.names[0].name)
    first, second = one.grants
    assert ("technical_level", "evaluation") == (first.type, first.role)
    assert ("智能制造工程技术人员", ["初级", "中级"]) == (first.occupation, first.levels)
    assert ("training_completion", "*") == (second.type, second.levels)
    assert ("demo-b", []) == (two.id, two.grants)


def test_english_heads_do_as_well(tmp_path: Path) -> None:
    text = (
        f"{','.join(COLUMNS)}\ndemo-a,示例,US,目录,ce_training,base,*,*,*,2022-01-01,2026-01-01,x"
    )
    (one,) = read_institutions(write(tmp_path / "a.csv", text))
    assert ("US", "目录", "2026-01-01") == (one.uscc, one.published_in, one.grants[0].to)


WRONG_ROWS = {
    "an unknown level": ROW.replace("初级", "特高"),
    "the wrong role": ROW.replace("评价机构", "培训机构"),
    "no date": ROW.replace("2022-01-01", ""),
    "no basis": ROW.replace("示例通知 附件1", ""),
    "an id with capitals": ROW.replace("demo-a", "Demo"),
    "another name for one id": ROW.replace("示例评价中心", "另一中心"),
    "no name": ROW.replace("示例评价中心", ""),
    "an unknown type": ROW.replace("专业技术等级证书", "毕业证书"),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
def test_a_wrong_row_is_named_in_both_languages(tmp_path: Path, case: str) -> None:
    path = write(tmp_path / "a.csv", "\n".join([HEAD, ROW, WRONG_ROWS[case]]))
    with pytest.raises(ImportRowError) as caught:
        read_institutions(path)
    error = caught.value
    assert error.message("zh-CN") == f"第 3 行：{error.cause.message('zh-CN')}"
    assert error.message("en") == f"row 3: {error.cause.message('en')}"
    assert error.hint("zh-CN") == error.cause.hint("zh-CN")


WRONG_FILES = {
    "import_columns": "编号,名称\n1,2",
    "import_unreadable": HEAD + "\n" + "x" * 200_000,
}


@pytest.mark.parametrize("code", WRONG_FILES)
def test_a_wrong_table(tmp_path: Path, code: str) -> None:
    with pytest.raises(TrustError) as caught:
        read_institutions(write(tmp_path / "a.csv", WRONG_FILES[code]))
    assert code == caught.value.code


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xff\xff")
    with pytest.raises(TrustError) as caught:
        read_institutions(tmp_path / "a.csv")
    assert "import_unreadable" == caught.value.code


def test_json_as_the_registry_has_it(tmp_path: Path) -> None:
    institutions = load_directory("bj-2023-91")
    dumped = [one.model_dump(exclude_none=True) for one in institutions]
    for content in (dumped, {"institutions": dumped}):
        path = write(tmp_path / "a.json", json.dumps(content, ensure_ascii=False, indent=2))
        assert institutions == read_institutions(path)


@pytest.mark.parametrize("text", ["{", "1", '{"institutions":{}}', "[" * 5000])
def test_json_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(TrustError) as caught:
        read_institutions(write(tmp_path / "a.json", text))
    assert "import_unreadable" == caught.value.code


def test_merging_adds_what_is_missing(tmp_path: Path) -> None:
    """The second time nothing; a new grant of a listed body later."""
    empty = Draft(edition="x")
    (first,) = read_institutions(write(tmp_path / "a.csv", f"{HEAD}\n{ROW}"))
    (both,) = read_institutions(write(tmp_path / "b.csv", f"{HEAD}\n{ROW}\n{SECOND}"))
    once = draft.merge(empty, [first])
    assert once == draft.merge(once, [first])
    assert [both] == draft.merge(once, [both]).institutions


def test_merging_never_renames(tmp_path: Path) -> None:
    (one,) = read_institutions(write(tmp_path / "a.csv", f"{HEAD}\n{ROW}"))
    (other,) = read_institutions(
        write(tmp_path / "b.csv", f"{HEAD}\n{ROW.replace('示例评价中心', '另一中心')}")
    )
    with pytest.raises(TrustError) as caught:
        draft.merge(draft.merge(Draft(edition="x"), [one]), [other])
    assert "institution_exists" == caught.value.code
