"""A list is looked at, then revoked whole or not at all."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer import audit, bulk_revocation, status
from issuer.bulk_revocation import Checked
from issuer.db import transaction
from issuer.desk import Desk
from issuer.tables import CERTIFICATES, AuditEntry, Setting
from schemas.errors import CommandError
from tests.issuer.desk import ISSUE_TIME, at_desk, issue, order, orders, refusal, stored
from tests.world import NOW


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = at_desk(tmp_path)
    issue(desk, orders(4))
    return desk


def check(desk: Desk, numbers: Sequence[str], type_name: str | None = None) -> Checked:
    with transaction(desk.engine) as session:
        return bulk_revocation.check(session, desk.institution.id, numbers, type_name)


def revoke(desk: Desk, numbers: Sequence[str], digest: str, reason: str = "未完成学时") -> int:
    with transaction(desk.engine) as session:
        return bulk_revocation.revoke(
            session, desk, numbers, None, digest=digest, reason=reason, now=ISSUE_TIME
        )


def statuses(desk: Desk) -> list[str]:
    return [one.status for one in stored(desk)]


def named(*serials: int) -> list[str]:
    return [f"PJ2025{serial:06}" for serial in serials]


def test_each_number_is_told_apart(desk: Desk) -> None:
    issue(
        desk,
        [order(7, "training_completion", certificate_number=named(4)[0])],
        "training_completion",
    )
    status.change(desk, "revoke", named(2)[0], type_name=None, reason="x", now=ISSUE_TIME)
    found = check(desk, ["PJ", *named(1, 2, 3, 4, 1)])
    assert named(1, 3) == [one.number for one in found.targets]
    assert (named(2), ["PJ"], named(4)) == (
        list(found.revoked),
        list(found.missing),
        list(found.ambiguous),
    )
    of_type = check(desk, named(4), "training_completion")
    assert ["training_completion"] == [one.type for one in of_type.targets]


def test_another_institutions_numbers_are_not_found(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        found = bulk_revocation.check(session, "demo-xueyuan", named(1), None)
    assert ((), tuple(named(1))) == (found.targets, found.missing)


def test_all_are_revoked_each_with_its_line_and_the_publication_is_due(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        session.delete(session.get_one(Setting, "publication due"))
    numbers = [*named(1, 3), "PJ"]
    assert 2 == revoke(desk, numbers, check(desk, numbers).digest)
    assert ["revoked", "valid", "revoked", "valid"] == statuses(desk)
    with transaction(desk.engine) as session:
        lines = session.execute(
            select(AuditEntry.subject).where(AuditEntry.action == "revoke")  # type: ignore[call-overload]
        ).scalars()
        assert [f"demo-pingjia technical_level {one}" for one in named(1, 3)] == list(lines)
        audit.verify(session)
        assert str(NOW) == session.get_one(Setting, "publication due").value


@pytest.mark.parametrize("action", ["revoke", "suspend"])
def test_nothing_is_done_if_something_has_changed(desk: Desk, action: str) -> None:
    """A suspended one would still be revoked: that is what was asked for."""
    digest = check(desk, named(1, 2)).digest
    status.change(desk, action, named(2)[0], type_name=None, reason="x", now=ISSUE_TIME)
    if action == "revoke":
        assert "list_changed" == refusal(revoke, desk, named(1, 2), digest)
        assert ["valid", "revoked"] == statuses(desk)[:2]
    else:
        assert 2 == revoke(desk, named(1, 2), digest)


@pytest.mark.parametrize(
    ("numbers", "reason", "code"),
    [
        (named(1), " ", "reason_missing"),
        (named(1), "x" * 201, "reason_too_long"),
        (named(1), "证件 11999919900101001X 有误", "reason_has_id_number"),
        (["PJ"], "x", "list_nothing_to_revoke"),
    ],
)
def test_refusals(desk: Desk, numbers: list[str], reason: str, code: str) -> None:
    digest = check(desk, numbers).digest
    assert code == refusal(revoke, desk, numbers, digest, reason)
    assert 4 * ["valid"] == statuses(desk)


def test_two_people_at_once(desk: Desk) -> None:
    """One of them is told that somebody was quicker; no certificate has two lines."""
    numbers = named(1, 2, 3)
    digest = check(desk, numbers).digest

    def one(_: int) -> object:
        try:
            return revoke(desk, numbers, digest)
        except CommandError as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(one, range(4)))
    assert [3, "list_changed", "list_changed", "list_changed"] == sorted(answers, key=str)
    with transaction(desk.engine) as session:
        lines = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "revoke")  # type: ignore[arg-type]
        assert 3 == session.scalar(lines)
        assert 3 + 2 == audit.verify(session)


def test_a_long_list_is_revoked_whole(desk: Desk) -> None:
    """More than one batch of statements; what it costs stands in tests/benchmarks/issue.py."""
    numbers = [one.number for one in issue(desk, orders(2_000)[4:])]
    assert 1_996 == revoke(desk, numbers, check(desk, numbers).digest)
    with transaction(desk.engine) as session:
        left = (
            select(func.count()).select_from(CERTIFICATES).where(CERTIFICATES.c.status == "valid")
        )
        assert 4 == session.scalar(left)
