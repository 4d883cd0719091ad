"""What is not signed: by the wrong key, at the wrong desk, or what verifiers would not accept."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import sleep

import pytest

from issuer import halt
from issuer.db import transaction
from issuer.desk import Desk, find_institution, require_database
from issuer.issue import require_accepted, sign
from issuer.tables import Certificate
from schemas.errors import CommandError
from tests.issuer.desk import (
    INSTITUTION,
    ISSUE_TIME,
    SIGNER,
    at_desk,
    book,
    demo_world,
    exported,
    halt_all,
    issue,
    orders,
    publish,
    refusal,
    stored,
)
from tests.world import NOW, World, key, moment, seconds

NEXT_KEY = "demo pingjia 2026"  # in force from July on


@pytest.fixture
def desk(tmp_path: Path, database: str) -> Desk:
    return at_desk(tmp_path, database=database)


# who may sign, and when


@pytest.mark.parametrize(
    ("signer", "now", "code"),
    [
        ("demo xueyuan 2025", ISSUE_TIME, "signer_not_registered"),
        ("nobody", ISSUE_TIME, "signer_not_registered"),
        ("pingjia 2025", ISSUE_TIME, "signer_not_registered"),  # the production key
        ("demo pingjia 2024", ISSUE_TIME, "signer_not_in_force"),
        (NEXT_KEY, ISSUE_TIME, "signer_not_in_force"),
        (SIGNER, moment(seconds("2026-01-15T00:00:00Z")), "signer_not_in_force"),
        (SIGNER, moment(seconds("2024-12-31T23:59:59Z")), "signer_not_in_force"),
    ],
)
def test_a_key_that_verifiers_would_refuse(
    desk: Desk, signer: str, now: datetime, code: str
) -> None:
    assert code == refusal(book, desk, orders(1), signer=signer, now=now)
    batch = book(desk, orders(1))
    assert code == refusal(sign, desk, key(signer), batch, now=now)
    assert [None] == [one.signature for one in stored(desk)]


def test_a_stolen_key_does_not_sign(tmp_path: Path, database: str) -> None:
    queshi = at_desk(tmp_path, institution="demo-queshi", database=database)
    code = refusal(issue, queshi, orders(1), signer="demo queshi lost")
    assert "signer_not_in_force" == code


def test_halted_is_halted_at_every_step(desk: Desk) -> None:
    batch = book(desk, orders(2))
    halt_all(desk)
    assert "halted" == refusal(sign, desk, key(SIGNER), batch, now=ISSUE_TIME)
    assert "halted" == refusal(book, desk, orders(1, first=5))
    with transaction(desk.engine) as session:
        halt.end(session, halt.EVERYBODY, who="officer", by_bureau=True, at=NOW)
    assert 2 == len(issue(desk, orders(2)))


def test_once_halted_nothing_is_being_signed_any_more(desk: Desk) -> None:
    """Whoever halts waits for those who have looked and are at it."""
    with ThreadPoolExecutor(1) as pool:
        with transaction(desk.engine) as session:
            halt.require_not_halted(session, INSTITUTION)
            halting = pool.submit(halt_all, desk)
            sleep(0.1)
            assert not halting.done()
        halting.result()
    assert "halted" == refusal(book, desk, orders(1))


def test_institutions_may_be_the_first_at_once(desk: Desk) -> None:
    """Both write down what world the database belongs to."""
    offices = {
        name: replace(desk, institution=find_institution(desk.trust, name))
        for name in (INSTITUTION, "demo-queshi")
    }

    def first(name: str) -> None:
        with transaction(offices[name].engine) as session:
            require_database(session, offices[name])
            sleep(0.05)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(first, offices))
    assert 1 == len(issue(desk, orders(1)))


# the right database


def test_a_database_belongs_to_one_environment(desk: Desk, tmp_path: Path, database: str) -> None:
    issue(desk, orders(1))
    code = refusal(
        book, at_desk(tmp_path, World(), database=database), orders(1), signer="pingjia 2025"
    )
    assert "database_of_another_environment" == code


def test_a_database_belongs_to_one_origin(desk: Desk, tmp_path: Path, database: str) -> None:
    issue(desk, orders(1))
    world = demo_world()
    world.origins = ["other.example.cn"]
    assert "database_of_another_environment" == refusal(
        book, at_desk(tmp_path, world, database=database), orders(1)
    )


def test_a_database_belongs_to_one_data_key(desk: Desk, tmp_path: Path, database: str) -> None:
    """With another, nobody would be found who holds a certificate already."""
    issue(desk, orders(1))
    (tmp_path / "data.key").unlink()
    assert "data_key_other" == refusal(book, at_desk(tmp_path, database=database), orders(1))


def test_an_old_backup_issues_nothing(tmp_path: Path) -> None:
    """It would give the numbers and slots of what was issued since a second time."""
    world = demo_world()
    desk = at_desk(tmp_path, world)
    issue(desk, orders(2))
    desk.engine.dispose()
    backup = tmp_path / "backup.sqlite"
    shutil.copy(tmp_path / "issuer.sqlite", backup)
    issue(desk, orders(1, first=2))
    published = publish(world, desk.trust, exported(desk), now=NOW + 60)
    assert 1 == len(issue(replace(desk, trust=published), orders(1, first=3)))
    desk.engine.dispose()
    shutil.copy(backup, tmp_path / "issuer.sqlite")
    restored = replace(at_desk(tmp_path, world), trust=published)
    assert "database_behind_lists" == refusal(book, restored, orders(1, first=3))
    left = restored.trust.lists[f"{INSTITUTION}/2025"]
    unloaded = replace(published, lists={left.published.key: replace(left, issued=None)})
    code = refusal(book, replace(restored, trust=unloaded), orders(1, first=3))
    assert "database_behind_lists" == code


def test_another_offices_database_issues_nothing(tmp_path: Path) -> None:
    """As long as what is published, with other certificates in its slots."""
    world = demo_world()
    desk = at_desk(tmp_path, world)
    issue(desk, orders(2))
    published = publish(world, desk.trust, exported(desk), now=NOW + 60)
    (tmp_path / "office").mkdir()
    office = at_desk(tmp_path / "office", world)
    issue(office, orders(2, first=5))
    office = replace(office, trust=published)
    assert "database_behind_lists" == refusal(book, office, orders(1, first=9))


# the check before handing out


def test_what_the_registry_does_not_grant_is_not_handed_out(tmp_path: Path, database: str) -> None:
    world = demo_world()
    world.institution(INSTITUTION)["grants"] = []
    desk = at_desk(tmp_path, world, database=database)
    with pytest.raises(CommandError) as error:
        issue(desk, orders(3))
    assert "self_check_failed" == error.value.code
    assert 2 == error.value.details["row"]


def test_a_row_that_differs_from_its_record_is_not_handed_out(desk: Desk) -> None:
    first, second = issue(desk, orders(2))
    swapped = replace(first, token=second.token)
    code = refusal(require_accepted, desk, [swapped], now=ISSUE_TIME)
    assert "self_check_failed" == code


def test_an_altered_signature_is_not_handed_out(desk: Desk) -> None:
    [one] = issue(desk, orders(1))
    broken = replace(one, token=one.token._replace(signature=bytes(64)))
    assert "self_check_failed" == refusal(require_accepted, desk, [broken], now=ISSUE_TIME)


@pytest.mark.parametrize("place", range(4))
def test_each_row_of_a_batch_is_checked_itself(desk: Desk, place: int) -> None:
    """An authority once checked one name of a batch as often as the batch had names."""
    certificates = issue(desk, orders(4))
    token = certificates[place].token._replace(signature=certificates[place - 1].token.signature)
    certificates[place] = replace(certificates[place], token=token)
    with pytest.raises(CommandError) as error:
        require_accepted(desk, certificates, now=ISSUE_TIME)
    assert place + 2 == error.value.details["row"]


def test_what_was_revoked_since_does_not_stop_the_rest(desk: Desk) -> None:
    issue(desk, orders(3))
    with transaction(desk.engine) as session:
        session.get_one(Certificate, 2).status = "revoked"
    statuses = [one.status for one in issue(desk, orders(3))]
    assert ["valid", "revoked", "valid"] == statuses
