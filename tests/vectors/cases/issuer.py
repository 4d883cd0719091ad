"""Who may sign what and when: keys, their owners and windows, grants on the day of issue."""

from typing import Any

from schemas.limits import CLOCK_SKEW
from tests.institutions import BIG_DATA, BLOCKCHAIN, MACHINES
from tests.vectors.cases.case import Case, Cases, case, issued
from tests.world import DAY, NOW, ORIGIN, PUBLISHED, SECOND_ORIGIN, seconds

AI = "人工智能工程技术人员"
WITHDRAWN = seconds("2025-06-05T00:00:00+08:00")
"""When demo-jingsai is withdrawn."""


def _at(iat: str, *, signer: str = "", code: str = "ok", **options: Any) -> Case:
    """Signed at this time, in a list of its own."""
    time = seconds(iat)
    show = issued(iat=time, signer=signer, issue_date=iat[:10], **options)
    return case(show, code)


def _stranger(iat: Any) -> Any:
    return issued(signer="stranger", log=False, members={"iat": iat})


def _claims_to_be(other: str) -> Any:
    """Signed with its own key, in the name of another."""
    return issued(by=other, signer="xueyuan 2025")


ISSUER: Cases = {
    "key_unknown": case(_stranger(PUBLISHED - 1), "issuer_unknown"),
    "key_unknown_signed_with_the_snapshot": case(_stranger(PUBLISHED), "issuer_unknown"),
    "key_unknown_signed_after_the_snapshot": case(
        _stranger(PUBLISHED + 1), "issuer_newer_than_registry", "the registry may know it by now"
    ),
    "key_unknown_iat_text": case(_stranger(str(PUBLISHED + 1)), "issuer_unknown"),
    "key_unknown_iat_true": case(_stranger(True), "issuer_unknown"),
    "in_the_name_of_another": case(_claims_to_be("demo-pingjia"), "issuer_key_mismatch"),
    "an_origin_that_is_not_listed": case(
        issued(origin="zs.example.com"),
        "issuer_key_mismatch",
        "the key signs for listed origins only",
    ),
    "the_second_origin": case(issued(origin=SECOND_ORIGIN)),
}

WINDOW: Cases = {
    "first_second_of_the_key": _at("2025-01-01T00:00:00Z", list_id="2025-1"),
    "a_second_before_the_key": _at(
        "2024-12-31T23:59:59Z", code="outside_key_window", list_id="2024-9"
    ),
    "last_second_of_the_key": _at("2025-01-14T23:59:59Z", signer="pingjia 2024", list_id="2025-2"),
    "a_second_after_the_key": _at(
        "2025-01-15T00:00:00Z", signer="pingjia 2024", code="outside_key_window", list_id="2025-3"
    ),
    "both_keys_in_their_overlap": _at("2025-01-10T00:00:00Z", list_id="2025-4"),
    "a_planned_key": case(
        issued(signer="pingjia 2026"), "outside_key_window", "published before its time"
    ),
    "in_a_day_from_now": case(
        issued(iat=NOW + CLOCK_SKEW, issue_date="2025-06-03", list_id="2025-12", log=False),
        "issued_after_snapshot",
    ),
    "in_a_day_and_a_second_from_now": case(
        issued(iat=NOW + CLOCK_SKEW + 1, issue_date="2025-06-03", log=False), "issued_in_future"
    ),
    "issue_date_tomorrow": case(issued(issue_date="2025-06-03")),
    "issue_date_the_day_after_tomorrow": case(issued(issue_date="2025-06-04"), "issued_in_future"),
    "issue_date_in_9999": case(issued(issue_date="9999-12-31"), "issued_in_future"),
    "issue_date_is_old_paper": case(
        issued(issue_date="2023-06-30"), comment="an old certificate, signed long after"
    ),
    "a_clock_behind_does_not_make_the_future": case(
        issued(
            iat=PUBLISHED - DAY - 1, log=PUBLISHED - DAY, issue_date="2025-05-31", list_id="2025-5"
        ),
        "clock_behind",
        "time is at least the newest signed time",
        at=PUBLISHED - 30 * DAY,
    ),
}


def _scope(type_name: str, code: str = "ok", comment: str = "", **options: Any) -> Case:
    warnings = options.pop("warnings", ())
    return case(issued(type_name, **options), code, comment, warnings=warnings)


def _blockchain(
    issue_date: str, signed_at: str, code: str = "ok", comment: str = "", **options: Any
) -> Case:
    """Under the grant that was suspended on 2025-04-01."""
    scope = {"by": "demo-xueyuan", "occupation": BLOCKCHAIN, "direction": "—"}
    times = {"issue_date": issue_date, "iat": seconds(signed_at)}
    return _scope("training_completion", code, comment, **scope, **times, **options)


SCOPE: Cases = {
    "evaluation_of_machines": _scope(
        "technical_level", comment="the body is 评价机构 for 智能制造, as in annex 1"
    ),
    "training_in_big_data": _scope(
        "training_completion", comment="and 培训机构 for 大数据, as in annex 1"
    ),
    "evaluation_of_big_data": _scope(
        "technical_level",
        "out_of_scope",
        "two independent lists of roles and occupations would allow it",
        occupation=BIG_DATA,
    ),
    "training_in_machines": _scope(
        "training_completion", "out_of_scope", occupation=MACHINES, direction="—"
    ),
    "evaluation_by_a_training_body": _scope(
        "technical_level", "out_of_scope", by="demo-xueyuan", occupation=BLOCKCHAIN, direction="—"
    ),
    "artificial_intelligence": _scope(
        "technical_level", "out_of_scope", "no body has it in this directory", occupation=AI
    ),
    "base_certificate": _scope("ce_training"),
    "training_by_a_base": _scope("training_completion", "out_of_scope", by="demo-jidi"),
    "skill_level_by_an_evaluation_body": _scope("skill_level", "out_of_scope", by="demo-pingjia"),
    "competition_award": _scope("competition_award"),
    "a_type_that_nobody_has": case(
        issued(members={"vct": f"https://{ORIGIN}/vct/star_level/1"}), "out_of_scope"
    ),
    "another_level": _scope("training_completion", "out_of_scope", level="高级"),
    "no_level": _scope("training_completion", "out_of_scope", level=None),
    "another_direction": _scope("training_completion", "out_of_scope", direction="大数据管理"),
    "no_direction": _scope("training_completion", "out_of_scope", direction=None),
    "the_mark_for_no_direction": _scope("training_completion", "out_of_scope", direction="—"),
    "no_occupation": _scope("training_completion", "out_of_scope", occupation=None),
    "an_occupation_called_star": _scope("technical_level", "out_of_scope", occupation="*"),
    "the_day_before_the_grant": _scope("technical_level", "out_of_scope", issue_date="2021-12-31"),
    "the_first_day_of_the_grant": _scope("technical_level", issue_date="2022-01-01"),
    "the_last_day_of_the_grant": _scope(
        "training_completion",
        comment="old paper, signed seven weeks after the grant ended",
        by="demo-xueyuan",
        issue_date="2025-03-31",
        warnings=("grant_ended",),
    ),
    "the_day_after_the_grant": _scope(
        "training_completion", "out_of_scope", by="demo-xueyuan", issue_date="2025-04-01"
    ),
    "the_day_before_a_grant_was_suspended": _blockchain(
        "2025-03-31", "2025-03-31T23:59:59+08:00", warnings=("grant_ended",), list_id="2025-1"
    ),
    "old_paper_signed_the_day_before_a_grant_was_suspended": _blockchain(
        "2025-03-01", "2025-03-31T23:59:59+08:00", warnings=("grant_ended",), list_id="2025-1"
    ),
    "old_paper_signed_the_day_a_grant_was_suspended": _blockchain(
        "2025-03-01",
        "2025-04-01T00:00:00+08:00",
        "out_of_scope",
        "who is suspended signs nothing, whatever date it bears",
        log=False,
    ),
    "the_day_a_grant_was_suspended": _blockchain(
        "2025-04-01",
        "2025-03-31T23:59:59+08:00",
        "out_of_scope",
        "signed the day before, in which the grant was in force",
        log=False,
    ),
    "a_grant_that_was_renewed": _scope(
        "ce_training",
        comment="the grant of that day has ended and another one goes on: no warning",
        issue_date="2025-04-30",
    ),
    "the_day_before_an_institution_was_suspended": _scope(
        "skill_level",
        iat=seconds("2025-05-20T23:59:59+08:00"),
        issue_date="2025-05-20",
        list_id="2025-1",
        warnings=("issuer_suspended_now",),
    ),
    "the_day_an_institution_was_suspended": _scope(
        "skill_level",
        "out_of_scope",
        "signed the day before",
        iat=seconds("2025-05-20T23:59:59+08:00"),
        issue_date="2025-05-21",
        log=False,
    ),
    "old_paper_signed_the_day_before_an_institution_was_suspended": _scope(
        "skill_level",
        iat=seconds("2025-05-20T23:59:59+08:00"),
        issue_date="2025-04-30",
        list_id="2025-1",
        warnings=("issuer_suspended_now",),
    ),
    "old_paper_signed_the_day_an_institution_was_suspended": _scope(
        "skill_level",
        "out_of_scope",
        "who is suspended signs nothing, whatever date it bears",
        iat=seconds("2025-05-21T00:00:00+08:00"),
        issue_date="2025-04-30",
        log=False,
    ),
    "an_old_name_of_the_institution": _scope(
        "skill_level",
        comment="people are shown the name that it had on the day of issue",
        issue_date="2025-02-28",
        warnings=("issuer_suspended_now",),
    ),
    "the_day_before_an_institution_withdraws": case(
        issued("competition_award"), at=seconds("2025-06-04T23:59:59+08:00")
    ),
    "the_day_an_institution_withdraws": case(
        issued("competition_award"),
        at=seconds("2025-06-05T00:00:00+08:00"),
        warnings=("issuer_suspended_now",),
    ),
    "signed_the_day_before_an_institution_withdraws": case(
        issued("competition_award", iat=WITHDRAWN - 1, log=False),
        "issued_after_snapshot",
        at=WITHDRAWN,
    ),
    "signed_the_day_an_institution_withdraws": case(
        issued("competition_award", iat=WITHDRAWN, log=False), "out_of_scope", at=WITHDRAWN
    ),
}
