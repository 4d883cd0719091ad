"""Numbers of skill level certificates: their parts, and rows that contradict them (E20)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.roster import skill_number

ISSUED = date(2024, 6, 18)
SAMPLE = "S000011000001243000001"


def test_the_parts_of_a_number() -> None:
    expected = skill_number.SkillNumber(
        form="standard", letter="S", body="0000", province="11", year="24", level="3", serial="000001"
    )  # fmt: skip
    assert expected == skill_number.decode(SAMPLE)


def test_an_old_qualification_number() -> None:
    expected = skill_number.SkillNumber(
        form="legacy", body="1", province="11", year="24", level="3", serial="00001"
    )
    assert expected == skill_number.decode("2411011234300001")


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (SAMPLE, "standard"),
        ("Y" + SAMPLE[1:], "standard"),
        ("YT" + "0" * 20, "distinguished"),
        ("2" * 16, "legacy"),
        ("T" + SAMPLE[1:], None),
        (SAMPLE.lower(), None),
        (SAMPLE[:-1], None),
        (SAMPLE + "0", None),
        (SAMPLE + "\n", None),
        ("YT" + "0" * 19, None),
        ("2" * 15, None),
        ("Ｓ" + SAMPLE[1:], None),
        ("S" + "０" * 21, None),
        ("", None),
    ],
)
def test_forms(number: str, form: str | None) -> None:
    parts = skill_number.decode(number)
    assert form == (parts and parts.form)


ROWS: dict[str, tuple[str, str, date | None, list[tuple[str, str]]]] = {
    "fits": (SAMPLE, "三级/高级工", ISSUED, []),
    "first of January": (SAMPLE, "三级/高级工", date(2024, 1, 1), []),
    "the day before": (SAMPLE, "三级/高级工", date(2023, 12, 31), [("issue_date", "skill_number_mismatch")]),
    "no readable date": (SAMPLE, "三级/高级工", None, []),
    "another level": (SAMPLE, "四级/中级工", ISSUED, [("level", "skill_number_mismatch")]),
    "a digit without a level": ("S000011000001246000001", "四级/中级工", ISSUED, [("level", "skill_number_mismatch")]),
    "a level without a digit, a digit with one": (SAMPLE, "学徒工", ISSUED, [("level", "skill_number_mismatch")]),
    "neither is known": ("S000011000001246000001", "学徒工", ISSUED, []),
    "level and year": (SAMPLE, "二级/技师", date(2025, 1, 1), [("level", "skill_number_mismatch"), ("issue_date", "skill_number_mismatch")]),
    "no form": ("123", "三级/高级工", ISSUED, [("certificate_number", "skill_number_format")]),
    "two letters, 特级技师": ("YT" + "0" * 20, "特级技师", ISSUED, []),
    "two letters, another level": ("YT" + "0" * 20, "首席技师", ISSUED, [("certificate_number", "skill_number_format")]),
    "首席技师 of an employer": ("Y000011000001248000001", "首席技师", ISSUED, []),
    "首席技师 of an assessment organisation": ("S000011000001248000001", "首席技师", ISSUED, [("level", "level_not_for_role")]),
    "特级技师 of an assessment organisation": ("S000011000001248000001", "特级技师", ISSUED, [("level", "level_not_for_role")]),
    "old": ("2411011234300001", "三级/高级工", ISSUED, [("certificate_number", "skill_number_legacy")]),
    "a level that is none": (SAMPLE, "高级", ISSUED, []),  # E05 says so
}  # fmt: skip


@pytest.mark.parametrize(("number", "level", "issued", "expected"), ROWS.values(), ids=ROWS)
def test_rows(
    number: str, level: str, issued: date | None, expected: list[tuple[str, str]]
) -> None:
    found = skill_number.check_skill_number(number, level=level, issue_date=issued)
    assert expected == [(finding.column, finding.code) for finding in found]


def test_the_sentences_say_both_sides() -> None:
    (found,) = skill_number.check_skill_number(SAMPLE, level="二级/技师", issue_date=ISSUED)
    assert "证书编号与“职业技能等级”不符：编号为“三级/高级工”，本行为“二级/技师”" == found.message(
        "zh-CN"
    )
    (found,) = skill_number.check_skill_number(
        SAMPLE, level="三级/高级工", issue_date=date(2023, 1, 1)
    )
    assert "the certificate number says “2024” for “date of issue”, this row “2023-01-01”" == (
        found.message("en")
    )


@given(st.text("YST0123456789Ｙ\n", max_size=24))
def test_any_text_has_an_answer(number: str) -> None:
    parts = skill_number.decode(number)
    assert parts is None or len(number) == (16 if parts.form == "legacy" else 22)
