"""The audit log: append-only, each line's hash covers the line before."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from issuer import audit
from issuer.db import open_database, transaction
from issuer.tables import AuditEntry, Setting
from schemas.errors import CommandError
from tests.postgres import Databases


@pytest.fixture
def engine(database: str) -> Engine:
    engine = open_database(database)
    for number in range(1, 4):
        with transaction(engine) as session:
            write(session, number)
    return engine


def write(session: Session, number: int) -> None:
    audit.append(
        session, at=1000 + number, who="officer", action="sign", subject="batch", rows=number
    )


def entry(session: Session, number: int) -> AuditEntry:
    return session.get_one(AuditEntry, number)


def test_an_untouched_log_holds(engine: Engine) -> None:
    with transaction(engine) as session:
        assert 3 == audit.verify(session)


def test_an_empty_log_holds(database: str) -> None:
    with transaction(open_database(database)) as session:
        assert 0 == audit.verify(session)


def test_a_line_says_who_did_what_when(engine: Engine) -> None:
    with transaction(engine) as session:
        line = entry(session, 2)
        assert (2, 1002, "officer", "sign", "batch") == (
            line.id,
            line.at,
            line.who,
            line.action,
            line.subject,
        )
        assert {"rows": 2} == json.loads(line.details)


def test_lines_of_one_transaction_are_a_chain_too(engine: Engine) -> None:
    with transaction(engine) as session:
        write(session, 4)
        write(session, 5)
    with transaction(engine) as session:
        assert 5 == audit.verify(session)


def test_lines_written_at_once_are_a_chain_too(engine: Engine) -> None:
    """Two that both saw the same last line would both follow it."""

    def append(number: int) -> None:
        with transaction(engine) as session:
            session.get(AuditEntry, 1)  # a transaction that has begun, and seen
            write(session, number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4, 24)))
    with transaction(engine) as session:
        assert 23 == audit.verify(session)


def test_whoever_has_a_line_to_write_keeps_nobody_waiting(postgresql: Databases) -> None:
    """With the log's lock from the first line on, these two would wait for each other for ever."""
    with postgresql.lent() as url:
        engine = open_database(url)
        with transaction(engine) as session:
            session.add(Setting(name="a", value="1"))
        both = Barrier(2)

        def line_first() -> None:
            with transaction(engine) as session:
                write(session, 1)
                both.wait()
                both.wait()
                session.get_one(Setting, "a").value = "2"

        def row_first() -> None:
            with transaction(engine) as session:
                both.wait()
                session.get_one(Setting, "a", with_for_update=True).value = "3"
                session.flush()
                both.wait()
                write(session, 2)

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(line_first), pool.submit(row_first)]:
                done.result()
        with transaction(engine) as session:
            assert 2 == audit.verify(session)
        engine.dispose()


def test_a_line_of_a_transaction_that_fails_never_was(engine: Engine) -> None:
    def fails(session: Session) -> None:
        write(session, 4)
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction(engine) as session:
        fails(session)
    with transaction(engine) as session:
        write(session, 4)
    with transaction(engine) as session:
        assert [1, 2, 3, 4] == sorted(session.exec(select(AuditEntry.id)))
        assert 4 == audit.verify(session)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("at", 999),
        ("who", "nobody"),
        ("action", "revoke"),
        ("subject", "another batch"),
        ("details", '{"rows":9}'),
        ("digest", "0" * 64),
    ],
)
def test_a_changed_line_shows(engine: Engine, member: str, value: object) -> None:
    with transaction(engine) as session:
        setattr(entry(session, 2), member, value)
    assert 2 == first_wrong(engine)


def test_a_missing_line_shows(engine: Engine) -> None:
    with transaction(engine) as session:
        session.delete(entry(session, 2))
    assert 2 == first_wrong(engine)


def test_a_line_put_in_shows(engine: Engine) -> None:
    """Whoever renumbers the rest has the wrong hash before it."""
    with transaction(engine) as session:
        last = entry(session, 3)
        copy = {**last.model_dump(), "id": 4}
        session.add(AuditEntry(**copy))
        last.subject = "something else"
    assert 3 == first_wrong(engine)


def first_wrong(engine: Engine) -> object:
    with pytest.raises(CommandError) as error, transaction(engine) as session:
        audit.verify(session)
    assert "audit_broken" == error.value.code
    return error.value.details["line"]
