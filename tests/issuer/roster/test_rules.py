"""Every rule that a certificate and its batch can break, and the case just inside each limit."""

import re
from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.roster import findings, rules
from schemas import certificate_types, codes

TODAY = date(2024, 7, 1)

# Demo numbers: address code 119999 does not exist (GB 11643-1999 check characters are right).
ZHANG = {"id_type": "居民身份证", "id_number": "119999199001010012", "id_number_tail": "0012"}
LI: dict[str, object] = {
    "id_type": "居民身份证",
    "id_number": "119999199512310025",
    "id_number_tail": "0025",
}
HEAD = {
    "certificate_number": "A-0001",
    "holder_name": "张测试",
    **ZHANG,
    "issue_date": "2024-06-18",
}
CLASS = {"start_date": "2024-06-03", "end_date": "2024-06-12", "hours": "80"}
ENGINEER = {
    "occupation": "智能制造工程技术人员",
    "direction": "智能装备与产线应用",
    "level": "初级",
}
TRAINED = {"training_ref": {"issuer": "demo-kaifang", "certificate_number": "B-0001"}}
CLAIMS: dict[str, dict[str, Any]] = {
    "ce_training": {**HEAD, "class_name": "示例班", **CLASS},
    "training_completion": {**HEAD, **ENGINEER, **CLASS},
    "technical_level": {**HEAD, **ENGINEER, **TRAINED},
    "skill_level": {
        **HEAD,
        "certificate_number": "S000011000001243000001",
        "occupation": "电工",
        "direction": "--",
        "level": "三级/高级工",
    },
    "competition_award": {**HEAD, "competition_name": "示例竞赛", "rank": "一等奖", "year": 2024},
}
GONE = object()  # leaves a claim out


def changed(type_name: str, change: Mapping[str, object]) -> dict[str, object]:
    claims: dict[str, object] = {**CLAIMS[type_name], **change}
    return {name: value for name, value in claims.items() if value is not GONE}


def check(
    type_name: str, change: Mapping[str, object], *, demo: bool = True
) -> list[findings.Finding]:
    certificate_type = certificate_types.load(type_name)
    claims = changed(type_name, change)
    return rules.check_claims(certificate_type, claims, today=TODAY, demo=demo, row=17)


def found(result: list[findings.Finding]) -> list[tuple[str | None, str]]:
    return [(finding.column, finding.code) for finding in result]


@pytest.mark.parametrize("type_name", CLAIMS)
def test_good_claims(type_name: str) -> None:
    assert [] == check(type_name, {})


CASES: dict[str, tuple[str, dict[str, object], list[tuple[str, str]]]] = {
    "E01 ends the day before": ("ce_training", {"start_date": "2024-06-13", "hours": "8"}, [("end_date", "end_before_start")]),
    "E01 one day": ("ce_training", {"start_date": "2024-06-12", "hours": "8"}, []),
    "E02 issued the day before": ("ce_training", {"issue_date": "2024-06-11"}, [("issue_date", "issue_before_end")]),
    "E02 issued on the last day": ("ce_training", {"issue_date": "2024-06-12"}, []),
    "E03 none": ("ce_training", {"hours": "0"}, [("hours", "hours_not_positive")]),
    "E03 negative": ("ce_training", {"hours": "-0.5"}, [("hours", "hours_not_positive")]),
    "E03 half an hour": ("ce_training", {"hours": "0.5"}, []),
    "E03 a quarter": ("ce_training", {"hours": "7.25"}, [("hours", "hours_step")]),
    "E03 no number": ("ce_training", {"hours": "四十"}, [("hours", "hours_unreadable")]),
    "E03 not a number": ("ce_training", {"hours": "NaN"}, [("hours", "hours_unreadable")]),
    "E03 ten thousand": ("ce_training", {"hours": "10000"}, [("hours", "hours_step")]),
    "W03 eight a day": ("ce_training", {"hours": "80"}, []),
    "W03 more than eight": ("ce_training", {"hours": "80.5"}, [("hours", "hours_per_day_high")]),
    "W03 twelve a day": ("ce_training", {"hours": "120"}, [("hours", "hours_per_day_high")]),
    "E04 more than twelve": ("ce_training", {"hours": "120.5"}, [("hours", "hours_per_day_impossible")]),
    "E04 200 in three days": ("ce_training", {"start_date": "2024-06-10", "hours": "200"}, [("hours", "hours_per_day_impossible")]),
    "E05 of another type": ("technical_level", {"level": "三级/高级工"}, [("level", "level_unknown")]),
    "E05 every level": ("technical_level", {"level": "高级"}, []),
    "E05 首席技师 by an assessment organisation": (
        "skill_level",
        {"level": "首席技师", "certificate_number": "S000011000001248000001"},
        [("level", "level_not_for_role")],
    ),
    "E06 not in an open list": ("technical_level", {"direction": "量子"}, [("direction", "direction_unlisted")]),
    "E06 no list": ("technical_level", {"occupation": "物联网工程技术人员", "direction": "传感"}, [("direction", "direction_unlisted")]),
    "E06 no lists for skills": ("skill_level", {"direction": "高压"}, []),
    "E07 the other family's mark": ("technical_level", {"direction": "--"}, [("direction", "direction_mark")]),
    "E07 a word": ("skill_level", {"direction": "无"}, [("direction", "direction_mark")]),
    "E07 the mark": ("technical_level", {"direction": "—"}, []),
    "E08 check digit": (
        "technical_level",
        {"id_number": "119999199001010013", "id_number_tail": "0013"},
        [("id_number", "id_checksum")],
    ),
    "E08 X": (
        "technical_level",
        {"id_number": "11999920010704331X", "id_number_tail": "331X"},
        [],
    ),
    "E08 old number": (
        "technical_level",
        {"id_number": "119999900101001", "id_number_tail": "1001"},
        [("id_number", "id_old_15")],
    ),
    "E08 unknown document": ("technical_level", {"id_type": "驾驶证"}, [("id_type", "id_type_unknown")]),
    "E10 no such day": (
        "technical_level",
        {"id_number": "119999199002300011", "id_number_tail": "0011"},
        [("id_number", "id_birth_date")],
    ),
    "E12 51 characters": ("technical_level", {"holder_name": "测" * 51}, [("holder_name", "name_too_long")]),
    "E12 50 characters": ("technical_level", {"holder_name": "测" * 50}, []),
    "E12 150 bytes and one character": ("technical_level", {"holder_name": "𫖯" * 38}, [("holder_name", "name_too_long")]),
    "E12 fewer": ("technical_level", {"holder_name": "𫖯" * 37}, []),
    "E13 private use": ("technical_level", {"holder_name": "张\ue000"}, [("holder_name", "name_characters")]),
    "E13 private use beyond the basic plane": ("technical_level", {"holder_name": "张\U000f0000"}, [("holder_name", "name_characters")]),
    "E13 unassigned": ("technical_level", {"holder_name": "张\u0378"}, [("holder_name", "name_characters")]),
    "E13 zero width": ("technical_level", {"holder_name": "张\u200b三"}, [("holder_name", "name_characters")]),
    "E13 direction override": ("technical_level", {"holder_name": "张\u202e三"}, [("holder_name", "name_characters")]),
    "E13 in another text": ("technical_level", {"exam_site": "示例\u200f站"}, [("exam_site", "text_characters")]),
    "E13 rare": ("technical_level", {"holder_name": "陈𫖯䶮㛃"}, []),
    "E13 separated": ("technical_level", {"holder_name": "买买提江·阿不都热合曼·测试"}, []),
    "E14 a space": ("technical_level", {"certificate_number": "A 1"}, [("certificate_number", "number_characters")]),
    "E18 no reference": ("technical_level", {"training_ref": GONE}, [("training_ref", "training_reference_missing")]),
    "E18 half a reference": ("technical_level", {"training_ref": {"issuer": "x"}}, [("training_ref", "training_reference_incomplete")]),
    "E20 level": ("skill_level", {"level": "四级/中级工"}, [("level", "skill_number_mismatch")]),
    "E20 form": ("skill_level", {"certificate_number": "A-0001"}, [("certificate_number", "skill_number_format")]),
    "E21 a passport of nobody": ("technical_level", {"id_type": "护照", "id_number": "DEMO0012", "id_number_tail": "0012"}, []),
    "E21 a passport": ("technical_level", {"id_type": "护照", "id_number": "AB120012", "id_number_tail": "0012"}, [("id_number", "id_real_in_demo")]),
    "E22 tomorrow": ("technical_level", {"issue_date": "2024-07-02"}, [("issue_date", "issue_date_future")]),
    "E22 today": ("technical_level", {"issue_date": "2024-07-01"}, []),
    "no such day": ("technical_level", {"issue_date": "2024-02-30"}, [("issue_date", "date_unreadable")]),
    "leap day": ("technical_level", {"issue_date": "2024-02-29"}, []),
    "compact date": ("technical_level", {"issue_date": "20240618"}, [("issue_date", "date_unreadable")]),
    "no date": ("technical_level", {"issue_date": GONE}, [("issue_date", "cell_missing")]),
    "empty name": ("technical_level", {"holder_name": ""}, [("holder_name", "cell_missing")]),
    "no ID number": ("technical_level", {"id_number": GONE, "id_number_tail": GONE}, [("id_number", "cell_missing")]),
    "no ID number needed": ("training_completion", dict.fromkeys(ZHANG, GONE), []),
    "the tail comes later": ("technical_level", {"id_number_tail": GONE}, []),
    "another's tail": ("technical_level", {"id_number_tail": "0013"}, [("id_number_tail", "claim_invalid")]),
    "a field, not an occupation": ("technical_level", {"occupation": "智能制造"}, [("occupation", "occupation_unknown")]),
    "an unknown occupation": ("technical_level", {"occupation": "电工"}, [("occupation", "occupation_unknown")]),
    "any occupation for skills": ("skill_level", {"occupation": "数控车工"}, []),
    "冠名班 without sponsor": ("training_completion", {"class_kind": "冠名班"}, [("sponsor", "sponsor_missing")]),
    "冠名班": ("training_completion", {"class_kind": "冠名班", "sponsor": "示例科技"}, []),
    "订单班": ("training_completion", {"class_kind": "订单班"}, []),
    "a trainee in the second year": ("training_completion", {"trainee_category": "大二"}, [("trainee_category", "enum_unknown")]),
    "an award with nothing": (
        "skill_level",
        {"award_basis": {"kind": "竞赛获奖"}},
        [("award_basis.competition", "award_incomplete"), ("award_basis.rank", "award_incomplete"), ("award_basis.year", "award_incomplete")],
    ),
    "an award": ("skill_level", {"award_basis": {"kind": "竞赛获奖", "competition": "示例", "rank": "1", "year": 2024}}, []),
    "an exam": ("skill_level", {"award_basis": {"kind": "考核"}}, []),
    "a year that is none": ("competition_award", {"year": 24}, [("year", "year_unreadable")]),
    "61 characters": ("ce_training", {"class_name": "班" * 61}, [("class_name", "value_too_long")]),
    "60 characters": ("ce_training", {"class_name": "班" * 60}, []),
    "a claim of another type": ("technical_level", {"rank": "1"}, [("rank", "claim_unknown")]),
    "two at once, in the order of the claims": (
        "training_completion",
        {"hours": "0", "holder_name": ""},
        [("holder_name", "cell_missing"), ("hours", "hours_not_positive")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("type_name", "change", "expected"), CASES.values(), ids=CASES)
def test_claims(type_name: str, change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    result = check(type_name, change)
    assert expected == found(result)
    assert all(finding.row == 17 for finding in result)


@pytest.mark.parametrize(
    ("issued", "expected"),
    [("2024-06-17", [("id_number", "id_under_age")]), ("2024-06-18", [])],
)
def test_fifteen_on_the_day_of_issue(issued: str, expected: list[tuple[str, str]]) -> None:
    """E10 is a warning: born 2009-06-18, fifteen on 2024-06-18."""
    number = "11999920090618001" + check_character("11999920090618001")
    change = {"id_number": number, "id_number_tail": number[-4:], "issue_date": issued}
    result = check("technical_level", change)
    assert expected == found(result)
    assert all(finding.severity == "warning" for finding in result)


def check_character(first_seventeen: str) -> str:
    """MOD 11-2 from its definition (ISO 7064): weights are powers of two."""
    total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(first_seventeen))
    return "10X98765432"[total % 11]


@pytest.mark.parametrize(
    ("number", "demo", "expected"),
    [
        ("119999199001010012", True, []),
        ("119999199001010012", False, [("id_number", "id_demo_in_production")]),
        ("000000199001010012", True, [("id_number", "id_number_format")]),
    ],
)
def test_demo_and_real_numbers_do_not_mix(
    number: str, demo: bool, expected: list[tuple[str, str]]
) -> None:
    """E21. A number of another county, with a check character that is wrong: nobody's either."""
    change = {"id_number": number, "id_number_tail": number[-4:]}
    assert expected == found(check("technical_level", change, demo=demo))


SEVERITIES = {
    "hours_per_day_high": "warning",
    "hours_per_day_impossible": "error",
    "direction_unlisted": "warning",
    "direction_unknown": "error",
    "training_reference_missing": "warning",
    "classes_overlap": "warning",
    "name_separator_folded": "notice",
    "name_padding_removed": "notice",
    "occupation_mapped": "notice",
    "id_under_age": "warning",
    "column_unknown": "warning",
}


def test_severities() -> None:
    assert SEVERITIES == {code: findings.severity_of(code) for code in SEVERITIES}


def test_no_sentence_shows_an_id_number() -> None:
    """Whatever is wrong with it, at most four characters in a row are shown."""
    for number in ("119999199001010013", "119999900101001", "１19999199001010012", "AB1234567890"):
        for id_type in ("居民身份证", "护照", "外国人永久居留身份证"):
            change = {"id_type": id_type, "id_number": number, "id_number_tail": number[-4:]}
            for finding in check("technical_level", change):
                for language in codes.LANGUAGES:
                    words = finding.message(language) + finding.fix(language)
                    assert number[:-4] not in words
                    assert number not in repr(finding)


def test_sentences_for_a_clerk() -> None:
    (found_here,) = check("ce_training", {"start_date": "2024-06-13", "hours": "8"})
    assert "结束日期 2024-06-12 早于开始日期 2024-06-13" == found_here.message("zh-CN")
    assert "请核对两个日期，可能填反了" == found_here.fix("zh-CN")
    assert "第 17 行「结束日期」" == found_here.place("zh-CN")
    assert "row 17, end" == found_here.place("en")
    (found_here,) = check("technical_level", {"level": "特级"})
    assert "“特级”不是此类证书的等级，应为：初级、中级、高级" == found_here.message("zh-CN")
    assert "“特级” is not a level of this certificate; it may be: 初级, 中级, 高级" == (
        found_here.message("en")
    )
    (found_here,) = check("technical_level", {"issue_date": GONE})
    assert "没有填写“发证日期”" == found_here.message("zh-CN")
    assert "" == findings.finding("formula_cell").place("en")
    named = findings.finding("issuer_name_mismatch", row=3, column="issuer_name")
    assert "第 3 行「机构名称」" == named.place("zh-CN")


# the batch


def batch(type_name: str, *rows: Mapping[str, object]) -> list[tuple[int | None, str, object]]:
    numbered = [
        (number, changed(type_name, {"certificate_number": f"A-{number}"} | dict(row)))
        for number, row in enumerate(rows, start=2)
    ]
    result = rules.check_batch(certificate_types.load(type_name), numbered)
    return [(finding.row, finding.code, finding.details["rows"]) for finding in result]


SECOND: dict[str, object] = {"start_date": "2024-06-13", "end_date": "2024-06-14", "level": "中级"}
BATCHES: dict[str, tuple[str, list[dict[str, object]], list[tuple[int, str, tuple[int, ...]]]]] = {
    "one row": ("technical_level", [{}], []),
    "E14 twice": (
        "technical_level",
        [{"certificate_number": "A"}, {**LI, "certificate_number": "A"}],
        [(2, "number_duplicate", (3,)), (3, "number_duplicate", (2,))],
    ),
    "E14 another case is another number": (
        "technical_level",
        [{"certificate_number": "A"}, {**LI, "certificate_number": "a"}],
        [],
    ),
    "E14 no number is no duplicate": (
        "technical_level",
        [{"certificate_number": GONE}, {**LI, "certificate_number": GONE}],
        [],
    ),
    "E15 twice": (
        "technical_level",
        [{}, {}],
        [(2, "person_duplicate", (3,)), (3, "person_duplicate", (2,))],
    ),
    "E15 another level": ("technical_level", [{}, {"level": "中级"}], []),
    "E15 another direction": ("technical_level", [{}, {"direction": "—"}], []),
    "E15 another person of the same name": ("technical_level", [{}, {**LI}], []),
    "E15 by name where there is no number": (
        "training_completion",
        [dict.fromkeys(ZHANG, GONE), {**dict.fromkeys(ZHANG, GONE), **SECOND, "level": "初级"}],
        [(2, "person_duplicate", (3,)), (3, "person_duplicate", (2,))],
    ),
    "E15 five times names three": (
        "technical_level",
        [{}] * 5,
        [
            (2, "person_duplicate", (3, 4, 5)),
            (3, "person_duplicate", (2, 4, 5)),
            (4, "person_duplicate", (2, 3, 5)),
            (5, "person_duplicate", (2, 3, 4)),
            (6, "person_duplicate", (2, 3, 4)),
        ],
    ),
    "E19 share a day": (
        "training_completion",
        [{}, {**SECOND, "start_date": "2024-06-12"}],
        [(2, "classes_overlap", (3,)), (3, "classes_overlap", (2,))],
    ),
    "E19 the day after": ("training_completion", [{}, SECOND], []),
    "E19 two people": ("training_completion", [{}, {**LI, "level": "中级"}], []),
    "E19 unreadable dates": ("training_completion", [{}, {"start_date": "?", "level": "中级"}], []),
    "E19 the same class twice": (
        "ce_training",
        [{}, {}],
        [(2, "classes_overlap", (3,)), (3, "classes_overlap", (2,))],
    ),
    "E19 E15 says more": (
        "training_completion",
        [{}, {}],
        [(2, "person_duplicate", (3,)), (3, "person_duplicate", (2,))],
    ),
    "E19 no classes": ("technical_level", [{}, {"level": "中级"}], []),
}


@pytest.mark.parametrize(("type_name", "rows", "expected"), BATCHES.values(), ids=BATCHES)
def test_batches(
    type_name: str,
    rows: list[dict[str, object]],
    expected: list[tuple[int, str, tuple[int, ...]]],
) -> None:
    assert expected == batch(type_name, *rows)


# the level certificate and the training certificate it names

TRAINING = {**HEAD, **ENGINEER}


@pytest.mark.parametrize(
    ("claims", "training", "expected"),
    [
        ({}, {}, []),
        ({"level": "中级"}, {}, ["level"]),
        ({"direction": "—"}, {}, ["direction"]),
        ({"occupation": "大数据工程技术人员"}, {}, ["occupation"]),
        (LI, {}, ["id_number"]),
        (LI, {"id_number": GONE}, ["id_number_tail"]),
        ({"holder_name": "李示例"}, {"id_number": GONE}, ["holder_name"]),
        ({"holder_name": "张·测试"}, {"id_number": GONE}, []),  # one name, two spellings
        (LI, dict.fromkeys(ZHANG, GONE), []),  # annex 4 may name nobody but by name
    ],
)
def test_training(
    claims: dict[str, object], training: dict[str, object], expected: list[str]
) -> None:
    """E18: same person, occupation, direction and level."""
    named = {name: value for name, value in (TRAINING | training).items() if value is not GONE}
    result = rules.check_training(TRAINING | claims, named)
    assert expected == [finding.column for finding in result]
    assert {"training_reference_mismatch"} >= {finding.code for finding in result}
    assert ZHANG["id_number"] not in repr(result)


# the table of codes

ROSTER = codes.table()["roster"]


@pytest.mark.parametrize("code", ROSTER)
def test_every_code_is_complete(code: str) -> None:
    entry = ROSTER[code]
    assert re.fullmatch(r"[EWF][0-9]{2}", entry["id"])
    assert entry["severity"] in ("error", "warning", "notice")
    texts = [{language: entry[language] for language in codes.LANGUAGES}]
    if entry["severity"] != "notice":
        texts.append(entry["hint"])
    for text in texts:
        assert set(codes.LANGUAGES) == set(text)
        blanks = {
            language: {name for _, name, _, _ in Formatter().parse(text[language]) if name}
            for language in codes.LANGUAGES
        }
        assert blanks["zh-CN"] == blanks["en"]


def test_every_rule_of_the_book_has_a_code() -> None:
    ids = {entry["id"] for entry in ROSTER.values()}
    assert {f"E{number:02}" for number in range(1, 23)} | {"W03"} <= ids


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("119999199001010012", "**************0012"),
        ("123456789", "*****6789"),
        ("12345678", "********"),
        ("", ""),
    ],
)
def test_masked(number: str, expected: str) -> None:
    assert expected == findings.masked(number)


CELLS = st.one_of(
    st.text("A1０-·\n\u200b张", max_size=20),
    st.sampled_from(
        ["2024-06-18", "初级", "智能制造工程技术人员", "居民身份证", "119999199001010012"]
    ),
    st.integers(),
    st.none(),
    st.booleans(),
    st.dictionaries(st.sampled_from(["issuer", "kind", "year"]), st.text("A竞", max_size=3)),
)


@given(st.sampled_from(list(CLAIMS)), st.data())
def test_any_claims_have_an_answer(type_name: str, data: st.DataObject) -> None:
    """No cell, however wrong, ends in an exception; every finding has its sentences."""
    names = certificate_types.load(type_name).claims
    change = data.draw(st.dictionaries(st.sampled_from(names), CELLS, max_size=4))
    certificate_type = certificate_types.load(type_name)
    for finding in check(type_name, change):
        for language in codes.LANGUAGES:
            assert finding.message(language)
            assert finding.place(language)
    rules.check_batch(certificate_type, [(2, changed(type_name, change)), (3, CLAIMS[type_name])])
