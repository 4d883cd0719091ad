"""Thirteen steps, every code: `verify` raises the right error, `check` says the same and hides enough.

The tables are in tests/vectors/cases: what holds Python to an answer holds TypeScript to it.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from keys.trust import TrustState, update
from schemas import codes
from schemas.errors import VERIFICATION_ERRORS
from schemas.status_list import Status
from tests.institutions import BIG_DATA
from tests.vectors.cases import GROUPS, Shown, build
from tests.verifier.verdicts import CODES_OF_TEXTS
from tests.world import DAY, NOW, ORIGIN, SIGNED, World, moment
from verifier.presentation import Presentation
from verifier.verdict import check
from verifier.verify import STEPS, Step, verify

STAGE = build()
PERSONAL = ("certificate_number", "holder_name", "claims")

# The steps at which a code may stop the examination.
STEPS_OF: dict[str, set[Step]] = {
    "ok": {"freshness"},
    "foreign_code": {"format"},
    "malformed": {"format", "signature"},
    "unsupported_version": {"format"},
    "no_registry": {"trust_state"},
    "issuer_unknown": {"key_known", "signature"},
    "issuer_newer_than_registry": {"key_known"},
    "bad_signature": {"signature"},
    "disclosure_mismatch": {"signature"},
    "issuer_key_mismatch": {"issuer"},
    "issued_in_future": {"key_window"},
    "outside_key_window": {"key_window"},
    "out_of_scope": {"grant"},
    "not_in_issued_list": {"issued_list"},
    "backdated": {"issued_list"},
    "issued_after_snapshot": {"issued_list"},
    "key_compromised": {"key_integrity"},
    "revoked": {"status"},
    "replaced": {"status"},
    "suspended": {"status"},
    "expired": {"expiry"},
    "clock_behind": {"freshness"},
    "registry_expired": {"freshness"},
}


def trust_of(shown: Shown) -> TrustState | None:
    return STAGE.states.get(shown.case.trust or "")


def ids(shown: Shown) -> str:
    return f"{shown.group}/{shown.name}"


@pytest.mark.parametrize("shown", STAGE.shown, ids=ids)
def test_verdict(shown: Shown) -> None:
    """Outcome, code, warnings and checks are those of the table."""
    verdict = check(shown.text, trust=trust_of(shown), now=moment(shown.case.at))
    assert shown.case.code == verdict.code, verdict.message["en"]
    assert codes.outcome(shown.case.code) == verdict.outcome
    assert shown.case.warnings == tuple(warning.code for warning in verdict.warnings)
    states = {one.step: one.state for one in verdict.checks}
    assert STEPS == tuple(states)
    if verdict.outcome == "valid":
        assert "failed" not in states.values()
        return
    undecided = verdict.outcome in ("undecided", "not_ours")
    stopped = "unknown" if undecided else "failed"
    assert any(states[step] == stopped for step in STEPS_OF[verdict.code])
    assert (0 if undecided else 1) == list(states.values()).count("failed")


@pytest.mark.parametrize("shown", STAGE.shown, ids=ids)
def test_verify_raises(shown: Shown) -> None:
    """A caller that forgets to look cannot accept what does not hold."""
    trust, now = trust_of(shown), moment(shown.case.at)
    if shown.case.code == "ok":
        verified = verify(Presentation.read(shown.text), trust=trust, now=now)
        verdict = check(shown.text, trust=trust, now=now)
        assert verdict.claims == verified.credential.claims
        assert verdict.institution is not None
        assert verdict.institution["name"] == verified.institution_name
        return
    with pytest.raises(VERIFICATION_ERRORS[shown.case.code]) as raised:
        verify(Presentation.read(shown.text), trust=trust, now=now)
    assert shown.case.code == raised.value.code


@pytest.mark.parametrize("shown", STAGE.shown, ids=ids)
def test_an_invalid_credential_shows_no_person(shown: Shown) -> None:
    """Nor does one of which too little is known; every verdict is JSON and has words for people."""
    verdict = check(shown.text, trust=trust_of(shown), now=moment(shown.case.at))
    hidden = verdict.outcome in ("invalid", "not_ours") or verdict.code in (
        *("no_registry", "issuer_newer_than_registry", "unsupported_version"),
    )
    for member in PERSONAL:
        assert hidden == (getattr(verdict, member) is None)
    text = json.dumps(verdict.to_dict("x"), ensure_ascii=False)
    if hidden:
        assert "张测试" not in text
    for language in codes.LANGUAGES:
        assert verdict.message[language]
        assert "{" not in verdict.message[language] + verdict.hint[language]
    assert "假" not in verdict.message["zh-CN"]


def test_every_code_and_warning_has_a_case() -> None:
    cases = [one for group in GROUPS.values() for one in group.values()]
    assert CODES_OF_TEXTS == {one.code for one in cases}
    assert set(codes.table()["warnings"]) == {code for one in cases for code in one.warnings}
    assert CODES_OF_TEXTS == set(STEPS_OF)


# What the published documents can say besides, each in a world of its own.

Change = Callable[[World], Any]


def no_change(_: World) -> None:
    """Leave the world as it is."""


def grants(**members: Any) -> Change:
    """Another first grant of the evaluating body."""
    return lambda world: world.institution("demo-pingjia")["grants"][0].update(members)


def body(**members: Any) -> Change:
    """Another entry of the evaluating body."""
    return lambda world: world.institution("demo-pingjia").update(members)


def keys(**members: Any) -> Change:
    """Another entry of its key."""
    return lambda world: world.institution("demo-pingjia")["keys"][0].update(members)


def one_more_grant(**members: Any) -> Change:
    def change(world: World) -> None:
        first = world.institution("demo-pingjia")["grants"]
        first.append(first[0] | members)

    return change


def both(*changes: Change) -> Change:
    def change(world: World) -> None:
        for one in changes:
            one(world)

    return change


WORLDS: dict[str, tuple[Change, dict[str, Any], str, tuple[str, ...]]] = {
    "as it is": (no_change, {}, "ok", ()),
    "grant suspended, no date": (grants(state="suspended"), {}, "out_of_scope", ()),
    "grant ended, no date": (grants(state="ended"), {}, "out_of_scope", ()),
    "grant ended the next day": (
        grants(state="ended", state_from="2025-05-21"),
        {},
        "ok",
        ("grant_ended",),
    ),
    "grant to be suspended": (grants(state="suspended", state_from="2025-06-03"), {}, "ok", ()),
    "grant suspended today": (
        grants(state="suspended", state_from="2025-06-02"),
        {},
        "ok",
        ("grant_ended",),
    ),
    "grant ended and a wider one in force": (
        both(grants(to="2025-05-31"), one_more_grant(to=None, levels="*")),
        {},
        "ok",
        (),
    ),
    "grant ended and one for another level in force": (
        both(grants(to="2025-05-31"), one_more_grant(to=None, levels=["高级"])),
        {},
        "ok",
        ("grant_ended",),
    ),
    "two grants, neither covers both occupation and level": (
        one_more_grant(occupation=BIG_DATA, levels=["高级"]),
        {"occupation": BIG_DATA},
        "out_of_scope",
        (),
    ),
    "body withdrawn, no date": (body(status="withdrawn"), {}, "out_of_scope", ()),
    "body suspended on the day of issue": (
        body(status="suspended", status_from="2025-05-20"),
        {},
        "out_of_scope",
        (),
    ),
    "body suspended the next day": (
        body(status="suspended", status_from="2025-05-21"),
        {},
        "ok",
        ("issuer_suspended_now",),
    ),
    "body suspended today": (
        body(status="suspended", status_from="2025-06-02"),
        {},
        "ok",
        ("issuer_suspended_now",),
    ),
    "old paper, body suspended on the day it was signed": (
        body(status="suspended", status_from="2025-05-20"),
        {"issue_date": "2025-05-19"},
        "out_of_scope",
        (),
    ),
    "old paper, body suspended the next day": (
        body(status="suspended", status_from="2025-05-21"),
        {"issue_date": "2025-05-19"},
        "ok",
        ("issuer_suspended_now",),
    ),
    "old paper, body withdrawn on the day it was signed": (
        body(status="withdrawn", status_from="2025-05-20"),
        {"issue_date": "2025-05-19"},
        "out_of_scope",
        (),
    ),
    "old paper, grant suspended on the day it was signed": (
        grants(state="suspended", state_from="2025-05-20"),
        {"issue_date": "2025-05-19"},
        "out_of_scope",
        (),
    ),
    "old paper, grant suspended the next day": (
        grants(state="suspended", state_from="2025-05-21"),
        {"issue_date": "2025-05-19"},
        "ok",
        ("grant_ended",),
    ),
    "old paper, grant ended on the day it was signed": (
        grants(state="ended", state_from="2025-05-20"),
        {"issue_date": "2025-05-19"},
        "ok",
        ("grant_ended",),
    ),
    "old paper, grant over on the day it was signed": (
        grants(to="2025-05-19"),
        {"issue_date": "2025-05-19"},
        "ok",
        ("grant_ended",),
    ),
    "old paper, grant suspended and another in force": (
        both(grants(state="suspended", state_from="2025-05-20"), one_more_grant(state="active")),
        {"issue_date": "2025-05-19"},
        "ok",
        (),
    ),
    "old paper, grant suspended and another from the day it was signed": (
        both(
            grants(state="suspended", state_from="2025-05-20"),
            one_more_grant(state="active", **{"from": "2025-05-20"}),
        ),
        {"issue_date": "2025-05-19"},
        "out_of_scope",
        (),
    ),
    "body and grant suspended since": (
        both(
            body(status="suspended", status_from="2025-06-01"),
            grants(state="suspended", state_from="2025-06-01"),
        ),
        {},
        "ok",
        ("grant_ended", "issuer_suspended_now"),
    ),
    "body without keys": (body(keys=[]), {}, "issuer_unknown", ()),
    "key retired before its time": (
        keys(state="retired", sign_until=SIGNED),
        {},
        "outside_key_window",
        (),
    ),
    "key compromised and suspended body": (
        both(
            keys(state="compromised", compromised_at=SIGNED + DAY),
            body(status="suspended", status_from="2025-05-21"),
        ),
        {},
        "ok",
        ("key_later_compromised_but_logged_before", "issuer_suspended_now"),
    ),
    "origin no longer listed": (
        lambda world: world.origins.remove(ORIGIN),
        {},
        "issuer_key_mismatch",
        (),
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_registry_as_it_may_be(name: str) -> None:
    change, options, code, warnings = WORLDS[name]
    world = World(only=["demo-pingjia"])
    text = world.issue(**options).text
    change(world)
    verdict = check(text, trust=world.state(), now=moment(NOW))
    assert (code, warnings) == (verdict.code, tuple(one.code for one in verdict.warnings))


def test_revoked_comes_before_all_that_is_merely_old() -> None:
    """Suspended body, ended grant, expired registry: the answer is still 'revoked'."""
    world = World(only=["demo-pingjia"])
    one = world.set_status(world.issue(), Status.INVALID)
    body(status="suspended", status_from="2025-05-21")(world)
    grants(to="2025-05-31")(world)
    verdict = check(one.text, trust=world.state(), now=moment(NOW + 400 * DAY))
    assert ("revoked", "revoked", ()) == (verdict.outcome, verdict.code, verdict.warnings)
    assert "张测试" == verdict.holder_name


def test_a_status_list_of_an_earlier_snapshot_is_not_passed_off_as_new() -> None:
    """What it withdrew stays withdrawn; of the rest, later revocations are not known."""
    world = World(only=["demo-pingjia"])
    revoked, suspended, fine = (world.issue() for _ in range(3))
    world.set_status(revoked, Status.INVALID)
    world.set_status(suspended, Status.SUSPENDED)
    state = world.state()
    world.lists[fine.list_key].loaded = ("issued",)
    again = update(state, world.publish(), now=NOW)
    assert "ok" == check(fine.text, trust=again, now=moment(NOW)).code
    assert () == check(fine.text, trust=again, now=moment(NOW)).warnings
    world.set_status(fine, Status.INVALID)
    old = update(again, world.publish(), now=NOW)
    verdicts = [check(one.text, trust=old, now=moment(NOW)) for one in (revoked, suspended, fine)]
    assert ["revoked", "suspended", "ok"] == [verdict.code for verdict in verdicts]
    assert ["status_not_loaded"] == [one.code for one in verdicts[2].warnings]


def test_the_answer_to_a_replaced_certificate_names_the_new_one() -> None:
    world = World(only=["demo-pingjia"])
    one = world.set_status(world.issue(), Status.INVALID, replaced_by="PJ2025000002")
    verdict = check(one.text, trust=world.state(), now=moment(NOW))
    assert "replaced" == verdict.code
    assert all("PJ2025000002" in verdict.message[language] for language in codes.LANGUAGES)


def test_the_name_is_the_registry_s_on_the_day_of_issue() -> None:
    for day, name in {
        "2025-02-28": "测试软件有限公司（演示）",
        "2025-03-01": "测试科技有限公司（演示）",
    }.items():
        world = World(only=["demo-qiye"])
        text = world.issue("skill_level", issue_date=day).text
        verdict = check(text, trust=world.state(), now=moment(NOW))
        assert "ok" == verdict.code
        assert {"id": "demo-qiye", "name": name} == verdict.institution


def test_dates_of_the_data_behind_each_check() -> None:
    """A step that rests on published data says of when they are; a signature is timeless."""
    verdict = check(genuine(), trust=STAGE.states["prod"], now=moment(NOW))
    as_of = {one.step: one.as_of for one in verdict.checks}
    assert None is as_of["format"]
    assert None is as_of["signature"]
    assert "2025-05-01T00:00:00Z" == as_of["grant"]
    assert "2025-06-02T00:00:00Z" == as_of["status"]
    assert "2025-06-02T00:00:00Z" == verdict.status_as_of
    assert "2025-05-20T02:00:00Z" == verdict.issued_at


def test_json_members() -> None:
    """DESIGN's names, in their order."""
    members = check(genuine(), trust=STAGE.states["prod"], now=moment(NOW)).to_dict("a.sd-jwt")
    expected = (
        *("input", "outcome", "code", "warnings", "checks", "demo", "institution", "type"),
        *("certificate_number", "holder_name", "claims", "issued_at", "registry", "status_as_of"),
        *("message", "hint"),
    )
    assert expected == tuple(members)
    assert "a.sd-jwt" == members["input"]
    assert {"step", "state", "as_of"} == set(members["checks"][0])


def genuine(group: str = "disclosure", name: str = "id_number_disclosed") -> str:
    """The text of a valid case."""
    return next(one.text for one in STAGE.shown if (one.group, one.name) == (group, name))
