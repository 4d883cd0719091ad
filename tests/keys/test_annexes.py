"""The published directory: every printed row is a grant, nothing is added, nobody has a key."""

from collections import Counter

import pytest

from keys.annexes import directories, load_directory, load_rows
from schemas import certificate_types
from schemas.errors import TrustError
from schemas.registry import Grant, Institution

NAME = "bj-2023-91"
ROWS = load_rows(NAME)
INSTITUTIONS = load_directory(NAME)
LEVELS = ["初级", "中级", "高级"]


def by_name(name: str) -> Institution:
    """The one institution of this very name."""
    (found,) = [one for one in INSTITUTIONS if one.names[0].name == name]
    return found


def test_the_counts_of_the_notice() -> None:
    """40 lines: annex 1 has 19 rows of 13 names, annex 2 has 20 numbered lines and one without."""
    first = [row for row in ROWS if row.annex == 1]
    second = [row for row in ROWS if row.annex == 2]
    assert (40, 19, 21) == (len(ROWS), len(first), len(second))
    assert 13 == len({row.name for row in first})
    assert {"评价机构": 3, "培训机构": 16} == Counter(row.role for row in first)
    assert [*range(1, 21)] == [row.row for row in second if row.row is not None]
    levels = {"国家级 市级": 3, "国家级": 1, "市级": 16, None: 1}
    assert levels == Counter(row.level for row in second)
    assert 34 == len(INSTITUTIONS)
    assert 40 == sum(len(one.grants) for one in INSTITUTIONS)


def test_ids_follow_the_first_appearance() -> None:
    assert [f"bj-{n:04}" for n in range(1, 35)] == [one.id for one in INSTITUTIONS]
    names = list(dict.fromkeys(row.name for row in ROWS))
    assert names == [one.names[0].name for one in INSTITUTIONS]
    assert "bj-0001" == by_name("中国机械工程学会").id
    assert "bj-0034" == by_name("北京创联教育投资有限公司").id


def test_one_body_evaluates_one_occupation_and_trains_for_another() -> None:
    expected = [
        Grant(
            type="technical_level",
            role="evaluation",
            occupation="智能制造工程技术人员",
            directions="*",
            levels=LEVELS,
            from_="2022-01-01",
            basis="京人社专技字〔2023〕91号 附件1 智能制造专业 第1行",
        ),
        Grant(
            type="training_completion",
            role="training",
            occupation="大数据工程技术人员",
            directions="*",
            levels=LEVELS,
            from_="2022-01-01",
            basis="京人社专技字〔2023〕91号 附件1 大数据专业 第5行",
        ),
    ]
    assert expected == by_name("中国机械工程学会").grants


def test_a_base_trains_in_any_class() -> None:
    (grant,) = by_name("北京工业大学").grants
    assert ("ce_training", "base", "*", "*") == (
        grant.type,
        grant.role,
        grant.occupation,
        grant.levels,
    )
    assert "京人社专技字〔2023〕91号 附件2 第1行 国家级 市级" == grant.basis


def test_a_line_without_number_is_said_to_be_one() -> None:
    (grant,) = by_name("北京市科学技术研究院城市安全与环境科学研究所").grants
    assert "京人社专技字〔2023〕91号 附件2 未编号行（文本第153行）" == grant.basis


def test_similar_names_are_two_bodies() -> None:
    """The notice does not say that they are one; brackets stay as printed."""
    long, short = "北京市海淀区中关村软件园人才基地培训中心", "中关村软件园人才基地培训中心"
    assert by_name(long).id != by_name(short).id
    by_name("中国地质大学(北京)")
    by_name("北京市科技教育中心（北京市科学技术协会党校）")


@pytest.mark.parametrize("institution", INSTITUTIONS, ids=lambda one: one.id)
def test_nobody_has_a_key(institution: Institution) -> None:
    assert [] == institution.keys
    assert "active" == institution.status
    assert institution.uscc is None


def test_each_grant_is_one_that_its_type_knows() -> None:
    for institution in INSTITUTIONS:
        for grant in institution.grants:
            assert grant.role in certificate_types.load(grant.type).roles
            assert grant.to is None
            assert grant.covers_day("2024-01-01")


def test_only_three_fields_have_a_directory() -> None:
    """No institution may issue for 人工智能 under this directory."""
    named = {one.occupation for entry in INSTITUTIONS for one in entry.grants} - {"*"}
    assert {"智能制造工程技术人员", "大数据工程技术人员", "区块链工程技术人员"} == named


def test_an_unknown_directory() -> None:
    assert (NAME,) == directories()
    with pytest.raises(TrustError) as caught:
        load_directory("../codes")
    assert "directory_unknown" == caught.value.code
    assert NAME in caught.value.message("zh-CN")
