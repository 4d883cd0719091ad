"""What an institution publishes: exactly the signed slots, from the first without a gap."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from issuer.db import transaction
from issuer.desk import Desk, find_institution
from issuer.issue import to_be_published
from issuer.lists import TOKEN_LIFE, with_token
from issuer.status import change
from issuer.tables import Certificate
from keys import jws
from keys.publication import ListFiles
from schemas import issued_list, status_list, strict_json
from schemas.status_list import Status
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    demo_world,
    exported,
    issue,
    orders,
    publish,
)
from tests.world import NOW, key


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


def test_nothing_issued_is_no_list(desk: Desk) -> None:
    assert [] == exported(desk)


def test_a_list_has_the_slot_of_every_certificate(desk: Desk) -> None:
    certificates = issue(desk, orders(5))
    [files] = exported(desk)
    slots = [issued_list.slot(one.token.signing_input) for one in certificates]
    assert (f"{INSTITUTION}/2025", b"".join(slots), {}, "") == (
        files.key,
        files.slots,
        files.replaced,
        files.token,
    )
    assert 5 * [Status.VALID] == [files.status[idx] for idx in range(5)]


def test_each_year_is_a_list_of_its_own(desk: Desk) -> None:
    issue(desk, orders(2))
    with transaction(desk.engine) as session:
        at(session, 2).list_id = "2026"
        at(session, 2).idx = 0
    assert [("2025", 1), ("2026", 1)] == [(one.list_id, one.status.count) for one in exported(desk)]


def test_another_institutions_certificates_are_not_in_it(desk: Desk) -> None:
    issue(desk, orders(2))
    other = replace(desk, institution=find_institution(desk.trust, "demo-queshi"))
    issue(other, orders(1), signer="demo queshi 2025")
    assert [(f"{INSTITUTION}/2025", 2)] == [(one.key, one.status.count) for one in exported(desk)]
    assert [("demo-queshi/2025", 1)] == [(one.key, one.status.count) for one in exported(other)]


def test_a_slot_that_is_not_signed_ends_the_list(desk: Desk) -> None:
    """What comes after it would stand in another place."""
    issue(desk, orders(2))
    book(desk, orders(2, first=2))
    issue(desk, orders(2, first=4))
    with transaction(desk.engine) as session:
        at(session, 3).slot = None
    assert [2] == [one.status.count for one in exported(desk)]


def test_only_unsigned_slots_are_no_list(desk: Desk) -> None:
    book(desk, orders(2))
    assert [] == exported(desk)


def test_statuses(desk: Desk) -> None:
    issue(desk, orders(4))
    for action, number in (("revoke", 2), ("suspend", 3)):
        name = f"PJ2025{number:06}"
        change(desk, action, name, type_name=None, reason="复核", now=ISSUE_TIME)
    [files] = exported(desk)
    expected = [Status.VALID, Status.INVALID, Status.SUSPENDED, Status.VALID]
    assert expected == [files.status[idx] for idx in range(4)]


def test_the_same_database_gives_the_same_bytes(desk: Desk) -> None:
    issue(desk, orders(4))
    assert [one.write() for one in exported(desk)] == [one.write() for one in exported(desk)]
    assert exported(desk) == [ListFiles.read(one.write()) for one in exported(desk)]


def test_the_standard_token_says_what_the_list_says(desk: Desk) -> None:
    """For verifiers that know no registry (draft-ietf-oauth-status-list §5)."""
    issue(desk, orders(4))
    change(desk, "revoke", "PJ2025000002", type_name=None, reason="复核", now=ISSUE_TIME)
    [files] = exported(desk)
    signed = with_token(files, origin=desk.origin, signer=key(SIGNER), now=NOW)
    token = jws.parse_compact(signed.token, status_list.TYP)
    jws.verify(token.signing_input, token.signature, key(SIGNER).jwk)
    claims = strict_json.loads_object(token.payload)
    assert f"https://zs.example.cn/t/status/{INSTITUTION}/2025" == claims["sub"]
    assert (NOW, NOW + TOKEN_LIFE) == (claims["iat"], claims["exp"])
    assert files == replace(signed, token="")


def test_what_is_to_be_published_goes_on_where_the_published_ends(
    tmp_path: Path, database: str
) -> None:
    """Slots keep the time at which they were first logged; new ones get the present."""
    world = demo_world()
    desk = at_desk(tmp_path, world, database=database)
    issue(desk, orders(2))
    desk = replace(desk, trust=publish(world, desk.trust, exported(desk), now=NOW + 60))
    issue(desk, orders(1, first=2))
    later = ISSUE_TIME + timedelta(days=3)
    entry = to_be_published(desk, now=later).lists[f"{INSTITUTION}/2025"]
    assert entry.issued is not None
    assert ((2, NOW + 60), (3, int(later.timestamp()))) == entry.issued.epochs


def at(session: Session, number: int) -> Certificate:
    return session.get_one(Certificate, number)
