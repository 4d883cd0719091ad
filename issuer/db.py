"""The institution's database, SQLite or PostgreSQL: every change is one transaction with its locks.

SQLite has one lock, taken when a transaction begins. On PostgreSQL each rule takes the lock that it
needs by name (`lock`), so that institutions do not wait for one another.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, Insert, Update, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import Session, create_engine

from issuer import migrate
from schemas.errors import CommandError

BUSY_SECONDS = 60  # how long a process waits for another one's transaction
PAGE = (
    16_384  # bytes of a SQLite page: twelve certificates; with 4,096 storing takes a third longer
)

_READING: Mapping[str, Mapping[str, Any]] = {
    "sqlite": {"looks_only": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""Dialect → options of a transaction that only looks."""


def open_database(url: str) -> Engine:
    """Open the database of `url`; make its tables, or bring them up to date, where need be.

    Raises:
        CommandError: `database_unusable`, `database_newer`, `database_unversioned`.
    """
    try:
        name = make_url(url)
        if name.drivername in {"postgresql", "postgres"}:
            name = name.set(drivername="postgresql+psycopg")
        engine = create_engine(
            name,
            pool_pre_ping=name.drivername != "sqlite",
            hide_parameters=True,  # values are people's data
        )
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_up_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            event.listen(engine, "connect", _set_up_postgresql)
    except (SQLAlchemyError, ImportError) as error:  # no such driver
        raise _unusable(error) from None
    if not _is_up_to_date(engine):
        with transaction(engine) as session:
            lock(session, "migrations")
            migrate.upgrade(session.connection())
    return engine


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path}"


def _is_up_to_date(engine: Engine) -> bool:
    try:
        with reading(engine) as session:
            return migrate.revision(session.connection()) == migrate.REVISIONS[-1]
    except CommandError:  # a new database has no such table; of another trouble the next one tells
        return False


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them without the lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute(f"PRAGMA page_size={PAGE}")  # has a say in a new database only
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    looks_only = "looks_only" in connection.get_execution_options()
    driver: Any = connection.connection
    driver.execute(f"PRAGMA query_only={looks_only:d}")
    connection.exec_driver_sql("BEGIN" if looks_only else "BEGIN IMMEDIATE")


def _set_up_postgresql(connection: Any, _record: object) -> None:
    # What is committed must be on the disk, even where the server is set to tell it before.
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('synchronous_commit', "
        "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
        "ELSE current_setting('synchronous_commit') END, false)",
        [f"{BUSY_SECONDS}s"],
    )
    connection.commit()


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: all of it or nothing.

    Raises:
        CommandError: `database_unusable`: locked for too long, full disk, read-only, damaged.
        IntegrityError: what is unique stands there already.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _unusable(error) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A transaction that only looks: it sees one moment, waits for nobody and nobody for it.

    Raises:
        CommandError: `database_unusable`, for an attempt to write too.
    """
    with transaction(engine.execution_options(**_READING[engine.dialect.name])) as session:
        yield session


def lock(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait for whoever else holds the lock `name` (`shared`: alone); hold it until the end.

    On SQLite the transaction began with the only lock there is.
    """
    if session.connection().dialect.name == "postgresql":
        take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        session.execute(select(take(func.hashtextextended(name, 0))))


def write_many(
    session: Session, statement: Insert | Update, rows: Sequence[Mapping[str, object]]
) -> None:
    """Run a statement once for each of `rows`, whose values the driver takes as they are.

    SQLAlchemy's own way looks at every value and takes twice as long.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = getattr(compiled, "positiontup", None)
    parameters = list(map(itemgetter(*names), rows)) if names else list(rows)
    connection.exec_driver_sql(str(compiled), cast("Any", parameters))


def _unusable(error: Exception) -> CommandError:
    """Only the database's own words, of one line: SQLAlchemy's have the values, and the password."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return CommandError("database_unusable", str(said).partition("\n")[0])
