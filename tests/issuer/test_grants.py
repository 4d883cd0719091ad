"""Before signing: what the registry says of the issuer on the day of issue."""

from datetime import date
from typing import Any

import pytest

from issuer.grants import check_issuer_name, grant_check, type_grant
from issuer.roster.roster import check_roster, read_roster
from schemas.certificate_types import load
from schemas.registry import Institution
from tests.institutions import BIG_DATA, BLOCKCHAIN, INSTITUTIONS, MACHINES
from tests.issuer.roster.test_roster import TODAY, said
from tests.issuer.rosters import HEADINGS, person, roster, xlsx

AI = "人工智能工程技术人员"


def institution(name: str) -> Institution:
    entry = next(entry for entry in INSTITUTIONS if entry["id"] == name)
    return Institution.model_validate({**entry, "keys": []})


@pytest.mark.parametrize(
    ("issuer", "type_name", "claims", "expected"),
    [
        ("demo-pingjia", "technical_level", {"occupation": MACHINES, "level": "初级"}, None),
        ("demo-pingjia", "technical_level", {"occupation": BIG_DATA, "level": "初级"}, "missing"),
        ("demo-pingjia", "technical_level", {"occupation": AI, "level": "初级"}, "missing"),
        (
            "demo-pingjia",
            "training_completion",
            {"occupation": BIG_DATA, "direction": "大数据处理", "level": "初级"},
            None,
        ),
        (
            "demo-pingjia",
            "training_completion",
            {"occupation": BIG_DATA, "direction": "大数据管理", "level": "初级"},
            "missing",
        ),
        (
            "demo-pingjia",
            "training_completion",
            {"occupation": BIG_DATA, "direction": "大数据处理", "level": "高级"},
            "missing",
        ),
        ("demo-jidi", "ce_training", {}, None),
        ("demo-jidi", "training_completion", {"occupation": MACHINES}, "missing"),
        ("demo-xueyuan", "training_completion", {"occupation": BIG_DATA}, "ended"),
        (
            "demo-xueyuan",
            "training_completion",
            {"occupation": BIG_DATA, "issue_date": "2025-03-31"},
            None,
        ),
        ("demo-xueyuan", "training_completion", {"occupation": BLOCKCHAIN}, "suspended"),
        (
            "demo-xueyuan",
            "training_completion",
            {"occupation": BLOCKCHAIN, "issue_date": "2025-03-31"},
            "suspended",
        ),
        ("demo-qiye", "skill_level", {"occupation": MACHINES}, "suspended"),
        (
            "demo-qiye",
            "skill_level",
            {"occupation": MACHINES, "issue_date": "2025-04-30"},
            "suspended",
        ),
        (
            "demo-qiye",
            "skill_level",
            {"occupation": MACHINES, "issue_date": "2021-12-31"},
            "missing",
        ),
        ("demo-jingsai", "competition_award", {}, None),
    ],
)
def test_grants(issuer: str, type_name: str, claims: dict[str, Any], expected: str | None) -> None:
    check = grant_check(institution(issuer), load(type_name), today=TODAY)
    found = check({"issue_date": "2025-05-20", "direction": "—", "level": "初级"} | claims)
    assert ([] if expected is None else [f"grant_{expected}"]) == [one.code for one in found]
    assert all(one.message("zh-CN") and one.message("en") for one in found)


BODY = institution("demo-pingjia")
FIRST = BODY.grants[0]


def with_grants(*changes: dict[str, Any]) -> Institution:
    """The evaluating body with these variants of its first grant."""
    return BODY.model_copy(update={"grants": [FIRST.model_copy(update=one) for one in changes]})


SUSPENDED = {"state": "suspended", "state_from": "2025-06-02"}
OLD = {"to": "2024-12-31"}
NEW = {"from_": "2025-01-01"}

OLD_PAPER: dict[str, tuple[Institution, str, str, str | None]] = {
    "the day before a grant is suspended": (with_grants(SUSPENDED), "2025-05-20", "06-01", None),
    "the day a grant is suspended": (
        with_grants(SUSPENDED),
        "2025-05-20",
        "06-02",
        "grant_suspended",
    ),
    "after a grant has ended": (with_grants(OLD), "2024-12-31", "06-02", None),
    "after a grant was ended": (
        with_grants({"state": "ended", "state_from": "2025-06-01"}),
        "2025-05-20",
        "06-02",
        None,
    ),
    "a grant that ended before the suspended one": (
        with_grants(OLD, NEW | SUSPENDED),
        "2025-05-20",
        "06-02",
        "grant_suspended",
    ),
    "a grant in force after the suspended one": (
        with_grants(OLD | SUSPENDED, NEW),
        "2024-12-31",
        "06-02",
        "grant_suspended",
    ),
    "a grant in force beside the suspended one": (
        with_grants(SUSPENDED, {}),
        "2025-05-20",
        "06-02",
        None,
    ),
    "a grant that ended, and another one that is suspended": (
        with_grants(OLD, NEW | SUSPENDED),
        "2024-12-31",
        "06-02",
        None,
    ),
    "the day before an institution is suspended": (
        BODY.model_copy(update={"status": "suspended", "status_from": "2025-06-02"}),
        "2025-05-20",
        "06-01",
        None,
    ),
    "the day an institution is suspended": (
        BODY.model_copy(update={"status": "suspended", "status_from": "2025-06-02"}),
        "2025-05-20",
        "06-02",
        "grant_suspended",
    ),
    "the day an institution is withdrawn": (
        BODY.model_copy(update={"status": "withdrawn", "status_from": "2025-06-02"}),
        "2025-05-20",
        "06-02",
        "grant_suspended",
    ),
}


@pytest.mark.parametrize(
    ("body", "issue_date", "today", "expected"), OLD_PAPER.values(), ids=OLD_PAPER
)
def test_who_is_suspended_today_signs_nothing(
    body: Institution, issue_date: str, today: str, expected: str | None
) -> None:
    """Whatever date it would bear; the finding names since when."""
    check = grant_check(body, load("technical_level"), today=date.fromisoformat(f"2025-{today}"))
    found = check({"occupation": MACHINES, "level": "初级", "issue_date": issue_date})
    assert ([] if expected is None else [expected]) == [one.code for one in found]
    assert all("2025-06-02" in one.message("en") for one in found)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("测试科技有限公司（演示）", "2025-03-01", []),
        ("测试科技有限公司(演示)", "2025-03-01", ["issuer_name_folded"]),
        ("测试科技 有限公司（演示）", "2025-03-01", ["issuer_name_folded"]),
        ("测试软件有限公司（演示）", "2025-03-01", ["issuer_name_mismatch"]),
        ("测试软件有限公司（演示）", "2025-02-28", []),
        ("测试科技有限公司", "2025-03-01", ["issuer_name_mismatch"]),
    ],
)
def test_names_are_those_of_the_day(name: str, day: str, expected: list[str]) -> None:
    assert expected == [one.code for one in check_issuer_name(institution("demo-qiye"), name, day)]


def test_each_row_is_checked_by_itself() -> None:
    """One entitled row does not stand for the others of its batch."""
    rows = person(), person(1, occupation="大数据"), person(2), person(3, occupation="X")
    checked = check_roster(
        read_roster(roster(*rows), "roster.xlsx", load("technical_level")),
        today=TODAY,
        demo=True,
        institution=institution("demo-pingjia"),
    )
    assert [
        (3, "occupation", "grant_missing"),
        (5, "occupation", "occupation_unknown"),
    ] == said(checked, "error")


def test_the_institution_that_a_row_names() -> None:
    rows = [
        [*HEADINGS, "评价机构"],
        [*person(), "示例机械评价中心(演示)"],
        [*person(1), "样例开放学院（演示）"],
        [*person(2), "示例机械评价中心（演示）"],
    ]
    checked = check_roster(
        read_roster(xlsx(rows), "roster.xlsx", load("technical_level")),
        today=TODAY,
        demo=True,
        institution=institution("demo-pingjia"),
    )
    assert [
        (2, "issuer_name", "issuer_name_folded"),
        (3, "issuer_name", "issuer_name_mismatch"),
    ] == said(checked)


@pytest.mark.parametrize(
    ("issuer", "type_name", "today", "changes", "expected"),
    [
        ("demo-pingjia", "technical_level", "2025-06-02", {}, ("granted", "")),
        ("demo-pingjia", "skill_level", "2025-06-02", {}, ("none", "")),
        ("demo-pingjia", "technical_level", "2021-12-31", {}, ("planned", "2022-01-01")),
        ("demo-jidi", "ce_training", "2025-05-01", {}, ("granted", "")),  # the second of two
        ("demo-qiye", "skill_level", "2025-05-20", {}, ("granted", "")),
        ("demo-qiye", "skill_level", "2025-05-21", {}, ("suspended", "2025-05-21")),
        # one of three that is left is enough
        ("demo-xueyuan", "training_completion", "2025-06-02", {}, ("granted", "")),
        (
            "demo-pingjia",
            "technical_level",
            "2025-06-02",
            {"status": "suspended", "status_from": "2025-06-01"},
            ("suspended", "2025-06-01"),
        ),
    ],
)
def test_whether_a_type_may_be_issued_today(
    issuer: str, type_name: str, today: str, changes: dict[str, str], expected: tuple[str, str]
) -> None:
    listed = institution(issuer)
    listed = Institution.model_validate({**listed.model_dump(by_alias=True), **changes})
    grant = type_grant(listed, load(type_name), today=date.fromisoformat(today))
    assert expected == (grant.state, grant.day)


@pytest.mark.parametrize(
    ("occupation", "expected"),
    [(BLOCKCHAIN, ("suspended", "2025-04-01")), (BIG_DATA, ("ended", "2025-03-31"))],
)
def test_the_last_grant_says_since_when_there_is_none(
    occupation: str, expected: tuple[str, str]
) -> None:
    listed = institution("demo-xueyuan")
    only = [grant for grant in listed.grants if grant.occupation == occupation]
    listed = listed.model_copy(update={"grants": only})
    grant = type_grant(listed, load("training_completion"), today=date(2025, 6, 2))
    assert expected == (grant.state, grant.day)
