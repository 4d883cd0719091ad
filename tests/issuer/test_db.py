"""The database: one transaction is all or nothing, and what the disk refuses becomes words."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from issuer.db import lock, open_database, reading, sqlite_url, transaction
from issuer.tables import Counter, Setting
from schemas.errors import CommandError
from tests.issuer.desk import refusal
from tests.postgres import Databases

END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.sqlite"


@pytest.fixture
def in_file(path: Path) -> Engine:
    return open_database(sqlite_url(path))


def names(engine: Engine) -> list[str]:
    with transaction(engine) as session:
        return [setting.name for setting in session.exec(select(Setting))]


def test_a_transaction_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(Setting(name="a", value="1"))
    assert ["a"] == names(engine)


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    def fails(session: Session) -> None:
        session.add(Setting(name="a", value="1"))
        session.flush()
        raise RuntimeError

    with pytest.raises(RuntimeError), transaction(engine) as session:
        fails(session)
    assert [] == names(engine)


def test_a_sqlite_transaction_locks_before_it_reads(in_file: Engine, path: Path) -> None:
    """Two processes that read a counter at once would both take its value."""
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with transaction(in_file) as session:
        session.get(Counter, ("demo-pingjia", "slot 2025"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_who_only_looks_waits_for_nobody(engine: Engine) -> None:
    """And sees one moment, whatever is written meanwhile."""
    with transaction(engine) as writer:
        writer.add(Setting(name="a", value="1"))
        writer.flush()
        with reading(engine) as reader:
            assert [] == list(reader.exec(select(Setting)))
            writer.commit()
            assert [] == list(reader.exec(select(Setting)))
    with reading(engine) as reader:
        assert ["a"] == [setting.name for setting in reader.exec(select(Setting))]


def test_who_only_looks_cannot_write(engine: Engine) -> None:
    with pytest.raises(CommandError) as error, reading(engine) as session:
        session.add(Setting(name="a", value="1"))
    assert "database_unusable" == error.value.code
    with transaction(engine) as session:  # over the same connection
        session.add(Setting(name="a", value="1"))
    assert ["a"] == names(engine)


def test_a_lock_is_held_until_the_end(engine: Engine) -> None:
    """On SQLite by the transaction itself, on PostgreSQL by its name."""
    seen: list[str] = []

    def work(name: str) -> None:
        with transaction(engine) as session:
            lock(session, "work")
            seen.append(name)
            sleep(0.05)
            seen.append(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    assert seen[::2] == seen[1::2]


def test_a_shared_lock_is_shared_and_keeps_others_out(postgresql: Databases) -> None:
    with postgresql.lent() as url:
        engine = open_database(url)
        with transaction(engine) as one, transaction(engine) as two:
            lock(one, "halted", shared=True)
            lock(two, "halted", shared=True)
            said = refusal(alone, engine, "halted")
        assert "database_unusable" == said
        alone(engine, "halted")
        engine.dispose()


def alone(engine: Engine, name: str) -> None:
    with transaction(engine) as session:
        session.execute(text("SET LOCAL lock_timeout = '10ms'"))
        lock(session, name)


def test_what_postgresql_commits_is_on_the_disk(postgresql: Databases) -> None:
    """Whatever the server's default; no stronger wish is taken back."""
    with postgresql.lent() as url:
        name = make_url(url).database
        for default, expected in (("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")):
            postgresql.run(f"ALTER DATABASE {name} SET synchronous_commit = {default}")
            engine = open_database(url)
            with reading(engine) as session:
                assert expected == session.execute(text("SHOW synchronous_commit")).scalar()
            engine.dispose()
        postgresql.run(f"ALTER DATABASE {name} RESET synchronous_commit")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_name_of_postgresql_is_known(postgresql: Databases, scheme: str) -> None:
    with postgresql.lent() as url:
        engine = open_database(scheme + url[url.index(":") :])
        assert "psycopg" == engine.dialect.driver
        engine.dispose()


def test_a_server_that_comes_back_is_used_again(postgresql: Databases) -> None:
    """A service that keeps connections would fail once for each of them."""
    with postgresql.lent() as url:
        engine = open_database(url)
        assert [] == names(engine)
        postgresql.run(END_ALL.format(name=make_url(url).database))
        assert [] == names(engine)
        engine.dispose()


def test_what_sqlite_commits_is_on_the_disk(in_file: Engine) -> None:
    """Power may fail: synchronous FULL (2) with a write-ahead log."""
    with in_file.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1} == said


def test_what_is_unique_is_told_apart_from_a_broken_database(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(Setting(name="a", value="1"))
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add(Setting(name="a", value="2"))


def test_opening_twice_keeps_what_is_there(engine: Engine, database: str) -> None:
    with transaction(engine) as session:
        session.add(Setting(name="a", value="1"))
    again = open_database(database)
    assert ["a"] == names(again)
    again.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "sqlite:////no/such/folder/issuer.sqlite",
        "unknown://localhost/issuer",
        "postgresql+nodriver://officer:secret@localhost/issuer",
        "postgresql://officer:secret@/issuer?host=/no/such/folder",
        "postgres://officer:secret@localhost:1/issuer",
    ],
)
def test_a_database_that_cannot_be_opened(url: str) -> None:
    with pytest.raises(CommandError) as error:
        open_database(url)
    assert "database_unusable" == error.value.code
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(CommandError) as error:
        open_database(sqlite_url(path))
    assert "the database cannot be used: file is not a database" == str(error.value)


def test_a_database_that_breaks_while_it_is_in_use(in_file: Engine, path: Path) -> None:
    in_file.dispose()  # the last connection to close empties the log into the file
    path.write_bytes(path.read_bytes()[:1024] + b"\xff" * (path.stat().st_size - 1024))
    with pytest.raises(CommandError) as error:
        names(in_file)
    assert "database_unusable" == error.value.code


def test_a_database_that_another_process_keeps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issuer.db.BUSY_SECONDS", 0)
    engine = open_database(sqlite_url(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CommandError) as error:
        names(engine)
    assert "the database cannot be used: database is locked" == str(error.value)
