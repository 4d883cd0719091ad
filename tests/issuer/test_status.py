"""The life of a certificate: which change leads where, and what verifiers say then."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer import status
from issuer.db import transaction
from issuer.desk import Desk
from issuer.issue import Issued
from issuer.tables import AuditEntry
from schemas.errors import CommandError
from tests.issuer.desk import (
    ISSUE_TIME,
    SIGNER,
    at_desk,
    demo_world,
    exported,
    halt_all,
    issue,
    order,
    orders,
    publish,
    refusal,
    stored,
)
from tests.world import NOW, World, key, moment
from verifier.verdict import Verdict, check

NUMBER = "PJ2025000002"
LATER = ISSUE_TIME + timedelta(days=1)
TOMORROW = NOW + 86_400 + 60


@pytest.fixture
def world() -> World:
    return demo_world()


@pytest.fixture
def desk(tmp_path: Path, database: str, world: World) -> Desk:
    """Three certificates, published."""
    desk = at_desk(tmp_path, world, database=database)
    issue(desk, orders(3))
    return replace(desk, trust=publish(world, desk.trust, exported(desk), now=NOW + 60))


def change(desk: Desk, action: str, number: str = NUMBER, **options: Any) -> str:
    given = {"type_name": None, "reason": "复核", "now": LATER, **options}
    return status.change(desk, action, number, **given)


def correct(
    desk: Desk,
    number: str = NUMBER,
    changes: Mapping[str, object] | None = None,
    **options: Any,
) -> Issued:
    given = {"type_name": None, "reason": "更正姓名", "pattern": None, "now": LATER, **options}
    signer = key(given.pop("signer", SIGNER))
    changes = {"holder_name": "吴试用"} if changes is None else changes
    return status.replace(desk, signer, number, changes=changes, **given)


def verdict(desk: Desk, certificate: Issued) -> Verdict:
    text = f"https://{desk.origin}/#{certificate.digits(desk.origin)}"
    return check(text, trust=desk.trust, now=moment(TOMORROW))


def actions(desk: Desk) -> list[str]:
    with transaction(desk.engine) as session:
        return list(session.exec(select(AuditEntry.action)))


def statuses(desk: Desk) -> list[str]:
    return [one.status for one in stored(desk)]


# who


@pytest.mark.parametrize(
    ("suspended_by", "reinstated_by", "expected"),
    [
        ("institution", "institution", "valid"),
        ("bureau", "bureau", "valid"),
        ("bureau", "institution", "suspended_by_bureau"),
        ("institution", "bureau", "suspended_by_institution"),
    ],
)
def test_a_suspension_is_taken_back_by_the_side_that_made_it(
    desk: Desk, suspended_by: str, reinstated_by: str, expected: str
) -> None:
    change(desk, "suspend", by_bureau=suspended_by == "bureau")
    options = {"by_bureau": reinstated_by == "bureau"}
    if expected == "valid":
        assert "valid" == change(desk, "reinstate", **options)
        assert "suspended" == change(desk, "suspend", by_bureau=reinstated_by != "bureau")
    else:
        assert expected == refusal(change, desk, "reinstate", **options)


def test_the_bureau_does_not_revoke_and_cannot_keep_the_institution_from_it(desk: Desk) -> None:
    change(desk, "suspend", by_bureau=True)
    assert "bureau_only_suspends" == refusal(change, desk, "revoke", by_bureau=True)
    assert "revoked" == change(desk, "revoke")


# revoke, suspend, reinstate

MOVES = {
    ("valid", "revoke"): "revoked",
    ("valid", "suspend"): "suspended",
    ("valid", "reinstate"): "status_unchanged",
    ("suspended", "revoke"): "revoked",
    ("suspended", "suspend"): "status_unchanged",
    ("suspended", "reinstate"): "valid",
    ("revoked", "revoke"): "revoked_is_final",
    ("revoked", "suspend"): "revoked_is_final",
    ("revoked", "reinstate"): "revoked_is_final",
}
TO_GET_TO = {"valid": [], "suspended": ["suspend"], "revoked": ["revoke"]}


@pytest.mark.parametrize(("source", "action"), MOVES)
def test_moves(desk: Desk, source: str, action: str) -> None:
    """Every change from every status: where it leads, or why it is refused."""
    for earlier in TO_GET_TO[source]:
        change(desk, earlier)
    expected = MOVES[source, action]
    if expected in ("valid", "suspended", "revoked"):
        assert expected == change(desk, action)
    else:
        assert expected == refusal(change, desk, action)
        expected = source
    assert ["valid", expected, "valid"] == statuses(desk)


@pytest.mark.parametrize(
    ("action", "outcome", "code"),
    [("revoke", "revoked", "revoked"), ("suspend", "suspended", "suspended")],
)
def test_verifiers_say_so_once_it_is_published(
    desk: Desk, world: World, action: str, outcome: str, code: str
) -> None:
    certificates = issue(desk, orders(3))
    change(desk, action)
    assert "ok" == verdict(desk, certificates[1]).code
    after = replace(desk, trust=publish(world, desk.trust, exported(desk), now=TOMORROW))
    assert (outcome, code) == (
        verdict(after, certificates[1]).outcome,
        verdict(after, certificates[1]).code,
    )
    assert "ok" == verdict(after, certificates[0]).code


def test_a_reinstated_certificate_is_valid_again(desk: Desk, world: World) -> None:
    certificates = issue(desk, orders(3))
    change(desk, "suspend")
    desk = replace(desk, trust=publish(world, desk.trust, exported(desk), now=TOMORROW))
    change(desk, "reinstate")
    desk = replace(desk, trust=publish(world, desk.trust, exported(desk), now=TOMORROW + 60))
    assert "ok" == verdict(desk, certificates[1]).code


@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_a_change_needs_a_reason(desk: Desk, reason: str) -> None:
    for action in ("revoke", "suspend", "reinstate"):
        assert "reason_missing" == refusal(change, desk, action, reason=reason)
    assert "reason_missing" == refusal(correct, desk, reason=reason)
    assert 3 * ["valid"] == statuses(desk)


def test_the_log_has_the_change_and_its_reason(desk: Desk) -> None:
    change(desk, "revoke", reason="考核成绩复核后取消")
    with transaction(desk.engine) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "revoke")).one()
        assert '{"reason":"考核成绩复核后取消"}' == entry.details
        assert "demo-pingjia technical_level PJ2025000002" == entry.subject


def test_a_change_that_is_refused_is_not_logged(desk: Desk) -> None:
    before = actions(desk)
    refusal(change, desk, "reinstate")
    assert before == actions(desk)


def test_an_unknown_number(desk: Desk) -> None:
    assert "certificate_not_found" == refusal(change, desk, "revoke", "PJ2025000009")
    assert "certificate_not_found" == refusal(
        change, desk, "revoke", NUMBER, type_name="ce_training"
    )


def test_a_number_that_two_types_share(desk: Desk) -> None:
    wanted = [order(9, "training_completion", certificate_number=NUMBER)]
    issue(desk, wanted, "training_completion")
    assert "certificate_ambiguous" == refusal(change, desk, "revoke")
    assert "revoked" == change(desk, "revoke", type_name="training_completion")
    assert ["valid", "valid", "valid", "revoked"] == statuses(desk)


def test_revoking_works_while_signing_is_halted(desk: Desk) -> None:
    halt_all(desk)
    assert "revoked" == change(desk, "revoke")


def test_a_desk_of_another_world_changes_nothing(desk: Desk, tmp_path: Path, database: str) -> None:
    other = at_desk(tmp_path, World(), database=database)
    assert "database_of_another_environment" == refusal(change, other, "revoke")
    assert 3 * ["valid"] == statuses(desk)


# replace


def test_the_old_code_names_the_new_certificate(desk: Desk, world: World) -> None:
    """After publication; before it, both are as they were."""
    old = issue(desk, orders(3))[1]
    new = correct(desk)
    assert "PJ2025000004" == new.number
    assert "ok" == verdict(desk, old).code
    assert "issued_after_snapshot" == verdict(desk, new).code
    desk = replace(desk, trust=publish(world, desk.trust, exported(desk), now=TOMORROW))
    said = verdict(desk, old)
    assert ("revoked", "replaced") == (said.outcome, said.code)
    assert "PJ2025000004" in said.message["en"]
    said = verdict(desk, new)
    assert ("valid", "ok") == (said.outcome, said.code)
    assert said.claims is not None
    assert ("吴试用", NUMBER) == (said.claims["holder_name"], said.claims["replaces"])


def test_a_correction_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    old = issue(desk, orders(3))[1]
    new = correct(desk)
    before, after = (one.token.reveal(one.token.claims()) for one in (old, new))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {"certificate_number", "holder_name", "iat", "replaces", "status"} == changed
    assert old.token.disclosures != new.token.disclosures  # a salt is used once


def test_a_corrected_id_number_has_its_own_tail(desk: Desk) -> None:
    new = correct(desk, changes={"id_number": "11999920010704331x"})
    claims = new.token.reveal(new.token.claims())
    assert ("11999920010704331X", "331X") == (claims["id_number"], claims["id_number_tail"])


def test_corrections_are_read_as_rosters_are(desk: Desk) -> None:
    new = correct(desk, changes={"issue_date": "2025年5月19日", "exam_date": "20250518"})
    claims = new.token.claims()
    assert ("2025-05-19", "2025-05-18") == (claims["issue_date"], claims["exam_date"])


def test_a_claim_can_be_taken_away(desk: Desk) -> None:
    issue(desk, [order(8, exam_site="示例考点")])
    assert "exam_site" not in correct(desk, "PJ2025000004", {"exam_site": ""}).token.claims()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nickname": "吴"}, "claim_unknown"),
        ({"level": "特级"}, "correction_refused"),
        ({"occupation": "大数据工程技术人员"}, "correction_refused"),  # no grant for it
        ({"issue_date": "2021-12-31"}, "correction_refused"),  # before the grant
        ({"issue_date": "2025-06-09"}, "correction_refused"),  # not yet
        ({"id_number": "119999199001010013"}, "correction_refused"),  # checksum
        ({"id_number": ""}, "correction_refused"),
        ({"holder_name": ""}, "correction_refused"),
        ({"certificate_number": "PJ2025000001"}, "number_taken"),
    ],
)
def test_a_correction_that_could_not_have_been_issued(
    desk: Desk, changes: dict[str, str], code: str
) -> None:
    """Nothing is signed, and the old one stays as it is."""
    assert code == refusal(correct, desk, changes=changes)
    assert 3 * ["valid"] == statuses(desk)


def test_a_refused_correction_says_why_in_both_languages(desk: Desk) -> None:
    with pytest.raises(CommandError) as error:
        correct(desk, changes={"id_number": "119999199001010013"})
    assert "ID number" in error.value.message("en")
    assert "证件号码" in error.value.message("zh-CN")
    assert "119999" not in error.value.message("en") + error.value.message("zh-CN")
    assert error.value.hint("en")


def test_a_revoked_certificate_is_not_corrected(desk: Desk) -> None:
    change(desk, "revoke")
    assert "revoked_is_final" == refusal(correct, desk)
    assert 3 == len(stored(desk))


def test_a_suspended_certificate_may_be_corrected(desk: Desk) -> None:
    change(desk, "suspend")
    correct(desk)
    assert ["valid", "revoked", "valid", "valid"] == statuses(desk)


def test_a_replaced_certificate_is_not_corrected_differently(desk: Desk) -> None:
    correct(desk)
    assert "revoked_is_final" == refusal(correct, desk, changes={"holder_name": "周演练"})
    assert 4 == len(stored(desk))


def test_a_correction_may_be_corrected(desk: Desk, world: World) -> None:
    old = issue(desk, orders(3))[1]
    second = correct(desk)
    third = correct(desk, second.number, {"holder_name": "周演练"})
    assert [NUMBER, second.number] == [one.token.claims()["replaces"] for one in (second, third)]
    desk = replace(desk, trust=publish(world, desk.trust, exported(desk), now=TOMORROW))
    assert ["replaced", "replaced", "ok"] == [
        verdict(desk, one).code for one in (old, second, third)
    ]


def test_replacing_is_halted_with_the_rest(desk: Desk) -> None:
    halt_all(desk)
    assert "halted" == refusal(correct, desk)
    assert 3 * ["valid"] == statuses(desk)


def test_a_correction_may_keep_the_number_with_a_suffix(desk: Desk) -> None:
    new = correct(desk, changes={"certificate_number": f"{NUMBER}-1"})
    assert f"{NUMBER}-1" == new.number


def test_the_log_has_a_correction_as_a_whole(desk: Desk) -> None:
    before = len(actions(desk))
    correct(desk)
    assert ["reserve", "sign", "revoke"] == actions(desk)[before:]


STEPS = ["reserve", "sign", "load", "require_accepted"]


@pytest.mark.parametrize("step", STEPS)
def test_a_correction_that_was_interrupted_goes_on(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step the process died after: the old one stays until the new one is whole."""
    with monkeypatch.context() as patch:
        patch.setattr(status, step, dies_after(getattr(status, step)))
        with pytest.raises(KeyboardInterrupt):
            correct(desk)
    assert ["valid", "valid", "valid", "valid"] == statuses(desk)
    new = correct(desk, now=LATER + timedelta(hours=1))
    assert ["valid", "revoked", "valid", "valid"] == statuses(desk)
    assert "PJ2025000004" == new.number
    assert new.number == stored(desk)[1].replaced_by
    again = correct(desk, now=LATER + timedelta(hours=2))
    assert new == again


def dies_after(work: Callable[..., Any]) -> Callable[..., Any]:
    def work_and_die(*args: Any, **options: Any) -> None:
        work(*args, **options)
        raise KeyboardInterrupt

    return work_and_die


def test_the_same_correction_again_gives_the_same_certificate(desk: Desk) -> None:
    """Its files may never have been written."""
    first = correct(desk)
    assert first == correct(desk, now=LATER + timedelta(days=2))
    assert 4 == len(stored(desk))


def test_a_correction_that_verifiers_refuse_leaves_the_old_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_args: object, **_options: object) -> None:
        raise CommandError("self_check_failed", row=0)

    monkeypatch.setattr(status, "require_accepted", refuses)
    assert "self_check_failed" == refusal(correct, desk)
    assert ["valid", "valid", "valid", "valid"] == statuses(desk)
