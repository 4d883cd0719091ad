"""What a registry is asked: which grant, which name and which standing on a day."""

from typing import Any

import pytest

from schemas.registry import Grant, Institution, Name

BEFORE, FIRST, INSIDE, LAST, AFTER = (
    "2023-12-31",
    "2024-01-01",
    "2024-06-15",
    "2024-12-31",
    "2025-01-01",
)


def grant(**changes: Any) -> Grant:
    """技术等级 for one occupation, two directions and two levels."""
    usual = {
        "type": "technical_level",
        "role": "evaluation",
        "occupation": "智能制造工程技术人员",
        "directions": ["智能装备与产线开发", "智能装备与产线应用"],
        "levels": ["初级", "中级"],
        "from": FIRST,
        "to": LAST,
        "basis": "示例通知 附件 1",
    }
    return Grant.model_validate(usual | changes)


DAYS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "the day before it begins": ({}, BEFORE, False),
    "its first day": ({}, FIRST, True),
    "its last day": ({}, LAST, True),
    "the day after it ended": ({}, AFTER, False),
    "open": ({"to": None}, "2199-12-31", True),
    "open, before it begins": ({"to": None}, BEFORE, False),
    "of one day": ({"to": FIRST}, FIRST, True),
    "suspended from that day": ({"state": "suspended", "state_from": INSIDE}, INSIDE, False),
    "suspended the day after": ({"state": "suspended", "state_from": INSIDE}, "2024-06-14", True),
    "suspended long before": ({"state": "suspended", "state_from": INSIDE}, LAST, False),
    "suspended, nobody says when": ({"state": "suspended"}, INSIDE, False),
    "ended from that day": ({"state": "ended", "state_from": INSIDE}, INSIDE, False),
    "ended the day after": ({"state": "ended", "state_from": INSIDE}, "2024-06-14", True),
    "ended, but not begun": ({"state": "ended", "state_from": INSIDE}, BEFORE, False),
    "in force again": ({"state": "active", "state_from": INSIDE}, INSIDE, True),
}


@pytest.mark.parametrize(("changes", "day", "expected"), DAYS.values(), ids=DAYS)
def test_covers_day(changes: dict[str, Any], day: str, expected: bool) -> None:
    assert expected == grant(**changes).covers_day(day)


SIGNING: dict[str, tuple[dict[str, Any], str, bool]] = {
    "in force": ({}, INSIDE, True),
    "ended by its last day": ({}, AFTER, True),
    "not begun": ({}, BEFORE, True),
    "ended from that day": ({"state": "ended", "state_from": INSIDE}, INSIDE, True),
    "ended, nobody says when": ({"state": "ended"}, INSIDE, True),
    "suspended the day after": ({"state": "suspended", "state_from": INSIDE}, "2024-06-14", True),
    "suspended from that day": ({"state": "suspended", "state_from": INSIDE}, INSIDE, False),
    "suspended, and over": ({"state": "suspended", "state_from": INSIDE}, AFTER, False),
    "suspended, nobody says when": ({"state": "suspended"}, BEFORE, False),
}


@pytest.mark.parametrize(("changes", "day", "expected"), SIGNING.values(), ids=SIGNING)
def test_signs_on(changes: dict[str, Any], day: str, expected: bool) -> None:
    """Old paper may be signed after a grant ended, not while it is suspended."""
    assert expected == grant(**changes).signs_on(day)


Asked = tuple[str, str | None, str | None, str | None]
MACHINES = "智能制造工程技术人员"
DIRECTION = "智能装备与产线应用"
USUAL: Asked = ("technical_level", MACHINES, DIRECTION, "初级")

SCOPES: dict[str, tuple[dict[str, Any], Asked, bool]] = {
    "what it is for": ({}, USUAL, True),
    "another type": ({}, ("training_completion", *USUAL[1:]), False),
    "another occupation": (
        {},
        ("technical_level", "大数据工程技术人员", DIRECTION, "初级"),
        False,
    ),
    "no occupation": ({}, ("technical_level", None, DIRECTION, "初级"), False),
    "another direction": ({}, ("technical_level", MACHINES, "智能生产管控", "初级"), False),
    "no direction": ({}, ("technical_level", MACHINES, None, "初级"), False),
    "the mark for no direction": ({}, ("technical_level", MACHINES, "—", "初级"), False),
    "another level": ({}, ("technical_level", MACHINES, DIRECTION, "高级"), False),
    "no level": ({}, ("technical_level", MACHINES, DIRECTION, None), False),
    "a level that contains the word": ({}, ("technical_level", MACHINES, DIRECTION, "级"), False),
    "any occupation": ({"occupation": "*"}, ("technical_level", "x", DIRECTION, "初级"), True),
    "any occupation, none given": (
        {"occupation": "*"},
        ("technical_level", None, DIRECTION, "初级"),
        True,
    ),
    "any direction": ({"directions": "*"}, ("technical_level", MACHINES, "x", "初级"), True),
    "any direction, none given": (
        {"directions": "*"},
        ("technical_level", MACHINES, None, "初级"),
        True,
    ),
    "any level": ({"levels": "*"}, ("technical_level", MACHINES, DIRECTION, "x"), True),
    "any of everything, another type": (
        {"occupation": "*", "directions": "*", "levels": "*"},
        ("skill_level", *USUAL[1:]),
        False,
    ),
    "no direction at all": ({"directions": []}, USUAL, False),
    "no level at all": ({"levels": []}, USUAL, False),
    "a star in the certificate is no star": ({}, ("technical_level", "*", "*", "*"), False),
    "a star in a list is a word": ({"directions": ["*"]}, USUAL, False),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "asked", "expected"), SCOPES.values(), ids=SCOPES)
def test_covers(changes: dict[str, Any], asked: Asked, expected: bool) -> None:
    assert expected == grant(**changes).covers(*asked)


def institution(*grants: Grant, **changes: Any) -> Institution:
    """An institution with these grants."""
    entry = {"id": "demo-pingjia", "names": [Name(name="示例机构")], "grants": list(grants)}
    return Institution.model_validate(entry | changes)


STANDING: dict[str, tuple[dict[str, Any], str, bool]] = {
    "active": ({}, INSIDE, True),
    "active again": ({"status": "active", "status_from": FIRST}, INSIDE, True),
    "suspended from that day": ({"status": "suspended", "status_from": INSIDE}, INSIDE, False),
    "suspended the day after": ({"status": "suspended", "status_from": INSIDE}, "2024-06-14", True),
    "suspended, nobody says when": ({"status": "suspended"}, BEFORE, False),
    "withdrawn from that day": ({"status": "withdrawn", "status_from": INSIDE}, INSIDE, False),
    "withdrawn the day after": ({"status": "withdrawn", "status_from": INSIDE}, "2024-06-14", True),
}


@pytest.mark.parametrize(("changes", "day", "expected"), STANDING.values(), ids=STANDING)
def test_acts_on(changes: dict[str, Any], day: str, expected: bool) -> None:
    one = institution(grant(), **changes)
    assert expected == one.acts_on(day)
    assert (grant() if expected and day >= FIRST else None) == one.grant_for(*USUAL, day)


SUSPENDED = grant(state="suspended", state_from=INSIDE)

OLD_PAPER: dict[str, tuple[Institution, str, Grant | None]] = {
    "on its day": (institution(grant()), FIRST, grant()),
    "before its day": (institution(grant()), BEFORE, grant()),
    "after the grant": (institution(grant()), AFTER, grant()),
    "the day before the grant was suspended": (institution(SUSPENDED), "2024-06-14", SUSPENDED),
    "the day the grant was suspended": (institution(SUSPENDED), INSIDE, None),
    "long after the grant was suspended": (institution(SUSPENDED), AFTER, None),
    "one grant suspended, another in force": (institution(SUSPENDED, grant()), INSIDE, grant()),
    "one grant suspended, another from later on": (
        institution(SUSPENDED, grant(**{"from": INSIDE})),
        INSIDE,
        None,
    ),
    "the day before the institution was suspended": (
        institution(grant(), status="suspended", status_from=INSIDE),
        "2024-06-14",
        grant(),
    ),
    "the day the institution was suspended": (
        institution(grant(), status="suspended", status_from=INSIDE),
        INSIDE,
        None,
    ),
    "the day before the institution was withdrawn": (
        institution(grant(), status="withdrawn", status_from=INSIDE),
        "2024-06-14",
        grant(),
    ),
    "the day the institution was withdrawn": (
        institution(grant(), status="withdrawn", status_from=INSIDE),
        INSIDE,
        None,
    ),
}


@pytest.mark.parametrize(("one", "signed_on", "expected"), OLD_PAPER.values(), ids=OLD_PAPER)
def test_old_paper(one: Institution, signed_on: str, expected: Grant | None) -> None:
    """It bears the grant's first day; what matters besides is when it is signed."""
    assert expected == one.grant_for(*USUAL, FIRST, signed_on=signed_on)


def test_a_grant_is_one_tuple() -> None:
    """Evaluation of 智能制造 and training for 大数据 are not evaluation of 大数据."""
    big_data = "大数据工程技术人员"
    evaluation = grant(directions="*")
    training = grant(
        type="training_completion", role="training", occupation=big_data, directions="*"
    )
    one = institution(evaluation, training)
    assert evaluation == one.grant_for("technical_level", MACHINES, None, "初级", INSIDE)
    assert training == one.grant_for("training_completion", big_data, None, "初级", INSIDE)
    assert one.grant_for("technical_level", big_data, None, "初级", INSIDE) is None
    assert one.grant_for("training_completion", MACHINES, None, "初级", INSIDE) is None


def test_an_ended_grant_does_not_hide_a_later_one() -> None:
    first = grant(to=FIRST)
    ended = grant(state="ended", state_from=INSIDE, to=None)
    again = grant(**{"from": LAST}, to=None)
    one = institution(first, ended, again)
    expected = {BEFORE: None, FIRST: first, "2024-06-14": ended, INSIDE: None, LAST: again}
    assert expected == {day: one.grant_for(*USUAL, day) for day in expected}


def test_no_grant() -> None:
    assert institution().grant_for(*USUAL, INSIDE) is None


NAMES: dict[str, tuple[list[dict[str, str]], dict[str, str]]] = {
    "one name for ever": ([{"name": "甲"}], {BEFORE: "甲", AFTER: "甲"}),
    "renamed": (
        [{"name": "甲", "to": LAST}, {"name": "乙", "from": AFTER}],
        {BEFORE: "甲", LAST: "甲", AFTER: "乙"},
    ),
    "renamed twice": (
        [
            {"name": "甲", "to": BEFORE},
            {"name": "乙", "from": FIRST, "to": LAST},
            {"name": "丙", "from": AFTER},
        ],
        {BEFORE: "甲", FIRST: "乙", INSIDE: "乙", LAST: "乙", AFTER: "丙"},
    ),
    "older than its first name": ([{"name": "甲", "from": FIRST}], {BEFORE: "甲"}),
    "a gap": (
        [{"name": "甲", "to": BEFORE}, {"name": "乙", "from": LAST}],
        {INSIDE: "乙", LAST: "乙"},
    ),
    "ended without a successor": ([{"name": "甲", "to": FIRST}], {AFTER: "甲"}),
}  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), NAMES.values(), ids=NAMES)
def test_name_on(names: list[dict[str, str]], expected: dict[str, str]) -> None:
    one = institution(names=[Name.model_validate(name) for name in names])
    assert expected == {day: one.name_on(day) for day in expected}
