"""Was it issued before? Numbers and people that the database knows (E14, E15)."""

from dataclasses import replace
from pathlib import Path

import pytest

from issuer.already_issued import check_not_issued
from issuer.db import transaction
from issuer.desk import Desk, find_institution
from issuer.issue import Order
from issuer.roster.findings import Finding
from issuer.status import change
from schemas import certificate_types
from tests.issuer.desk import ISSUE_TIME, at_desk, book, issue, order, orders


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    desk = at_desk(tmp_path, database=database)
    issue(desk, orders(3))
    return desk


def check(desk: Desk, wanted: list[Order], type_name: str = "technical_level") -> list[Finding]:
    kind = certificate_types.load(type_name)
    with transaction(desk.engine) as session:
        return check_not_issued(session, desk.vault, desk.institution.id, kind, wanted)


def test_new_people_and_numbers_are_no_matter(desk: Desk) -> None:
    assert [] == check(desk, [order(7), order(8, certificate_number="PJ2025000004")])
    assert [] == check(desk, [])


def test_a_person_who_holds_the_very_same_certificate(desk: Desk) -> None:
    """Said of the row, with the number of the certificate that there is."""
    [found] = check(desk, [order(7), replace(order(1), row=40)])
    assert (40, "holder_name", "person_issued", "error") == (
        found.row,
        found.column,
        found.code,
        found.severity,
    )
    assert "PJ2025000002" in found.message("en")
    assert "119999" not in str(found.details)


@pytest.mark.parametrize(
    "other",
    [
        {"level": "中级"},
        {"direction": "智能生产管控"},
        {"holder_name": "张另名"},
        {"id_number": "11999920010704331X"},
    ],
)
def test_another_level_direction_or_person_is_another_certificate(
    desk: Desk, other: dict[str, str]
) -> None:
    assert [] == check(desk, [order(1, **other)])


@pytest.mark.parametrize(
    "same", [{"issue_date": "2025-05-21"}, {"exam_site": "示例考点"}, {"id_type": "护照"}]
)
def test_another_day_or_place_is_the_same_certificate(desk: Desk, same: dict[str, str]) -> None:
    assert ["person_issued"] == [one.code for one in check(desk, [order(1, **same)])]


def test_classes_at_other_times_are_other_certificates(tmp_path: Path, database: str) -> None:
    """Whoever goes to the same class every year gets a certificate every year."""
    jidi = at_desk(tmp_path, institution="demo-jidi", database=database)
    issue(jidi, [order(1, "ce_training")], "ce_training", signer="demo jidi 2025")
    again = order(1, "ce_training", start_date="2025-05-13")
    assert [] == check(jidi, [again], "ce_training")
    assert 1 == len(check(jidi, [order(1, "ce_training", hours="8")], "ce_training"))


def test_a_revoked_certificate_is_none(desk: Desk) -> None:
    change(desk, "revoke", "PJ2025000002", type_name=None, reason="考核无效", now=ISSUE_TIME)
    assert [] == check(desk, [order(1)])


def test_a_suspended_certificate_is_one(desk: Desk) -> None:
    change(desk, "suspend", "PJ2025000002", type_name=None, reason="复核", now=ISSUE_TIME)
    assert 1 == len(check(desk, [order(1)]))


def test_a_certificate_that_is_reserved_and_not_signed_is_one(desk: Desk) -> None:
    book(desk, [order(9)])
    assert 1 == len(check(desk, [order(9)]))


def test_a_number_that_is_used(desk: Desk) -> None:
    [found] = check(desk, [order(7, certificate_number="PJ2025000003")])
    assert (9, "certificate_number", "number_used", "error") == (
        found.row,
        found.column,
        found.code,
        found.severity,
    )


def test_another_institution_or_type_may_use_the_same_number(desk: Desk) -> None:
    wanted = [order(1, "training_completion", certificate_number="PJ2025000003")]
    assert [] == check(desk, wanted, "training_completion")
    other = replace(desk, institution=find_institution(desk.trust, "demo-queshi"))
    assert [] == check(other, [order(1, certificate_number="PJ2025000003")])


def test_a_large_roster(desk: Desk) -> None:
    """More people than one statement has room for."""
    known = orders(1200, first=100)
    book(desk, known)
    wanted = [*known[:600:3], *orders(1000, first=2000)]
    assert [one.row for one in known[:600:3]] == sorted(
        found.row or 0 for found in check(desk, wanted)
    )
