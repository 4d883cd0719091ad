"""The database: one transaction is all or nothing, and what the disk refuses becomes words."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from issuer.db import open_database, sqlite_url, transaction
from issuer.tables import Counter, Setting
from schemas.errors import CommandError


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(sqlite_url(tmp_path / "issuer.sqlite"))


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


def test_a_transaction_locks_before_it_reads(engine: Engine, tmp_path: Path) -> None:
    """Two processes that read a counter at once would both take its value."""
    other = sqlite3.connect(tmp_path / "issuer.sqlite", timeout=0, isolation_level=None)
    with transaction(engine) as session:
        session.get(Counter, ("demo-pingjia", "slot 2025"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")


def test_what_is_committed_is_on_the_disk(engine: Engine) -> None:
    """Power may fail: synchronous FULL (2) with a write-ahead log."""
    with engine.connect() as connection:
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


def test_opening_twice_keeps_what_is_there(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as session:
        session.add(Setting(name="a", value="1"))
    assert ["a"] == names(open_database(sqlite_url(tmp_path / "issuer.sqlite")))


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        "sqlite:////no/such/folder/issuer.sqlite",
        "unknown://localhost/issuer",
        "postgresql+nodriver://officer:secret@localhost/issuer",
    ],
)
def test_a_database_that_cannot_be_opened(url: str) -> None:
    with pytest.raises(CommandError) as error:
        open_database(url)
    assert "database_unusable" == error.value.code
    assert "secret" not in str(error.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "issuer.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(CommandError) as error:
        open_database(sqlite_url(path))
    assert "the database cannot be used: file is not a database" == str(error.value)


def test_a_database_that_breaks_while_it_is_in_use(engine: Engine, tmp_path: Path) -> None:
    engine.dispose()  # the last connection to close empties the log into the file
    path = tmp_path / "issuer.sqlite"
    path.write_bytes(path.read_bytes()[:1024] + b"\xff" * (path.stat().st_size - 1024))
    with pytest.raises(CommandError) as error:
        names(engine)
    assert "database_unusable" == error.value.code


def test_a_database_that_another_process_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.db.BUSY_SECONDS", 0)
    engine = open_database(sqlite_url(tmp_path / "issuer.sqlite"))
    other = sqlite3.connect(tmp_path / "issuer.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CommandError) as error:
        names(engine)
    assert "the database cannot be used: database is locked" == str(error.value)
