"""A holder's data go, and number, slot, status and log stay."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer import audit, designs, erasure
from issuer.db import reading, transaction
from issuer.desk import Desk
from issuer.issue import load
from issuer.status import change, replace
from issuer.tables import Account, Certificate, Photo, Submission, Tenant
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    exported,
    issue,
    orders,
    refusal,
    stored,
)
from tests.issuer.test_designs import DESIGN
from tests.world import DAY, NOW, key

DIGEST = "A" * 43


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


def erase(desk: Desk, idx: int, reason: str = "本人申请") -> None:
    with transaction(desk.engine) as session:
        one = session.exec(select(Certificate).where(Certificate.idx == idx)).one()
        erasure.erase(session, one, who="officer", reason=reason, now=NOW)


def test_only_number_slot_and_status_stay(desk: Desk) -> None:
    issue(desk, orders(3))
    before, lists = stored(desk)[1], exported(desk)
    erase(desk, 1)
    after = stored(desk)[1]
    assert (b"", b"", "", "", "", "") == (
        after.payload, after.sealed, after.person, after.holder, after.lookup, after.name
    )  # fmt: skip
    kept = ("number", "type", "list_id", "idx", "slot", "status", "signature", "issue_date")
    assert [getattr(before, name) for name in kept] == [getattr(after, name) for name in kept]
    assert lists == exported(desk)
    with reading(desk.engine) as session:
        assert audit.verify(session)


def test_an_institution_s_design_is_nobody_s_data(desk: Desk) -> None:
    """It stays when a holder is erased, and when all are."""
    issue(desk, orders(2))
    with transaction(desk.engine) as session:
        designs.prepare(session, INSTITUTION, DESIGN, at=NOW, who="admin")
        designs.use(session, INSTITUTION, designs.digest(DESIGN), at=NOW, who="admin")
    for idx in (0, 1):
        erase(desk, idx)
    with reading(desk.engine) as session:
        assert DESIGN == designs.design_of(session, INSTITUTION)


def test_the_others_are_handed_out_again(desk: Desk) -> None:
    issued = issue(desk, orders(3))
    erase(desk, 1)
    assert [issued[0], issued[2]] == load(desk, 1)


def test_an_erased_certificate_can_still_be_withdrawn_but_not_corrected(desk: Desk) -> None:
    [one] = issue(desk, orders(1))
    erase(desk, 0)
    correction = {"holder_name": "李示例"}
    code = refusal(
        replace, desk, key(SIGNER), one.number,
        type_name=None, changes=correction, reason="更正", pattern=None, now=ISSUE_TIME,
    )  # fmt: skip
    assert "certificate_erased" == code
    change(desk, "revoke", one.number, type_name=None, reason="测试", now=ISSUE_TIME)
    assert "revoked" == stored(desk)[0].status


def test_a_correction_whose_certificate_is_erased_is_not_made_again(desk: Desk) -> None:
    [one] = issue(desk, orders(1))
    correction = {"level": "中级"}
    asked: dict[str, Any] = {
        "type_name": None,
        "changes": correction,
        "reason": "更正",
        "pattern": None,
    }
    replace(desk, key(SIGNER), one.number, **asked, now=ISSUE_TIME)
    erase(desk, 1)
    code = refusal(replace, desk, key(SIGNER), one.number, **asked, now=ISSUE_TIME)
    assert "certificate_erased" == code
    assert 2 == len(stored(desk))


@pytest.mark.parametrize(("reason", "code"), [("", "reason_missing"), (" ", "reason_missing")])
def test_a_reason_is_asked_for(desk: Desk, reason: str, code: str) -> None:
    issue(desk, orders(1))
    assert code == refusal(erase, desk, 0, reason)


def test_what_is_erased_is_not_erased_again(desk: Desk) -> None:
    issue(desk, orders(1))
    erase(desk, 0)
    assert "certificate_erased" == refusal(erase, desk, 0)


def test_a_photograph_goes_with_the_last_certificate_that_has_it(desk: Desk) -> None:
    issue(desk, orders(2, photo_digest=DIGEST))
    with transaction(desk.engine) as session:
        session.add(Photo(institution=INSTITUTION, digest=DIGEST, sealed=b"sealed"))
    erase(desk, 0)
    with reading(desk.engine) as session:
        assert session.get(Photo, (INSTITUTION, DIGEST)) is not None
    erase(desk, 1)
    with reading(desk.engine) as session:
        assert session.get(Photo, (INSTITUTION, DIGEST)) is None


@pytest.mark.parametrize(("days", "expected"), [(None, 0), (31, 0), (30, 5)])
def test_retention_erases_what_it_has_outlived(desk: Desk, days: int | None, expected: int) -> None:
    issue(desk, orders(5))
    with transaction(desk.engine) as session:
        session.add(Tenant(institution=INSTITUTION, retention_days=days))
    with transaction(desk.engine) as session:
        now = int(ISSUE_TIME.timestamp()) + 30 * DAY + 1
        assert expected == erasure.erase_due(session, now=now)
    assert expected == len([one for one in stored(desk) if one.erased is not None])


def test_abandoned_rosters_lose_their_files(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        account = Account(login="clerk", name="测试", role="clerk", created=NOW)
        session.add(account)
        session.flush()
        for state, age in (("draft", 181), ("draft", 1), ("submitted", 181)):
            session.add(
                Submission(
                    institution=INSTITUTION,
                    type="technical_level",
                    name="名单.xlsx",
                    sha256="",
                    sealed=b"sealed",
                    corrections=b"",
                    state=state,
                    created_by=account.id or 0,
                    created=NOW,
                    changed=NOW - age * DAY,
                )
            )
    with transaction(desk.engine) as session:
        assert 1 == erasure.drop_abandoned(session, desk.vault, now=NOW)
    with reading(desk.engine) as session:
        found = session.exec(select(Submission).order_by("id")).all()
        assert ["withdrawn", "draft", "submitted"] == [one.state for one in found]
        assert [b"", b"sealed", b"sealed"] == [one.sealed for one in found]
