"""Work beside answering: each job once where once is enough, and one that fails stops no other."""

from pathlib import Path

import pytest
from sqlmodel import select

from issuer.db import reading, transaction
from issuer.jobs import Jobs
from issuer.leases import take_lease
from issuer.service import Service
from issuer.tables import Lease, LoginSession
from issuer.tidying import HOUR, tidy
from tests.issuer.office import Office, open_office


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
