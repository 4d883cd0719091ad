"""Work beside answering: each job once where once is enough, and one that fails stops no other."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from issuer.db import open_database, reading, transaction
from issuer.people.throttle import SECOND_FACTOR, require_allowed
from issuer.running.jobs import Jobs
from issuer.running.leases import take_lease
from issuer.running.service import Service
from issuer.running.tidying import HOUR, tidy
from issuer.tables import Lease, LoginSession
from issuer.vault import Vault
from schemas.errors import CommandError
from tests.issuer.office import Office, open_office
from tests.world import NOW


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return open_office(tmp_path)


def sessions_left(office: Office) -> int:
    with reading(office.service.engine) as session:
        return len(session.exec(select(LoginSession)).all())


def test_ended_sessions_are_forgotten_once_an_hour(office: Office) -> None:
    office.browser("clerk")
    tidy(office.service)
    assert 1 == sessions_left(office)
    office.clock.now += HOUR - 1
    tidy(office.service)
    assert 1 == sessions_left(office)
    office.clock.now += 2
    tidy(office.service)
    assert 0 == sessions_left(office)


def test_a_lease_is_one_process_s(office: Office) -> None:
    now = office.service.seconds()
    with transaction(office.service.engine) as session:
        session.add(Lease(name="work", holder="another", until=now + 10))
    with transaction(office.service.engine) as session:
        assert not take_lease(session, "work", now=now, seconds=5)
        assert take_lease(session, "work", now=now + 10, seconds=5)
        assert take_lease(session, "work", now=now + 11, seconds=5)
        assert not take_lease(session, "work", now=now + 12, seconds=5, renew=False)


def test_a_lease_that_several_want_first_is_one_s(database: str) -> None:
    engine = open_database(database)

    def take(_number: int) -> bool:
        with transaction(engine) as session:
            return take_lease(session, "work", now=NOW, seconds=5, renew=False)

    with ThreadPoolExecutor(4) as pool:
        assert 1 == sum(pool.map(take, range(8)))
    engine.dispose()


def test_tries_at_once_are_all_counted(database: str) -> None:
    """From the first on, when there is no bucket yet."""
    engine, vault = open_database(database), Vault.of(bytes(32))

    def attempt(_number: int) -> bool:
        try:
            require_allowed(engine, vault, [(SECOND_FACTOR, "clerk")], now=NOW)
        except CommandError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert SECOND_FACTOR.burst == sum(pool.map(attempt, range(SECOND_FACTOR.burst + 3)))
    engine.dispose()


def test_a_job_that_fails_stops_no_other(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def broken(_service: Service) -> None:
        raise RuntimeError("broken on purpose")

    def works(_service: Service) -> None:
        done.append(True)

    jobs = Jobs(office.service, (broken, works))
    jobs.once()
    jobs.once()
    assert [True, True] == done
    assert "job broken failed" in caplog.text


def test_the_thread_ends_with_the_app(office: Office) -> None:
    jobs = Jobs(office.service, ())
    jobs.start()
    jobs.stop()
