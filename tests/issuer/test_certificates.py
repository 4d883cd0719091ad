"""Certificates are found again, by whom they belong to only, and printed as the first time."""

from dataclasses import replace
from pathlib import Path

import pytest

from issuer import certificates, erasure, status
from issuer.certificates import Page, Search
from issuer.db import transaction
from issuer.desk import Desk
from issuer.holders import holder_key
from issuer.tables import Certificate
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    demo_id_number,
    issue,
    order,
    orders,
    refusal,
    stored,
)
from tests.world import NOW, key


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Seven certificates of two types: one suspended, one revoked, one replaced, one of another day."""
    desk = at_desk(tmp_path_factory.mktemp("desk"))
    issue(desk, orders(4))
    issue(
        desk,
        [
            order(10, "training_completion", holder_name="阿不都·测试", issue_date="2025-01-02"),
            order(
                11,
                "training_completion",
                certificate_number="x_1%",
                id_number=None,
                id_number_tail=None,
                id_type=None,
            ),
        ],
        "training_completion",
    )
    change(desk, "suspend", "PJ2025000002")
    change(desk, "revoke", "PJ2025000003")
    options = {"type_name": None, "reason": "更正", "pattern": None, "now": ISSUE_TIME}
    status.replace(desk, key(SIGNER), "PJ2025000004", changes={"holder_name": "吴试用"}, **options)  # type: ignore[arg-type]
    return desk


def change(desk: Desk, action: str, number: str) -> None:
    status.change(desk, action, number, type_name=None, reason="核实", now=ISSUE_TIME)


def find(desk: Desk, *institutions: str, after: int | None = None, **wanted: str) -> Page:
    with transaction(desk.engine) as session:
        return certificates.search(
            session, institutions or (INSTITUTION,), Search(**wanted), after=after
        )


def numbers(page: Page) -> list[str]:
    return [one.number for one in page.found]


ALL = [
    "PJ2025000005",
    "x_1%",
    "PX2025000001",
    "PJ2025000004",
    "PJ2025000003",
    "PJ2025000002",
    "PJ2025000001",
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ALL),
        ({"number": "PJ2025000001"}, ["PJ2025000001"]),
        ({"number": "ＰＪ2025000001"}, ["PJ2025000001"]),
        ({"number": "PJ"}, [one for one in ALL if one.startswith("PJ")]),
        ({"number": "pj202500000"}, [one for one in ALL if one.startswith("PJ")]),
        ({"number": "%"}, []),
        ({"number": "x_"}, ["x_1%"]),
        ({"number": "xX"}, []),
        ({"name": "张测试"}, ["PJ2025000001"]),
        ({"name": "阿不都测试"}, ["PX2025000001"]),
        ({"name": "李"}, ["PJ2025000002"]),
        ({"status": "valid"}, ["PJ2025000005", "x_1%", "PX2025000001", "PJ2025000001"]),
        ({"status": "suspended"}, ["PJ2025000002"]),
        ({"status": "revoked"}, ["PJ2025000003"]),
        ({"status": "replaced"}, ["PJ2025000004"]),
        ({"type": "training_completion"}, ["x_1%", "PX2025000001"]),
        ({"until": "2025-01-02"}, ["PX2025000001"]),
        ({"since": "2025-01-03", "type": "training_completion"}, ["x_1%"]),
        ({"institution": "demo-xueyuan"}, []),
        ({"number": "PJ", "status": "valid"}, ["PJ2025000005", "PJ2025000001"]),
    ],
)
def test_search(desk: Desk, wanted: dict[str, str], expected: list[str]) -> None:
    found = find(desk, **wanted)
    assert expected == numbers(found)
    assert len(expected) == found.count


def test_an_id_number_finds_its_holders_certificates(desk: Desk) -> None:
    wanted = holder_key(desk.vault, demo_id_number(3).lower())
    assert ["PJ2025000005", "PJ2025000004"] == numbers(find(desk, holder=wanted))
    assert [] == numbers(find(desk, holder=holder_key(desk.vault, demo_id_number(99))))


def test_nobody_finds_another_institutions(desk: Desk) -> None:
    assert [] == numbers(find(desk, "demo-xueyuan"))
    assert [] == numbers(find(desk, "demo-xueyuan", number="PJ2025000001"))
    assert [] == numbers(find(desk, "demo-xueyuan", institution=INSTITUTION))
    with transaction(desk.engine) as session:
        assert certificates.find(session, 1, [INSTITUTION]) is not None
        for certificate_id in (1, 999, 0, -1, 2**31, 2**80):
            assert certificates.find(session, certificate_id, ["demo-xueyuan"]) is None


def test_pages_go_through_everything_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "PAGE", 3)
    monkeypatch.setattr(certificates, "COUNTED", 5)
    seen, after = [], None
    while True:
        page = find(desk, after=after)
        assert 6 == page.count  # more than 5
        seen += numbers(page)
        if (after := page.next) is None:
            break
    assert ALL == seen


def test_the_history_tells_the_batch_and_every_change(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        old = session.get_one(Certificate, 4)
        events = certificates.history(session, old)
        new_id = certificates.by_number(session, INSTITUTION, old.type, "PJ2025000005")
    assert ["reserve", "sign", "revoke"] == [one.action for one in events]
    assert {"officer"} == {one.who for one in events}
    assert "更正" == events[-1].details["reason"]
    assert 7 == new_id


def test_printed_again_it_is_the_same(tmp_path: Path) -> None:
    desk = at_desk(tmp_path)
    [first] = issue(desk, orders(1))
    again = printed(desk)
    assert first.token.text == again.certificate.token.text
    assert first.digits(desk.origin) == again.digits


def test_a_new_first_origin_leaves_what_was_printed_as_it_was(tmp_path: Path) -> None:
    desk = at_desk(tmp_path)
    [first] = issue(desk, orders(1))
    registry = desk.trust.registry.model_copy(
        update={"origins": ["new.example", *desk.trust.registry.origins]}
    )
    later = replace(desk, trust=replace(desk.trust, registry=registry))
    assert "new.example" == later.origin
    assert f"https://{desk.origin}/#{first.digits(desk.origin)}" == printed(later).link


def printed(desk: Desk) -> certificates.Print:
    [one] = stored(desk)
    return certificates.reprint(desk.vault, one)


def test_what_was_erased_is_not_printed(tmp_path: Path) -> None:
    desk = at_desk(tmp_path)
    issue(desk, orders(1))
    with transaction(desk.engine) as session:
        one = session.get_one(Certificate, 1)
        erasure.erase(session, one, who="admin", reason="本人申请", now=NOW)
    assert "certificate_erased" == refusal(printed, desk)
    [found] = find(desk).found
    assert ("PJ2025000001", "") == (found.number, found.holder_name)
