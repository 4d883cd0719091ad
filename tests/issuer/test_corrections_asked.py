"""A correction takes two people, and happens once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer import audit, corrections_asked, erasure, halt, status
from issuer.db import transaction
from issuer.desk import Desk
from issuer.issue import issued
from issuer.running import correction_job
from issuer.running.correction_job import sign_corrections
from issuer.tables import Account, AuditEntry, Certificate, Correction, Setting
from schemas.errors import CommandError
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    demo_id_number,
    halt_all,
    issue,
    orders,
    stored,
)
from tests.issuer.office import Office, open_office
from tests.world import NOW

REASON = "姓名录入有误"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(tmp_path)
    issue(desk_of(office), orders(2))
    yield office
    office.service.engine.dispose()


def desk_of(office: Office, who: str = "clerk") -> Desk:
    return office.service.desk(INSTITUTION, who)


def account(office: Office, login: str) -> int:
    with transaction(office.service.engine) as session:
        found = session.exec(select(Account.id).where(Account.login == login)).one()
    assert found is not None
    return found


def ask(office: Office, changes: dict[str, str] | None = None, **options: Any) -> int:
    given = {"reason": REASON, "account": account(office, "clerk"), "now": ISSUE_TIME, **options}
    with transaction(office.service.engine) as session:
        certificate = session.get_one(Certificate, 1)
        changes = {"holder_name": "吴试用"} if changes is None else changes
        asked = corrections_asked.ask(session, desk_of(office), certificate, changes, **given)
        assert asked.id is not None
        return asked.id


def decide(office: Office, correction_id: int, decision: str, login: str = "approver") -> None:
    work = {"approve": corrections_asked.approve, "drop": corrections_asked.drop}[decision]
    by = account(office, login)
    with transaction(office.service.engine) as session:
        correction = session.get_one(Correction, correction_id)
        desk = desk_of(office, login)
        work(session, desk, correction, account=by, now=ISSUE_TIME)


def code_of(work: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        work(*args, **options)
    return error.value.code


def correction(office: Office, correction_id: int = 1) -> Correction:
    with transaction(office.service.engine) as session:
        found = session.get_one(Correction, correction_id)
        session.expunge(found)
    return found


def statuses(office: Office) -> list[tuple[str, str | None]]:
    return [(one.status, one.replaced_by) for one in stored(desk_of(office))]


def actions(office: Office) -> list[tuple[str, str]]:
    with transaction(office.service.engine) as session:
        audit.verify(session)
        return list(session.exec(select(AuditEntry.who, AuditEntry.action)))[2:]


UNTOUCHED = [("valid", None), ("valid", None)]
REPLACED = [("revoked", "PJ2025000003"), ("valid", None), ("valid", None)]


def test_one_asks_another_approves_and_it_is_signed_once(office: Office) -> None:
    asked = ask(office, {"holder_name": "吴试用", "level": "中级"})
    sign_corrections(office.service)
    assert UNTOUCHED == statuses(office)
    decide(office, asked, "approve")
    sign_corrections(office.service)
    sign_corrections(office.service)
    assert REPLACED == statuses(office)
    new = issued(office.service.vault, stored(desk_of(office))[2]).token.claims()
    assert ("吴试用", "中级", "PJ2025000001") == (new["holder_name"], new["level"], new["replaces"])
    assert [
        ("clerk", "ask correction"),
        ("approver", "approve correction"),
        ("approver", "reserve"),
        ("approver", "sign"),
        ("approver", "revoke"),
    ] == actions(office)
    done = correction(office)
    assert ("done", b"", "") == (done.state, done.changes, done.failure)


def test_nobody_approves_what_they_asked_for(office: Office) -> None:
    """Whatever role they have by now."""
    asked = ask(office, account=account(office, "approver"))
    assert "same_person" == code_of(decide, office, asked, "approve")
    decide(office, asked, "approve", "admin")


def test_an_id_number_is_sealed_and_in_no_line_of_the_log(office: Office) -> None:
    number = demo_id_number(77)
    asked = ask(office, {"id_number": number, "holder_name": "张测试"})
    changes = correction(office).changes
    assert number.encode() not in changes
    with transaction(office.service.engine) as session:
        details = session.exec(select(AuditEntry.details).order_by(AuditEntry.id)).all()[-1]  # type: ignore[arg-type]
        certificate = session.get_one(Certificate, 1)
        found = session.get_one(Correction, asked)
        shown = corrections_asked.shown_changes(office.service.vault, certificate, found)
    assert number not in details
    assert '"claims":"id_number"' in details
    assert [("id_number", demo_id_number(0), number)] == [
        (one.claim, one.old, one.new) for one in shown
    ]
    decide(office, asked, "approve")
    sign_corrections(office.service)
    assert (
        number[-4:]
        == issued(office.service.vault, stored(desk_of(office))[2]).token.claims()["id_number_tail"]
    )


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ({}, {}, "correction_empty"),
        ({"holder_name": "张测试", "level": "初级"}, {}, "correction_empty"),
        ({"holder_name": ""}, {}, "correction_refused"),
        ({"id_number": "119999199001010010"}, {}, "correction_refused"),
        ({"level": "特级"}, {}, "correction_refused"),
        ({"occupation": "人工智能工程技术人员", "direction": "—"}, {}, "correction_refused"),
        ({"holder_nam": "吴试用"}, {}, "claim_unknown"),
        ({"holder_name": "吴试用"}, {"reason": " "}, "reason_missing"),
        ({"holder_name": "吴试用"}, {"reason": demo_id_number(3)}, "reason_has_id_number"),
    ],
)
def test_what_could_not_be_issued_is_not_asked_for(
    office: Office, changes: dict[str, str], options: dict[str, Any], code: str
) -> None:
    assert code == code_of(ask, office, changes, **options)
    assert [] == actions(office)


def test_one_at_a_time_and_none_of_what_is_revoked_or_erased(office: Office) -> None:
    asked = ask(office)
    assert "correction_open" == code_of(ask, office)
    decide(office, asked, "drop", "clerk")
    ask(office)
    status.change(
        desk_of(office), "revoke", "PJ2025000001", type_name=None, reason="x", now=ISSUE_TIME
    )
    assert "revoked_is_final" == code_of(decide, office, 2, "approve")
    decide(office, 2, "drop")
    assert "revoked_is_final" == code_of(ask, office)


def test_what_was_erased_in_between_is_not_corrected(office: Office) -> None:
    asked = ask(office)
    with transaction(office.service.engine) as session:
        certificate = session.get_one(Certificate, 1)
        erasure.erase(session, certificate, who="admin", reason="本人申请", now=NOW)
    assert ("dropped", b"") == (correction(office).state, correction(office).changes)
    assert "correction_decided" == code_of(decide, office, asked, "approve")
    assert "certificate_erased" == code_of(ask, office)


def test_what_was_dropped_is_over(office: Office) -> None:
    asked = ask(office)
    decide(office, asked, "drop")
    assert (("dropped", b"")) == (correction(office).state, correction(office).changes)
    assert "correction_decided" == code_of(decide, office, asked, "approve")
    assert "correction_decided" == code_of(decide, office, asked, "drop")
    sign_corrections(office.service)
    assert UNTOUCHED == statuses(office)


def test_it_waits_for_the_key_and_for_the_end_of_a_halt(office: Office) -> None:
    decide(office, ask(office), "approve")
    signer = office.service.signers.signer(INSTITUTION)
    assert signer is not None
    halt_all(desk_of(office))
    sign_corrections(office.service)
    correction_job.carry_out(office.service, signer, 1)
    assert ("approved", "") == (correction(office).state, correction(office).failure)
    with transaction(office.service.engine) as session:
        halt.end(session, halt.EVERYBODY, who="bureau", by_bureau=True, at=NOW)
    office.service.signers.lock(INSTITUTION)
    sign_corrections(office.service)
    assert UNTOUCHED == statuses(office)
    office.service.signers.open_all()
    sign_corrections(office.service)
    assert REPLACED == statuses(office)


def test_what_could_not_be_signed_is_said_and_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(office)
    decide(office, asked, "approve")

    def broken(*_: object, **__: object) -> None:
        raise CommandError("numbers_exhausted", pattern="A{serial:1}")

    with monkeypatch.context() as patched:
        patched.setattr(status, "reserve", broken)
        sign_corrections(office.service)
    assert ("approved", "numbers_exhausted") == (
        correction(office).state,
        correction(office).failure,
    )
    sign_corrections(office.service)
    assert UNTOUCHED == statuses(office)
    assert "same_person" == code_of(decide, office, asked, "approve", "clerk")
    decide(office, asked, "approve")
    sign_corrections(office.service)
    assert REPLACED == statuses(office)


def test_one_that_has_taken_a_number_is_not_dropped(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its slot is in the list: it is signed in the end."""
    asked = ask(office)
    decide(office, asked, "approve")

    def broken(*_: object, **__: object) -> None:
        raise CommandError("signer_not_in_force", kid="x")

    with monkeypatch.context() as patched:
        patched.setattr(status, "sign", broken)
        sign_corrections(office.service)
    assert "signer_not_in_force" == correction(office).failure
    assert "correction_decided" == code_of(decide, office, asked, "drop")
    decide(office, asked, "approve", "admin")
    sign_corrections(office.service)
    assert REPLACED == statuses(office)


def test_two_approve_and_two_processes_sign_at_once(office: Office) -> None:
    asked = ask(office)

    def approve(login: str) -> str:
        try:
            decide(office, asked, "approve", login)
        except CommandError as error:
            return error.code
        return "approved"

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(approve, ["approver", "admin", "approver", "admin"]))
        assert ["approved", *3 * ["correction_decided"]] == sorted(answers)
        list(threads.map(sign_corrections, 4 * [office.service]))
    assert REPLACED == statuses(office)


def test_a_revocation_in_the_midst_of_it_holds_for_both(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new certificate is signed already; nobody may go on with it."""
    decide(office, ask(office), "approve")
    accepted = status.require_accepted

    def meanwhile(desk: Desk, *args: Any, **options: Any) -> None:
        accepted(desk, *args, **options)
        status.change(desk, "revoke", "PJ2025000001", type_name=None, reason="作弊", now=ISSUE_TIME)

    with monkeypatch.context() as patched:
        patched.setattr(status, "require_accepted", meanwhile)
        sign_corrections(office.service)
    assert [("revoked", None), ("valid", None), ("revoked", None)] == statuses(office)
    assert ["作弊", None, "作弊"] == [one.reason for one in stored(desk_of(office))]
    assert "revoked_is_final" == correction(office).failure


def test_a_correction_is_due_to_be_published(office: Office) -> None:
    with transaction(office.service.engine) as session:
        session.delete(session.get_one(Setting, "publication due"))
    decide(office, ask(office), "approve")
    with transaction(office.service.engine) as session:
        assert session.get(Setting, "publication due") is None
    sign_corrections(office.service)
    with transaction(office.service.engine) as session:
        assert session.get(Setting, "publication due") is not None
