"""Reserve, sign, check on a real database: each number and slot once, whatever happens between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from issuer.db import transaction
from issuer.desk import Desk
from issuer.issue import (
    Issued,
    Order,
    find_batch,
    load,
    require_accepted,
    roster_digest,
    sign,
    to_be_published,
)
from issuer.tables import AuditEntry, Batch
from schemas import certificate_types, issued_list
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    bytes_of,
    demo_world,
    exported,
    issue,
    issue_in_folder,
    order,
    orders,
    publish,
    refusal,
    stored,
)
from tests.issuer.forked import FORKED
from tests.world import DAY, NOW, key, moment, seconds
from verifier.presentation import Presentation
from verifier.verify import verify

TYPE = certificate_types.load("technical_level")
NEXT_KEY = "demo pingjia 2026"  # in force from July on
AUGUST = moment(seconds("2025-08-01T00:00:00Z"))


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


# what comes out


def test_numbers_and_slots_have_no_gap(desk: Desk) -> None:
    issue(desk, orders(3))
    issue(desk, orders(2, first=3))
    found = stored(desk)
    assert [f"PJ2025{serial:06}" for serial in range(1, 6)] == [one.number for one in found]
    assert [("2025", idx) for idx in range(5)] == [(one.list_id, one.idx) for one in found]
    assert [1, 1, 1, 2, 2] == [one.batch_id for one in found]


def test_a_certificate_is_what_verifiers_accept(desk: Desk) -> None:
    """As QR code and as the holder's file, against what is about to be published."""
    [certificate] = issue(desk, orders(1))
    trust = to_be_published(desk, now=ISSUE_TIME)
    code = f"https://{desk.origin}/#{certificate.digits(desk.origin)}"
    for text in (code, certificate.token.text):
        verified = verify(Presentation.read(text), trust=trust, now=ISSUE_TIME)
        assert () == verified.warnings
        assert certificate.number == verified.credential.certificate_number
    assert "119999" in str(verified.credential.claims)  # the holder's file discloses the number


def test_rows_come_back_in_their_order(desk: Desk) -> None:
    wanted = orders(5)
    found = issue(desk, [wanted[at] for at in (3, 0, 4, 1, 2)])
    assert [2, 3, 4, 5, 6] == [one.row for one in found]
    by_row = {one.row: one.number for one in found}
    assert "PJ2025000001" == by_row[5]  # numbers are given in the order of the roster


def test_years_have_their_own_series_and_lists(desk: Desk) -> None:
    """The number bears the year of the certificate, the list that of its signing."""
    issue(desk, [order(0, issue_date="2024-12-31"), order(1), order(2, issue_date="2024-12-31")])
    found = stored(desk)
    assert ["PJ2024000001", "PJ2025000001", "PJ2024000002"] == [one.number for one in found]
    assert {"2025"} == {one.list_id for one in found}


def test_the_id_number_is_nowhere_to_be_read(desk: Desk, tmp_path: Path) -> None:
    certificates = issue(desk, orders(3))
    numbers = [str(one.claims["id_number"]).encode() for one in orders(3)]
    desk.engine.dispose()
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert all(number not in data for number in numbers for data in files)
    shown = [one.token.disclosures[0] for one in certificates]
    assert all(number in data for number, data in zip(numbers, shown, strict=True))


def test_what_was_done_is_in_the_log(desk: Desk) -> None:
    issue(desk, orders(3))
    with transaction(desk.engine) as session:
        said = [(one.action, one.who, one.subject) for one in session.exec(select(AuditEntry))]
    subject = f"{INSTITUTION} batch 1"
    assert [("reserve", "officer", subject), ("sign", "officer", subject)] == said


# the same again


def test_the_same_roster_again_is_the_same_batch_and_the_same_bytes(desk: Desk) -> None:
    first = issue(desk, orders(3))
    again = issue(desk, orders(3), now=ISSUE_TIME + timedelta(days=3))
    assert bytes_of(first) == bytes_of(again)
    assert 3 == len(stored(desk))
    known = find_batch(desk.engine, INSTITUTION, TYPE, orders(3))
    assert known is not None
    assert 1 == known.id


def test_the_same_roster_after_the_key_has_changed_is_still_the_same(
    tmp_path: Path, database: str
) -> None:
    world = demo_world()
    desk = at_desk(tmp_path, world, database=database)
    first = issue(desk, orders(3))
    published = publish(world, desk.trust, exported(desk), now=NOW + DAY)
    later = replace(desk, trust=published)
    assert bytes_of(first) == bytes_of(issue(later, orders(3), signer=NEXT_KEY, now=AUGUST))


def test_what_was_not_published_in_time_is_not_handed_out_again(desk: Desk) -> None:
    """The same, but that nobody published: verifiers would call it back-dated."""
    issue(desk, orders(3))
    assert "self_check_failed" == refusal(
        issue, desk, orders(3), now=ISSUE_TIME + timedelta(days=8)
    )


def test_columns_in_another_order_are_the_same_roster() -> None:
    turned = [
        Order(row=one.row, claims=dict(sorted(one.claims.items(), reverse=True)))
        for one in orders(3)
    ]
    assert roster_digest(TYPE, orders(3)) == roster_digest(TYPE, turned)


@pytest.mark.parametrize(
    "other",
    [
        orders(2),
        orders(4),
        orders(3, level="中级"),
        [*orders(2), order(2, holder_name="张测试")],
        [Order(row=one.row + 1, claims=one.claims) for one in orders(3)],
    ],
)
def test_another_roster_is_another_batch(desk: Desk, other: list[Order]) -> None:
    assert roster_digest(TYPE, orders(3)) != roster_digest(TYPE, other)


def test_a_roster_that_was_reserved_is_signed_later_with_the_same_bytes(desk: Desk) -> None:
    batch = book(desk, orders(3))
    assert [] == load(desk, batch)
    payloads = [one.payload for one in stored(desk)]
    later = ISSUE_TIME + timedelta(hours=5)
    assert batch == book(desk, orders(3), now=later)
    assert 3 == sign(desk, key(SIGNER), batch, now=later)
    assert 0 == sign(desk, key(SIGNER), batch, now=later)
    assert payloads == [one.token.payload for one in load(desk, batch)]


# a batch that was left behind


def test_a_batch_that_was_left_unsigned_is_signed_before_the_next(desk: Desk) -> None:
    """Its slots come first: the next batch could not be published before it."""
    left = book(desk, orders(3))
    certificates = issue(desk, orders(2, first=3))
    assert [3, 4] == [one.token.claims()["status"]["status_list"]["idx"] for one in certificates]
    assert 3 == len(load(desk, left))
    assert [5] == [files.status.count for files in exported(desk)]
    require_accepted(desk, issue(desk, orders(3)), now=ISSUE_TIME)


def test_a_reservation_that_is_too_old_gets_a_new_time(desk: Desk) -> None:
    """A week after the old one, every verifier would call it back-dated."""
    book(desk, orders(2))
    later = ISSUE_TIME + timedelta(days=9)
    certificates = issue(desk, orders(2), now=later)
    assert {NOW + 9 * DAY} == {one.token.claims()["iat"] for one in certificates}
    assert ["PJ2025000001", "PJ2025000002"] == [one.number for one in certificates]
    assert bytes_of(certificates) == bytes_of(issue(desk, orders(2), now=later))


def test_a_reservation_for_a_key_that_is_gone_is_signed_with_the_next(desk: Desk) -> None:
    now = moment(seconds("2025-07-01T00:00:00Z"))  # both are in force
    book(desk, orders(2), now=now)
    certificates = issue(desk, orders(2), signer=NEXT_KEY, now=now + timedelta(minutes=1))
    assert {key(NEXT_KEY).kid} == {one.token.kid for one in certificates}


# certificate numbers that the roster brings


def test_given_numbers_are_used_as_they_are(desk: Desk) -> None:
    wanted = [order(at, certificate_number=f"KC/2025/{at}") for at in range(3)]
    assert ["KC/2025/0", "KC/2025/1", "KC/2025/2"] == [one.number for one in issue(desk, wanted)]


def test_given_and_new_numbers_in_one_roster(desk: Desk) -> None:
    wanted = [order(0), order(1, certificate_number="PJ2025000002"), order(2), order(3)]
    expected = ["PJ2025000001", "PJ2025000002", "PJ2025000003", "PJ2025000004"]
    assert expected == [one.number for one in issue(desk, wanted)]
    assert "PJ2025000005" == issue(desk, [order(9)])[0].number


def test_a_given_number_that_is_taken_stops_the_whole_roster(desk: Desk) -> None:
    issue(desk, orders(2))
    wanted = [order(7), order(8, certificate_number="PJ2025000002")]
    assert "number_taken" == refusal(book, desk, wanted)
    assert 2 == len(stored(desk))
    assert "PJ2025000003" == issue(desk, [order(7)])[0].number  # the counters are as before


@pytest.mark.parametrize(
    ("pattern", "code"), [("PJ", "number_pattern"), ("P{serial:1}", "numbers_exhausted")]
)
def test_a_pattern_that_does_not_do_leaves_nothing(desk: Desk, pattern: str, code: str) -> None:
    assert code == refusal(book, desk, orders(10), pattern=pattern)
    assert [] == stored(desk)
    with transaction(desk.engine) as session:
        assert [] == list(session.exec(select(Batch)))


def test_skill_certificates_have_no_pattern_of_their_own(desk: Desk) -> None:
    qiye = at_desk_of("demo-qiye", desk)
    code = refusal(issue, qiye, [order(0, "skill_level")], "skill_level", signer="demo qiye 2025")
    assert "number_pattern" == code


def at_desk_of(institution: str, desk: Desk) -> Desk:
    """Another institution on the same database."""
    found = next(one for one in desk.trust.registry.institutions if one.id == institution)
    return replace(desk, institution=found)


# several at once


def complete(desk: Desk, count: int) -> None:
    found = stored(desk)
    assert list(range(count)) == [one.idx for one in found]
    numbers = sorted(one.number for one in found)
    assert [f"PJ2025{serial:06}" for serial in range(1, count + 1)] == numbers
    assert all(one.signature for one in found)
    [files] = exported(desk)
    slots = [issued_list.slot(one.token.signing_input) for one in all_issued(desk)]
    assert b"".join(slots) == files.slots


def all_issued(desk: Desk) -> list[Issued]:
    with transaction(desk.engine) as session:
        batches = [batch.id for batch in session.exec(select(Batch))]
    found = [one for batch in batches for one in load(desk, batch or 0)]
    return sorted(found, key=lambda one: one.token.claims()["status"]["status_list"]["idx"])


def test_threads_issuing_at_once(desk: Desk) -> None:
    rosters = [orders(3, first=10 * number) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda roster: issue(desk, roster), rosters))
    assert 12 * [3] == list(map(len, results))
    complete(desk, 36)


def test_threads_with_the_same_roster_at_once(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: bytes_of(issue(desk, orders(5))), range(8)))
    assert 8 * [results[0]] == results
    complete(desk, 5)


def test_processes_issuing_at_once(tmp_path: Path, database: str) -> None:
    firsts = [(0, 20, 40), (100, 120, 0)]  # one roster is in both
    workers = [
        FORKED.Process(target=issue_in_folder, args=(tmp_path, database, 7, some))
        for some in firsts
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [0, 0] == [worker.exitcode for worker in workers]
    complete(at_desk(tmp_path, database=database), 5 * 7)
