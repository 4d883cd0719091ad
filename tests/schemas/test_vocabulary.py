"""What clerks write is understood, and comes out in the one form that is signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import vocabulary

TEN_FIELDS = (
    "人工智能、物联网、大数据、云计算、数字化管理、智能制造、工业互联网、虚拟现实、区块链、集成电路"
)


def test_the_ten_fields_in_the_order_of_the_notice_and_data_security() -> None:
    fields = [occupation.field for occupation in vocabulary.occupations()]
    assert [*TEN_FIELDS.split("、"), "数据安全"] == fields


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("智能制造工程技术人员", "智能制造工程技术人员"),
        ("智能制造专业", "智能制造工程技术人员"),
        ("智能制造", "智能制造工程技术人员"),
        ("智能制造职业", "智能制造工程技术人员"),
        ("智能制造 工程技术人员", "智能制造工程技术人员"),
        ("2-02-07-13", "智能制造工程技术人员"),
        ("２-02-38-05", "智能制造工程技术人员"),
        ("数字化管理", "数字化管理师"),
        ("数据安全专业", "数据安全工程技术人员"),
        ("智能", None),
        ("密码工程技术人员", None),
        ("", None),
    ],
)
def test_occupation(text: str, name: str | None) -> None:
    found = vocabulary.occupation(text)
    assert name == (found and found.name)


def test_no_two_entries_share_a_name() -> None:
    """An alias that two entries claim would silently mean the last of them."""
    words = [
        vocabulary.fold(word)
        for entry in vocabulary._data("occupations")["occupations"]
        for word in {entry["name"], *entry["aliases"], *(code["code"] for code in entry["codes"])}
    ]
    assert sorted(set(words)) == sorted(words)
    for scale in vocabulary._data("levels")["scales"]:
        words = [
            vocabulary.fold(word)
            for entry in scale["levels"]
            for word in (entry["name"], *entry["aliases"])
        ]
        assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize(
    ("type_name", "text", "level"),
    [
        ("technical_level", "初级", "初级"),
        ("technical_level", " 高 级 ", "高级"),
        ("technical_level", "三级/高级工", None),
        ("technical_level", "3", None),
        ("training_completion", "中级", "中级"),
        ("skill_level", "三级", "三级/高级工"),
        ("skill_level", "高级工", "三级/高级工"),
        ("skill_level", "三级/高级工", "三级/高级工"),
        ("skill_level", "三级／高级工", "三级/高级工"),
        ("skill_level", "高级工/三级", "三级/高级工"),
        ("skill_level", "3", "三级/高级工"),
        ("skill_level", "３级", "三级/高级工"),
        ("skill_level", "初级工", "五级/初级工"),
        ("skill_level", "技师", "二级/技师"),
        ("skill_level", "高级技师", "一级/高级技师"),
        ("skill_level", "学徒工", "学徒工"),
        ("skill_level", "首席技师", "首席技师"),
        ("skill_level", "高级", None),  # 高级工 or 高级技师
        ("skill_level", "三级/高级技师", None),
        ("ce_training", "初级", None),
    ],
)
def test_level(type_name: str, text: str, level: str | None) -> None:
    assert level == vocabulary.level(type_name, text)


def test_the_eight_skill_levels_in_rising_order() -> None:
    levels = vocabulary.levels("skill_level")
    expected = (
        "学徒工 五级/初级工 四级/中级工 三级/高级工 二级/技师 一级/高级技师 特级技师 首席技师"
    )
    assert expected.split() == [level.name for level in levels]
    assert ["5", "4", "3", "2", "1"] == [level.digit for level in levels if level.digit]
    only_employers = [level.name for level in levels if level.roles == ("employer",)]
    assert ["特级技师", "首席技师"] == only_employers


@pytest.mark.parametrize("text", ["", " ", "无", "-", "–", "－", "--", "－－", "——", "—", "\u3000"])
@pytest.mark.parametrize(("type_name", "mark"), [("technical_level", "—"), ("skill_level", "--")])
def test_no_direction_becomes_the_mark_of_the_type(type_name: str, mark: str, text: str) -> None:
    expected = vocabulary.Direction(name=mark, state="none")
    assert expected == vocabulary.direction(type_name, "智能制造工程技术人员", text)


@pytest.mark.parametrize(
    ("type_name", "occupation", "text", "name", "state"),
    [
        ("technical_level", "智能制造工程技术人员", "智能装备与产线应用", "智能装备与产线应用", "listed"),
        ("technical_level", "智能制造工程技术人员", "智能装备与产线应用方向", "智能装备与产线应用", "listed"),
        ("technical_level", "集成电路工程技术人员", "设计类eda工具开发与服务", "设计类EDA工具开发与服务", "listed"),
        ("technical_level", "智能制造工程技术人员", "量子", "量子", "unlisted"),
        ("technical_level", "物联网工程技术人员", "传感", "传感", "unlisted"),  # no list
        ("technical_level", "区块链工程技术人员", "应用", "应用", "unlisted"),  # empty list
        ("skill_level", "电工", "高压", "高压", "unchecked"),
        ("technical_level", "示例人员", "示例", "示例", "unchecked"),
    ],
)  # fmt: skip
def test_direction(type_name: str, occupation: str, text: str, name: str, state: str) -> None:
    found = vocabulary.direction(type_name, occupation, text)
    assert (name, state) == (found.name, found.state)


def test_a_complete_list_makes_other_directions_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = vocabulary.Occupation(
        name="示例人员", en="sample", field="示例", codes={}, directions=("甲",), directions_complete=True
    )  # fmt: skip
    monkeypatch.setattr(vocabulary, "occupation", lambda _text: complete)
    assert "unknown" == vocabulary.direction("technical_level", "示例人员", "乙").state
    assert "listed" == vocabulary.direction("technical_level", "示例人员", "甲").state


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("身份证", "居民身份证"),
        ("居民身份证", "居民身份证"),
        ("Passport", "护照"),
        ("台胞证", "台湾居民来往大陆通行证"),
        ("港澳居民来往内地通行证(回乡证)", "港澳居民来往内地通行证"),
        ("驾驶证", None),
    ],
)
def test_id_type(text: str, name: str | None) -> None:
    assert name == vocabulary.id_type(text)


@pytest.mark.parametrize(
    ("claim", "text", "value"),
    [
        ("mode", "面授", "线下"),
        ("class_kind", "订制班", "订制班"),
        ("award_basis.kind", "竞赛", "竞赛获奖"),
        ("trainee_category", "大二", None),
        ("hour_category", "公需课", "公共知识"),
        ("holder_name", "张测试", None),
    ],
)
def test_choice(claim: str, text: str, value: str | None) -> None:
    assert value == vocabulary.choice(claim, text)


def test_class_kinds_of_the_later_notice_say_since_when() -> None:
    since = {choice.value: choice.since for choice in vocabulary.choices("class_kind")}
    expected = {"普通班": None, "订单班": None, "冠名班": None}
    assert expected | {"订制班": "2024-07-05", "定向班": "2024-07-05"} == since


def test_roles() -> None:
    names = {role.role: role.name for role in vocabulary.roles().values()}
    expected = {
        "evaluation": "评价机构",
        "training": "培训机构",
        "base": "继续教育基地",
        "assessment": "社会培训评价组织",
        "employer": "用人单位备案企业",
        "competition": "竞赛组织单位",
    }
    assert expected == names


def test_every_entry_names_its_source() -> None:
    entries = [
        *vocabulary._data("occupations")["occupations"],
        *vocabulary._data("id_types")["id_types"],
        *vocabulary._data("roles")["roles"],
        *(entry for scale in vocabulary._data("levels")["scales"] for entry in scale["levels"]),
        *(entry for values in vocabulary._data("enums")["values"].values() for entry in values),
    ]
    assert all(entry["source"] for entry in entries)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """Reading a word again changes nothing."""
    for type_name in ("technical_level", "skill_level"):
        level = vocabulary.level(type_name, text)
        assert level is None or level == vocabulary.level(type_name, level)
        once = vocabulary.direction(type_name, "智能制造", text)
        again = vocabulary.direction(type_name, "智能制造", once.name)
        assert once == again
